"""Plays the script: one assembly after the other, as long as somebody may be watching.

A visitor may facilitate as well. What they did holds: an item that they ended is over, while
they pause everybody waits, a hand of theirs is called when it is its turn.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from allmende.cli.demo.bot import Assembly, Bot, Facilitator, Line
from allmende.cli.demo.browser import Refused, Unreachable
from allmende.cli.demo.script import Act, Deed, Script, Topic, cast

LOOK_S: Final = 1.0
HERE_S: Final = 8.0
VISITOR_S: Final = 15.0
"""How long somebody who is not a bot keeps the floor, at the usual pace."""

_OVER: Final = ("done", "parked")


class Play:
    """The plenum of ``bots``, the first of whom facilitates."""

    def __init__(
        self, script: Script, facilitator: Facilitator, others: Sequence[Bot], speed: float
    ) -> None:
        self._script = script
        self._facilitator = facilitator
        self._bots: Sequence[Bot] = (facilitator, *others)
        self._speed = speed
        self._assembly: Assembly | None = None
        self._items: Sequence[int] = ()

    async def open(self) -> None:
        """Open an assembly with its agenda; end one that is still open. Raises Refused."""
        found = await self._facilitator.plenum()
        if found is not None and found.state != "closed":
            await self._facilitator.plenum("close")
        found = await self._facilitator.plenum("open", title=self._script.title)
        for item in self._script.agenda():
            found = await self._facilitator.plenum("add", **item)
        self._assembly = found
        self._items = () if found is None else list(found.items)

    async def run(self) -> None:
        """Play what is open to its end, open the next one, and so on."""
        await self._all_here()
        while True:
            try:
                await self._play()
                await self.open()
            except (Refused, Unreachable):
                await asyncio.sleep(LOOK_S)

    async def _play(self) -> None:
        """Raises Refused and Unreachable."""
        await self._facilitator.plenum("start")
        for topic, item in zip(self._script.topics, self._items, strict=False):
            await self._item(topic, item)
        for act in self._script.ending:
            await self._do(act)
        await self._written()
        if await self._goes_on():
            await self._facilitator.plenum("close")

    async def _item(self, topic: Topic, item: int) -> None:
        """Go through one item until its end, or until a visitor ended it."""
        if not await self._goes_on() or self._state_of(item) in _OVER:
            return
        if self._state_of(item) != "running":
            await self._facilitator.plenum("begin", item=item)
        for act in topic.acts:
            if not await self._goes_on() or self._state_of(item) in _OVER:
                return
            await self._do(act)
        await self._written()

    async def _goes_on(self) -> bool:
        """Look how the assembly stands; wait while it is paused. False: it is over."""
        while True:
            found = self._assembly = await self._facilitator.plenum()
            if found is None or found.state != "paused":
                return found is not None and found.state != "closed"
            await asyncio.sleep(LOOK_S)

    def _state_of(self, item: int) -> str:
        return "done" if self._assembly is None else self._assembly.items.get(item, "done")

    async def _do(self, act: Act) -> None:
        bot = self._bots[cast(act.who, len(self._bots))]
        try:
            if act.deed is Deed.NEXT:
                await self._next(act.seconds)
            elif act.deed is Deed.WAIT:
                await asyncio.sleep(act.seconds / self._speed)
            elif act.deed is Deed.HAND:
                await bot.raise_hand()
            elif act.deed is Deed.SAYS:
                await bot.say(act.text)
            elif self._assembly is not None and self._assembly.minutes:
                bot.write(Line(self._assembly.minutes, act.text))
        except Refused:
            return  # What a visitor did came first: a hand lowered, somebody removed.

    async def _next(self, seconds: float) -> None:
        """Call whoever is first; without anybody the facilitation talks."""
        identity = await self._called()
        called = [bot for bot in self._bots if bot.identity == identity]
        if identity is None or called:
            await (called or [self._facilitator])[0].talk(seconds / self._speed)
        else:
            await asyncio.sleep(VISITOR_S / self._speed)
        if identity is not None:
            await self._facilitator.end_floor()

    async def _called(self) -> str | None:
        """Give the floor to whoever is first. None: nobody wants it."""
        try:
            return await self._facilitator.call_next()
        except Refused:
            return None

    async def _all_here(self) -> None:
        """Wait until everybody is in the call, but not for long."""
        try:
            async with asyncio.timeout(HERE_S):
                for bot in self._bots:
                    await bot.present.wait()
        except TimeoutError:
            return

    async def _written(self) -> None:
        for bot in self._bots:
            await bot.written()
