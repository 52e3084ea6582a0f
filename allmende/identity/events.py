"""What happened to accounts, groups, rooms and their links, and what passes at a door."""

from dataclasses import dataclass

from allmende.core.events import Fact, Signal
from allmende.core.ids import (
    AccountId,
    AppPasswordId,
    CertificateId,
    GroupId,
    GuestId,
    HandoutId,
    LinkId,
    PadId,
    RoomId,
    SessionId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMade(Fact):
    """Somebody accepted an invite and has an account now."""

    account_id: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountGone(Fact):
    """An account was removed. Whatever was opened with it ends."""

    account_id: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRevoked(Fact):
    """One session ended, or all of the account (``session_id`` None)."""

    account_id: AccountId
    session_id: SessionId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFrozen(Fact):
    """An account may do nothing until a moderator releases it. Whatever is open with it ends."""

    account_id: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReleased(Fact):
    """A new, frozen or leaving account is active."""

    account_id: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryBegun(Fact):
    """Somebody with the recovery kit of an account waits to get in; its devices can stop it."""

    account_id: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRevoked(Fact):
    """An app password ended, or all of the account (None). Whatever was opened with it ends."""

    account_id: AccountId
    app_password_id: AppPasswordId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRevoked(Fact):
    """A bound certificate ended, or all of the account (None). Whatever is open with it ends."""

    account_id: AccountId
    certificate_id: CertificateId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChanged(Fact):
    """An account joined a group, left it, or has another role there.

    ``was`` and ``now`` are roles, empty for somebody outside. ``by_account_id`` is who did it;
    None: the people who run the server, or the server itself.
    """

    group_id: GroupId
    account_id: AccountId
    was: str = ""
    now: str = ""
    by_account_id: AccountId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged(Fact):
    """Name or rules of a group are different now."""

    group_id: GroupId


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRestored(Fact):
    """A group is as a backup had it: who joined or left since then is not, or is again, in it."""

    group_id: GroupId


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(Fact):
    """An account was offered a place in a group; it accepts or declines."""

    group_id: GroupId
    account_id: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupGone(Fact):
    """A group was deleted with everything in it."""

    group_id: GroupId


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomMade(Fact):
    """There is a new room; ``group_id`` None: opened without account."""

    room_id: RoomId
    group_id: GroupId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomChanged(Fact):
    """Name, lobby or rights of guests of a room are different now."""

    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomGone(Fact):
    """A room was deleted or has ended. Whatever hangs on it is deleted."""

    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRevoked(Fact):
    """A link into a room was taken back or expired. Who came by it has no rights any more."""

    link_id: LinkId
    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestBanned(Fact):
    """Somebody was removed from a room: a guest, or an account (``guest_id`` None)."""

    room_id: RoomId
    guest_id: GuestId | None
    account_id: AccountId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoutAsked(Fact):
    """Somebody at the command line wants other people's data; two operators have to agree."""

    handout_id: HandoutId


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut(Fact):
    """The command line handed out everything of an account, a group, or the text of a pad."""

    account_id: AccountId | None
    group_id: GroupId | None
    pad_id: PadId | None


FACTS = (
    AccountMade,
    AccountGone,
    AccountFrozen,
    AccountReleased,
    SessionRevoked,
    RecoveryBegun,
    CredentialRevoked,
    CertificateRevoked,
    MembershipChanged,
    GroupChanged,
    GroupRestored,
    OfferMade,
    GroupGone,
    RoomMade,
    RoomChanged,
    RoomGone,
    LinkRevoked,
    GuestBanned,
    HandoutAsked,
    HandedOut,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorChanged(Signal):
    """Another number of people waits at the door of a room."""

    room_id: RoomId
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorAnswered(Signal):
    """Somebody at the door was ``admitted``, ``refused`` or ``removed``."""

    room_id: RoomId
    key: str
    state: str
