"""Whose editor is whose: Yjs clientIDs bound to authors, and the authors themselves.

A client whose ``first_seen`` is the EPOCH has no colour: authorship was cleared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from allmende.core.ids import PadId
from allmende.storage.types import EPOCH, UtcTime
from allmende.systems.pads.model.pad import Author, AuthorId, PadSessionId
from allmende.systems.pads.store.tables import authors, clients, pads, updates


@dataclass(frozen=True, slots=True)
class Client:
    """One row of ``pads_client``. ``left_at`` None: open, or the server was killed."""

    pad_id: PadId
    client_id: int
    author_id: AuthorId
    session_id: PadSessionId
    first_seen: datetime
    left_at: datetime | None

    @property
    def has_colour(self) -> bool:
        """Whether its text is shown as its author's."""
        return self.first_seen != EPOCH


_OF_PAD: Final = select(clients).where(clients.c.pad_id == bindparam("pad"))
_ONE: Final = _OF_PAD.where(clients.c.client_id == bindparam("client"))
_ADD: Final = insert(clients)
_AGAIN: Final = (
    update(clients)
    .where(clients.c.pad_id == bindparam("pad"), clients.c.client_id == bindparam("client"))
    .values(session_id=bindparam("session"), left_at=None)
)
_LEAVE: Final = (
    update(clients)
    .where(
        clients.c.pad_id == bindparam("pad"),
        clients.c.client_id == bindparam("client"),
        clients.c.session_id == bindparam("session"),
    )
    .values(left_at=bindparam("now", type_=UtcTime))
)
_DROP: Final = delete(clients).where(
    clients.c.pad_id == bindparam("pad"),
    clients.c.client_id == bindparam("client"),
    clients.c.session_id == bindparam("session"),
)
_AUTHORS: Final = select(authors).where(authors.c.pad_id == bindparam("pad"))
_AUTHOR: Final = _AUTHORS.where(authors.c.id == bindparam("author"))
_HIDE: Final = (
    update(clients)
    .where(clients.c.pad_id == bindparam("pad"))
    .values(first_seen=bindparam("epoch", type_=UtcTime))
)
_AUTHORS_FROM: Final = (
    update(pads).where(pads.c.id == bindparam("pad")).values(authors_from=bindparam("seq"))
)
_UNNAME: Final = (
    update(updates)
    .where(
        updates.c.pad_id == bindparam("pad"),
        updates.c.seq > bindparam("after"),
        updates.c.seq <= bindparam("upto"),
    )
    .values(author_id=None, session_id=None)
)


def clients_of(db: Connection, pad_id: PadId) -> Sequence[Client]:
    """Return all editors there ever were. Index: primary key."""
    return [Client(*row) for row in db.execute(_OF_PAD, {"pad": pad_id})]


def bind_client(db: Connection, new: Client) -> bool:
    """Bind a clientID to its author and session. False: it belongs to somebody else.

    The same editor of the same author comes back under a new session.
    """
    of = {"pad": new.pad_id, "client": new.client_id}
    row = db.execute(_ONE, of).one_or_none()
    if row is None:
        db.execute(
            _ADD,
            {
                "pad_id": new.pad_id,
                "client_id": new.client_id,
                "author_id": new.author_id,
                "session_id": new.session_id,
                "first_seen": new.first_seen,
                "left_at": new.left_at,
            },
        )
        return True
    if Client(*row).author_id != new.author_id:
        return False
    db.execute(_AGAIN, {**of, "session": new.session_id})
    return True


def leave(
    db: Connection,
    pad_id: PadId,
    client_id: int,
    session_id: PadSessionId,
    now: datetime | None,
) -> None:
    """Note that an editor is closed and all it wrote is on disk; ``now`` None: it wrote nothing.

    An editor that came back under another session is left alone.
    """
    of = {"pad": pad_id, "client": client_id, "session": session_id}
    if now is None:
        db.execute(_DROP, of)
    else:
        db.execute(_LEAVE, {**of, "now": now})


def authors_of(db: Connection, pad_id: PadId) -> Sequence[Author]:
    """Return everybody who ever opened the pad. Index: pads_author_by_pad."""
    return [Author(*row) for row in db.execute(_AUTHORS, {"pad": pad_id})]


def find_author(db: Connection, pad_id: PadId, author_id: AuthorId) -> Author | None:
    """Return one author of a pad. Index: primary key."""
    row = db.execute(_AUTHOR, {"pad": pad_id, "author": author_id}).one_or_none()
    return None if row is None else Author(*row)


def clear_colours(db: Connection, pad_id: PadId, seq: int) -> None:
    """Let no editor known so far have a colour. Index: primary key."""
    db.execute(_HIDE, {"pad": pad_id, "epoch": EPOCH})
    db.execute(_AUTHORS_FROM, {"pad": pad_id, "seq": seq})


def unname_rows(db: Connection, pad_id: PadId, after: int, upto: int) -> None:
    """Take author and session off rows: after ``after``, up to ``upto``. Index: primary key."""
    db.execute(_UNNAME, {"pad": pad_id, "after": after, "upto": upto})
