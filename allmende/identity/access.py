"""The one door to rooms and groups: who may do what, asked on the connection of the change.

Whoever may not see a room or group gets the answer of one that does not exist.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller, Guest, Scope
from allmende.core.errors import NotAllowed, NotFound, NotSignedIn, ProofNeeded
from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId, GroupId, RoomId
from allmende.core.permissions import (
    BY_LINK,
    BY_ROLE,
    BY_SERVER_ROLE,
    GUESTS_SHARE,
    Permission,
)
from allmende.core.rooms import LinkRight, Room
from allmende.identity.model.accounts import AccountState
from allmende.identity.store import accounts, groups, rooms, totp

_NOTHING: Final[frozenset[Permission]] = frozenset()
FOR_PROVEN: Final = frozenset({Permission.DESK_MODERATE, Permission.DESK_OPERATE})
"""What needs a passkey or a second step besides the role."""
_SEE: Final = frozenset({Permission.ROOM_SEE})


def account_key(account_id: AccountId) -> str:
    """Return how a door and a ban name an account."""
    return f"a{account_id}"


def guest_key(guest: Guest) -> str:
    """Return how a door and a ban name a guest."""
    return f"g{guest.id}"


def key_of(who: Caller, room: Room, role: Role | None) -> str:
    """Return how the door of ``room`` names the caller: as a member, else as its guest.

    Raises NotAllowed ``room.not-allowed`` for somebody who has not entered.
    """
    guest = who.guest_of(room.id)
    if role is not None and who.account_id is not None:
        return account_key(who.account_id)
    if guest is None:
        raise NotAllowed("room.not-allowed", permission=Permission.ROOM_ENTER)
    return guest_key(guest)


@dataclass(frozen=True, slots=True)
class Place:
    """A room, what somebody is in its group, and everything they may do there."""

    room: Room
    role: Role | None
    rights: frozenset[Permission]


def place(db: Connection, who: Caller, room_id: RoomId) -> Place:
    """Return all of it at once, in at most four statements.

    Raises NotFound ``room.not-found`` if they may not even see the room.
    """
    room = rooms.find_room(db, room_id)
    role = None if room is None else role_in_room(db, who, room)
    has = _NOTHING if room is None else _rights(db, who, room, role)
    if room is None or Permission.ROOM_SEE not in has:
        raise NotFound("room.not-found")
    return Place(room, role, has)


def rights(db: Connection, who: Caller, room: Room) -> frozenset[Permission]:
    """Return everything ``who`` may do in ``room``. At most three statements."""
    return _rights(db, who, room, role_in_room(db, who, room))


def _rights(db: Connection, who: Caller, room: Room, role: Role | None) -> frozenset[Permission]:
    if role is not None and who.account_id is not None:
        if rooms.is_banned(db, room.id, account_key(who.account_id)):
            return _NOTHING
        return BY_ROLE[role]
    guest = who.guest_of(room.id)
    if guest is None:
        return _SEE if room.group_id is None else _NOTHING
    if rooms.is_banned(db, room.id, guest_key(guest)):
        return _NOTHING
    right = guest_right(db, guest, room)
    return _NOTHING if right is None else _by_right(right, room)


def may(db: Connection, who: Caller, permission: Permission, room_id: RoomId) -> bool:
    """Return whether ``who`` has ``permission`` in this room; False if there is no room."""
    room = rooms.find_room(db, room_id)
    return room is not None and permission in rights(db, who, room)


def require(db: Connection, who: Caller, permission: Permission, room_id: RoomId) -> Room:
    """Return the room if ``who`` has ``permission`` there.

    Raises NotFound ``room.not-found`` if they may not even see it, else NotAllowed
    ``room.not-allowed`` with the ``permission``.
    """
    return require_place(db, who, permission, room_id).room


def require_place(db: Connection, who: Caller, permission: Permission, room_id: RoomId) -> Place:
    """Return the same with everything that ``who`` may do there. Raises like ``require``."""
    found = place(db, who, room_id)
    if permission not in found.rights:
        raise NotAllowed("room.not-allowed", permission=permission)
    return found


def require_in_group(
    db: Connection, who: Caller, permission: Permission, group_id: GroupId
) -> Group:
    """Return the group if the account of ``who`` has ``permission`` there.

    Raises NotFound ``group.not-found``, NotAllowed ``group.not-allowed`` with the
    ``permission``. Guests of a room are nothing in its group.
    """
    group = groups.find_group(db, group_id)
    role = None if group is None else role_in_group(db, who, group.id)
    if group is None or role is None:
        raise NotFound("group.not-found")
    if permission not in BY_ROLE[role]:
        raise NotAllowed("group.not-allowed", permission=permission)
    return group


def server_rights(db: Connection, who: Caller) -> frozenset[Permission]:
    """Return what the account of ``who`` may do on the whole server. One statement.

    A program may do nothing there.
    """
    if who.account_id is None or who.is_program:
        return _NOTHING
    account = accounts.find_account(db, who.account_id)
    if account is None or account.state is not AccountState.ACTIVE:
        return _NOTHING
    return BY_SERVER_ROLE[account.role]


def keeps_order(db: Connection, who: Caller) -> bool:
    """Return whether ``who`` may put people out of rooms of others, for they look after the
    server and have a second step; by a program, too, which may do nothing else of it.
    """
    if who.account_id is None or not (who.session_id or Scope.VOICE in who.scopes):
        return False
    account = accounts.find_account(db, who.account_id)
    if account is None or account.state is not AccountState.ACTIVE:
        return False
    role = BY_SERVER_ROLE[account.role]
    return Permission.DESK_MODERATE in role and totp.proofs_of(db, who.account_id).second


def require_server(db: Connection, who: Caller, permission: Permission) -> AccountId:
    """Return the account of ``who`` if it has ``permission`` on the whole server.

    Whoever decides about others or runs the server proves more than a password: without
    passkey and second step there is nothing to see here. Raises NotSignedIn
    ``web.not-signed-in``, NotAllowed ``identity.server-not-allowed`` with the ``permission``,
    ProofNeeded ``identity.second-step-first``.
    """
    if who.account_id is None:
        raise NotSignedIn("web.not-signed-in")
    if permission not in server_rights(db, who):
        raise NotAllowed("identity.server-not-allowed", permission=permission)
    if permission in FOR_PROVEN and not totp.proofs_of(db, who.account_id).second:
        raise ProofNeeded("identity.second-step-first")
    return who.account_id


def role_in_group(db: Connection, who: Caller, group_id: GroupId) -> Role | None:
    """Return what the account of ``who`` is in a group."""
    if who.account_id is None:
        return None
    return groups.find_role(db, group_id, who.account_id)


def role_in_room(db: Connection, who: Caller, room: Room) -> Role | None:
    """Return what the account of ``who`` is in the group of ``room``, if it has a group."""
    return None if room.group_id is None else role_in_group(db, who, room.group_id)


def guest_right(db: Connection, guest: Guest, room: Room) -> LinkRight | None:
    """Return what a guest came with, None once their link is revoked or has expired.

    The bare address of an open room gives the right to speak. Expired links are deleted by a
    job each minute, which tells it like a revocation.
    """
    if guest.link_id is not None:
        return rooms.find_right(db, room.id, guest.link_id)
    return LinkRight.SPEAK if room.group_id is None else None


def room_by_slug(db: Connection, slug: str) -> Room:
    """Return the room at an address, whoever asks. Raises NotFound ``room.not-found``."""
    room = rooms.find_room_by_slug(db, slug)
    if room is None:
        raise NotFound("room.not-found")
    return room


def display_name(db: Connection, who: Caller, room_id: RoomId) -> str:
    """Return what ``who`` is called in a room: the account as a member, else the guest's name.

    Raises NotFound ``room.not-found``, NotSignedIn ``identity.not-entered`` for strangers.
    """
    room = rooms.find_room(db, room_id)
    if room is None:
        raise NotFound("room.not-found")
    return display_name_in(db, who, room)


def display_name_in(db: Connection, who: Caller, room: Room) -> str:
    """Return the same of a room that is known. Raises NotSignedIn ``identity.not-entered``."""
    if who.account_id is not None and room.group_id is not None:
        member = groups.find_membership(db, room.group_id, who.account_id)
        account = None if member is None else accounts.find_account(db, who.account_id)
        if member is not None and account is not None:
            return member.display or account.name
    guest = who.guest_of(room.id)
    if guest is None:
        raise NotSignedIn("identity.not-entered")
    return guest.name


def _by_right(right: LinkRight, room: Room) -> frozenset[Permission]:
    given = BY_LINK[right]
    return given | GUESTS_SHARE if room.guests_share and right != LinkRight.LISTEN else given
