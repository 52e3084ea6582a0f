"""Whose right ends is out of a pad within 5 seconds; who has none cannot tell it from no pad."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial
from string import ascii_lowercase

import httpx
import pytest

from bench.meet.call import Ear
from bench.meet.person import Person
from bench.meet.streams import Talker
from bench.served import Served
from bench.visitor import Inside, Place, Refused
from tests.hostile.legs import GOOD, Chance
from tests.hostile.padwire import Hand, Wire, new_pad, pair, stranger, wire
from tests.servers import beside

pytestmark = pytest.mark.slow

WITHIN_S = 5.0
TEXT = "Rote Zahlen"


@asynccontextmanager
async def inside(one: Wire) -> AsyncIterator[str]:
    """In the pad, with one more ticket that is not used yet."""
    await one.open(await one.ticket())
    try:
        await one.answered()
        yield await one.ticket()
    finally:
        await one.close()


async def is_put_out(one: Wire, revoke: Callable[[], Awaitable[object]]) -> None:
    """The open socket, the ticket and the page end with the right."""
    async with inside(one) as ticket:
        await revoke()
        assert await one.closed(WITHIN_S) == 4403
        heard = len(one.frames)
        await one.open(ticket)
        assert await one.closed() == 4403
        assert len(one.frames) == heard
    assert (await one.ask()).status_code == 404
    assert (await one.web.get(f"{one.url}{one.path}/state")).status_code == 404


class Group:
    """A group with a room and a pad in each; ``ada`` looks after all of it."""

    def __init__(self, stack: AsyncExitStack, url: str) -> None:
        self._stack, self._url = stack, url

    async def come(self) -> Hand:
        return await self._stack.enter_async_context(Hand(self._url))

    async def found(self, ada: Hand) -> None:
        self.ada = ada
        self.slug = await ada.make_group("Küche")
        self.room: Place = await ada.make_room(self.slug, "Plenum")
        await ada.join(self.room, "ada")
        self.pad = await ada.fill(f"/g/{self.slug}", f"/p/{self.slug}", name="kasse")
        pads = f"/r/{self.room.slug}/pads"
        self.room_pad = await ada.fill(pads, pads, name="tafel")
        for pad in (self.pad, self.room_pad):
            await ada.fill(f"{pad}?view=text", f"{pad}/append", text=TEXT)

    async def member(self, name: str) -> Hand:
        member = await self.come()
        await member.accept_invite(await self.ada.invited(self.slug, "member"), name, GOOD)
        return member

    async def guest(self, *, let_in: bool) -> tuple[Hand, Inside | None]:
        """Somebody at the door of the room, or let in with what the call knows them by."""
        link = await self.ada.make_link(self.room, "speak")
        guest = await self.come()
        assert await guest.join(self.room, "Rabe", link=link) is None
        if not let_in:
            return guest, None
        await self.ada.admit_all(self.room)
        return guest, await guest.join(self.room, "Rabe", link=link)


def play(server: Served, admin: str, story: Callable[[Group], Awaitable[None]]) -> None:
    async def played() -> None:
        async with AsyncExitStack() as stack:
            group = Group(stack, server.url)
            ada = await group.come()
            await ada.sign_in(admin, GOOD)
            await group.found(ada)
            await story(group)

    asyncio.run(played())


@pytest.mark.parametrize("right", ["read", "edit", "admin"])
def test_who_came_by_a_link_that_is_taken_back_is_out(server: Served, right: str) -> None:
    """Although the address of the pad gives as much to whoever has it: they never had it."""

    async def story() -> None:
        pad = await new_pad(server.url)
        async with pair(server.url, pad.path), Hand(server.url) as keeper:
            link = await keeper.make_pad_link(pad.admin, right)
            async with stranger(server.url, link) as one, wire(server.url, pad.reads) as other:
                await is_put_out(one, partial(keeper.revoke_pad_link, pad.admin))
                await other.answered()
                assert other.code is None

    asyncio.run(story())


def test_who_signed_out_elsewhere_is_out_here(server: Served, admin: str) -> None:
    async def story(group: Group) -> None:
        mel = await group.member("melitta")
        phone = await group.come()
        await phone.sign_in("melitta", GOOD)

        async def sign_out() -> None:
            await phone.fill("/me", "/me/signout-everywhere")

        other = mel.wire(group.room_pad)
        async with inside(other):
            await is_put_out(mel.wire(group.pad), sign_out)
            assert await other.closed(WITHIN_S) == 4403

    play(server, admin, story)


def test_who_is_put_out_of_the_group_is_out_of_its_pads(server: Served, admin: str) -> None:
    async def story(group: Group) -> None:
        nele = await group.member("nepomuk")
        other = nele.wire(group.room_pad)
        async with inside(other):
            await is_put_out(nele.wire(group.pad), partial(group.ada.remove_newest, group.slug))
            assert await other.closed(WITHIN_S) == 4403

    play(server, admin, story)


def test_a_guest_who_is_removed_from_the_call_is_out_of_its_pads(
    server: Served, admin: str
) -> None:
    async def story(group: Group) -> None:
        guest, ticket = await group.guest(let_in=True)

        async def again() -> Inside:
            assert ticket is not None
            return ticket

        person = Person(again, [Talker(0)], Ear([0], [0]))
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(30):
            tasks.create_task(person.run())
            await person.up.wait()
            await is_put_out(guest.wire(group.room_pad), partial(removed, group, ticket))
        assert person.removed

    play(server, admin, story)


def test_a_guest_whose_link_is_taken_back_is_out_of_the_pads_of_the_room(
    server: Served, admin: str
) -> None:
    async def story(group: Group) -> None:
        guest, _ = await group.guest(let_in=True)
        revoke = partial(group.ada.revoke_link, group.room)
        await is_put_out(guest.wire(group.room_pad), revoke)

    play(server, admin, story)


def test_who_waits_at_the_door_sees_nothing_of_the_minutes(server: Served, admin: str) -> None:
    async def story(group: Group) -> None:
        opened = await group.ada.plenum(group.room, "open", title="Rote Zahlen", agenda="1. Kasse")
        minutes = opened["assembly"]["minutes"]["path"]
        await group.ada.fill(f"{minutes}?view=text", f"{minutes}/append", text="Kasse: leer")
        guest, _ = await group.guest(let_in=False)
        missing = f"/r/{group.room.slug}/pads/{'x' * len(minutes.rpartition('/')[2])}"
        assert await says(guest, minutes) == await says(guest, missing)
        assert "Kasse" not in str(await says(guest, minutes))
        assert await guest.see(f"/r/{group.room.slug}/pads") == 403
        await group.ada.admit_all(group.room)
        assert await guest.join(group.room, "Rabe") is not None
        assert "Kasse" in await guest.page(f"{minutes}?view=text")
        async with inside(guest.wire(minutes)):
            pass

    play(server, admin, story)


async def removed(group: Group, ticket: Inside | None) -> None:
    """Who just came in is known to the call a moment later than to their own client."""
    assert ticket is not None
    while True:
        try:
            await group.ada.call(group.room, "remove", {"identity": ticket.identity})
        except Refused as refused:
            if refused.error != "meet.gone":
                raise
        else:
            return


# --- nothing there, or nothing for you ---------------------------------------------------------


def same(answer: httpx.Response) -> tuple[int, dict[str, str], str]:
    """Everything of an answer but the date, and what is random in every answer."""
    heads = {name: re.sub(r"nonce-[^']+", "nonce", value) for name, value in answer.headers.items()}
    heads.pop("date")
    body = re.sub(r'nonce="[^"]+"', "nonce", answer.text)
    return answer.status_code, heads, body


async def says(web: Hand, path: str) -> list[tuple[int, dict[str, str], str]]:
    """All that can be asked about a pad; its own address is the only thing that may differ."""
    asked = [
        await web.get_raw(path + below)
        for below in (
            "", "?view=text", "?view=follow", "/state", "/history", "/settings", "/made",
            "/export/txt", "/export/md", "/export/html", "/export/json",
        )
    ]  # fmt: skip
    asked.append(await web.post_raw(f"{path}/session", json={"client": 4711}))
    asked.append(await web.post_raw(f"{path}/me", json={"name": "Rabe", "colour": 1}))
    assert {answer.status_code for answer in asked} == {404}
    return [(status, heads, body.replace(path, "PATH")) for status, heads, body in map(same, asked)]


def end_newest(server: Served) -> None:
    """Let the days go by after which the newest pad ends. It is not swept away yet."""
    with closing(beside(server.data)) as db:
        newest = db.execute("SELECT max(id) FROM pads_pad").fetchone()[0]
        db.execute(
            "UPDATE pads_pad SET ends_at = created_on, edited_at = NULL WHERE id = ?", (newest,)
        )


def random_name(chance: Chance) -> str:
    return "".join(chance.choice(ascii_lowercase) for _ in range(26))


def test_a_pad_that_is_not_there_and_one_that_is_not_for_you_are_the_same(
    server: Served, admin: str
) -> None:
    chance = Chance(5)

    async def story(group: Group) -> None:
        missing = f"/p/{random_name(chance)}"
        deleted, ended = await new_pad(server.url), await new_pad(server.url)
        assert await group.ada.see(ended.path) == 200
        end_newest(server)
        keeper = await group.come()
        page = f"{deleted.admin}/settings"
        await keeper.fill(page, page, do="delete", sure="on")
        linked = await new_pad(server.url)
        revoked = await keeper.make_pad_link(linked.admin, "read")
        await keeper.revoke_pad_link(linked.admin)
        nobody = await group.come()
        await nobody.page("/")
        kinds = [
            [missing, deleted.path, ended.path],
            ["/p/r." + "x" * 22, revoked, ended.reads, deleted.reads],
            [f"/p/{group.slug}/kiste", group.pad, f"/p/{'y' * len(group.slug)}/kasse"],
            [f"/r/{group.room.slug}/pads/wiese", group.room_pad],
        ]
        for paths in kinds:
            first, *others = [await says(nobody, path) for path in paths]
            for path, other in zip(paths[1:], others, strict=True):
                assert other == first, path

    play(server, admin, story)
