"""Somebody in the demo: comes by the link, waits at the door, talks, writes, comes back."""

import asyncio
import secrets
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from allmende.cli.demo.browser import Browser, Inside, Refused, Unreachable
from allmende.cli.demo.collective import Address
from allmende.cli.demo.pen import pen_at

KNOCK_S: Final = 0.5
BACK_S: Final = 3.0
LETTERS_PER_S: Final = 14.0
_REMOVED: Final = (403, 404)


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody is to write, and where."""

    pad: str
    text: str


class Chair(Protocol):
    """A place in a call, such as ``Seat``."""

    gone: asyncio.Event

    def taken(self, inside: Inside) -> AbstractAsyncContextManager[None]:
        """Be in the call until the end of the block. Raises Unreachable."""
        ...

    async def talk(self, seconds: float) -> None:
        """Be heard."""
        ...


@dataclass(frozen=True, slots=True)
class Player:
    """What makes a bot a person: name, voice and picture."""

    name: str
    seat: Chair
    camera: bool


class Bot:
    """One person. ``room`` is the number that the page at the link has."""

    def __init__(self, browser: Browser, player: Player) -> None:
        self.identity = ""
        self.present = asyncio.Event()
        self.room = 0
        self._browser = browser
        self._player = player
        self._lines: asyncio.Queue[Line] = asyncio.Queue()

    # --- in the call -------------------------------------------------------------------------

    async def attend(self, address: Address) -> None:
        """Be in the call, and come back when it is cut. Ends if somebody shut the bot out."""
        while True:
            try:
                inside = await self._enter(address)
                async with self._player.seat.taken(inside):
                    self.identity = inside.identity
                    self.present.set()
                    await self._player.seat.gone.wait()
            except Refused as refused:
                if refused.status in _REMOVED:
                    return
            except Unreachable:
                pass
            finally:
                self.present.clear()
            await asyncio.sleep(BACK_S)

    async def _enter(self, address: Address) -> Inside:
        """Open the page, press "join" and wait at the door. Raises Refused and Unreachable."""
        self.room = await self._browser.room_of(f"/r/{address.slug}/plenum?g={address.token}")
        while True:
            inside = await self._browser.join(
                self.room, self._player.name, address.token, camera=self._player.camera
            )
            if inside is not None:
                return inside
            await asyncio.sleep(KNOCK_S)

    async def raise_hand(self) -> None:
        """Ask for the floor. Raises Refused and Unreachable."""
        await self._browser.call(self.room, "hand", {"up": True})

    async def talk(self, seconds: float) -> None:
        """Be heard."""
        await self._player.seat.talk(seconds)

    async def say(self, text: str) -> None:
        """Write into the chat. Raises Refused and Unreachable."""
        message = {"text": text, "key": secrets.token_urlsafe(12)}
        await self._browser.post(f"/api/v1/rooms/{self.room}/messages", message)

    # --- in the minutes ----------------------------------------------------------------------

    def write(self, line: Line) -> None:
        """Take over a line; it is typed when those before it are done."""
        self._lines.put_nowait(line)

    async def written(self) -> None:
        """Wait until nothing is left to type."""
        await self._lines.join()

    async def keep_minutes(self, speed: float) -> None:
        """Type what was taken over; the pad stays open until the next line is for another."""
        line = await self._lines.get()
        while True:
            try:
                line = await self._type(line, speed)
            except (Refused, Unreachable, TimeoutError):
                self._lines.task_done()
                line = await self._lines.get()

    async def _type(self, line: Line, speed: float) -> Line:
        """Type into one pad; return the first line that is for another one."""
        pad = line.pad
        async with pen_at(self._browser, pad) as (pen, _):
            while line.pad == pad:
                await pen.write(line.text, LETTERS_PER_S * speed)
                self._lines.task_done()
                line = await self._lines.get()
        return line


class Facilitator(Bot):
    """The bot that came by the link of the facilitation."""

    async def keep_door(self) -> None:
        """Let in whoever waits."""
        while True:
            try:
                if self.present.is_set() and await self._waiting():
                    await self._browser.call(self.room, "admit-all", {})
            except (Refused, Unreachable):
                await asyncio.sleep(BACK_S)
            await asyncio.sleep(KNOCK_S)

    async def call_next(self) -> str | None:
        """Give the floor to whoever is first; return their identity. Raises Refused."""
        state = await self._browser.call(self.room, "call-next", {})
        floor: str | None = state["floor"]
        return floor

    async def end_floor(self) -> None:
        """Take the floor back. Raises Refused and Unreachable."""
        await self._browser.call(self.room, "floor-end", {})

    async def plenum(self, command: str = "", **values: object) -> "Assembly | None":
        """Do something with the assembly, or look at it; return how it stands now.

        Raises Refused and Unreachable.
        """
        where = f"/api/v1/rooms/{self.room}/plenum"
        if command:
            told = await self._browser.post(f"{where}/{command}", values)
        else:
            told = await self._browser.ask(where)
        found = told["assembly"]
        if found is None:
            return None
        minutes = found["minutes"]
        return Assembly(
            state=found["state"],
            running=found["running"],
            items={item["id"]: item["state"] for item in found["items"]},
            minutes="" if minutes is None else minutes["path"],
        )

    async def _waiting(self) -> bool:
        return bool(await self._browser.ask(f"/api/v1/rooms/{self.room}/call/waiting"))


@dataclass(frozen=True, slots=True)
class Assembly:
    """How it stands: the state of each item by its number, and where the minutes are."""

    state: str
    running: int | None
    items: dict[int, str]
    minutes: str
