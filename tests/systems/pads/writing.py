"""A house with live pads: an engine on a database, a clock that stands still, editors."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.errors import Unavailable
from allmende.core.events import Signal
from allmende.core.ids import PadId
from allmende.storage.database import Database
from allmende.systems.pads.events import PadPeopleChanged
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.pad import Author, Capability, Pad, PadLinkId
from allmende.systems.pads.model.sessions import Origin
from allmende.systems.pads.service.engine import PadEngine
from allmende.systems.pads.store import log
from allmende.transports.tasks import crew
from tests.identity.town import HandClock, Inline, fail
from tests.systems.pads.editors import Editor
from tests.systems.pads.rows import add_author, add_pad

T = TypeVar("T")
CAME_BY_LINK = Origin(Caller(), PadLinkId(1))


@dataclass
class Rights:
    """What everybody may do; ``revoked`` may nothing. ``failing``: so many questions fail."""

    capability: Capability = Capability.EDIT
    failing: int = 0
    revoked: set[PadLinkId] = field(default_factory=set)
    asked: int = 0

    async def __call__(self, pad: Pad, origin: Origin) -> Capability | None:
        self.asked += 1
        if self.failing:
            self.failing -= 1
            raise Unavailable("storage.busy")
        return None if origin.link_id in self.revoked else self.capability


class House:
    """One pad in a database, and engines that open it one after the other."""

    def __init__(self, database: Database, **pad: Any) -> None:
        self.database = database
        self.clock = HandClock()
        self.signals: list[Signal] = []
        self.bus = Bus(fail)
        self.bus.watch_signal(PadPeopleChanged, self.signals.append)
        self.rights = Rights()
        self.limits = PadLimits()
        self.pad: Pad = asyncio.run(database.write(lambda db: add_pad(db, **pad)))
        self.mara = self.author("mara")
        self.engine = self.new_engine()
        self._clients = iter(range(100, 10_000))

    def new_engine(self, limits: PadLimits | None = None) -> PadEngine:
        """An engine as after a restart: it knows what is on disk."""
        self.engine = PadEngine(
            self.database, self.clock, self.bus, Inline(), limits or self.limits, self.rights
        )
        return self.engine

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)

    def author(self, name: str) -> Author:
        pad_id = self.pad.id
        return asyncio.run(self.database.write(lambda db: add_author(db, pad_id, name)))

    def stored(self, pad_id: PadId | None = None) -> log.Stored:
        wanted = pad_id or self.pad.id
        found = asyncio.run(self.database.read(lambda db: log.find_stored(db, wanted)))
        assert found is not None
        return found

    def ask(self, question: Callable[[Any], T]) -> T:
        return asyncio.run(self.database.read(question))

    async def token(
        self, editor: Editor, author: Author | None = None, origin: Origin = CAME_BY_LINK
    ) -> str:
        """Ask for a ticket, as the page does."""
        ticket = await self.engine.ticket(
            self.pad, author or self.mara, self.rights.capability, origin, editor.client
        )
        return ticket.token

    @asynccontextmanager
    async def editing(
        self, count: int = 1, author: Author | None = None, origin: Origin = CAME_BY_LINK
    ) -> AsyncIterator[list[Editor]]:
        """Editors with the pad open, each told hello and the text so far."""
        editors = [Editor(next(self._clients)) for _ in range(count)]
        async with crew() as tasks:
            for editor in editors:
                token = await self.token(editor, author, origin)
                tasks.start(self.engine.connect(token, editor.socket, controls=True))
            for editor in editors:
                editor.ask()
                await editor.until(lambda editor=editor: has_text(editor))
            yield editors
            for editor in editors:
                editor.socket.hang_up()
                await editor.until(lambda editor=editor: editor.socket.code is not None)

    async def all_say(self, editors: list[Editor], text: str) -> None:
        """Wait until everybody sees the same text."""
        for editor in editors:
            await editor.until(lambda editor=editor: editor.text == text)


def has_text(editor: Editor) -> bool:
    """Whether step 2 came: the first answer to our step 1."""
    editor.hear()
    return bool(editor.told("hello")) and any(
        data[:2] == b"\x00\x01" for data in editor.socket.sent
    )
