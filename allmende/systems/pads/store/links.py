"""Rows of links: a right and the hash of a token, never the token."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from allmende.core.ids import PadId
from allmende.systems.pads.model.pad import Capability, PadLink, PadLinkId
from allmende.systems.pads.store.tables import links

_SHOWN: Final = (
    links.c.id,
    links.c.pad_id,
    links.c.capability,
    links.c.label,
    links.c.created_at,
    links.c.expires_at,
    links.c.revoked_at,
)
_BY_ID: Final = select(*_SHOWN).where(links.c.id == bindparam("link_id"))
_BY_HASH: Final = select(*_SHOWN).where(links.c.token_hash == bindparam("of_hash"))
_OF_PAD: Final = (
    select(*_SHOWN)
    .where(links.c.pad_id == bindparam("pad_id"), links.c.revoked_at.is_(None))
    .order_by(links.c.id)
)
_COUNT: Final = select(func.count()).where(links.c.pad_id == bindparam("pad_id"))
_ADD: Final = insert(links).returning(links.c.id)
_SET_HASH: Final = (
    update(links).where(links.c.id == bindparam("of_link")).values(token_hash=bindparam("new_hash"))
)
_REVOKE: Final = (
    update(links)
    .where(
        links.c.id == bindparam("of_link"),
        links.c.pad_id == bindparam("of_pad"),
        links.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now"), expires_at=bindparam("now"))
)
_ENDED: Final = (
    select(links.c.id, links.c.pad_id, links.c.revoked_at)
    .where(links.c.expires_at <= bindparam("now"))
    .order_by(links.c.expires_at)
    .limit(bindparam("most"))
)
_DELETE: Final = delete(links).where(links.c.id == bindparam("of_link"))
_OF_PAD_ALL: Final = delete(links).where(links.c.pad_id == bindparam("of_pad"))


def find_link(db: Connection, link_id: PadLinkId) -> PadLink | None:
    """Return the link with this number. Index: primary key."""
    row = db.execute(_BY_ID, {"link_id": link_id}).one_or_none()
    return None if row is None else PadLink(*row)


def find_link_of(db: Connection, token_hash: str) -> PadLink | None:
    """Return the link of a token, whether it is still good or not. Index: unique hash."""
    row = db.execute(_BY_HASH, {"of_hash": token_hash}).one_or_none()
    return None if row is None else PadLink(*row)


def links_of(db: Connection, pad_id: PadId) -> Sequence[PadLink]:
    """Return the links of a pad that nobody took back. Index: pads_link_by_pad."""
    return [PadLink(*row) for row in db.execute(_OF_PAD, {"pad_id": pad_id})]


def count_links(db: Connection, pad_id: PadId) -> int:
    """Return how many rows of links a pad has. Index: pads_link_by_pad."""
    return db.execute(_COUNT, {"pad_id": pad_id}).scalar_one()


def add_link(
    db: Connection,
    *,
    pad_id: PadId,
    capability: Capability,
    label: str,
    created_at: datetime,
    expires_at: datetime | None,
) -> PadLink:
    """Add a link that nobody can use yet: its token is made of its number."""
    row = {
        "pad_id": pad_id,
        "capability": capability,
        "token_hash": "",
        "label": label,
        "created_at": created_at,
        "expires_at": expires_at,
        "revoked_at": None,
    }
    number = PadLinkId(db.execute(_ADD, row).scalar_one())
    return PadLink(number, pad_id, capability, label, created_at, expires_at, None)


def set_hash(db: Connection, link_id: PadLinkId, token_hash: str) -> None:
    """Make a new link usable."""
    db.execute(_SET_HASH, {"of_link": link_id, "new_hash": token_hash})


def revoke_link(db: Connection, pad_id: PadId, link_id: PadLinkId, now: datetime) -> bool:
    """Take a link back; return whether it was there. Index: primary key."""
    key = {"of_link": link_id, "of_pad": pad_id, "now": now}
    return db.execute(_REVOKE, key).rowcount == 1


def delete_ended(db: Connection, now: datetime, *, most: int) -> Sequence[PadId]:
    """Delete links past their end; return the pads whose links ended by themselves.

    Index: pads_link_by_end.
    """
    rows = db.execute(_ENDED, {"now": now, "most": most}).all()
    for link_id, _, _ in rows:
        db.execute(_DELETE, {"of_link": link_id})
    return sorted({PadId(pad_id) for _, pad_id, revoked_at in rows if revoked_at is None})


def delete_links(db: Connection, pad_id: PadId) -> None:
    """Delete all links of a pad. Index: pads_link_by_pad."""
    db.execute(_OF_PAD_ALL, {"of_pad": pad_id})
