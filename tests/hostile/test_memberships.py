"""A change of membership is effective in every open connection within a second, and is told."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest

from bench.served import Served
from bench.visitor import Inside, Place, Refused
from tests.hostile.legs import GOOD, Keeper, closed, signalling, until
from tests.hostile.padwire import Wire

pytestmark = pytest.mark.slow

WITHIN_S = 1.0


class Group:
    """A group with a room; ``ada`` administers it and facilitates the call in it."""

    def __init__(self, stack: AsyncExitStack, url: str) -> None:
        self._stack, self._url = stack, url

    async def come(self) -> Keeper:
        return await self._stack.enter_async_context(Keeper(self._url))

    async def found(self, ada: Keeper) -> None:
        self.ada = ada
        self.slug = await ada.make_group("Küche")
        self.room = await ada.make_room(self.slug, "Plenum")
        await ada.join(self.room, "ada")

    async def member(self, name: str) -> tuple[Keeper, Inside]:
        member = await self.come()
        await member.accept_invite(await self.ada.invited(self.slug, "member"), name, GOOD)
        ticket = await member.join(self.room, name)
        assert ticket is not None
        return member, ticket


def play(server: Served, admin: str, story: Callable[[Group], Awaitable[None]]) -> None:
    async def played() -> None:
        async with AsyncExitStack() as stack:
            group = Group(stack, server.url)
            ada = await group.come()
            await ada.sign_in(admin, GOOD)
            await group.found(ada)
            await story(group)

    asyncio.run(played())


async def drained(page: AsyncIterator[bytes]) -> None:
    async for _ in page:
        pass


class Open:
    """A member with everything open that can be: call, live page, pad, and the assembly."""

    def __init__(self, group: Group, member: Keeper, wire: Wire) -> None:
        self.group, self.member, self.wire = group, member, wire

    @classmethod
    async def of(cls, group: Group, member: Keeper) -> "Open":
        slug = group.slug
        await group.ada.sent(f"/g/{slug}", f"/p/{slug}", {"name": "Plan"})
        await group.ada.plenum(group.room, "open", title="Plenum")
        wire = Wire(member.url, f"/p/{slug}/Plan", member._web)
        await wire.open(await wire.ticket())
        await wire.answered()
        return cls(group, member, wire)

    async def statuses(self) -> list[int]:
        """What the doors answer that were open before."""
        room = f"/api/v1/rooms/{self.group.room.room_id}"
        paths = (f"{room}/messages", f"{room}/plenum", f"/g/{self.group.slug}")
        return [await self.member.status(path) for path in paths]


async def all_end(ticket: Inside, opened: Open, change: Callable[[], Awaitable[object]]) -> None:
    """Everything open ends within a second after the answer to ``change``."""
    member, room = opened.member, opened.group.room
    async with signalling(ticket) as socket, member.live(room) as page:
        await until(socket, "join")
        assert await opened.statuses() == [200, 200, 200]
        await change()
        async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as tasks:
            tasks.create_task(drained(page))
            tasks.create_task(closed(socket, WITHIN_S))
            tasks.create_task(opened.wire.closed(WITHIN_S))


def test_who_is_removed_is_out_of_everything_within_a_second(server: Served, admin: str) -> None:
    async def story(group: Group) -> None:
        mia, ticket = await group.member("mia")
        opened = await Open.of(group, mia)
        await all_end(ticket, opened, lambda: group.ada.remove_newest(group.slug))
        assert await opened.statuses() == [404, 404, 404]

    play(server, admin, story)


def test_who_leaves_is_out_of_everything_within_a_second(server: Served, admin: str) -> None:
    async def story(group: Group) -> None:
        noor, ticket = await group.member("noor")
        opened = await Open.of(group, noor)
        leave = f"/g/{group.slug}/leave"
        await all_end(ticket, opened, lambda: noor.fill(f"/g/{group.slug}", leave))
        assert await opened.statuses() == [404, 404, 404]

    play(server, admin, story)


def test_a_group_that_is_deleted_ends_for_everybody_within_a_second(
    server: Served, admin: str
) -> None:
    async def story(group: Group) -> None:
        pia, ticket = await group.member("pia")
        opened = await Open.of(group, pia)
        path = f"/g/{group.slug}"
        await all_end(
            ticket, opened, lambda: group.ada.fill(f"{path}/settings", f"{path}/delete", sure="on")
        )
        assert await opened.statuses() == [404, 404, 404]

    play(server, admin, story)


def test_another_role_counts_within_a_second(server: Served, admin: str) -> None:
    async def story(group: Group) -> None:
        rika, ticket = await group.member("rika")

        async def mutes() -> bool:
            with suppress(Refused):
                await rika.call(group.room, "mute-all", {})
                return True
            return False

        async with signalling(ticket) as socket:
            await until(socket, "join")
            assert not await mutes()
            for role, may in (("facilitator", True), ("member", False)):
                page = await group.ada.page(f"/g/{group.slug}")
                number = max(int(one) for one in re.findall(r"/members/(\d+)/role", page))
                path = f"/g/{group.slug}/members/{number}/role"
                await group.ada.fill(f"/g/{group.slug}", path, role=role)
                async with asyncio.timeout(WITHIN_S):
                    while await mutes() is not may:
                        pass

    play(server, admin, story)


def test_who_joins_is_announced_on_open_pages_within_a_second(server: Served, admin: str) -> None:
    async def story(group: Group) -> None:
        main = await main_room(group)
        invite = await group.ada.invited(group.slug, "member")
        suse = await group.come()
        async with group.ada.live(main) as page:
            await suse.accept_invite(invite, "suse", GOOD)
            async with asyncio.timeout(WITHIN_S):
                said = await notice(page)
        assert said["notice"] == [{"id": "chat.joined", "values": {"name": "suse"}}]
        assert (said["author"], said["mine"], said["pieces"]) == ("", False, [])
        assert (await group.ada.read(main))[-1]["notice"] == said["notice"]

    play(server, admin, story)


async def main_room(group: Group) -> Place:
    page = await group.ada.page(f"/g/{group.slug}")
    return await group.ada.place(re.findall(r'href="/r/([a-z0-9]+)/call"', page)[0])


async def notice(page: AsyncIterator[bytes]) -> dict[str, Any]:
    """The first message of the house on a live page."""
    heard = b""
    async for data in page:
        heard += data
        for block in heard.decode().split("\n\n"):
            if "event: chat.message" in block and "data: " in block:
                said: dict[str, Any] = json.loads(block.partition("data: ")[2].split("\n")[0])
                if said["notice"]:
                    return said
    raise AssertionError("the page ended")
