"""Who connects to a pad without a right to it: nothing is said, and nothing is looked up."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from websockets.exceptions import InvalidStatus

from bench.pads.editor import STEP_1, sync
from bench.served import Served
from bench.visitor import Visitor
from tests.hostile.padwire import (
    NOTHING,
    Pair,
    Wire,
    new_pad,
    pair,
    paragraph,
    stranger,
    wire,
    written,
)

pytestmark = pytest.mark.slow

LIFE_S = 30.0


async def refused(foe: Wire, ticket: str | None, *, ours: bool = True) -> None:
    """Not even a greeting, although everything is asked for at once."""
    await foe.open(ticket, ours=ours)
    await foe.send(sync(STEP_1, NOTHING), written(paragraph(foe.client, "FEIND")))
    assert await foe.closed() == 4401
    assert foe.frames == []


def play(server: Served, story: Callable[[str, str, Pair], Awaitable[None]]) -> None:
    async def played() -> None:
        pad = await new_pad(server.url)
        async with pair(server.url, pad.path) as neighbours:
            await story(server.url, pad.path, neighbours)

    asyncio.run(played())


def test_without_a_ticket_nothing_is_heard(server: Served) -> None:
    async def story(url: str, path: str, _: Pair) -> None:
        for ticket in (None, "", "x" * 22, "a" * 4_000):
            for ours in (True, False):
                async with stranger(url, path) as foe:
                    await refused(foe, ticket, ours=ours)

    play(server, story)


def test_a_ticket_is_good_once(server: Served) -> None:
    async def story(url: str, path: str, _: Pair) -> None:
        async with stranger(url, path) as first, stranger(url, path) as second:
            ticket = await first.ticket()
            await first.open(ticket)
            await first.answered()
            for ours in (True, False):
                await refused(second, ticket, ours=ours)
            await first.answered()
            assert first.code is None

    play(server, story)


def test_a_ticket_opens_its_own_pad_and_no_other(server: Served) -> None:
    async def story(url: str, path: str, neighbours: Pair) -> None:
        other = await new_pad(url)
        async with wire(url, other.path) as foe, stranger(url, path) as one:
            await foe.send(written(paragraph(foe.client, "FEIND")))
            await foe.answered()
            await one.open(await foe.ticket())
            await one.answered()
            assert "FEIND" in str(one.document()["body"])
            await one.ticket()
            assert one.entry["guid"] != foe.entry["guid"]
        assert "FEIND" not in neighbours.people[0].text

    play(server, story)


def test_tokens_that_open_other_things_open_no_pad(server: Served) -> None:
    async def story(url: str, path: str, _: Pair) -> None:
        pad = await new_pad(url)
        async with Visitor(url) as founder:
            room = await founder.start_room("Plenum")
            inside = await founder.join(room, "Rabe", link=room.link)
            assert inside is not None
        tokens = [inside.token, inside.door_pass, room.link]
        tokens += [base.rpartition("/")[2].partition(".")[2] for base in (pad.reads, pad.admin)]
        async with stranger(url, path) as foe:
            for token in tokens:
                await refused(foe, token, ours=False)

    play(server, story)


def test_a_page_of_another_site_gets_no_connection_and_no_ticket(server: Served) -> None:
    async def story(url: str, path: str, _: Pair) -> None:
        for origin in ("https://feind.example", "null", url + ".feind.example", "http://[feind"):
            async with stranger(url, path) as foe:
                ticket = await foe.ticket()
                with pytest.raises(InvalidStatus, match="403"):
                    await foe.open(ticket, origin=origin)
                await foe.open(ticket)
                await foe.answered()
                assert foe.code is None
                wish = {"client": foe.client}
                for headers in ({"Origin": "https://feind.org"}, {"Sec-Fetch-Site": "cross-site"}):
                    answer = await foe.web.post(f"{url}{path}/session", json=wish, headers=headers)
                    assert answer.status_code == 403
                form = await foe.web.post(f"{url}{path}/session", data={"client": "1"})
                assert form.status_code in (400, 415)

    play(server, story)


@pytest.mark.soak
def test_a_ticket_that_is_late_is_void(server: Served) -> None:
    """The neighbours write until it is; by virtual time: tests/systems/pads/service/engine."""

    async def story(url: str, path: str, neighbours: Pair) -> None:
        async with stranger(url, path) as foe:
            loop = asyncio.get_running_loop()
            ticket, late_s = await foe.ticket(), loop.time() + LIFE_S
            while loop.time() <= late_s:
                await neighbours.meet(4)
            await refused(foe, ticket)

    play(server, story)
