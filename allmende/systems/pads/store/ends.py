"""Deleting everything of a pad, in pieces that hold nobody up."""

from typing import Final

from sqlalchemy import Connection, Delete, bindparam, delete, select

from allmende.core.ids import PadId
from allmende.systems.pads.store.tables import authors, clients, keyframes, pads, states, updates

PIECE_ROWS: Final = 500
_PIECE_KEYFRAMES: Final = 20
"""Each may be a whole document."""

_UPDATES: Final = delete(updates).where(
    updates.c.pad_id == bindparam("of_pad"),
    updates.c.seq.in_(
        select(updates.c.seq)
        .where(updates.c.pad_id == bindparam("of_pad"))
        .order_by(updates.c.seq)
        .limit(bindparam("most"))
    ),
)
_CLIENTS: Final = delete(clients).where(
    clients.c.pad_id == bindparam("of_pad"),
    clients.c.client_id.in_(
        select(clients.c.client_id)
        .where(clients.c.pad_id == bindparam("of_pad"))
        .limit(bindparam("most"))
    ),
)
_KEYFRAMES: Final = delete(keyframes).where(
    keyframes.c.id.in_(
        select(keyframes.c.id)
        .where(keyframes.c.pad_id == bindparam("of_pad"))
        .limit(bindparam("most"))
    )
)
_AUTHORS: Final = delete(authors).where(
    authors.c.id.in_(
        select(authors.c.id).where(authors.c.pad_id == bindparam("of_pad")).limit(bindparam("most"))
    )
)
_STATE: Final = delete(states).where(states.c.pad_id == bindparam("of_pad"))
_PAD: Final = delete(pads).where(pads.c.id == bindparam("of_pad"))

_PIECES: Final[tuple[tuple[Delete, int], ...]] = (
    (_UPDATES, PIECE_ROWS),
    (_KEYFRAMES, _PIECE_KEYFRAMES),
    (_CLIENTS, PIECE_ROWS),
    (_AUTHORS, PIECE_ROWS),
)


def delete_piece(db: Connection, pad_id: PadId) -> bool:
    """Delete a piece of a buried pad, its row last; return whether there may be more.

    Indexes: the primary keys, pads_keyframe_by_pad, pads_author_by_pad.
    """
    for statement, most in _PIECES:
        if db.execute(statement, {"of_pad": pad_id, "most": most}).rowcount:
            return True
    db.execute(_STATE, {"of_pad": pad_id})
    db.execute(_PAD, {"of_pad": pad_id})
    return False
