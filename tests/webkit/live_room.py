"""A room with facts and signals, a log in memory, and a page that reads a stream."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.responses import Response
from starlette.types import Message

from allmende.core.accounts import Caller, Scope
from allmende.core.bus import Bus
from allmende.core.errors import NotFound
from allmende.core.events import Fact, Signal
from allmende.core.ids import FactId, MessageId, RoomId
from allmende.core.parts import LiveView
from allmende.core.permissions import Permission
from allmende.webkit.live import Live
from tests.webkit.house import MARA, TurnableClock

ROOM = RoomId(7)
NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Fact):
    """Somebody said something; ``message_id`` 4040 was deleted since."""

    room_id: RoomId
    message_id: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing(Signal):
    """Somebody types."""

    room_id: RoomId
    padding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden(Signal):
    """For facilitators only."""

    room_id: RoomId


async def show_said(caller: Caller, fact: Said) -> object | None:
    if fact.message_id == 4040:
        raise NotFound("chat.not-found")
    return {"message": fact.message_id}


async def show_typing(caller: Caller, signal: Typing) -> object | None:
    return {} if not signal.padding or signal.padding == "x" else None


async def show_hidden(caller: Caller, signal: Hidden) -> object | None:
    return {}


VIEWS = [
    LiveView(
        event=Said,
        name="chat.said",
        permission=Permission.CHAT_READ,
        show=show_said,
        scope=Scope.CHAT_READ,
    ),
    LiveView(event=Typing, name="chat.typing", permission=Permission.CHAT_READ, show=show_typing),
    LiveView(
        event=Hidden, name="meet.hidden", permission=Permission.ROOM_FACILITATE, show=show_hidden
    ),
]


@dataclass
class Log:
    """Facts in memory, numbered from 1. Those before ``begins`` were thrown away."""

    facts: list[Fact] = field(default_factory=list)
    begins: int = 0

    def add(self, message_id: int, room_id: RoomId = ROOM) -> tuple[FactId, Fact]:
        fact = Said(at=NOW, room_id=room_id, message_id=MessageId(message_id))
        self.facts.append(fact)
        return FactId(len(self.facts)), fact

    async def after(self, after: FactId, limit: int) -> Sequence[tuple[FactId, Fact]]:
        if after < self.begins:
            raise NotFound("live.too-old")
        numbered = [(FactId(number), fact) for number, fact in enumerate(self.facts, 1)]
        return numbered[after : after + limit]


@dataclass
class Stage:
    """Everything a live page needs."""

    log: Log = field(default_factory=Log)
    clock: TurnableClock = field(default_factory=TurnableClock)
    rights: set[Permission] = field(
        default_factory=lambda: {Permission.ROOM_SEE, Permission.CHAT_READ}
    )

    failure: Exception | None = None

    def __post_init__(self) -> None:
        self.failures: list[BaseException] = []
        self.bus = Bus(self.failures.append)
        self.live = Live(
            self.bus,
            self.log.after,
            self.may,
            heartbeat_s=0.01,
            now_s=self.clock.monotonic_s,
        )
        for view in VIEWS:
            self.live.add(view)

    async def may(self, caller: Caller, room_id: RoomId, permission: Permission) -> bool:
        if self.failure is not None:
            raise self.failure
        return room_id == ROOM and permission in self.rights

    async def say(self, message_id: int, room_id: RoomId = ROOM) -> None:
        await self.bus.deliver(*self.log.add(message_id, room_id))


class Page:
    """Reads a stream as a browser does, frame by frame."""

    def __init__(self) -> None:
        self._received: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._gone = asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()

    async def send(self, message: Message) -> None:
        await self.reads.wait()
        if message["type"] == "http.response.body":
            self._received.put_nowait(message["body"] if message["more_body"] else None)

    async def receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    def leave(self) -> None:
        self._gone.set()

    async def frame(self) -> str | None:
        """Return the next frame that is no heartbeat; None: the stream ended."""
        while True:
            data = await self._received.get()
            if data is None:
                return None
            if not data.startswith((b": ", b"retry: ")):
                return data.decode()

    async def raw(self) -> str:
        """Return the next frame, heartbeats too."""
        return (await self._received.get() or b"").decode()


@asynccontextmanager
async def opened(
    stage: Stage, after: int | None = None, caller: Caller = MARA
) -> AsyncIterator[Page]:
    """Open a page; it leaves at the end."""
    page = Page()
    number = None if after is None else FactId(after)
    response = await stage.live.open(caller, ROOM, number)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(served(response, page))
        await page.raw()
        yield page
        page.leave()


async def served(response: Response, page: Page) -> None:
    await response({"type": "http", "method": "GET"}, page.receive, page.send)


def play(story: Callable[[Stage], Coroutine[None, None, None]], log: Log | None = None) -> Stage:
    """Run a story on a fresh stage."""
    stage = Stage(log or Log())
    asyncio.run(story(stage))
    return stage
