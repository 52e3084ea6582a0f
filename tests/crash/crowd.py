"""Everybody who writes while the server is killed, and what has to be so when it is back."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from allmende.identity.cli import with_identity
from allmende.identity.model.registration import Mode
from allmende.storage.opening import open_database
from bench.pads.editor import new_pad
from bench.served import Served
from bench.visitor import Visitor
from tests.crash.accounts import Askers, Newcomers, Person, new_invite
from tests.crash.contents import Keeper, keeper_of
from tests.crash.disk import Disk
from tests.crash.groups import Founder, Promoted, Wanderer
from tests.crash.house import House, kill_all
from tests.crash.load import Moment, Noun, rush
from tests.crash.pads import Writers
from tests.crash.rooms import Assembly, Guests

GUESTS = 2
EDITORS = 3
MOST_ANSWERS = 300
PATIENCE_S = 60.0


class Crowd:
    """People of all kinds on one house."""

    def __init__(self, disk: Disk, keeper: Keeper, nouns: Sequence[Noun]) -> None:
        self.nouns = nouns
        self._disk = disk
        self._keeper = keeper
        self._told = 0

    async def rush(self, server: Served, chance: random.Random) -> None:
        """Let everybody work until everything is killed in the same instant."""

        def die() -> None:
            kill_all(server)
            self._keeper.kill()

        await rush(self.nouns, Moment(chance, MOST_ANSWERS), die)

    async def check(self, *, thorough: bool = False) -> None:
        """Nothing that was acknowledged is lost, nothing is half, and all were told."""
        self._disk.require_sound(thorough=thorough)
        found = self._disk.read()
        for noun in self.nouns:
            await noun.check(found)
        await self._all_told()
        self._told = found.newest

    async def _all_told(self) -> None:
        """Chat and inbox hear of everything, also of what happened before the end."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if not self._disk.untold(self._told):
                    return
                await asyncio.sleep(0)

    def figures(self) -> str:
        """Say what was acknowledged."""
        return "; ".join(noun.figures() for noun in self.nouns)


@asynccontextmanager
async def crowd_of(server: Served, house: House, chance: random.Random) -> AsyncIterator[Crowd]:
    """Let people come: a host by the first invite, who brings others; guests; who writes pads."""
    disk = Disk(house.data, house.url)
    await let_people_ask(disk)
    async with AsyncExitStack() as stack:
        keeper = stack.enter_context(keeper_of(disk))
        people = [Visitor(server.url) for _ in range(4)]
        guests = [Visitor(server.url) for _ in range(GUESTS + 2)]
        for visitor in (*people, *guests):
            await stack.enter_async_context(visitor)
        host, founder, wanderer, promoted = people
        await host.accept_invite(server.invite, "mara", secrets.token_urlsafe(16))
        group = await host.make_group("Crash")
        code = await new_invite(host, group)
        fritz = Person("fritz", secrets.token_urlsafe(16))
        await founder.accept_invite(f"/i/{code}", fritz.name, fritz.password)
        await founder.sent("/", f"/g/{group}/leave", {})
        await wanderer.accept_invite(f"/i/{code}", "willi", secrets.token_urlsafe(16))
        await promoted.accept_invite(f"/i/{code}", "paula", secrets.token_urlsafe(16))
        nouns: list[Noun] = [
            Newcomers(host, group),
            Askers(server.url),
            Founder(founder, fritz),
            Wanderer(wanderer, host, group, "willi"),
            Promoted(promoted, host, group, "paula"),
            await guests_in_room(guests),
            Assembly(host, await host.make_room(group, "Plenum")),
            Writers(server.url, await new_pad(server.url), EDITORS, chance),
            keeper,
        ]
        yield Crowd(disk, keeper, nouns)


async def guests_in_room(people: Sequence[Visitor]) -> Guests:
    """Let people without account meet in an open room."""
    founder, *guests = people
    room = await founder.start_room("Crash")
    await founder.join(room, "Founder", link=room.link)
    for number, guest in enumerate(guests):
        await guest.join(room, f"Guest {number}")
    await founder.admit_all(room)
    joiner, *writers = guests
    found = Guests(room, joiner, writers)
    await found.come_in()
    return found


async def let_people_ask(disk: Disk) -> None:
    """Let everybody ask for an account, as the operator does on the command line."""
    async with open_database(disk.url, disk.data, keys=disk.keys) as database:
        await with_identity(
            database, lambda identity: identity.set_registration(None, Mode.REQUEST, vouching=True)
        )
