"""kill -9 of the whole server, again and again, while people write, join and make groups."""

import asyncio
import contextlib
import os
import random
import secrets
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx
import pytest

from bench.served import Served
from bench.visitor import Place, Refused, Visitor, text_of
from tests.crash.house import House, Tell, kill_all

pytestmark = pytest.mark.slow

CYCLES = int(os.environ.get("ALLMENDE_CYCLES", "5"))
WRITERS = 4
MOST_WRITES = 40
SEED = 4711


@dataclass
class Ledger:
    """What the server acknowledged, and what it was asked and did not answer."""

    written: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    unanswered: dict[str, tuple[Visitor, str]] = field(default_factory=dict)
    joins: int = 0


class Crowd:
    """Who writes, joins and makes groups until the server is gone."""

    def __init__(self, room: Place, member: Visitor, people: list[Visitor]) -> None:
        self.room = room
        self.member = member
        self.joiner, *self.writers = people
        self.ledger = Ledger()
        self._next = 0
        self._enough = asyncio.Event()

    async def rush(self, server: Served, writes: int) -> None:
        """Work until ``writes`` more messages are acknowledged; then the server dies."""
        until = len(self.ledger.written) + writes
        self._enough.clear()

        async def kill() -> None:
            await self._enough.wait()
            kill_all(server)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(kill())
            tasks.create_task(self._make_group())
            tasks.create_task(self._join())
            for writer in self.writers:
                tasks.create_task(self._write(writer, until))

    async def _write(self, writer: Visitor, until: int) -> None:
        while True:
            self._next += 1
            text, key = f"message {self._next}", secrets.token_urlsafe(12)
            try:
                await writer.say(self.room, text, key)
            except httpx.TransportError:
                self.ledger.unanswered[text] = (writer, key)
                return
            self.ledger.written.add(text)
            if len(self.ledger.written) >= until:
                self._enough.set()

    async def _make_group(self) -> None:
        # One in each cycle; after some cycles the account has as many as it may have.
        with contextlib.suppress(httpx.TransportError, Refused):
            self.ledger.groups.add(await self.member.make_group("Crash"))

    async def _join(self) -> None:
        while True:
            try:
                await self.joiner.join(self.room, "Guest")
            except httpx.TransportError:
                return
            self.ledger.joins += 1

    async def come_in(self) -> None:
        """Who was let in walks in, also after a restart: the page has kept their pass."""
        for number, writer in enumerate(self.writers):
            assert await writer.join(self.room, f"Guest {number}") is not None

    async def check(self) -> None:
        """Nothing that was acknowledged is lost; what is sent again is there once."""
        ledger = self.ledger
        await self.come_in()
        assert ledger.written - set(await self._texts()) == set()
        for text, (writer, key) in ledger.unanswered.items():
            await writer.say(self.room, text, key)
            ledger.written.add(text)
        ledger.unanswered.clear()
        found = await self._texts()
        assert [text for text, times in found.items() if times > 1] == []
        assert set(found) == ledger.written
        shown = await self.member.page("/")
        assert [slug for slug in ledger.groups if f'href="/g/{slug}"' not in shown] == []

    async def _texts(self) -> Counter[str]:
        return Counter(text_of(line) for line in await self.writers[0].read(self.room))


async def crowd_of(stack: AsyncExitStack, server: Served) -> Crowd:
    """Let people come, and one of them make an account by the first invite."""
    people = [await stack.enter_async_context(Visitor(server.url)) for _ in range(WRITERS + 2)]
    member, founder, *_ = people
    await member.accept_invite(server.invite, "mara", secrets.token_urlsafe(16))
    room = await founder.start_room("Crash")
    await founder.join(room, "Founder", link=room.link)
    for number, guest in enumerate(people[2:]):
        await guest.join(room, f"Guest {number}")
    await founder.admit_all(room)
    crowd = Crowd(room, member, people[1:])
    await crowd.come_in()
    return crowd


def test_what_was_acknowledged_survives_kill_9_and_is_there_once(house: House, tell: Tell) -> None:
    chance = random.Random(SEED)

    async def story() -> Ledger:
        async with AsyncExitStack() as stack:
            with house.open() as server:
                crowd = await crowd_of(stack, server)
                await crowd.rush(server, chance.randint(1, MOST_WRITES))
            for _ in range(CYCLES - 1):
                with house.open() as server:
                    await crowd.check()
                    await crowd.rush(server, chance.randint(1, MOST_WRITES))
            with house.open():
                await crowd.check()
            return crowd.ledger

    ledger = asyncio.run(story())
    again_s = sorted(house.ready_after_s[1:])
    tell(
        f"{CYCLES} x kill -9: {len(ledger.written)} messages, {len(ledger.groups)} groups, "
        f"{ledger.joins} joins; ready again after {again_s[len(again_s) // 2]:.1f} s (median), "
        f"{again_s[-1]:.1f} s (longest)"
    )
    assert ledger.joins > 0
    assert ledger.groups
