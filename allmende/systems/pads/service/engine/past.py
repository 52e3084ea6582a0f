"""The past of a pad: named revisions, reading and restoring them (spec pads, P-33 and P-34)."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeVar

from sqlalchemy import Connection as Db

from allmende.core.clock import Clock
from allmende.core.errors import Conflict, NotFound
from allmende.core.ids import PadId
from allmende.protocols.yjs.update import read_update
from allmende.storage.database import Database
from allmende.storage.outbox import record
from allmende.systems.pads.events import PadRestored, PadRevisionNamed
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.history import (
    BEFORE_RESTORE,
    LastKeyframe,
    clean_revision_name,
)
from allmende.systems.pads.model.pad import AuthorId, History, Keyframe, Kind
from allmende.systems.pads.model.revert import revert_update
from allmende.systems.pads.service.engine.editing import Editing, new_client
from allmende.systems.pads.service.engine.flushing import Flusher
from allmende.systems.pads.service.engine.opened import Captured, OpenPad
from allmende.systems.pads.service.engine.shelf import Shelf
from allmende.systems.pads.service.engine.sockets import Threads
from allmende.systems.pads.store import editors, keyframes, log

T = TypeVar("T")
UNNAMED_AT_ONCE: Final = 500


class Past:
    """Keeps states, shows them, goes back to them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        threads: Threads,
        shelf: Shelf,
        flusher: Flusher,
        editing: Editing,
    ) -> None:
        self._database = database
        self._clock = clock
        self._threads = threads
        self._shelf = shelf
        self._flusher = flusher
        self._editing = editing

    async def revisions(self, pad_id: PadId) -> Sequence[Keyframe]:
        """Return keyframes, newest first."""
        return await self._database.read(lambda db: keyframes.keyframes_of(db, pad_id))

    async def name_revision(self, pad_id: PadId, name: str, author_id: AuthorId | None) -> Keyframe:
        """Keep the text as it is now under a name."""
        clean = clean_revision_name(name)
        pad = await self._shelf.open(pad_id)
        if pad.pad.history is History.NONE:
            raise Conflict("pads.no-history")
        captured = await self._flusher.captured(pad)
        kept = await self._keep(pad, captured, clean, author_id)
        told = {"t": "revision", "id": kept.id, "name": clean}
        self._shelf.deliver(pad, pad.live.tell(told))
        return kept

    async def _keep(
        self, pad: OpenPad, captured: Captured, name: str, author_id: AuthorId | None
    ) -> Keyframe:
        new = keyframes.NewKeyframe(
            pad_id=pad.id,
            generation=pad.pad.generation,
            seq=captured.seq,
            at=log.second(self._clock.now()),
            name=name,
            author_id=author_id,
            payload=captured.payload,
        )

        def change(db: Db) -> Keyframe:
            if log.find_pad(db, new.pad_id) is None:
                raise NotFound("pads.not-found")
            kept = keyframes.add_keyframe(db, new)
            record(db, PadRevisionNamed(at=new.at, pad_id=new.pad_id, keyframe_id=kept.id))
            return kept

        kept = await self._database.write(change)
        pad.last_keyframe = LastKeyframe(kept.seq, kept.at)
        return kept

    async def read(self, pad_id: PadId, keyframe_id: int, question: Callable[[Document], T]) -> T:
        """Ask an earlier state, in a thread."""
        kind, _, payload = await self._find(pad_id, keyframe_id)
        return await self._threads.run(
            lambda: question(Document(kind_of(payload, kind), [payload]))
        )

    async def _find(self, pad_id: PadId, keyframe_id: int) -> tuple[Kind, Keyframe, bytes]:
        def question(db: Db) -> tuple[Kind, Keyframe, bytes]:
            pad = log.find_pad(db, pad_id)
            if pad is None:
                raise NotFound("pads.not-found")
            kept, payload = keyframes.keyframe_of(db, pad_id, keyframe_id)
            return pad.kind, kept, payload

        return await self._database.read(question)

    async def restore(self, pad_id: PadId, keyframe_id: int, author_id: AuthorId | None) -> None:
        """Undo everything since a keyframe; the state before is kept under a name of its own."""
        kind, kept, then = await self._find(pad_id, keyframe_id)
        pad = await self._shelf.open(pad_id)
        if kept.generation != pad.pad.generation:
            raise Conflict("pads.other-generation")
        captured = await self._flusher.captured(pad)
        await self._keep(pad, captured, BEFORE_RESTORE, author_id)
        client = new_client()
        update = await self._threads.run(
            lambda: revert_update(kind, then, captured.payload, client)
        )
        if pad.gone:
            raise NotFound("pads.not-found")
        if update:
            self._editing.apply(pad, update, author_id, client)
            await self._flusher.settled(pad)
        now = log.second(self._clock.now())
        await self._database.write(lambda db: record(db, PadRestored(at=now, pad_id=pad_id)))

    async def clear_authorship(self, pad_id: PadId) -> None:
        """Forget whose text is whose, up to now."""
        pad = await self._shelf.open(pad_id)
        await self._flusher.settled(pad)
        head = pad.head_seq
        await self._database.write(lambda db: editors.clear_colours(db, pad_id, head))
        known = await self._database.read(lambda db: editors.clients_of(db, pad_id))
        pad.clients |= {one.client_id: one for one in known}
        for after in range(0, head, UNNAMED_AT_ONCE):
            upto = min(after + UNNAMED_AT_ONCE, head)
            change = partial(editors.unname_rows, pad_id=pad_id, after=after, upto=upto)
            await self._database.write(change)
        self._shelf.deliver(pad, pad.live.clear_authorship(self._clock.monotonic_s()))


def kind_of(payload: bytes, kind: Kind) -> Kind:
    """Return what a kept document is: an older generation may not be of the ``kind`` of now."""
    structs = read_update(payload, trusted=True).structs.values()
    if not structs:
        return kind
    has_elements = any(one.type_ref >= 0 for run in structs for one in run)
    return Kind.RICH if has_elements else Kind.TEXT
