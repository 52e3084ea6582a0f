"""All open pads: opening, telling their editors, letting go."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection as Db

from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.errors import AllmendeError, NotFound, Unavailable
from allmende.core.ids import PadId
from allmende.protocols.yjs.update import MalformedUpdate
from allmende.storage.database import Database
from allmende.systems.pads.events import PadPeopleChanged
from allmende.systems.pads.model.authors import AuthorTable
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.heading import title_of
from allmende.systems.pads.model.history import LastKeyframe
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.live import Close, LivePad, Output, Send
from allmende.systems.pads.model.pad import Author
from allmende.systems.pads.model.sessions import guid_of
from allmende.systems.pads.service.engine.connection import Connection
from allmende.systems.pads.service.engine.opened import Left, OpenPad
from allmende.systems.pads.service.engine.sockets import Sentence, Threads
from allmende.systems.pads.store import editors, keyframes, log

LOADED_IN_THREAD_BYTES: Final = 256 * 1024
GONE: Final = 4404
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Found:
    """All that is on disk of a pad."""

    stored: log.Stored
    clients: Sequence[editors.Client]
    authors: Sequence[Author]
    keyframe: LastKeyframe


def _find(db: Db, pad_id: PadId) -> _Found | None:
    stored = log.find_stored(db, pad_id)
    if stored is None:
        return None
    newest = keyframes.keyframes_of(db, pad_id, most=1)
    # A copy of an older generation says nothing about this log.
    kept = [one for one in newest if one.generation == stored.pad.generation]
    last = LastKeyframe(kept[0].seq, kept[0].at) if kept else LastKeyframe()
    found_clients = editors.clients_of(db, pad_id)
    return _Found(stored, found_clients, editors.authors_of(db, pad_id), last)


class Shelf:
    """The open pads of this process. ``on_dirty`` is called when one has something to write."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        threads: Threads,
        limits: PadLimits,
        sentence: Sentence | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._threads = threads
        self._limits = limits
        self._sentence = sentence
        self._pads: dict[PadId, OpenPad] = {}
        self._doors: dict[PadId, asyncio.Lock] = {}
        self.dirty = asyncio.Event()

    def __iter__(self) -> Iterator[OpenPad]:
        return iter(list(self._pads.values()))

    def find(self, pad_id: PadId) -> OpenPad | None:
        """Return a pad if it is open."""
        return self._pads.get(pad_id)

    async def open(self, pad_id: PadId) -> OpenPad:
        """Return a pad, from disk if it is not open. Raises NotFound ``pads.not-found``."""
        found = self._pads.get(pad_id)
        if found is not None:
            return found
        async with self._door(pad_id):
            if pad_id not in self._pads:
                self._pads[pad_id] = await self._load(pad_id)
            return self._pads[pad_id]

    @asynccontextmanager
    async def _door(self, pad_id: PadId) -> AsyncIterator[None]:
        """Let one at a time open or forget a pad."""
        door = self._doors.setdefault(pad_id, asyncio.Lock())
        try:
            async with door:
                yield
        finally:
            if not door.locked() and self._doors.get(pad_id) is door:
                del self._doors[pad_id]

    async def _load(self, pad_id: PadId) -> OpenPad:
        found = await self._database.read(lambda db: _find(db, pad_id))
        if found is None:
            raise NotFound("pads.not-found")
        stored, pad = found.stored, found.stored.pad
        parts = [*([] if stored.state is None else [stored.state]), *stored.rows]

        def build() -> Document:
            return Document(pad.kind, parts, guid=guid_of(pad), limits=self._limits)

        large = sum(map(len, parts)) > LOADED_IN_THREAD_BYTES
        try:
            document = await self._threads.run(build) if large else build()
        except MalformedUpdate as failure:
            _log.error("pad %d cannot be opened: %s", pad_id, failure)
            raise Unavailable("pads.damaged", detail=str(failure), retry_after_s=60) from failure
        return self._placed(found, document)

    def _placed(self, found: _Found, document: Document) -> OpenPad:
        pad, clients = found.stored.pad, {one.client_id: one for one in found.clients}
        table = AuthorTable(
            found.authors,
            {number: one.author_id for number, one in clients.items()},
            hidden=[number for number, one in clients.items() if not one.has_colour],
        )
        live = LivePad(
            document,
            table,
            limits=self._limits,
            locked=pad.locked,
            lost=[number for number, one in clients.items() if one.left_at is None],
            sentence=self._sentence,
        )
        now_s = self._clock.monotonic_s()
        return OpenPad(
            pad=pad,
            live=live,
            clients=clients,
            people={author.id: author for author in found.authors},
            head_seq=pad.head_seq,
            state_seq=pad.state_seq,
            rows_since=len(found.stored.rows),
            bytes_since=found.stored.row_bytes,
            last_keyframe=found.keyframe,
            told_at=pad.edited_at,
            idle_since_s=now_s,
            state_at_s=now_s,
            keys=set(pad.append_keys.split()),
            own_title=title_of(document.doc, pad.kind),
        )

    def deliver(self, pad: OpenPad, outputs: Iterable[Output]) -> None:
        """Hand outputs to the queues; a session whose queue is full leaves, which others hear."""
        waiting = list(outputs)
        for output in waiting:
            connection = pad.connections.get(output.session_id)
            if connection is None:
                continue
            match output:
                case Send():
                    if connection.send(output.data):
                        continue
                case Close():
                    connection.close(output.code)
            waiting += self._out(pad, connection)

    def settle(self, pad: OpenPad) -> None:
        """After anything happened in a pad: tick when it is due, flush what is new."""
        now_s = self._clock.monotonic_s()
        due_s = pad.live.next_tick_s()
        if due_s is not None and due_s <= now_s:
            self.deliver(pad, pad.live.tick(now_s))
            due_s = pad.live.next_tick_s()
        if due_s is not None and pad.timer is None:
            delay_s = max(due_s - now_s, 0.0)
            pad.timer = asyncio.get_running_loop().call_later(delay_s, self._tick, pad)
        if pad.is_dirty:
            self.dirty.set()

    def _tick(self, pad: OpenPad) -> None:
        pad.timer = None
        if not pad.gone:
            self.settle(pad)

    def leave(self, pad: OpenPad, connection: Connection) -> None:
        """An editor is gone, whoever ended it. Twice: nothing."""
        if pad.connections.get(connection.ticket.session_id) is connection:
            self.deliver(pad, self._out(pad, connection))
            self.settle(pad)

    def _out(self, pad: OpenPad, connection: Connection) -> Sequence[Output]:
        """Take an editor off the list; return what others hear of it."""
        ticket, now_s = connection.ticket, self._clock.monotonic_s()
        del pad.connections[ticket.session_id]
        pad.left.append(Left(ticket.client_id, ticket.session_id))
        outputs = pad.live.leave(ticket.session_id, now_s) if connection.joined else ()
        if not pad.connections:
            pad.idle_since_s = now_s
            pad.state_wanted = True
        self.dirty.set()
        if connection.joined:
            self.tell_people(pad)
        return outputs

    def tell_people(self, pad: OpenPad) -> None:
        """Say how many have a pad open."""
        signal = PadPeopleChanged(pad_id=pad.id, room_id=pad.pad.room_id, people=pad.live.people())
        self._bus.publish(signal)

    async def forget(self, pad_id: PadId, code: int) -> None:
        """Drop a pad: sockets closed with ``code``, nothing of it is written any more."""
        async with self._door(pad_id):
            pad = self._pads.get(pad_id)
            if pad is not None:
                self.drop(pad, code)

    def drop(self, pad: OpenPad, code: int) -> None:
        """The same for a pad that is open."""
        pad.gone = True
        self.close(pad, code)
        if self._pads.get(pad.id) is pad:
            del self._pads[pad.id]
        if pad.timer is not None:
            pad.timer.cancel()
        attempt, pad.attempt = pad.attempt, None
        for waiter in (*pad.waiters, *(() if attempt is None else attempt.waiters)):
            if not waiter.future.done():
                waiter.future.set_exception(_why(code))
        pad.waiters.clear()

    def close(self, pad: OpenPad, code: int) -> None:
        """Close all sockets of a pad."""
        self.deliver(pad, pad.live.close_all(code))
        for connection in list(pad.connections.values()):
            connection.close(code)
            self.leave(pad, connection)

    def evict(self, pad: OpenPad) -> None:
        """Let go of a pad that is on disk and has no editors."""
        del self._pads[pad.id]
        pad.gone = True
        if pad.timer is not None:
            pad.timer.cancel()


def _why(code: int) -> AllmendeError:
    """Return what those hear who wait for the disk."""
    if code == GONE:
        return NotFound("pads.not-found")
    return Unavailable("pads.not-saved", retry_after_s=1)
