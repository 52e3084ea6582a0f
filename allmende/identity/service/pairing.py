"""Codes that wait to be typed into a voice program. In memory only: a restart forgets them."""

from typing import Final

from allmende.core.ids import AccountId
from allmende.identity.model.tokens import token_hash

MAX_WAITING: Final = 10_000


class Pairings:
    """At most one code of an account, each for one use. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[AccountId, float]] = {}

    def add(self, account_id: AccountId, code: str, until_s: float) -> None:
        """Let ``code`` stand for an account until then; an earlier one of it is void."""
        self.forget(account_id)
        self._waiting[token_hash(code)] = (account_id, until_s)
        while len(self._waiting) > MAX_WAITING:
            self._waiting.pop(next(iter(self._waiting)))

    def take(self, code: str, now_s: float) -> AccountId | None:
        """Return whose code this is, and let it be used up; None if it is nobody's."""
        account_id, until_s = self._waiting.pop(token_hash(code), (None, 0.0))
        return account_id if now_s < until_s else None

    def forget(self, account_id: AccountId) -> None:
        """Let no code stand for an account any more."""
        for hashed in [h for h, (whose, _) in self._waiting.items() if whose == account_id]:
            del self._waiting[hashed]
