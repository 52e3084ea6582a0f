"""Serving editors: tickets, sockets, and rights that are asked again (spec pads, 5 and P-7)."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection as Db

from allmende.core.clock import Clock
from allmende.core.errors import (
    AllmendeError,
    Conflict,
    NotFound,
    QuotaExceeded,
    TooManyRequests,
    Unavailable,
)
from allmende.core.ids import PadId
from allmende.storage.database import Database
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.live import Session
from allmende.systems.pads.model.pad import Author, Capability, Pad
from allmende.systems.pads.model.sessions import Origin, PadTicket, guid_of
from allmende.systems.pads.service.engine.connection import Connection
from allmende.systems.pads.service.engine.opened import OpenPad
from allmende.systems.pads.service.engine.rates import Rates
from allmende.systems.pads.service.engine.shelf import GONE, Shelf
from allmende.systems.pads.service.engine.sockets import PadSocket, Rights
from allmende.systems.pads.service.engine.tickets import Ticket, Tickets, ends_s, new_session_id
from allmende.systems.pads.store import editors, log
from allmende.transports.tasks import crew

NO_TICKET, NO_RIGHT, TOO_FAST, RESTART, NEW_GENERATION = 4401, 4403, 4429, 1012, 4409
GOODBYE: Final = 1000
DOUBT_S: Final = 3.0
"""A pad whose rights cannot be asked again for so long is closed: 5 s are promised."""

CLOSE_S: Final = 5.0

# One link may carry a whole assembly: 300 editors that write all the time.
LINK_MESSAGES_PER_S: Final = 3_000.0
LINK_MESSAGES_BURST: Final = 30_000.0
LINK_TICKETS_PER_S: Final = 20.0
LINK_TICKETS_BURST: Final = 600.0
KEPT_FOR_WRITERS: Final = 10
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants to connect, with which Yjs client, and what they may do at the moment."""

    author: Author
    capability: Capability
    origin: Origin
    client_id: int
    language: str


class Serving:
    """Lets editors in and carries their messages."""

    def __init__(
        self, database: Database, clock: Clock, shelf: Shelf, limits: PadLimits, rights: Rights
    ) -> None:
        self._database = database
        self._clock = clock
        self._shelf = shelf
        self._limits = limits
        self._rights = rights
        self._tickets = Tickets()
        self._messages = Rates(burst=LINK_MESSAGES_BURST, per_s=LINK_MESSAGES_PER_S)
        self._asked = Rates(burst=LINK_TICKETS_BURST, per_s=LINK_TICKETS_PER_S)

    async def ticket(self, pad: Pad, wish: Wish) -> PadTicket:
        """Bind an editor to its author, on disk, and return what it connects with."""
        now_s, session_id = self._clock.monotonic_s(), new_session_id()
        if not self._asked.take(_key(pad.id, wish.origin), now_s):
            raise TooManyRequests("pads.too-fast", retry_after_s=5)
        if self.is_full(pad.id, wish.capability):
            raise QuotaExceeded("pads.too-many-sessions", most=self._limits.sessions)
        client = editors.Client(
            pad.id, wish.client_id, wish.author.id, session_id, self._clock.now(), left_at=None
        )
        await self._bind(client, pad.generation)
        ticket = Ticket(
            pad_id=pad.id,
            generation=pad.generation,
            session_id=session_id,
            client_id=wish.client_id,
            author=wish.author,
            origin=wish.origin,
            language=wish.language,
            ends_s=ends_s(now_s),
        )
        return PadTicket(self._tickets.add(ticket), session_id, guid_of(pad))

    async def _bind(self, client: editors.Client, generation: int) -> None:
        def change(db: Db) -> bool:
            pad = log.find_pad(db, client.pad_id)
            if pad is None or pad.generation != generation:
                raise NotFound("pads.not-found")
            return editors.bind_client(db, client)

        if not await self._database.write(change):
            raise Conflict("pads.client-taken")

    def is_full(self, pad_id: PadId, capability: Capability) -> bool:
        """Return whether there is no place: one in ten is kept for those who may write."""
        pad, most = self._shelf.find(pad_id), self._limits.sessions
        here = 0 if pad is None else len(pad.connections)
        if not capability.allows(Capability.EDIT):
            most -= most // KEPT_FOR_WRITERS
        return here + self._tickets.waiting(pad_id) >= most

    def forget(self, pad_id: PadId) -> None:
        """A pad is gone: its tickets are void."""
        self._tickets.forget(pad_id)

    async def sweep(self) -> None:
        """Forget tickets that nobody used, and the clients that were bound for them."""
        late = self._tickets.sweep(self._clock.monotonic_s())

        def change(db: Db) -> None:
            for ticket in late:
                editors.leave(db, ticket.pad_id, ticket.client_id, ticket.session_id, None)

        if late:
            await self._database.write(change)

    async def connect(self, token: str, socket: PadSocket, *, controls: bool) -> None:
        """Serve one editor until its socket is closed."""
        ticket = self._tickets.take(token, self._clock.monotonic_s())
        if ticket is None:
            await socket.close(NO_TICKET)
            return
        try:
            pad = await self._shelf.open(ticket.pad_id)
        except AllmendeError as failure:
            await socket.close(GONE if isinstance(failure, NotFound) else RESTART)
            return
        connection = Connection(socket, ticket, self._limits)
        # Known before rights are asked: who loses them meanwhile is found.
        pad.connections[ticket.session_id] = connection
        try:
            await self._carry(pad, connection, controls=controls)
        finally:
            self._shelf.leave(pad, connection)

    async def _carry(self, pad: OpenPad, connection: Connection, *, controls: bool) -> None:
        async with crew() as tasks:
            writer = tasks.start(connection.write_all(), name="pad-writer")
            reader = tasks.start(self._read(pad, connection, controls), name="pad-reader")
            await asyncio.wait((reader, writer), return_when=asyncio.FIRST_COMPLETED)
            self._shelf.leave(pad, connection)
            connection.close(GOODBYE)
            # What was said last still goes out; who does not read is not waited for.
            await asyncio.wait((writer,), timeout=CLOSE_S)

    async def _read(self, pad: OpenPad, connection: Connection, controls: bool) -> None:
        ticket = connection.ticket
        if pad.pad.generation != ticket.generation:
            connection.close(NEW_GENERATION)
            return
        capability = await self._rights(pad.pad, ticket.origin)
        if connection.rechecked:
            capability = connection.capability
        if capability is None:
            connection.close(NO_RIGHT)
        if capability is None or connection.closing or pad.gone:
            return
        self._join(pad, connection, capability, controls)
        link = _key(pad.id, ticket.origin)
        while (data := await connection.receive()) is not None and not connection.closing:
            now_s = self._clock.monotonic_s()
            if not self._messages.take(link, now_s):
                connection.close(TOO_FAST)
                return
            self._shelf.deliver(pad, pad.live.receive(ticket.session_id, data, now_s))
            self._shelf.settle(pad)

    def _join(
        self, pad: OpenPad, connection: Connection, capability: Capability, controls: bool
    ) -> None:
        ticket, now_s = connection.ticket, self._clock.monotonic_s()
        author = ticket.author
        if pad.people.setdefault(author.id, author) is author:
            self._shelf.deliver(pad, pad.live.rename(author, now_s))
        known = pad.clients.get(ticket.client_id)
        pad.clients[ticket.client_id] = editors.Client(
            pad.id,
            ticket.client_id,
            author.id,
            ticket.session_id,
            self._clock.now() if known is None else known.first_seen,
            left_at=None,
        )
        session = Session(
            ticket.session_id,
            ticket.client_id,
            author.id,
            capability,
            controls=controls,
            earlier=frozenset(
                number
                for number, one in pad.clients.items()
                if one.author_id == author.id and number != ticket.client_id
            ),
            language=ticket.language,
        )
        connection.joined = True
        self._shelf.deliver(pad, pad.live.join(session, now_s))
        if controls and not pad.is_writing:
            # What it wrote before may be on disk although the answer to that was lost.
            connection.send(pad.saved_message())
        self._shelf.settle(pad)
        self._shelf.tell_people(pad)

    async def recheck(self, pad: OpenPad) -> None:
        """Ask what everybody in a pad may do now; who may nothing is closed with 4403.

        While the database does not answer the pad is in doubt: it is asked again at each turn,
        and once that takes too long all are sent away (1012), to be asked when they come back.
        """
        now_s = self._clock.monotonic_s()
        since_s = now_s if pad.in_doubt_since_s is None else pad.in_doubt_since_s
        pad.in_doubt_since_s = None
        try:
            await self._ask_all(pad)
        except Unavailable as failure:
            _log.warning("rights in a pad are not known: %s", failure.message_id)
            if self._clock.monotonic_s() - since_s >= DOUBT_S:
                self._shelf.close(pad, RESTART)
            else:
                pad.in_doubt_since_s = since_s

    async def _ask_all(self, pad: OpenPad) -> None:
        stored = await self._database.read(lambda db: log.find_pad(db, pad.id))
        if stored is None:
            self._shelf.drop(pad, GONE)
            return
        if stored.generation != pad.pad.generation:
            self._shelf.drop(pad, NEW_GENERATION)
            return
        before, pad.pad = pad.pad, stored
        if before.locked != stored.locked:
            now_s = self._clock.monotonic_s()
            self._shelf.deliver(pad, pad.live.set_locked(stored.locked, now_s))
        for connection in list(pad.connections.values()):
            capability = await self._rights(stored, connection.ticket.origin)
            self._give(pad, connection, capability)
        self._shelf.settle(pad)

    def _give(self, pad: OpenPad, connection: Connection, capability: Capability | None) -> None:
        session_id = connection.ticket.session_id
        if pad.connections.get(session_id) is not connection:
            return
        if connection.joined:
            now_s = self._clock.monotonic_s()
            self._shelf.deliver(pad, pad.live.set_capability(session_id, capability, now_s))
        else:
            connection.rechecked, connection.capability = True, capability


def _key(pad_id: PadId, origin: Origin) -> tuple[PadId, int]:
    """Count by pad and link; who came without a link counts with the others who did."""
    return pad_id, -1 if origin.link_id is None else origin.link_id
