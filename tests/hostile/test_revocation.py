"""Whose right ends loses the WebSocket and the live page within 5 seconds (product.md 6, S10)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from bench.meet.call import Ear
from bench.meet.person import Person
from bench.meet.streams import Talker
from bench.meet.websocket import WebSocketRefused, open_websocket
from bench.served import Served
from bench.visitor import Inside, Place, Refused
from tests.hostile.legs import GOOD, Keeper, closed, join_request, signalling, target, until

pytestmark = pytest.mark.slow

WITHIN_S = 5.0


class Group:
    """A group with a room; ``ada`` administers and facilitates it."""

    def __init__(self, stack: AsyncExitStack, url: str) -> None:
        self._stack, self._url = stack, url

    async def come(self) -> Keeper:
        return await self._stack.enter_async_context(Keeper(self._url))

    async def found(self, ada: Keeper) -> None:
        self.ada = ada
        self.slug = await ada.make_group("Küche")
        self.room = await ada.make_room(self.slug, "Plenum")
        await ada.join(self.room, "ada")

    async def guest(self) -> tuple[Keeper, Inside]:
        """Somebody who came by a new link and was let in."""
        link = await self.ada.make_link(self.room, "speak")
        guest = await self.come()
        assert await guest.join(self.room, "Rabe", link=link) is None
        await self.ada.admit_all(self.room)
        return guest, inside(await guest.join(self.room, "Rabe", link=link))

    async def member(self, name: str) -> tuple[Keeper, Inside]:
        member = await self.come()
        await member.accept_invite(await self.ada.invited(self.slug, "member"), name, GOOD)
        return member, inside(await member.join(self.room, name))


def inside(found: Inside | None) -> Inside:
    assert found is not None
    return found


async def both_end(
    who: Keeper, ticket: Inside, room: Place, revoke: Callable[[], Awaitable[None]]
) -> None:
    """Open both, take the right away, and see both end in time and stay closed."""
    async with signalling(ticket) as socket, who.live(room) as page:
        await until(socket, "join")
        await revoke()
        async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as tasks:
            tasks.create_task(drained(page))
            said = tasks.create_task(closed(socket, WITHIN_S))
        assert said.result()[-1].WhichOneof("message") == "leave"
    assert await who.status(f"/api/v1/live?room={room.room_id}") == 404
    assert await who.status(f"/api/v1/rooms/{room.room_id}/messages") == 404
    with pytest.raises(WebSocketRefused, match="403"):
        await open_websocket(ticket.url, target(ticket.token, join_request()))


async def drained(page: AsyncIterator[bytes]) -> None:
    async for _ in page:
        pass


def play(server: Served, admin: str, story: Callable[[Group], Awaitable[None]]) -> None:
    async def played() -> None:
        async with AsyncExitStack() as stack:
            group = Group(stack, server.url)
            ada = await group.come()
            await ada.sign_in(admin, GOOD)
            await group.found(ada)
            await story(group)

    asyncio.run(played())


def test_a_link_that_is_taken_back_ends_what_it_opened(server: Served, admin: str) -> None:
    async def story(group: Group) -> None:
        guest, ticket = await group.guest()
        await both_end(guest, ticket, group.room, lambda: group.ada.revoke_link(group.room))

    play(server, admin, story)


def test_a_session_that_is_ended_elsewhere_ends_here(server: Served, admin: str) -> None:
    async def story(group: Group) -> None:
        mel, ticket = await group.member("mel")
        phone = await group.come()
        await phone.sign_in("mel", GOOD)

        async def sign_out() -> None:
            await phone.fill("/me", "/me/signout-everywhere")

        await both_end(mel, ticket, group.room, sign_out)

    play(server, admin, story)


def test_who_is_put_out_of_the_group_is_out_of_its_rooms(server: Served, admin: str) -> None:
    async def story(group: Group) -> None:
        mel, ticket = await group.member("nele")
        await both_end(mel, ticket, group.room, lambda: group.ada.remove_newest(group.slug))

    play(server, admin, story)


def test_a_guest_who_is_removed_is_out_at_once(server: Served, admin: str) -> None:
    async def story(group: Group) -> None:
        guest, ticket = await group.guest()

        async def ticket_again() -> Inside:
            return ticket

        ear = Ear([0], [0])
        person = Person(ticket_again, [Talker(0)], ear)
        async with guest.live(group.room) as page, asyncio.TaskGroup() as tasks:
            life = tasks.create_task(person.run())
            async with asyncio.timeout(15):
                await person.up.wait()
                await removed(group, ticket)
            async with asyncio.timeout(WITHIN_S):
                await drained(page)
                await life
        assert person.removed
        assert await guest.status(f"/api/v1/rooms/{group.room.room_id}/messages") == 404
        with pytest.raises(Refused, match=r"identity\.removed"):
            await guest.join(group.room, "Rabe")

    play(server, admin, story)


async def removed(group: Group, ticket: Inside) -> None:
    """Who just came in is known to the call a moment later than to their own client."""
    while True:
        try:
            await group.ada.call(group.room, "remove", {"identity": ticket.identity})
        except Refused as refused:
            if refused.error != "meet.gone":
                raise
        else:
            return


def test_a_token_of_an_earlier_call_opens_no_later_one(server: Served, admin: str) -> None:
    """A call ends, another one begins in the same room: who held a token is a stranger again."""

    async def story(group: Group) -> None:
        _, ticket = await group.guest()
        async with signalling(ticket) as socket:
            fresh = (await until(socket, "refresh_token")).refresh_token
            await group.ada.call(group.room, "end", {})
            await closed(socket, WITHIN_S)
        await group.ada.join(group.room, "ada")
        for token in (ticket.token, fresh):
            with pytest.raises(WebSocketRefused, match="404"):
                await open_websocket(ticket.url, target(token, join_request()))

    play(server, admin, story)
