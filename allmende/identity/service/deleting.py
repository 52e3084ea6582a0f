"""How an account or a group goes: one change that takes everything of it in identity along.

The other systems hear of it by the facts, and note what they delete themselves.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from allmende.core.groups import Role
from allmende.core.ids import GroupId
from allmende.identity.events import AccountGone, GroupGone, RoomGone
from allmende.identity.model.accounts import StoredAccount
from allmende.identity.model.tokens import blocked_name
from allmende.identity.service.memberships import change_role, leave_group
from allmende.identity.store import groups, leaving, rooms
from allmende.storage.deletions import note_deletion
from allmende.storage.outbox import record

_ORDER: Final = tuple(Role)


def erase_account(
    db: Connection, stored: StoredAccount, key: bytes, now: datetime, *, by_self: bool
) -> None:
    """Delete an account for good; a group in which nobody else is goes with it.

    A group that loses its only admin gets another: of those with the highest role the one who
    is in for longest. Everybody in it is told, as of every change.
    """
    account_id = stored.id
    by = account_id if by_self else None
    for membership in groups.groups_of(db, account_id):
        group_id = membership.group.id
        left = [one for one in leaving.longest_members(db, group_id) if one[0] != account_id]
        if not left:
            erase_group(db, group_id, now)
            continue
        leave_group(db, group_id, account_id, now, by=by)
        if all(role != Role.ADMIN for _, role in left):
            heir, _ = max(left, key=lambda one: _ORDER.index(Role(one[1])))
            change_role(db, group_id, heir, Role.ADMIN, now, by=None)
    leaving.erase_account(db, account_id, blocked_name(key, stored.name))
    note_deletion(db, "identity.account", str(account_id), now)
    record(db, AccountGone(at=now, account_id=account_id))


def erase_group(db: Connection, group_id: GroupId, now: datetime) -> None:
    """Delete a group and its rooms for good, with everything the systems keep there."""
    gone = [room.id for room in rooms.rooms_of(db, group_id)]
    leaving.erase_group(db, group_id)
    note_deletion(db, "identity.group", str(group_id), now)
    for room_id in gone:
        note_deletion(db, "identity.room", str(room_id), now)
    for room_id in gone:
        record(db, RoomGone(at=now, room_id=room_id))
    record(db, GroupGone(at=now, group_id=group_id))
