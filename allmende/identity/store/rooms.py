"""Rows of rooms, room links and bans."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from allmende.core.ids import GroupId, LinkId, RoomId
from allmende.core.rooms import LinkRight, Lobby, Room, RoomLink
from allmende.identity.store.tables.groups import bans, room_links, rooms

_BY_ID = select(rooms).where(rooms.c.id == bindparam("room_id"))
_BY_SLUG = select(rooms).where(rooms.c.slug == bindparam("slug"))
_ROOMS_OF = select(rooms).where(rooms.c.group_id == bindparam("group_id")).order_by(rooms.c.id)
_MAIN_ROOM = _ROOMS_OF.limit(1)
_ADD_ROOM = insert(rooms).returning(rooms.c.id)
_CHANGE_ROOM = (
    update(rooms)
    .where(rooms.c.id == bindparam("of_room"))
    .values(
        name=bindparam("new_name"),
        lobby=bindparam("new_lobby"),
        guests_share=bindparam("share"),
    )
)
_RENEW_ROOM = (
    update(rooms).where(rooms.c.id == bindparam("of_room")).values(ends_at=bindparam("new_end"))
)
_DELETE_ROOM = delete(rooms).where(rooms.c.id == bindparam("room_id"))
_ENDED_ROOMS = (
    select(rooms.c.id).where(rooms.c.ends_at <= bindparam("now")).limit(bindparam("limit"))
)
_LINK_COLUMNS = (
    room_links.c.id,
    room_links.c.room_id,
    room_links.c.gives,
    room_links.c.label,
    room_links.c.expires_at,
    room_links.c.uses_left,
)
_RIGHT = select(room_links.c.gives).where(
    room_links.c.id == bindparam("link_id"), room_links.c.room_id == bindparam("room_id")
)
_NOT_OVER = (or_(room_links.c.expires_at.is_(None), room_links.c.expires_at > bindparam("now")),)
_LINK = select(*_LINK_COLUMNS).where(room_links.c.hash == bindparam("hash"), *_NOT_OVER)
_LINK_BY_WORDS = select(*_LINK_COLUMNS).where(
    room_links.c.words_hash == bindparam("hash"), *_NOT_OVER
)
_LINKS_OF = (
    select(*_LINK_COLUMNS)
    .where(room_links.c.room_id == bindparam("room_id"))
    .order_by(room_links.c.id)
)
_COUNT_LINKS = select(func.count()).where(room_links.c.room_id == bindparam("room_id"))
_ADD_LINK = insert(room_links).returning(room_links.c.id)
_USE_LINK = (
    update(room_links)
    .where(room_links.c.id == bindparam("of_link"), room_links.c.uses_left > 0)
    .values(uses_left=room_links.c.uses_left - 1)
)
_REVOKE_LINK = (
    delete(room_links)
    .where(room_links.c.id == bindparam("link_id"))
    .returning(room_links.c.room_id)
)
_FIND_LINK_ROOM = select(room_links.c.room_id).where(room_links.c.id == bindparam("link_id"))
_EXPIRED_LINKS = (
    select(room_links.c.id, room_links.c.room_id)
    .where(room_links.c.expires_at <= bindparam("now"))
    .limit(bindparam("limit"))
)
_BANNED = (
    select(bans.c.id)
    .where(bans.c.room_id == bindparam("room_id"), bans.c.person == bindparam("person"))
    .limit(1)
)
_ADD_BAN = insert(bans)
_END_BANS = delete(bans).where(bans.c.ends_at <= bindparam("now"))


def find_room(db: Connection, room_id: RoomId) -> Room | None:
    """Return the room with this number. Index: primary key."""
    row = db.execute(_BY_ID, {"room_id": room_id}).one_or_none()
    return None if row is None else Room(*row)


def find_room_by_slug(db: Connection, slug: str) -> Room | None:
    """Return the room at this address. Index: unique slug."""
    row = db.execute(_BY_SLUG, {"slug": slug}).one_or_none()
    return None if row is None else Room(*row)


def rooms_of(db: Connection, group_id: GroupId) -> Sequence[Room]:
    """Return the rooms of a group, oldest first. Index: identity_room_by_group."""
    return [Room(*row) for row in db.execute(_ROOMS_OF, {"group_id": group_id})]


def main_room(db: Connection, group_id: GroupId) -> Room | None:
    """Return the first room of a group, which is there as long as the group is.

    Index: identity_room_by_group.
    """
    row = db.execute(_MAIN_ROOM, {"group_id": group_id}).one_or_none()
    return None if row is None else Room(*row)


def add_room(db: Connection, room: Room) -> Room:
    """Add a room; its number is given here, whatever ``room`` says."""
    row = {
        "group_id": room.group_id,
        "slug": room.slug,
        "name": room.name,
        "lobby": room.lobby,
        "guests_share": room.guests_share,
        "ends_at": room.ends_at,
    }
    found = RoomId(db.execute(_ADD_ROOM, row).scalar_one())
    return replace(room, id=found)


def change_room(
    db: Connection, room_id: RoomId, *, name: str, lobby: Lobby, guests_share: bool
) -> None:
    """Give a room another name, lobby and rights of guests."""
    row = {"of_room": room_id, "new_name": name, "new_lobby": lobby, "share": guests_share}
    db.execute(_CHANGE_ROOM, row)


def renew_room(db: Connection, room_id: RoomId, ends_at: datetime) -> None:
    """Move the end of an open room."""
    db.execute(_RENEW_ROOM, {"of_room": room_id, "new_end": ends_at})


def delete_room(db: Connection, room_id: RoomId) -> None:
    """Delete a room; links and bans go with it (foreign keys)."""
    db.execute(_DELETE_ROOM, {"room_id": room_id})


def ended_rooms(db: Connection, now: datetime, *, limit: int) -> Sequence[RoomId]:
    """Return open rooms whose end has passed. Index: identity_room_by_end."""
    found = db.execute(_ENDED_ROOMS, {"now": now, "limit": limit}).scalars()
    return [RoomId(number) for number in found]


def find_right(db: Connection, room_id: RoomId, link_id: LinkId) -> LinkRight | None:
    """Return what a link gives in this room; None once it is revoked. Index: primary key."""
    key = {"room_id": room_id, "link_id": link_id}
    found: LinkRight | None = db.execute(_RIGHT, key).scalar_one_or_none()
    return found


def find_link(db: Connection, token_hash: str, now: datetime) -> RoomLink | None:
    """Return a link that has not expired, used up or not. Index: unique hash."""
    row = db.execute(_LINK, {"hash": token_hash, "now": now}).one_or_none()
    return None if row is None else RoomLink(*row)


def find_link_by_words(db: Connection, words_hash: str, now: datetime) -> RoomLink | None:
    """Return a link that has not expired, used up or not. Index: identity_room_link_by_words."""
    row = db.execute(_LINK_BY_WORDS, {"hash": words_hash, "now": now}).one_or_none()
    return None if row is None else RoomLink(*row)


def links_of(db: Connection, room_id: RoomId) -> Sequence[RoomLink]:
    """Return the links into a room, oldest first. Index: identity_room_link_by_room."""
    return [RoomLink(*row) for row in db.execute(_LINKS_OF, {"room_id": room_id})]


def count_links(db: Connection, room_id: RoomId) -> int:
    """Return how many links lead into a room. Index: identity_room_link_by_room."""
    return db.execute(_COUNT_LINKS, {"room_id": room_id}).scalar_one()


def add_link(
    db: Connection, link: RoomLink, *, token_hash: str, words_hash: str | None = None
) -> LinkId:
    """Keep a link into a room; its number is given here, whatever ``link`` says.

    Without ``words_hash`` it has no words.
    """
    row = {
        "room_id": link.room_id,
        "gives": link.right,
        "label": link.label,
        "expires_at": link.expires_at,
        "uses_left": link.uses_left,
        "hash": token_hash,
        "words_hash": words_hash,
    }
    return LinkId(db.execute(_ADD_LINK, row).scalar_one())


def use_link(db: Connection, link_id: LinkId) -> bool:
    """Count one use of a limited link; return False if none was left."""
    return db.execute(_USE_LINK, {"of_link": link_id}).rowcount == 1


def find_link_room(db: Connection, link_id: LinkId) -> RoomId | None:
    """Return the room that a link leads into. Index: primary key."""
    found = db.execute(_FIND_LINK_ROOM, {"link_id": link_id}).scalar_one_or_none()
    return None if found is None else RoomId(found)


def revoke_link(db: Connection, link_id: LinkId) -> bool:
    """Delete a link; return whether it was there."""
    return db.execute(_REVOKE_LINK, {"link_id": link_id}).one_or_none() is not None


def expired_links(db: Connection, now: datetime, *, limit: int) -> Sequence[tuple[LinkId, RoomId]]:
    """Return links past their time. Index: identity_room_link_by_expiry."""
    rows = db.execute(_EXPIRED_LINKS, {"now": now, "limit": limit})
    return [(LinkId(link_id), RoomId(room_id)) for link_id, room_id in rows]


def is_banned(db: Connection, room_id: RoomId, person: str) -> bool:
    """Return whether ``person`` (``a<account>``, ``g<guest>``) is shut out.

    Bans past their end are deleted by a job each minute. Index: identity_ban_by_room.
    """
    return db.execute(_BANNED, {"room_id": room_id, "person": person}).first() is not None


def add_ban(
    db: Connection, *, room_id: RoomId, person: str, reason: str, ends_at: datetime
) -> None:
    """Shut somebody out of a room until ``ends_at``."""
    row = {"room_id": room_id, "person": person, "reason": reason, "ends_at": ends_at}
    db.execute(_ADD_BAN, row)


def end_bans(db: Connection, now: datetime) -> int:
    """Delete bans whose end has passed. Index: identity_ban_by_end."""
    return db.execute(_END_BANS, {"now": now}).rowcount
