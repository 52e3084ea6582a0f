"""Invites and room links: what they carry and their limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allmende.core.errors import InvalidInput
from allmende.core.ids import AccountId, GroupId, InviteId
from allmende.identity.model.words import SixWords

INVITE_USES: Final = 50
INVITE_DAYS: Final = 7
MAX_INVITE_USES: Final = 50
MAX_INVITE_DAYS: Final = 30
MAX_SHARED_INVITE_DAYS: Final = 7
"""Of an invite that several people may use."""
MAX_LINK_DAYS: Final = 365
MAX_LINK_USES: Final = 10_000
MAX_LINKS_PER_ROOM: Final = 100
MAX_INVITES_PER_GROUP: Final = 50
INVITES_PER_ACCOUNT: Final = 3
OWN_INVITE_DAYS: Final = 30
INVITES_PER_GROUP_AND_MONTH: Final = 50
MAX_GROUPS_PER_ACCOUNT: Final = 50
MAX_ROOMS_PER_GROUP: Final = 50

OPERATOR_INVITE_LIFETIME: Final = timedelta(days=7)
OPEN_ROOM_RENEWAL: Final = timedelta(days=1)
"""The end of an open room is moved at most once a day, so that entering rarely writes."""

BAN_LIFETIME: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class StoredInvite:
    """A row of an invite. ``role`` is a role in the group, or one on the server."""

    id: InviteId
    group_id: GroupId | None
    role: str
    uses_left: int
    expires_at: datetime
    made_by: AccountId | None = None


@dataclass(frozen=True, slots=True)
class NewInvite:
    """An invite that was just made, as link and as words; both are kept as hashes only."""

    code: str
    words: SixWords

    @property
    def path(self) -> str:
        """Return where the link leads on this server."""
        return f"/i/{self.code}"


@dataclass(frozen=True, slots=True)
class Lookup:
    """What an invite may be found by: the hash of a code, or of one reading of typed words."""

    code_hash: str
    words_hashes: Sequence[str]


def require_between(number: int, most: int, field: str) -> None:
    """Raise InvalidInput with ``field`` unless ``number`` is 1 to ``most``."""
    if not 1 <= number <= most:
        raise InvalidInput("identity.number-out-of-range", field=field, min=1, max=most)
