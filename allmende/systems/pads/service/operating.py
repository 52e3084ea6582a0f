"""What the operator may know of pads and do with them, beside a running server.

Never what they say: no title, no name of a person. Only ``export`` hands out a text.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import Connection

from allmende.core.clock import Clock
from allmende.core.errors import NotFound
from allmende.core.ids import PadId
from allmende.protocols.markup.html import page_html
from allmende.protocols.markup.markdown import write_markdown
from allmende.protocols.yjs.state import read_state_vector
from allmende.protocols.yjs.update import MalformedUpdate, read_update
from allmende.storage.database import Database
from allmende.storage.deletions import note_deletion
from allmende.storage.outbox import record
from allmende.systems.pads.events import PadDeleted, PadLocked
from allmende.systems.pads.model.content import text_of, tree_of
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.pad import History, Kind, Pad, Row
from allmende.systems.pads.store import ends, keyframes, links, log, pads

PADS_AT_ONCE: Final = 100
FORMATS: Final = ("txt", "md", "html")


@dataclass(frozen=True, slots=True)
class PadFigures:
    """One pad in numbers. ``rows`` is its log; ``copies`` are keyframes, ``named`` of them."""

    pad: Pad
    rows: int
    state_bytes: int
    copies: int
    named: int


async def all_pads(database: Database) -> Sequence[Pad]:
    """Return every pad, by number."""
    found: list[Pad] = []
    after = PadId(0)
    while some := await database.read(partial(_some, after=after)):
        found += some
        after = some[-1].id
    return found


def _some(db: Connection, after: PadId) -> list[Pad]:
    numbers = log.pad_ids(db, after, most=PADS_AT_ONCE)
    return [pad for number in numbers if (pad := log.find_pad(db, number)) is not None]


async def figures(database: Database, pad_id: PadId) -> PadFigures:
    """Return one pad in numbers. Raises NotFound ``pads.not-found``."""

    def question(db: Connection) -> PadFigures:
        stored = _stored(db, pad_id)
        kept = keyframes.keyframes_of(db, pad_id)
        return PadFigures(
            stored.pad,
            log.log_size(db, pad_id)[0],
            len(stored.state or b""),
            len(kept),
            sum(one.name is not None for one in kept),
        )

    return await database.read(question)


async def lock(database: Database, clock: Clock, pad_id: PadId, *, locked: bool) -> None:
    """Make a pad read-only for all but its admins; a running server tells them at once."""

    def change(db: Connection) -> None:
        _stored(db, pad_id)
        pads.set_locked(db, pad_id, locked)
        record(db, PadLocked(at=clock.now(), pad_id=pad_id, locked=locked))

    await database.write(change)


async def delete(database: Database, clock: Clock, pad_id: PadId) -> None:
    """Delete a pad with everything of it; a running server closes it at once."""

    def bury(db: Connection) -> None:
        _stored(db, pad_id)
        links.delete_links(db, pad_id)
        pads.bury_pad(db, pad_id, clock.now())
        note_deletion(db, "pads.pad", str(pad_id), clock.now())
        record(db, PadDeleted(at=clock.now(), pad_id=pad_id))

    await database.write(bury)
    while await database.write(partial(ends.delete_piece, pad_id=pad_id)):
        continue
    await database.tidy()


async def export(database: Database, pad_id: PadId, form: str, language: str) -> str:
    """Return the text as it is on disk. ``form`` is one of ``FORMATS``."""
    stored = await database.read(partial(_stored, pad_id=pad_id))
    pad, doc = stored.pad, document_of(stored).doc
    if form == "txt" or (form == "md" and pad.kind is Kind.TEXT):
        return text_of(doc, pad.kind)
    blocks = tree_of(doc, pad.kind)
    return write_markdown(blocks) if form == "md" else page_html(pad.title, blocks, language)


async def compact(database: Database, pad_id: PadId) -> bool:
    """Keep a new state; return whether there was anything to do."""
    stored = await database.read(partial(_stored, pad_id=pad_id))
    if not stored.rows:
        return False
    state = log.State(
        pad_id=pad_id,
        generation=stored.pad.generation,
        seq=stored.pad.head_seq,
        payload=document_of(stored).encoded(),
    )
    keep_rows = stored.pad.history is not History.NONE
    return await database.write(lambda db: log.put_state(db, state, keep_rows=keep_rows))


async def faults(database: Database, pad_id: PadId) -> Sequence[str]:
    """Open a pad and compare state, rows and copies; return a sentence for what does not fit.

    What a running server writes meanwhile is left out.
    """
    stored, size = await database.read(
        lambda db: (_stored(db, pad_id), log.log_size(db, pad_id)[1])
    )
    pad, found = stored.pad, []
    if pad.state_seq > pad.head_seq or (pad.state_seq > 0) != (stored.state is not None):
        found.append(f"state {pad.state_seq} and head {pad.head_seq} do not fit")
    if size != pad.log_bytes:
        found.append(f"the log has {size} bytes and not {pad.log_bytes}")
    try:
        clocks = read_state_vector(document_of(stored).state_vector())
    except MalformedUpdate as fault:
        return [*found, f"state and rows cannot be opened: {fault}"]
    found += await _faults_of_rows(database, pad, clocks)
    return [*found, *await _faults_of_copies(database, pad, clocks)]


def document_of(stored: log.Stored) -> Document:
    """Return the document on disk. Raises MalformedUpdate."""
    state = () if stored.state is None else (stored.state,)
    return Document(stored.pad.kind, [*state, *stored.rows])


def _stored(db: Connection, pad_id: PadId) -> log.Stored:
    stored = log.find_stored(db, pad_id)
    if stored is None:
        raise NotFound("pads.not-found")
    return stored


async def _faults_of_rows(database: Database, pad: Pad, clocks: dict[int, int]) -> list[str]:
    found: list[str] = []
    after = 0
    while rows := await database.read(
        partial(log.rows_after, pad_id=pad.id, seq=after, most=PADS_AT_ONCE)
    ):
        for row in rows:
            if row.seq > pad.head_seq:
                return found
            found += _faults_of_row(row, clocks)
        after = rows[-1].seq
    return found


def _faults_of_row(row: Row, clocks: dict[int, int]) -> list[str]:
    try:
        shape = read_update(row.payload)
    except MalformedUpdate as fault:
        return [f"row {row.seq} cannot be read: {fault}"]
    if any(shape.end(client) > clocks.get(client, 0) for client in shape.ranges):
        return [f"row {row.seq} is not in the document"]
    return []


async def _faults_of_copies(database: Database, pad: Pad, clocks: dict[int, int]) -> list[str]:
    found: list[str] = []
    for kept in await database.read(partial(keyframes.keyframes_of, pad_id=pad.id)):
        if kept.generation != pad.generation or kept.seq > pad.head_seq:
            continue
        try:
            _, payload = await database.read(
                partial(keyframes.keyframe_of, pad_id=pad.id, keyframe_id=kept.id)
            )
            copied = read_state_vector(Document(pad.kind, [payload]).state_vector())
        except (MalformedUpdate, zlib.error) as fault:
            found.append(f"copy {kept.id} cannot be opened: {fault}")
            continue
        if any(clock > clocks.get(client, 0) for client, clock in copied.items()):
            found.append(f"copy {kept.id} holds what the document does not")
    return found
