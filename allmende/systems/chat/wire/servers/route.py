"""What waits for one domain, and the stream that carries it there. Spec chat, 7."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from allmende.protocols.xmpp.crossing import to_server
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.servers.around import Around
from allmende.systems.chat.wire.servers.outbound import Outbound, Waiting, begin
from allmende.systems.chat.wire.servers.problems import TIMEOUT, Reason, Unreachable
from allmende.transports.tasks import background

MAX_WAITING: Final = 500

GiveBack = Callable[[Stanza, StanzaError], None]
"""Tell who sent a stanza what became of it."""


class Route:
    """From one of our domains to one of theirs. Whoever adds to it sees that it `run`s.

    ``running``: somebody saw to it; set by them.
    """

    def __init__(self, own: str, other: str, around: Around, give_back: GiveBack) -> None:
        self.own, self.other = own, other
        self.running = False
        self._around = around
        self._give_back = give_back
        self._waiting: deque[Waiting] = deque()
        self._stream: Outbound | None = None
        self._failed: Unreachable | None = None
        self._quiet_until_s = 0.0
        self._pause_s = around.times.first_pause_s
        self._used = asyncio.Event()

    def put(self, stanza: Stanza) -> None:
        """Send a stanza, or let it wait. Raises StanzaError when that is no use."""
        now_s = self._now_s()
        if self._failed is not None and now_s < self._quiet_until_s:
            raise StanzaError(self._failed.condition)
        if len(self._waiting) >= MAX_WAITING:
            raise StanzaError(TIMEOUT)
        waiting = Waiting(stanza, to_server(stanza).bytes_for(), now_s)
        if self._stream is not None and not self._stream.is_over:
            self._used.set()
            self._stream.send(waiting)
        else:
            self._waiting.append(waiting)
            self._around.states.waits(self.other, 1)

    async def run(self) -> None:
        """Carry until nothing waits and nothing came for a while."""
        try:
            while self._waiting:
                try:
                    await self._carry(await self._begin())
                except Unreachable as problem:
                    await self._cope(problem)
        finally:
            self.running = False

    def close(self) -> None:
        """Close the stream; what waits is not told to anybody, the house closes."""
        if self._stream is not None:
            self._stream.end("system-shutdown")

    # --- a stream -----------------------------------------------------------------------

    async def _begin(self) -> Outbound:
        try:
            async with asyncio.timeout(self._around.times.negotiation_s):
                return await begin(self.own, self.other, self._around)
        except TimeoutError as late:
            raise Unreachable(Reason.NO_ANSWER) from late

    async def _carry(self, stream: Outbound) -> None:
        self._failed, self._pause_s = None, self._around.times.first_pause_s
        states = self._around.states
        states.opened(self.other, stream.proof)
        self._stream = stream
        try:
            waiting = self._take_all()
            for each in waiting:
                stream.send(each)
            await self._until_idle(stream)
        finally:
            self._stream = None
            stream.end()
            states.closed(self.other)
            left = stream.left()
            self._waiting.extendleft(reversed(left))
            states.waits(self.other, len(left))
        if stream.complaint is not None and self._waiting:
            raise Unreachable(stream.complaint)
        if left:
            await self._cope(Unreachable(Reason.BROKEN))

    async def _until_idle(self, stream: Outbound) -> None:
        async with background(stream.listen(), name="server stream") as listening:
            while not listening.done():
                self._used.clear()
                await asyncio.wait([listening], timeout=self._around.times.idle_s)
                if not self._used.is_set() and not stream.left():
                    break

    # --- trouble ------------------------------------------------------------------------

    async def _cope(self, problem: Unreachable) -> None:
        """Wait a while, or give back what waits (too long)."""
        times, now_s = self._around.times, self._now_s()
        self._around.states.failed(self.other, problem.reason, self._around.now())
        if problem.is_lasting:
            self._failed, self._quiet_until_s = problem, now_s + times.after_failure_s
            self._return(self._take_all(), problem)
            return
        late: list[Waiting] = []
        while self._waiting and now_s - self._waiting[0].since_s >= times.give_up_s:
            late.append(self._waiting.popleft())
        self._around.states.waits(self.other, -len(late))
        self._return(late, problem)
        if self._waiting:
            until_late_s = self._waiting[0].since_s + times.give_up_s - now_s
            await asyncio.sleep(min(self._pause_s, until_late_s))
            self._pause_s = min(2 * self._pause_s, times.longest_pause_s)

    def _take_all(self) -> Sequence[Waiting]:
        waiting = list(self._waiting)
        self._waiting.clear()
        self._around.states.waits(self.other, -len(waiting))
        return waiting

    def _return(self, waiting: Sequence[Waiting], problem: Unreachable) -> None:
        for each in waiting:
            self._give_back(each.stanza, StanzaError(problem.condition))

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()
