"""What the service answers: values for pages and wires, never rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allmende.core.accounts import Account, Caller, ServerRole
from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId, InviteId, PasskeyId, SessionId
from allmende.core.rooms import LinkRight, Room
from allmende.identity.model.groups import Announcement, Approval, Offer, Rules
from allmende.identity.model.ways import Way


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. ``token`` is for the cookie; ``brief``: it ends with the browser.

    ``device`` is the cookie by which this browser is known from now on, empty for none.
    ``lacks_second_step``: the role of the account asks for one and there is none. ``waiting``:
    there is no session, somebody has to decide; this is the key of the page that says so.
    """

    token: str
    account: Account
    brief: bool = False
    session_id: SessionId | None = None
    device: str = ""
    lacks_second_step: bool = False
    waiting: str = ""

    @property
    def caller(self) -> Caller:
        """Return who asks from now on."""
        return Caller(self.account.id, self.session_id)


@dataclass(frozen=True, slots=True)
class SecondStep:
    """The password fits, and something else is needed: a ``code``, a ``passkey``, either.

    ``token`` is what the browser holds until then.
    """

    token: str
    code: bool
    passkey: bool


@dataclass(frozen=True, slots=True)
class SessionShown:
    """A session on the page of its person.

    ``label`` is a message id, the name of a plant; empty where the person gave it a ``name``.
    """

    id: SessionId
    label: str
    name: str
    since: str
    seen: str
    current: bool


@dataclass(frozen=True, slots=True)
class PasskeyShown:
    """A passkey on the page of its person; ``label`` and ``name`` as those of a session."""

    id: PasskeyId
    label: str
    name: str
    since: str
    seen: str


@dataclass(frozen=True, slots=True)
class Person:
    """The account of the caller on their own page."""

    account: Account
    operator: bool
    role: ServerRole = ServerRole.NONE


@dataclass(frozen=True, slots=True)
class InviteShown:
    """An invite as the invited see it. ``group`` None: it makes an account with a server role."""

    group: Group | None
    role: Role | None
    expires_at: datetime
    server_role: ServerRole = ServerRole.NONE


@dataclass(frozen=True, slots=True)
class OpenInvite:
    """An invite as those see it who made it; the code itself is kept as a hash only.

    ``role`` None: it leads into no group.
    """

    id: InviteId
    role: Role | None
    uses_left: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OwnInvites:
    """Invites of an account itself. ``left`` None: as many as are needed.

    ``young``: the account is too new to invite anybody.
    """

    open: Sequence[OpenInvite]
    left: int | None
    young: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """A group of the caller and their role there."""

    group: Group
    role: Role


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """What the people who run the server see of a group."""

    slug: str
    members: int
    admins: int


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a group."""

    account_id: AccountId
    name: str
    role: Role
    display: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage:
    """What a member sees of a group.

    ``display`` is their own name there, if it is another. ``invites`` and ``offers`` are empty
    for those who may not bring people or accounts; ``deletion``: an admin wants to delete it, a
    second one has to agree.
    """

    group: Group
    role: Role
    display: str
    rules: Rules
    brings_people: bool
    brings_accounts: bool
    rooms: Sequence[Room]
    members: Sequence[Member]
    invites: Sequence[OpenInvite]
    offers: Sequence[Offer]
    announcements: Sequence[Announcement]
    deletion: Approval | None


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
    ``way``: how a Mumble client gets in, None: it does not.
    """

    room: Room
    role: Role | None
    right: LinkRight | None
    name: str
    way: Way | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """Who somebody is inside a room. ``guest_token``: a new value for the guest's cookie."""

    caller: Caller
    guest_token: str | None
