"""Which passwords are good enough. No rules of composition: long and not easily guessed."""

from typing import TYPE_CHECKING, Final

from allmende.core.errors import InvalidInput
from allmende.core.late import Late

if TYPE_CHECKING:
    import zxcvbn
else:
    zxcvbn = Late("zxcvbn")

MIN_CHARS: Final = 12
MAX_CHARS: Final = 1024
MIN_SCORE: Final = 3

# zxcvbn refuses more; what is longer is judged by its beginning.
_JUDGED_CHARS: Final = 72


def require_good(
    password: str, name: str, field: str = "password", *, min_score: int = MIN_SCORE
) -> None:
    """Raise InvalidInput with ``field`` if ``password`` is short, long or easy to guess.

    ``name`` is the account's: a password made of it is weak. Takes up to 20 ms of CPU.
    """
    if len(password) < MIN_CHARS:
        raise InvalidInput("identity.password-short", field=field, min=MIN_CHARS)
    if len(password) > MAX_CHARS or not password.isprintable():
        raise InvalidInput("identity.password-characters", field=field, max=MAX_CHARS)
    judged = zxcvbn.zxcvbn(password[:_JUDGED_CHARS], user_inputs=[name, "allmende"])
    if judged["score"] < min_score:
        raise InvalidInput("identity.password-weak", field=field)
