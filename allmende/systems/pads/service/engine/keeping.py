"""What happens to open pads by itself: warnings, titles, letting go, rights asked again."""

import asyncio
import gzip
import logging
from dataclasses import replace
from typing import Final

from allmende.core.clock import Clock
from allmende.core.errors import AllmendeError, Unavailable
from allmende.core.ids import RoomId
from allmende.storage.database import Database
from allmende.systems.pads.model.heading import title_of
from allmende.systems.pads.service.engine.opened import OpenPad
from allmende.systems.pads.service.engine.serving import Serving
from allmende.systems.pads.service.engine.shelf import LOADED_IN_THREAD_BYTES, Shelf
from allmende.systems.pads.service.engine.sockets import Threads
from allmende.systems.pads.store import log

TIDY_EVERY_S: Final = 1.0
RECHECK_EVERY_S: Final = 60.0
UNSAVED_TOLD_S: Final = 2.0
QUIET_S: Final = 5.0
EVICTED_AFTER_S: Final = 60.0
STATE_EVERY_S: Final = 3_600.0
_PACK_LEVEL: Final = 6
_log: Final = logging.getLogger(__name__)


class Keeping:
    """Looks after open pads, once a second."""

    def __init__(
        self, database: Database, clock: Clock, threads: Threads, shelf: Shelf, serving: Serving
    ) -> None:
        self._database = database
        self._clock = clock
        self._threads = threads
        self._shelf = shelf
        self._serving = serving
        self._rooms: set[RoomId] = set()
        self._rechecked_s = clock.monotonic_s()

    async def run(self) -> None:
        """Tidy until cancelled. What fails for a known reason is tried again."""
        while True:
            await asyncio.sleep(TIDY_EVERY_S)
            try:
                await self.tidy()
            except AllmendeError as failure:
                _log.warning("pads are not tidied: %s", failure)

    def recheck_room_soon(self, room_id: RoomId) -> None:
        """Ask the rights in the pads of a room at the next turn."""
        self._rooms.add(room_id)

    async def tidy(self) -> None:
        """Do everything that is due."""
        now_s = self._clock.monotonic_s()
        await self._recheck(now_s)
        await self._serving.sweep()
        for pad in self._shelf:
            self._warn(pad, now_s)
            await self._name(pad, now_s)
            self._let_go(pad, now_s)

    async def _recheck(self, now_s: float) -> None:
        """Also now and then: a link may end, which nobody tells."""
        everybody = now_s - self._rechecked_s >= RECHECK_EVERY_S
        rooms, self._rooms = self._rooms, set()
        for pad in self._shelf:
            due = everybody or pad.pad.room_id in rooms or pad.in_doubt_since_s is not None
            if pad.connections and due:
                await self._serving.recheck(pad)
        if everybody:
            self._rechecked_s = now_s

    def _warn(self, pad: OpenPad, now_s: float) -> None:
        since_s = pad.live.unsaved_since_s
        if since_s is not None and now_s - since_s >= UNSAVED_TOLD_S and not pad.told_unsaved:
            pad.told_unsaved = True
            self._shelf.deliver(pad, pad.live.tell_unsaved())

    async def _name(self, pad: OpenPad, now_s: float) -> None:
        """Keep the first line as the title once nobody has written for 5 s (P-20)."""
        if pad.edited_s is None or now_s - pad.edited_s < QUIET_S:
            return
        pad.edited_s = None
        title = title_of(pad.live.document.doc, pad.pad.kind)
        # What somebody chose as a title is left alone.
        if title == pad.pad.title or pad.pad.title not in ("", pad.own_title):
            return
        try:
            await self._database.write(lambda db: log.set_title(db, pad.id, title))
        except Unavailable:
            pad.edited_s = now_s
            raise
        pad.pad = replace(pad.pad, title=title)
        pad.own_title = title

    def _let_go(self, pad: OpenPad, now_s: float) -> None:
        if pad.head_seq > pad.state_seq and now_s - pad.state_at_s >= STATE_EVERY_S:
            pad.state_wanted = True
        if pad.is_dirty:
            self._shelf.dirty.set()
        elif not pad.connections and now_s - pad.idle_since_s >= EVICTED_AFTER_S:
            self._shelf.evict(pad)

    async def packed(self, pad: OpenPad) -> bytes:
        """Return the document as gzip, made once for each state of it."""
        document = pad.live.document.encoded()
        if pad.packed is None or pad.packed[0] is not document:
            pad.packed = (document, await self._pack(document))
        return pad.packed[1]

    async def _pack(self, document: bytes) -> bytes:
        if len(document) <= LOADED_IN_THREAD_BYTES:
            return gzip.compress(document, _PACK_LEVEL, mtime=0)
        return await self._threads.run(lambda: gzip.compress(document, _PACK_LEVEL, mtime=0))
