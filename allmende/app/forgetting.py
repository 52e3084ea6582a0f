"""How a restored house forgets again what was deleted after the backup.

Kinds that are not here are rows and nothing else: ``storage.deletions`` deletes them. The systems
hear of these by facts, when the house opens, and take along what they keep.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from allmende.core.ids import AccountId, GroupId, PadId, RoomId
from allmende.identity.events import RoomGone
from allmende.identity.model.accounts import AccountState
from allmende.identity.service.deleting import erase_account, erase_group
from allmende.identity.store import accounts, groups, rooms
from allmende.storage.deletions import Act
from allmende.storage.outbox import record
from allmende.storage.secret import secret
from allmende.systems.pads.events import PadDeleted
from allmende.systems.pads.store import links, pads


def forget_account(db: Connection, thing: str, now: datetime) -> None:
    """Delete an account as when it left."""
    found = accounts.find_account(db, AccountId(int(thing)))
    if found is not None and found.state is not AccountState.GONE:
        erase_account(db, found, secret(db, "identity"), now, by_self=False)


def forget_group(db: Connection, thing: str, now: datetime) -> None:
    """Delete a group with its rooms."""
    group_id = GroupId(int(thing))
    if groups.find_group(db, group_id) is not None:
        erase_group(db, group_id, now)


def forget_room(db: Connection, thing: str, now: datetime) -> None:
    """Delete a room."""
    room_id = RoomId(int(thing))
    if rooms.find_room(db, room_id) is not None:
        rooms.delete_room(db, room_id)
        record(db, RoomGone(at=now, room_id=room_id))


def forget_pad(db: Connection, thing: str, now: datetime) -> None:
    """Bury a pad; the job of pads deletes the rest of it."""
    pad_id = PadId(int(thing))
    if pads.find_pad(db, pad_id) is not None:
        links.delete_links(db, pad_id)
        pads.bury_pad(db, pad_id, now)
        record(db, PadDeleted(at=now, pad_id=pad_id))


ACTS: Final[Mapping[str, Act]] = {
    "identity.account": forget_account,
    "identity.group": forget_group,
    "identity.room": forget_room,
    "pads.pad": forget_pad,
}
