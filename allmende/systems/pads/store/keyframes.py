"""Full copies of a document, and the thinning of the rows between them (spec pads, P-18)."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from allmende.core.errors import NotFound
from allmende.core.ids import PadId
from allmende.systems.pads.model.pad import AuthorId, Keyframe, Row
from allmende.systems.pads.store.tables import keyframes, pads, updates

LISTED: Final = 500
_LEVEL: Final = 6

_HEAD: Final = (
    keyframes.c.id,
    keyframes.c.pad_id,
    keyframes.c.generation,
    keyframes.c.seq,
    keyframes.c.at,
    keyframes.c.name,
    keyframes.c.author_id,
)
_ADD: Final = insert(keyframes)
_NEWEST: Final = (
    select(*_HEAD)
    .where(keyframes.c.pad_id == bindparam("pad"))
    .order_by(keyframes.c.id.desc())
    .limit(bindparam("most"))
)
_ONE: Final = select(*_HEAD, keyframes.c.payload).where(
    keyframes.c.pad_id == bindparam("pad"), keyframes.c.id == bindparam("keyframe")
)
_SEQS: Final = (
    select(keyframes.c.seq).where(keyframes.c.pad_id == bindparam("pad")).order_by(keyframes.c.seq)
)
_DROP_UNNAMED: Final = delete(keyframes).where(
    keyframes.c.pad_id == bindparam("pad"), keyframes.c.name.is_(None)
)
_MARKS: Final = (
    select(updates.c.seq, updates.c.at)
    .where(
        updates.c.pad_id == bindparam("pad"),
        updates.c.seq > bindparam("after"),
        updates.c.at < bindparam("before"),
    )
    .order_by(updates.c.seq)
    .limit(bindparam("most"))
)
_BETWEEN: Final = (
    select(updates)
    .where(
        updates.c.pad_id == bindparam("pad"),
        updates.c.seq >= bindparam("first"),
        updates.c.seq <= bindparam("last"),
    )
    .order_by(updates.c.seq)
    .limit(bindparam("most"))
)
_DROP_BETWEEN: Final = delete(updates).where(
    updates.c.pad_id == bindparam("pad"),
    updates.c.seq >= bindparam("first"),
    updates.c.seq <= bindparam("last"),
)
_ADD_ROW: Final = insert(updates)
_LESS: Final = (
    update(pads)
    .where(pads.c.id == bindparam("pad"))
    .values(log_bytes=pads.c.log_bytes - bindparam("less"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKeyframe:
    """A document as it was at ``seq``."""

    pad_id: PadId
    generation: int
    seq: int
    at: datetime
    name: str | None
    author_id: AuthorId | None
    payload: bytes


def add_keyframe(db: Connection, new: NewKeyframe) -> Keyframe:
    """Keep a copy, compressed, and return it with its number."""
    values = {
        "pad_id": new.pad_id,
        "generation": new.generation,
        "seq": new.seq,
        "at": new.at,
        "name": new.name,
        "author_id": new.author_id,
    }
    added = db.execute(_ADD, {**values, "payload": zlib.compress(new.payload, _LEVEL)})
    key = added.inserted_primary_key
    if key is None:
        raise RuntimeError("the database gave no number")
    return Keyframe(key[0], new.pad_id, new.generation, new.seq, new.at, new.name, new.author_id)


def keyframes_of(db: Connection, pad_id: PadId, *, most: int = LISTED) -> Sequence[Keyframe]:
    """Return the newest copies, newest first. Index: pads_keyframe_by_pad."""
    return [Keyframe(*row) for row in db.execute(_NEWEST, {"pad": pad_id, "most": most})]


def keyframe_of(db: Connection, pad_id: PadId, keyframe_id: int) -> tuple[Keyframe, bytes]:
    """Return one with its document. Raises NotFound ``pads.no-such-revision``. Index: key."""
    row = db.execute(_ONE, {"pad": pad_id, "keyframe": keyframe_id}).one_or_none()
    if row is None:
        raise NotFound("pads.no-such-revision")
    *head, payload = row
    return Keyframe(*head), zlib.decompress(payload)


def keyframe_seqs(db: Connection, pad_id: PadId) -> Sequence[int]:
    """Return where copies were made, oldest first. Index: pads_keyframe_by_pad."""
    return list(db.execute(_SEQS, {"pad": pad_id}).scalars())


def forget_unnamed(db: Connection, pad_id: PadId) -> int:
    """Delete the copies that are no revisions; return how many. Index: pads_keyframe_by_pad."""
    return db.execute(_DROP_UNNAMED, {"pad": pad_id}).rowcount


def marks_before(
    db: Connection, pad_id: PadId, after: int, before: datetime, *, most: int
) -> Sequence[tuple[int, datetime]]:
    """Return number and time of rows after ``after`` and older than ``before``. Index: key."""
    found = db.execute(_MARKS, {"pad": pad_id, "after": after, "before": before, "most": most})
    return [(row.seq, row.at) for row in found]


def rows_between(
    db: Connection, pad_id: PadId, first: int, last: int, *, most: int
) -> Sequence[Row]:
    """Return the oldest rows from ``first`` to ``last``, both with them. Index: primary key."""
    span = {"pad": pad_id, "first": first, "last": last, "most": most}
    found = db.execute(_BETWEEN, span)
    return [Row(*row) for row in found]


def replace_rows(db: Connection, first: int, merged: Row, *, less_bytes: int) -> None:
    """Put one row in the place of all from ``first`` to it. Index: primary key."""
    db.execute(_DROP_BETWEEN, {"pad": merged.pad_id, "first": first, "last": merged.seq})
    db.execute(
        _ADD_ROW,
        {
            "pad_id": merged.pad_id,
            "seq": merged.seq,
            "batch": merged.batch,
            "at": merged.at,
            "author_id": merged.author_id,
            "session_id": merged.session_id,
            "edits": merged.edits,
            "payload": merged.payload,
        },
    )
    db.execute(_LESS, {"pad": merged.pad_id, "less": less_bytes})
