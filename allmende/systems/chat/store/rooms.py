"""Rooms that people make with their apps, and who is what in them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    LargeBinary,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from allmende.core.ids import AccountId
from allmende.storage.retention import Kept
from allmende.storage.types import RowId, Text, UtcTime, metadata
from allmende.systems.chat.model.rooms import (
    STRANGER,
    Affiliation,
    Config,
    Room,
    Standing,
    Subject,
)

rooms: Final = Table(
    "chat_room",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("config", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_by", Text, nullable=False),
    Column("subject_at", UtcTime),
    Column("made_by", BigInteger),
    Column("made_at", UtcTime, nullable=False),
    Index("chat_room_by_name", "name", unique=True),
    Index("chat_room_by_maker", "made_by", "made_at"),
)
affiliations: Final = Table(
    "chat_affiliation",
    metadata,
    Column("room", BigInteger, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("affiliation", Text, nullable=False),
    Column("nick", Text, nullable=False),
    Index("chat_affiliation_by_address", "address"),
)
KEPT: Final = [
    Kept(
        rooms,
        days=None,
        why="a room people made is there until its owners destroy it, or the last has left",
        personal="name config subject subject_by subject_at made_by made_at",
        plain="secret",
    ),
    Kept(
        affiliations,
        days=None,
        why="who belongs to a room is kept as long as the room, or until it is taken back",
        personal="address affiliation nick",
        plain="room",
    ),
]

_SHOWN: Final = (
    rooms.c.id,
    rooms.c.name,
    rooms.c.config,
    rooms.c.secret,
    rooms.c.subject,
    rooms.c.subject_by,
    rooms.c.subject_at,
)
_FIND: Final = select(*_SHOWN).where(rooms.c.name == bindparam("wanted"))
_ALL: Final = (
    select(*_SHOWN)
    .where(rooms.c.name > bindparam("after"))
    .order_by(rooms.c.name)
    .limit(bindparam("most"))
)
_ADD: Final = insert(rooms)
_CONFIGURE: Final = (
    update(rooms).where(rooms.c.id == bindparam("room")).values(config=bindparam("wanted"))
)
_SUBJECT: Final = (
    update(rooms)
    .where(rooms.c.id == bindparam("room"))
    .values(subject=bindparam("said"), subject_by=bindparam("nick"), subject_at=bindparam("now"))
)
_DELETE: Final = delete(rooms).where(rooms.c.id == bindparam("room"))
_MADE: Final = select(func.count()).where(
    rooms.c.made_by == bindparam("account"), rooms.c.made_at > bindparam("since")
)
_UNNAME: Final = update(rooms).where(rooms.c.made_by == bindparam("account")).values(made_by=None)
_STANDINGS: Final = select(
    affiliations.c.address, affiliations.c.affiliation, affiliations.c.nick
).where(affiliations.c.room == bindparam("number"))
_STAND: Final = insert(affiliations)
_FALL: Final = delete(affiliations).where(
    affiliations.c.room == bindparam("number"), affiliations.c.address == bindparam("whose")
)
_FALL_ALL: Final = delete(affiliations).where(affiliations.c.room == bindparam("number"))
_OF: Final = (
    select(rooms.c.name, affiliations.c.affiliation, affiliations.c.nick)
    .join_from(affiliations, rooms, rooms.c.id == affiliations.c.room)
    .where(affiliations.c.address == bindparam("whose"))
    .order_by(rooms.c.name)
)
_NAMED: Final = select(affiliations.c.address).distinct()
_FORGET: Final = delete(affiliations).where(affiliations.c.address == bindparam("whose"))


def find_room(db: Connection, name: str) -> Room | None:
    """Return a room with all who are something in it. Indexes: chat_room_by_name, primary key."""
    row = db.execute(_FIND, {"wanted": name}).one_or_none()
    if row is None:
        return None
    found = _room(row)
    standings = {
        address: Standing(Affiliation(affiliation), nick)
        for address, affiliation, nick in db.execute(_STANDINGS, {"number": found.number})
    }
    return Room(found.number, found.name, found.config, found.secret, found.subject, standings)


def rooms_after(db: Connection, name: str, *, most: int) -> Sequence[Room]:
    """Return rooms by name, without those in them. Index: chat_room_by_name."""
    return [_room(row) for row in db.execute(_ALL, {"after": name, "most": most})]


def add_room(db: Connection, room: Room, made_by: AccountId | None, now: datetime) -> int:
    """Add a room and who is what in it; return its number."""
    row = {
        "name": room.name,
        "config": _written(room.config),
        "secret": room.secret,
        "subject": room.subject.text,
        "subject_by": room.subject.by,
        "subject_at": room.subject.at,
        "made_by": made_by,
        "made_at": now,
    }
    key = db.execute(_ADD, row).inserted_primary_key
    if key is None:
        raise RuntimeError("the database gave no number")
    number = int(key[0])
    set_standings(db, number, room.standings)
    return number


def set_config(db: Connection, number: int, config: Config) -> None:
    """Change how a room is. Index: primary key."""
    db.execute(_CONFIGURE, {"room": number, "wanted": _written(config)})


def set_subject(db: Connection, number: int, subject: Subject) -> None:
    """Change what a room talks about. Index: primary key."""
    key = {"room": number, "said": subject.text, "nick": subject.by, "now": subject.at}
    db.execute(_SUBJECT, key)


def set_standings(db: Connection, number: int, changed: Mapping[str, Standing]) -> None:
    """Change what somebody is in a room. Index: primary key."""
    for address, standing in changed.items():
        db.execute(_FALL, {"number": number, "whose": address})
        if standing != STRANGER:
            row = {
                "room": number,
                "address": address,
                "affiliation": standing.affiliation.value,
                "nick": standing.nick,
            }
            db.execute(_STAND, row)


def delete_room(db: Connection, number: int) -> None:
    """Delete a room and who was what in it. Indexes: primary keys."""
    db.execute(_FALL_ALL, {"number": number})
    db.execute(_DELETE, {"room": number})


def count_made(db: Connection, account_id: AccountId, since: datetime) -> int:
    """Return how many rooms of an account are there that it made since. Index: by maker."""
    return int(db.execute(_MADE, {"account": account_id, "since": since}).scalar_one())


def standings_of(db: Connection, address: str) -> Sequence[tuple[str, Standing]]:
    """Return what an address is in which rooms. Index: chat_affiliation_by_address."""
    return [
        (name, Standing(Affiliation(affiliation), nick))
        for name, affiliation, nick in db.execute(_OF, {"whose": address})
    ]


def addresses_at(db: Connection, domain: str) -> Sequence[str]:
    """Return who of ``domain`` is something in any room. Index: chat_affiliation_by_address."""
    ending = f"@{domain}"
    return [address for (address,) in db.execute(_NAMED) if address.endswith(ending)]


def forget_account(db: Connection, account_id: AccountId, addresses: Sequence[str]) -> None:
    """Forget an account that is gone. Indexes: by maker, by address."""
    db.execute(_UNNAME, {"account": account_id})
    for address in addresses:
        db.execute(_FORGET, {"whose": address})


def _room(row: Iterable[Any]) -> Room:
    number, name, config, secret, text, by, at = row
    return Room(
        number,
        name,
        msgspec.json.decode(config.encode(), type=Config),
        bytes(secret),
        Subject(text, by, at),
    )


def _written(config: Config) -> str:
    return msgspec.json.encode(config, order="sorted").decode()
