"""A refused form comes back with what was typed and the sentence beside its field."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from allmende.core.errors import ProofNeeded, UserError
from allmende.webkit.errors import status_of


@dataclass(frozen=True, slots=True)
class Refusal:
    """``text`` is translated; ``field`` is where it belongs, "" for the whole form."""

    field: str
    text: str


async def or_again(
    work: Callable[[], Awaitable[Response]],
    again: Callable[[Refusal, int], Response],
    translate: Callable[..., str],
) -> Response:
    """Answer with ``work``, or, if the person can do something about it, with ``again``.

    ``again`` shows the form filled as it was, with the refusal and the given status. Raises
    ProofNeeded, whose answer is another page.
    """
    try:
        return await work()
    except ProofNeeded:
        raise
    except UserError as error:
        refusal = Refusal(
            str(error.values.get("field", "")), translate(error.message_id, **error.values)
        )
        return again(refusal, status_of(error))
