"""The bots, in a process of their own: ``python -m allmende.cli.demo.bots``.

One line of JSON comes in (``Wish``), one goes out (``Ready``); when the input ends, they leave.
So whatever becomes of the command, no bot is left.
"""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from typing import Final

import msgspec

from allmende.cli.demo.bot import Bot, Facilitator, Player
from allmende.cli.demo.browser import Browser
from allmende.cli.demo.collective import Address, found
from allmende.cli.demo.media import Seat
from allmende.cli.demo.play import Play
from allmende.cli.demo.script import Script, load
from allmende.transports.tasks import crew

PRESENT_S: Final = 20.0


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted: who comes where. ``invite`` makes the first account."""

    url: str
    invite: str
    language: str
    bots: int
    cameras: int
    speed: float


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The links, as soon as an assembly is open."""

    facilitators: str
    guests: str


async def meet(wish: Wish, end: asyncio.Event) -> None:
    """Make the collective, hold its plenum until ``end``."""
    script = load(wish.language)
    async with (
        Browser(wish.url, wish.language) as founder,
        Browser(wish.url, wish.language) as member,
    ):
        links = await found(founder, member, wish.invite, script)
    async with AsyncExitStack() as stack, crew() as tasks:
        browsers = [
            await stack.enter_async_context(Browser(wish.url, wish.language))
            for _ in range(wish.bots)
        ]
        people = [_person(wish, script, number) for number in range(wish.bots)]
        first = Facilitator(browsers[0], people[0])
        others = [Bot(browser, one) for browser, one in zip(browsers[1:], people[1:], strict=True)]
        tasks.start(first.attend(Address.of(links.facilitators)), name="facilitator")
        async with asyncio.timeout(PRESENT_S):
            await first.present.wait()
        play = Play(script, first, others, wish.speed)
        await play.open()
        ready = Ready(facilitators=links.facilitators, guests=links.guests)
        sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
        sys.stdout.flush()
        tasks.start(first.keep_door(), name="door")
        for bot in others:
            tasks.start(bot.attend(Address.of(links.guests)), name="guest")
        for bot in (first, *others):
            tasks.start(bot.keep_minutes(wish.speed), name="minutes")
        tasks.start(play.run(), name="play")
        await end.wait()


def _person(wish: Wish, script: Script, number: int) -> Player:
    person, camera = script.people[number], number < wish.cameras
    return Player(person.name, Seat(person, number, camera=camera), camera)


async def main() -> None:
    """Read what is wanted, meet, leave when the input ends."""
    loop, end = asyncio.get_running_loop(), asyncio.Event()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    wish = msgspec.json.decode(await reader.readline(), type=Wish)
    async with crew() as tasks:
        tasks.start(_until_end(reader, end), name="input")
        await meet(wish, end)


async def _until_end(reader: asyncio.StreamReader, end: asyncio.Event) -> None:
    await reader.read()
    end.set()


if __name__ == "__main__":
    # Ctrl-C goes to everybody at the terminal; the bots leave when the command says so.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(main())
