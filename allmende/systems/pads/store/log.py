"""The log of a pad: rows of edits, the newest compacted state, and the head that orders them.

``pads_pad.head_seq`` and ``generation`` are compared and set by every write, so that a deleted
pad, an old generation or a second writer is found out instead of mixed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from allmende.core.ids import PadId
from allmende.storage.types import UtcTime, micros
from allmende.systems.pads.model.pad import Kind, Pad, Row
from allmende.systems.pads.store.tables import clients, pads, states, updates

KEYS_KEPT: Final = 100
_DAY_MICROS: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Stored:
    """What a document is opened from: ``state``, then the rows after it, oldest first."""

    pad: Pad
    state: bytes | None
    rows: Sequence[bytes]

    @property
    def row_bytes(self) -> int:
        """How much was written since the state."""
        return sum(map(len, self.rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """The rows of one flush of one pad. ``before``: the head they follow; ``keys``: of edits."""

    pad_id: PadId
    generation: int
    before: int
    rows: Sequence[Row]
    keys: Sequence[str] = ()

    @property
    def head(self) -> int:
        """The head after it."""
        return self.rows[-1].seq

    @property
    def size_bytes(self) -> int:
        """What it adds to the log."""
        return sum(len(row.payload) for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A compacted document that holds every row up to ``seq``."""

    pad_id: PadId
    generation: int
    seq: int
    payload: bytes


# A deleted pad is buried at once at a place of its own, its rows go afterwards.
IS_THERE: Final = ~pads.c.place.startswith("d:")
_PAD: Final = select(pads).where(pads.c.id == bindparam("pad"), IS_THERE)
_IDS: Final = (
    select(pads.c.id)
    .where(pads.c.id > bindparam("after"), IS_THERE)
    .order_by(pads.c.id)
    .limit(bindparam("most"))
)
_STATE: Final = select(states.c.payload).where(
    states.c.pad_id == bindparam("pad"), states.c.generation == bindparam("generation")
)
_SINCE: Final = (
    select(updates.c.payload)
    .where(updates.c.pad_id == bindparam("pad"), updates.c.seq > bindparam("seq"))
    .order_by(updates.c.seq)
)
_ROWS: Final = (
    select(updates)
    .where(updates.c.pad_id == bindparam("pad"), updates.c.seq > bindparam("seq"))
    .order_by(updates.c.seq)
    .limit(bindparam("most"))
)
_ROW: Final = select(updates.c.payload).where(
    updates.c.pad_id == bindparam("pad"), updates.c.seq == bindparam("seq")
)
_ADD: Final = insert(updates)
_MOVE_HEAD: Final = (
    update(pads)
    .where(
        and_(
            pads.c.id == bindparam("pad"),
            pads.c.generation == bindparam("of_generation"),
            pads.c.head_seq == bindparam("before"),
            IS_THERE,
        )
    )
    .values(
        head_seq=bindparam("head"),
        log_bytes=pads.c.log_bytes + bindparam("added"),
        edited_at=bindparam("now", type_=UtcTime),
        # Editing prolongs, opening does not (spec pads, P-39).
        ends_at=case(
            (pads.c.expiry_days.is_(None), pads.c.ends_at),
            else_=type_coerce(
                pads.c.expiry_days * _DAY_MICROS + bindparam("now_micros", type_=BigInteger),
                UtcTime,
            ),
        ),
    )
)
_HEAD: Final = select(pads.c.generation, pads.c.head_seq).where(pads.c.id == bindparam("pad"))
_KEYS: Final = select(pads.c.append_keys).where(pads.c.id == bindparam("pad"))
_SET_KEYS: Final = (
    update(pads).where(pads.c.id == bindparam("pad")).values(append_keys=bindparam("keys"))
)
_SET_TITLE: Final = (
    update(pads)
    .where(pads.c.id == bindparam("pad"), pads.c.title != bindparam("new_title"))
    .values(title=bindparam("new_title"))
)
_MOVE_STATE: Final = (
    update(pads)
    .where(
        and_(
            pads.c.id == bindparam("pad"),
            pads.c.generation == bindparam("of_generation"),
            pads.c.state_seq < bindparam("seq"),
            pads.c.head_seq >= bindparam("seq"),
        )
    )
    .values(state_seq=bindparam("seq"))
)
_DROP_STATE: Final = delete(states).where(states.c.pad_id == bindparam("pad"))
_ADD_STATE: Final = insert(states)
_FORGET_ROWS: Final = delete(updates).where(
    updates.c.pad_id == bindparam("pad"), updates.c.seq <= bindparam("seq")
)
_NEW_GENERATION: Final = (
    update(pads)
    .where(
        and_(
            pads.c.id == bindparam("pad"),
            pads.c.generation == bindparam("of_generation"),
            pads.c.head_seq == bindparam("before"),
            IS_THERE,
        )
    )
    .values(
        generation=pads.c.generation + 1,
        kind=bindparam("new_kind"),
        language=bindparam("new_language"),
        head_seq=bindparam("head"),
        state_seq=bindparam("head"),
        log_bytes=0,
    )
)
_FORGET_CLIENTS: Final = delete(clients).where(clients.c.pad_id == bindparam("pad"))
_COUNT: Final = select(
    func.count(), func.coalesce(func.sum(func.length(updates.c.payload)), 0)
).where(updates.c.pad_id == bindparam("pad"))
_SET_BYTES: Final = (
    update(pads).where(pads.c.id == bindparam("pad")).values(log_bytes=bindparam("size"))
)


def pad_ids(db: Connection, after: PadId, *, most: int) -> Sequence[PadId]:
    """Return the next pads in the order of their numbers. Index: primary key."""
    return [PadId(row.id) for row in db.execute(_IDS, {"after": after, "most": most})]


def find_pad(db: Connection, pad_id: PadId) -> Pad | None:
    """Return a pad that was not deleted. Index: primary key."""
    row = db.execute(_PAD, {"pad": pad_id}).one_or_none()
    return None if row is None else Pad(*row)


def find_stored(db: Connection, pad_id: PadId) -> Stored | None:
    """Return what a pad is opened from. Index: primary keys."""
    pad = find_pad(db, pad_id)
    if pad is None:
        return None
    of = {"pad": pad_id, "generation": pad.generation}
    state = db.execute(_STATE, of).scalar_one_or_none()
    # Without a state of this generation everything that is left of the log is needed.
    since = 0 if state is None else pad.state_seq
    rows = db.execute(_SINCE, {"pad": pad_id, "seq": since}).scalars()
    return Stored(pad, state, list(rows))


def rows_after(db: Connection, pad_id: PadId, seq: int, *, most: int) -> Sequence[Row]:
    """Return rows after ``seq``, oldest first. Index: primary key."""
    found = db.execute(_ROWS, {"pad": pad_id, "seq": seq, "most": most})
    return [Row(*row) for row in found]


def append(db: Connection, new: Append) -> bool:
    """Add rows behind the head. False: the pad is gone, of another generation, or was written.

    The same rows again are accepted: the answer to the first time may have been lost.
    """
    at = new.rows[-1].at
    moved = db.execute(
        _MOVE_HEAD,
        {
            "pad": new.pad_id,
            "of_generation": new.generation,
            "before": new.before,
            "head": new.head,
            "added": new.size_bytes,
            "now": at,
            "now_micros": micros(at),
        },
    )
    if moved.rowcount == 0:
        return _is_there(db, new)
    db.execute(_ADD, [_values(row) for row in new.rows])
    if new.keys:
        _remember(db, new.pad_id, new.keys)
    return True


def _values(row: Row) -> dict[str, object]:
    return {
        "pad_id": row.pad_id,
        "seq": row.seq,
        "batch": row.batch,
        "at": row.at,
        "author_id": row.author_id,
        "session_id": row.session_id,
        "edits": row.edits,
        "payload": row.payload,
    }


def _is_there(db: Connection, new: Append) -> bool:
    head = db.execute(_HEAD, {"pad": new.pad_id}).one_or_none()
    if head is None or tuple(head) != (new.generation, new.head):
        return False
    last = db.execute(_ROW, {"pad": new.pad_id, "seq": new.head}).scalar_one_or_none()
    return bool(last == new.rows[-1].payload)


def _remember(db: Connection, pad_id: PadId, keys: Sequence[str]) -> None:
    known = db.execute(_KEYS, {"pad": pad_id}).scalar_one().split()
    kept = [*known, *(key for key in keys if key not in known)][-KEYS_KEPT:]
    db.execute(_SET_KEYS, {"pad": pad_id, "keys": " ".join(kept)})


def put_state(db: Connection, state: State, *, keep_rows: bool) -> bool:
    """Keep a compacted document if it is newer and all it holds is on disk; else False.

    Without ``keep_rows`` the rows up to it go: that pad has no history (spec pads, P-17).
    """
    at = {"pad": state.pad_id, "seq": state.seq}
    if db.execute(_MOVE_STATE, {**at, "of_generation": state.generation}).rowcount == 0:
        return False
    _replace_state(db, state)
    if not keep_rows:
        db.execute(_FORGET_ROWS, at)
        _count_bytes(db, state.pad_id)
    return True


def swap(db: Connection, state: State, kind: Kind, language: str) -> bool:
    """Put another document in the place of a pad's: a new generation (spec pads, P-19).

    ``state`` names the generation and head that it takes the place of. Copies of the old one
    stay; its rows and clients go, so that nothing of it is merged in. False: the head moved.
    """
    head = state.seq + 1
    moved = db.execute(
        _NEW_GENERATION,
        {
            "pad": state.pad_id,
            "of_generation": state.generation,
            "before": state.seq,
            "new_kind": kind,
            "new_language": language,
            "head": head,
        },
    )
    if moved.rowcount == 0:
        return False
    of = {"pad": state.pad_id, "seq": state.seq}
    db.execute(_FORGET_ROWS, of)
    db.execute(_FORGET_CLIENTS, of)
    _replace_state(db, replace(state, generation=state.generation + 1, seq=head))
    return True


def _replace_state(db: Connection, state: State) -> None:
    db.execute(_DROP_STATE, {"pad": state.pad_id})
    values = {
        "pad_id": state.pad_id,
        "generation": state.generation,
        "seq": state.seq,
        "payload": state.payload,
    }
    db.execute(_ADD_STATE, values)


def forget_rows(db: Connection, pad_id: PadId, seq: int) -> int:
    """Delete the rows up to ``seq``; return how many. A state must hold them."""
    gone = db.execute(_FORGET_ROWS, {"pad": pad_id, "seq": seq}).rowcount
    if gone:
        _count_bytes(db, pad_id)
    return gone


def _count_bytes(db: Connection, pad_id: PadId) -> None:
    db.execute(_SET_BYTES, {"pad": pad_id, "size": log_size(db, pad_id)[1]})


def log_size(db: Connection, pad_id: PadId) -> tuple[int, int]:
    """Return how many rows a pad has and their bytes. Index: primary key."""
    count, size = db.execute(_COUNT, {"pad": pad_id}).one()
    return int(count), int(size)


def set_title(db: Connection, pad_id: PadId, title: str) -> None:
    """Keep the first line of the text; nothing is written if it is the same."""
    db.execute(_SET_TITLE, {"pad": pad_id, "new_title": title})


def second(instant: datetime) -> datetime:
    """Return the whole second: the history shows no more."""
    return instant.replace(microsecond=0)
