"""Pads and rows in one line, for tests of stores and of the engine."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pycrdt
from sqlalchemy import Connection

from allmende.core.ids import PadId
from allmende.systems.pads.model.pad import (
    Author,
    AuthorId,
    History,
    Kind,
    Pad,
    PadSessionId,
    Row,
    Whom,
)
from allmende.systems.pads.store import authors, pads
from allmende.systems.pads.store.log import Append

NOON: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MARA: Final = AuthorId(1)

A_PAD: Final = Pad(
    id=PadId(0),
    place="x:one",
    name="",
    group_id=None,
    room_id=None,
    kind=Kind.TEXT,
    language="plain",
    generation=1,
    title="",
    who_edits=Whom.LINK,
    who_reads=Whom.LINK,
    readers_see_history=False,
    history=History.FULL,
    locked=False,
    expiry_days=30,
    created_on=NOON.replace(hour=0),
    edited_at=None,
    ends_at=NOON + timedelta(days=1),
    head_seq=0,
    state_seq=0,
    log_bytes=0,
    authors_from=0,
    append_keys="",
)


def add_pad(db: Connection, **changes: Any) -> Pad:
    """A pad of its own; ``changes`` are fields."""
    pad = replace(A_PAD, **changes)
    return replace(pad, id=pads.add_pad(db, pad))


def add_author(db: Connection, pad_id: PadId, name: str) -> Author:
    """A guest of a pad."""
    return authors.add_author(db, Author(AuthorId(0), pad_id, None, f"hash of {name}", name, 3))


def typed(*texts: str, client: int = 77) -> Sequence[bytes]:
    """One update for each text, typed at the end of a plain text by one client."""
    doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=client)
    body = doc.get("body", type=pycrdt.Text)
    found = []
    for text in texts:
        before = doc.get_state()
        body += text
        found.append(doc.get_update(before))
    return found


def read(parts: Sequence[bytes]) -> str:
    """The plain text that updates add up to."""
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    for part in parts:
        doc.apply_update(part)
    return str(doc.get("body", type=pycrdt.Text))


def rows_of(
    pad_id: PadId,
    payloads: Sequence[bytes],
    *,
    after: int = 0,
    at: datetime | Callable[[int], datetime] = NOON,
    author: AuthorId | None = MARA,
) -> Sequence[Row]:
    """Rows behind ``after``, each its own batch; ``at`` may depend on the number."""
    return [
        Row(
            pad_id,
            seq,
            seq,
            at(seq) if callable(at) else at,
            author,
            PadSessionId(9),
            1,
            payload,
        )
        for seq, payload in enumerate(payloads, after + 1)
    ]


def appended(rows: Sequence[Row], *, before: int = 0, generation: int = 1) -> Append:
    """The flush that writes ``rows``."""
    return Append(pad_id=rows[0].pad_id, generation=generation, before=before, rows=tuple(rows))
