"""What the service answers: values for pages and wires, never rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allmende.core.accounts import Account, Caller
from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId, InviteId, SessionId
from allmende.core.rooms import LinkRight, Room


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. ``token`` is for the cookie; ``brief``: it ends with the browser."""

    token: str
    account: Account
    brief: bool = False


@dataclass(frozen=True, slots=True)
class SessionShown:
    """A session on the page of its person. ``label`` is a message id, the name of a plant."""

    id: SessionId
    label: str
    since: str
    seen: str
    current: bool


@dataclass(frozen=True, slots=True)
class Person:
    """The account of the caller on their own page."""

    account: Account
    operator: bool


@dataclass(frozen=True, slots=True)
class InviteShown:
    """An invite as the invited see it. ``group`` None: it makes an operator."""

    group: Group | None
    role: Role | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenInvite:
    """An invite as the admins of its group see it; the code itself is kept as a hash only."""

    id: InviteId
    role: Role
    uses_left: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """A group of the caller and their role there."""

    group: Group
    role: Role


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a group."""

    account_id: AccountId
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class GroupPage:
    """What a member sees of a group. ``invites`` is empty for those who may not invite."""

    group: Group
    role: Role
    rooms: Sequence[Room]
    members: Sequence[Member]
    invites: Sequence[OpenInvite]


@dataclass(frozen=True, slots=True)
class OpenedRoom:
    """A room opened without account, and the token of its facilitator link, shown once."""

    room: Room
    facilitator_token: str


@dataclass(frozen=True, slots=True)
class Entrance:
    """What is known of a caller before they enter.

    ``role``: of an account in the group of the room; ``right``: of the link or of the open
    room, for everybody else. ``name``: what the caller was called here before, or empty.
    """

    room: Room
    role: Role | None
    right: LinkRight | None
    name: str


@dataclass(frozen=True, slots=True)
class Entered:
    """Who somebody is inside a room. ``guest_token``: a new value for the guest's cookie."""

    caller: Caller
    guest_token: str | None
