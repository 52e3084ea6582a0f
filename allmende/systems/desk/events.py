"""What happened on the desk: somebody was told something."""

from dataclasses import dataclass

from allmende.core.events import Fact
from allmende.core.ids import AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeTold(Fact):
    """There is something new in the inbox of an account."""

    account_id: AccountId


FACTS = (NoticeTold,)
