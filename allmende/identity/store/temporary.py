"""Rooms of groups that end when they are empty."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from allmende.core.rooms import Room
from allmende.identity.store.tables.groups import rooms

_TEMPORARY = (
    select(rooms)
    .where(rooms.c.ends_at.is_not(None), rooms.c.group_id.is_not(None))
    .order_by(rooms.c.id)
)


def temporary_rooms(db: Connection) -> Sequence[Room]:
    """Return all of them. Index: identity_room_by_end."""
    return [Room(*row) for row in db.execute(_TEMPORARY)]
