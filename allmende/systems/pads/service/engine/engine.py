"""The engine of live pads: the only thing that changes a document."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import pycrdt

from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.errors import AllmendeError
from allmende.core.ids import AccountId, PadId, RoomId
from allmende.storage.database import Database
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.pad import Author, AuthorId, Capability, Keyframe, Kind, Pad
from allmende.systems.pads.model.sessions import Origin, PadTicket, clean_client
from allmende.systems.pads.service.engine.editing import Editing
from allmende.systems.pads.service.engine.flushing import Flusher
from allmende.systems.pads.service.engine.keeping import Keeping
from allmende.systems.pads.service.engine.opened import OpenPad
from allmende.systems.pads.service.engine.past import Past
from allmende.systems.pads.service.engine.serving import RESTART, Serving, Wish
from allmende.systems.pads.service.engine.shelf import GONE, Shelf
from allmende.systems.pads.service.engine.sockets import PadSocket, Rights, Sentence, Threads
from allmende.systems.pads.service.engine.swapping import Swapping
from allmende.transports.tasks import crew

T = TypeVar("T")
STOP_S: Final = 5.0
_log: Final = logging.getLogger(__name__)


class PadEngine:
    """Every live pad of this process.

    ``threads`` is for work that keeps a processor busy; ``rights`` is asked when an editor
    connects and again when rights change; ``sentence`` gives the text of a message id.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        threads: Threads,
        limits: PadLimits,
        rights: Rights,
        sentence: Sentence | None = None,
    ) -> None:
        self._clock = clock
        self._threads = threads
        self._shelf = Shelf(database, clock, bus, threads, limits, sentence)
        self._flusher = Flusher(database, clock, self._shelf)
        self._serving = Serving(database, clock, self._shelf, limits, rights)
        self._editing = Editing(clock, self._shelf, self._flusher, limits)
        self._past = Past(database, clock, threads, self._shelf, self._flusher, self._editing)
        self._swapping = Swapping(
            database, clock, threads, self._shelf, self._flusher, self._serving
        )
        self._keeping = Keeping(database, clock, threads, self._shelf, self._serving)

    # --- editors ---------------------------------------------------------------------------------

    async def ticket(
        self,
        pad: Pad,
        author: Author,
        capability: Capability,
        origin: Origin,
        client_id: int,
        *,
        language: str = "en",
    ) -> PadTicket:
        """Bind an editor to its author, on disk, and return what it connects with.

        Rights are asked again when it connects; the last places are for those who may write.
        ``language`` is that of sentences the editor is sent. Raises QuotaExceeded
        ``pads.too-many-sessions``, Conflict ``pads.client-taken``, InvalidInput
        ``pads.client-refused``, TooManyRequests ``pads.too-fast``, NotFound ``pads.not-found``.
        """
        wish = Wish(author, capability, origin, clean_client(client_id), language)
        return await self._serving.ticket(pad, wish)

    async def connect(self, token: str, socket: PadSocket, *, controls: bool) -> None:
        """Serve one editor until its socket is closed. A wrong ticket closes it with 4401."""
        await self._serving.connect(token, socket, controls=controls)

    def is_full(self, pad_id: PadId, capability: Capability) -> bool:
        """Return whether nobody more can connect: the page shows the text, renewed by itself."""
        return self._serving.is_full(pad_id, capability)

    def people(self, pad_id: PadId) -> int:
        """Return how many have it open."""
        pad = self._shelf.find(pad_id)
        return 0 if pad is None else pad.live.people()

    # --- the text --------------------------------------------------------------------------------

    async def encoded(self, pad_id: PadId) -> bytes:
        """Return the whole document as one update. Raises NotFound ``pads.not-found``."""
        return (await self._shelf.open(pad_id)).live.document.encoded()

    async def packed(self, pad_id: PadId) -> bytes:
        """Return the same as gzip; made once, however many ask."""
        return await self._keeping.packed(await self._shelf.open(pad_id))

    async def read(self, pad_id: PadId, question: Callable[[Document], T]) -> T:
        """Ask the document as it is now. Raises NotFound ``pads.not-found``."""
        return question((await self._shelf.open(pad_id)).live.document)

    async def edit(
        self,
        pad_id: PadId,
        author_id: AuthorId | None,
        change: Callable[["pycrdt.Doc[Any]"], None],
        *,
        key: str = "",
    ) -> None:
        """Let the server write: told to all who have the pad open; returns when it is on disk.

        The same ``key`` (no spaces) writes once; the last 100 are known. Nothing is permitted
        here. Raises NotFound, Unavailable, QuotaExceeded ``pads.full``.
        """
        await self._editing.edit(pad_id, author_id, change, key)

    # --- the past --------------------------------------------------------------------------------

    async def revisions(self, pad_id: PadId) -> Sequence[Keyframe]:
        """Return keyframes, named and not, newest first, at most 500.

        One named ``model.history.BEFORE_RESTORE`` was made by a restore.
        """
        return await self._past.revisions(pad_id)

    async def name_revision(self, pad_id: PadId, name: str, author_id: AuthorId | None) -> Keyframe:
        """Keep the text as it is now under a name.

        Raises InvalidInput ``pads.revision-name-refused``, Conflict ``pads.no-history``.
        """
        return await self._past.name_revision(pad_id, name, author_id)

    async def restore(self, pad_id: PadId, keyframe_id: int, author_id: AuthorId | None) -> None:
        """Undo everything since a keyframe; the state before becomes a named keyframe.

        Raises NotFound ``pads.no-such-revision``, Conflict ``pads.other-generation``.
        """
        await self._past.restore(pad_id, keyframe_id, author_id)

    async def read_keyframe(
        self, pad_id: PadId, keyframe_id: int, question: Callable[[Document], T]
    ) -> T:
        """Ask an earlier state, in a thread. Raises NotFound ``pads.no-such-revision``."""
        return await self._past.read(pad_id, keyframe_id, question)

    async def convert(
        self, pad_id: PadId, kind: Kind, language: str, author_id: AuthorId | None
    ) -> None:
        """Make rich text plain or plain text rich; open editors load the page again (4409).

        The state before is kept as ``model.history.BEFORE_CONVERSION``. Raises NotFound,
        Unavailable, Conflict ``pads.changed-meanwhile``.
        """
        await self._swapping.convert(pad_id, kind, language, author_id)

    async def clear_authorship(self, pad_id: PadId) -> None:
        """Forget whose text is whose, up to now."""
        await self._past.clear_authorship(pad_id)

    # --- what others changed ---------------------------------------------------------------------

    async def rename_author(self, author: Author) -> None:
        """Show another name or colour at once; the row was written by the caller."""
        pad = self._shelf.find(author.pad_id)
        if pad is not None:
            pad.people[author.id] = author
            self._shelf.deliver(pad, pad.live.rename(author, self._clock.monotonic_s()))
            self._shelf.settle(pad)

    async def set_locked(self, pad_id: PadId, locked: bool) -> None:
        """The row says ``locked`` now: tell all and ask their rights again."""
        await self.recheck(pad_id)

    async def tell_expiry(self, pad_id: PadId, ends_at: datetime | None) -> None:
        """Show all who have it open when it ends; the row was written by the caller."""
        pad = self._shelf.find(pad_id)
        if pad is not None:
            told = {"t": "expiry", "ends_at": None if ends_at is None else ends_at.isoformat()}
            self._shelf.deliver(pad, pad.live.tell(told))

    async def recheck(self, pad_id: PadId | None = None) -> None:
        """Ask rights again (None: of all open pads); close with 4403 who has none."""
        for pad in self._shelf:
            if pad_id is None or pad.id == pad_id:
                await self._serving.recheck(pad)

    async def recheck_room(self, room_id: RoomId) -> None:
        """The same for the pads of a room, and for everybody who came as its guest."""
        for pad in self._shelf:
            if pad.pad.room_id == room_id:
                await self._serving.recheck(pad)

    async def recheck_account(self, account_id: AccountId) -> None:
        """The same for every pad that an account has open."""
        for pad in self._shelf:
            callers = [one.ticket.origin.who for one in pad.connections.values()]
            if any(who.account_id == account_id for who in callers):
                await self._serving.recheck(pad)

    def recheck_room_soon(self, room_id: RoomId) -> None:
        """The same as ``recheck_room``, for those who cannot wait."""
        self._keeping.recheck_room_soon(room_id)

    async def forget(self, pad_id: PadId, code: int = GONE) -> None:
        """Drop a deleted pad or an old generation: sockets closed, nothing written any more."""
        self._serving.forget(pad_id)
        await self._shelf.forget(pad_id, code)

    # --- by itself -------------------------------------------------------------------------------

    async def run(self) -> None:
        """Flush, tidy and evict until cancelled; then write everything and close all sockets."""
        try:
            async with crew() as tasks:
                flusher = tasks.start(self._flusher.run(), name="pads-flush")
                keeper = tasks.start(self._keeping.run(), name="pads-keep")
                await asyncio.wait((flusher, keeper))
        finally:
            await self.stop()

    async def flush(self) -> bool:
        """Write what is new now; return whether the disk took it."""
        return await self._flusher.flush()

    async def tidy(self) -> None:
        """Once a second: warn, name, evict. For tests; ``run`` does it by itself."""
        await self._keeping.tidy()

    async def stop(self) -> None:
        """Write everything (within 5 s) and close all sockets with 1012."""
        try:
            async with asyncio.timeout(STOP_S):
                await self._flusher.flush()
                for pad in self._shelf:
                    self._shelf.close(pad, RESTART)
                await self._flusher.flush()
        except (TimeoutError, AllmendeError):
            waiting = sum(pad.live.unsaved_bytes for pad in self._shelf)
            _log.error("stopped with %d bytes of pads not saved", waiting)

    @property
    def open_pads(self) -> Sequence[OpenPad]:
        """Return what is in memory, for figures and tests."""
        return list(self._shelf)
