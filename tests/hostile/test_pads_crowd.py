"""An assembly of hundreds behind one router comes into one pad at once, while two write."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest

from bench.pads.editor import clocks_of
from bench.served import Served
from tests.hostile.padwire import BUSY, Pad, Wire, new_pad, pair, paragraph, stranger, wire, written

pytestmark = pytest.mark.slow

CROWD = 200
MOST = 300
FOR_WRITERS = 30
JOINED_S = 30.0
WORDS = "Tagesordnung"


async def come(one: Wire) -> None:
    """As the page does it: the session, the whole text, the connection."""
    page = await one.web.get(f"{one.url}{one.path}")
    assert page.status_code == 200
    ticket = await one.ticket()
    state = await one.web.get(f"{one.url}{one.path}/state")
    assert WORDS.encode() in state.content
    await one.open(ticket)
    await one.answered()
    assert WORDS in str(one.document()["body"])


async def reserve(pad: Pad, url: str, count: int) -> None:
    """Take places: a ticket that is not used yet holds one."""
    async with stranger(url, pad.path) as one:
        for number in range(count):
            assert (await one.ask(one.client + number)).status_code == 200


async def is_told_full(url: str, path: str) -> None:
    """No place for an editor; the page shows the text and renews itself."""
    async with stranger(url, path) as late:
        refused = await late.ask()
        assert refused.status_code == 413
        page = await late.web.get(f"{url}{path}")
        assert offers_a_view(page)


def offers_a_view(page: httpx.Response) -> bool:
    shows = WORDS in page.text and "<allmende-pad" not in page.text
    return page.status_code == 200 and shows and int(page.headers.get("refresh", "0")) > 0


def test_200_join_at_once_from_one_address_and_the_301st_may_still_read(server: Served) -> None:
    async def story() -> None:
        url, pad = server.url, await new_pad(server.url)
        async with wire(url, pad.path) as first:
            await first.send(written(paragraph(first.client, WORDS)))
            await first.answered()
        async with AsyncExitStack() as stack, pair(url, pad.path, BUSY) as writers:
            turns = writers.turns
            crowd = [await stack.enter_async_context(stranger(url, pad.path)) for _ in range(CROWD)]
            async with asyncio.timeout(JOINED_S), asyncio.TaskGroup() as tasks:
                for one in crowd:
                    tasks.create_task(come(one))
            await writers.meet(1)
            assert writers.turns > turns
            await reserve(pad, url, MOST - FOR_WRITERS - CROWD - 2)
            await is_told_full(url, pad.reads)
            await reserve(pad, url, FOR_WRITERS)
            await is_told_full(url, pad.path)
            await is_told_full(url, pad.admin)
            await writers.meet(2)
            had = {writer.client: writer.clock for writer in writers.people}
            for one in crowd:
                await one.answered()
                assert one.code is None
                assert {told["t"] for told in one.told}.isdisjoint({"error", "slow"})
                has = clocks_of(one.document().get_state())
                assert all(has[client] >= clock for client, clock in had.items())

    asyncio.run(story())
