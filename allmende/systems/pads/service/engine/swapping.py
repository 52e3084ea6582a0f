"""Another document in the place of a pad's: a new generation (spec pads, P-19 and P-22).

Clients of the old one, open or offline, would merge its text back in. So they are closed with
4409, their clientIDs are forgotten, and the document has another guid.
"""

from typing import TYPE_CHECKING

from sqlalchemy import Connection as Db

from allmende.core.clock import Clock
from allmende.core.errors import Conflict, NotFound
from allmende.core.ids import PadId
from allmende.core.late import Late
from allmende.protocols.markup.tree import Blocks
from allmende.storage.database import Database
from allmende.storage.outbox import record
from allmende.systems.pads.events import PadRightsChanged
from allmende.systems.pads.model.content import text_of, tree_of, write_tree
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.history import BEFORE_CONVERSION
from allmende.systems.pads.model.pad import AuthorId, History, Kind, Pad
from allmende.systems.pads.service.engine.editing import new_client
from allmende.systems.pads.service.engine.flushing import Flusher
from allmende.systems.pads.service.engine.opened import Captured, OpenPad
from allmende.systems.pads.service.engine.serving import NEW_GENERATION, Serving
from allmende.systems.pads.service.engine.shelf import Shelf
from allmende.systems.pads.service.engine.sockets import Threads
from allmende.systems.pads.store import keyframes, log

if TYPE_CHECKING:
    from allmende.protocols.markup.markdown import reading
else:
    reading = Late("allmende.protocols.markup.markdown.reading")

MARKDOWN = "markdown"


class Swapping:
    """Turns rich text into plain text and back."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        threads: Threads,
        shelf: Shelf,
        flusher: Flusher,
        serving: Serving,
    ) -> None:
        self._database = database
        self._clock = clock
        self._threads = threads
        self._shelf = shelf
        self._flusher = flusher
        self._serving = serving

    async def convert(
        self, pad_id: PadId, kind: Kind, language: str, author_id: AuthorId | None
    ) -> None:
        """Make it the other kind; the state before is kept. Nobody writes meanwhile."""
        pad = await self._shelf.open(pad_id)
        if pad.pad.kind is kind:
            return
        self._lock(pad, locked=True)
        try:
            captured = await self._flusher.captured(pad)
            before = pad.pad
            payload = await self._threads.run(
                lambda: converted(captured.payload, before.kind, before.language, kind)
            )
            await self._swap(before, captured, payload, kind, language, author_id)
        except BaseException:
            self._lock(pad, locked=pad.pad.locked)
            raise
        self._serving.forget(pad_id)
        await self._shelf.forget(pad_id, NEW_GENERATION)

    def _lock(self, pad: OpenPad, *, locked: bool) -> None:
        self._shelf.deliver(pad, pad.live.set_locked(locked, self._clock.monotonic_s()))

    async def _swap(
        self,
        pad: Pad,
        captured: Captured,
        payload: bytes,
        kind: Kind,
        language: str,
        author_id: AuthorId | None,
    ) -> None:
        now = log.second(self._clock.now())
        new = log.State(pad_id=pad.id, generation=pad.generation, seq=captured.seq, payload=payload)
        kept = keyframes.NewKeyframe(
            pad_id=pad.id,
            generation=pad.generation,
            seq=captured.seq,
            at=now,
            name=BEFORE_CONVERSION,
            author_id=author_id,
            payload=captured.payload,
        )

        def change(db: Db) -> bool:
            if log.find_pad(db, pad.id) is None:
                raise NotFound("pads.not-found")
            if not log.swap(db, new, kind, language):
                return False
            if pad.history is not History.NONE:
                keyframes.add_keyframe(db, kept)
            record(db, PadRightsChanged(at=now, pad_id=pad.id))
            return True

        if not await self._database.write(change):
            raise Conflict("pads.changed-meanwhile")


def converted(payload: bytes, kind: Kind, language: str, wanted: Kind) -> bytes:
    """Return a document of the other kind that says the same: Markdown is read and written."""
    doc = Document(kind, [payload]).doc
    blocks: Blocks = tree_of(doc, kind)
    if kind is Kind.TEXT and language == MARKDOWN:
        blocks = reading.read_markdown(text_of(doc, kind))
    return Document(wanted).change_by(new_client(), lambda new: write_tree(new, wanted, blocks))
