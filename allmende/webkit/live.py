"""Live pages: ``GET /api/v1/live?room=ID&after=ID`` (architecture, A15).

A page is a snapshot with the number of the newest fact in it; this stream tells what came after:
first from the log, then as it happens. Facts carry their number, signals do not. A page that
was away too long, or reads too slowly, is told ``reload``.
"""

import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import partial
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.accounts import Caller, Scope
from allmende.core.bus import Bus
from allmende.core.errors import AllmendeError, InvalidInput, NotFound, Unavailable
from allmende.core.events import Fact, Signal
from allmende.core.ids import MAX_ID, FactId, RoomId
from allmende.core.parts import LiveView
from allmende.core.permissions import Permission
from allmende.webkit.http import caller_of
from allmende.webkit.programs import ProgramRoute
from allmende.webkit.stream import (
    RELOAD,
    Stream,
    StreamEnded,
    StreamResponse,
    Waiting,
    frame,
    heartbeat,
)

HEARTBEAT_S: Final = 15.0
REASK_S: Final = 5.0
"""A permission is asked again after so long, so nobody sees more after losing it for longer."""
REPLAY_BATCH: Final = 500
MAX_REPLAY: Final = 5_000
MAX_STREAMS: Final = 10_000

FactsAfter = Callable[[FactId, int], Awaitable[Sequence[tuple[FactId, Fact]]]]
"""``(after, limit)``: the oldest facts after a number; NotFound if the log begins later."""
Authorise = Callable[[Caller, RoomId, Permission], Awaitable[bool]]


class Live:
    """Tells open pages of a room what happens in it, each what it may see."""

    def __init__(
        self,
        bus: Bus,
        facts_after: FactsAfter,
        authorise: Authorise,
        *,
        heartbeat_s: float = HEARTBEAT_S,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus = bus
        self._facts_after = facts_after
        self._authorise = authorise
        self._heartbeat_s = heartbeat_s
        self._now_s = now_s
        self._views: dict[type, list[LiveView]] = defaultdict(list)
        self._streams: dict[RoomId, set[Stream]] = defaultdict(set)
        self._newest: FactId | None = None

    def add(self, view: LiveView) -> None:
        """Show one more kind of event. Call it while the parts are put together."""
        kind, known = view.event, view.event in self._views
        self._views[kind].append(view)
        if known:
            return
        if issubclass(kind, Fact):
            self._bus.watch(kind, self._on_fact)
        else:
            self._bus.watch_signal(kind, self._on_signal)

    def close(self, whose: Callable[[Caller, RoomId], bool]) -> None:
        """End the streams of those who lost what they came with, or all when the house closes."""
        for stream in [one for room in self._streams.values() for one in room]:
            if whose(stream.caller, stream.room_id):
                stream.end()

    def count(self) -> int:
        """Return how many pages are live."""
        return sum(map(len, self._streams.values()))

    def routes(self) -> list[Route]:
        """Return the one address of all live pages."""

        async def live(request: Request) -> Response:
            room_id = RoomId(_number(request.query_params.get("room"), "room"))
            after = request.headers.get("last-event-id") or request.query_params.get("after")
            number = None if after is None else FactId(_number(after, "after"))
            return await self.open(caller_of(request), room_id, number)

        return [ProgramRoute("/api/v1/live", live, methods=["GET"], opened_by=Scope.CHAT_READ)]

    async def open(self, caller: Caller, room_id: RoomId, after: FactId | None) -> Response:
        """Return the stream of a room.

        Raises NotFound ``room.not-found`` and Unavailable ``web.too-many-live``.
        """
        if not await self._authorise(caller, room_id, Permission.ROOM_SEE):
            raise NotFound("room.not-found")
        if self.count() >= MAX_STREAMS:
            raise Unavailable("web.too-many-live", retry_after_s=30)
        stream = Stream(caller, room_id)
        return StreamResponse(stream, self._frames(stream, after))

    async def _frames(self, stream: Stream, after: FactId | None) -> AsyncGenerator[bytes, None]:
        """Yield what one page gets. A failure of ours ends it; the page comes back by itself."""
        eyes = _Eyes(stream, after, self._authorise, self._now_s)
        # Listening begins before the log is read, so that nothing falls between the two.
        self._streams[stream.room_id].add(stream)
        try:
            yield b"retry: 1000\n" + heartbeat(after)
            for phase in (self._replay(stream, eyes), self._happening(stream, eyes)):
                async for data in phase:
                    if data:
                        yield data
        except NotFound:
            yield RELOAD
        except StreamEnded:
            if stream.overflowed:
                yield RELOAD
        except AllmendeError:
            return
        finally:
            self._forget(stream)

    async def _replay(self, stream: Stream, eyes: "_Eyes") -> AsyncGenerator[bytes, None]:
        """Yield what the log has. NotFound: it does not reach back so far."""
        after = eyes.told
        for _ in range(MAX_REPLAY // REPLAY_BATCH if after is not None else 0):
            batch = await self._facts_after(FactId(after or 0), REPLAY_BATCH)
            if not batch:
                return
            for number, fact in batch:
                if getattr(fact, "room_id", None) == stream.room_id:
                    for view in self._views.get(type(fact), ()):
                        yield await eyes.show(view, fact, number)
            after = eyes.told = batch[-1][0]
            yield heartbeat(after)
        if after is not None:
            raise NotFound("live.too-old")

    async def _happening(self, stream: Stream, eyes: "_Eyes") -> AsyncGenerator[bytes, None]:
        """Yield what happens from now on; what the log has told already is left out."""
        while True:
            item = await stream.next(self._heartbeat_s)
            if item is None:
                if not await eyes.may(Permission.ROOM_SEE):
                    return
                yield heartbeat(self._newest)
            elif item.number is None or eyes.told is None or item.number > eyes.told:
                yield await eyes.show(item.view, item.event, item.number)

    async def _on_fact(self, number: FactId, fact: Fact) -> None:
        self._newest = number
        self._put(fact, number)

    def _on_signal(self, signal: Signal) -> None:
        self._put(signal, None)

    def _put(self, event: Fact | Signal, number: FactId | None) -> None:
        streams = self._streams.get(getattr(event, "room_id", RoomId(0)))
        if not streams:
            return
        size_bytes = len(msgspec.json.encode(event))
        for view in self._views[type(event)]:
            for stream in tuple(streams):
                stream.put(Waiting(view, event, number, size_bytes))

    def _forget(self, stream: Stream) -> None:
        room = self._streams.get(stream.room_id, set())
        room.discard(stream)
        if not room:
            self._streams.pop(stream.room_id, None)


class _Eyes:
    """What one page may see, and up to which fact the log has told it.

    An answer about a permission is believed for ``REASK_S``.
    """

    def __init__(
        self,
        stream: Stream,
        told: FactId | None,
        authorise: Authorise,
        now_s: Callable[[], float],
    ) -> None:
        self.told = told
        self._caller = stream.caller
        self._ask = partial(authorise, stream.caller, stream.room_id)
        self._now_s = now_s
        self._known: dict[Permission, tuple[bool, float]] = {}

    async def may(self, permission: Permission) -> bool:
        """Whether this page may see such events now."""
        known = self._known.get(permission)
        if known is not None and self._now_s() - known[1] < REASK_S:
            return known[0]
        allowed = await self._ask(permission)
        self._known[permission] = (allowed, self._now_s())
        return allowed

    async def show(self, view: LiveView, event: Fact | Signal, number: FactId | None) -> bytes:
        """Return the event as this page may see it; empty if it may not, or if it is gone."""
        if not _is_for(self._caller, view.scope) or not await self.may(view.permission):
            return b""
        try:
            value = await view.show(self._caller, event)
        except NotFound:
            return b""
        return b"" if value is None else frame(view.name, value, number)


def _is_for(caller: Caller, scope: Scope | None) -> bool:
    """Return whether a program may see such events at all; people see what they may."""
    return not caller.is_program or (scope is not None and caller.opens(scope))


def _number(text: str | None, field: str) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise InvalidInput("web.invalid-body", field=field, detail="not a number")
    number = int(text)
    if number > MAX_ID:
        raise NotFound("room.not-found")
    return number
