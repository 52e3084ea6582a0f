"""What those see who look after the server: the queue, waves, accounts without their content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from allmende.core.accounts import ServerRole
from allmende.core.ids import AccountId, RequestId
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.registration import Mark, RegistrationShown, RequestState


@dataclass(frozen=True, slots=True)
class AccountShown:
    """An account: no times but quarters, no groups. ``origin`` empty: not known any more."""

    id: AccountId
    name: str
    state: AccountState
    role: ServerRole
    since: str
    seen: str
    origin: str | None
    marks: frozenset[Mark] = field(default=frozenset(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits for a decision. ``group``: where an invite leads them."""

    id: RequestId
    name: str
    body: str
    made_at: datetime
    vouches: int
    group: str


@dataclass(frozen=True, slots=True)
class Wave:
    """All who wait from one origin. ``some`` of them are shown, ``count`` there are.

    ``by``: who invited them. A large wave is one thing to decide.
    """

    origin: str
    by: str
    began: datetime | None
    count: int
    some: Sequence[Waiting]
    large: bool


@dataclass(frozen=True, slots=True)
class OriginShown:
    """Where accounts of the last 30 days came from, and how many of them are in which state."""

    origin: str
    by: str
    began: datetime | None
    counts: Mapping[AccountState, int]


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for those who moderate. ``operates``: whether who asks runs the server too."""

    waves: Sequence[Wave]
    origins: Sequence[OriginShown]
    registration: RegistrationShown
    operates: bool = False


@dataclass(frozen=True, slots=True)
class Duties:
    """What somebody looks after on the server: how many wait for them; whether they operate it."""

    waiting: int
    operates: bool


@dataclass(frozen=True, slots=True)
class RequestShown:
    """A request as the person sees it who made it.

    ``vouch_token``: for people they know; empty where that is off. ``vouches`` so far.
    """

    name: str
    state: RequestState
    answer: str
    ends_at: datetime
    vouch_token: str
    vouches: int
    group_slug: str


@dataclass(frozen=True, slots=True)
class VouchShown:
    """A request as a member sees it who was asked to vouch. ``mine``: they have."""

    name: str
    body: str
    vouches: int
    mine: bool
