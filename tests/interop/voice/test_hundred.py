"""A plenum of a hundred: two browsers, a desktop client, and generated native clients."""

import asyncio
from pathlib import Path

import pytest

from bench.processes import MIB, family
from bench.voice.load import Arrived, Crowd, Measured, Wish
from tests.browser.stories import needs
from tests.crash.house import Tell
from tests.interop.voice import desktop as screens
from tests.interop.voice.desktop import desktop, make_certificate
from tests.interop.voice.page import page
from tests.interop.voice.test_desktop import HOST, room

GENERATED, TALKERS = 97, 3
MOST_LOSS = 0.005
SECONDS = 60.0

pytestmark = [pytest.mark.interop, pytest.mark.soak, needs("mumble", *screens.NEEDED)]


def talked(wish: Wish, pid: int) -> tuple[Arrived, Measured, float]:
    """Let the generated ones in, talk, let them go; return memory of the server in MiB, too."""

    async def story() -> tuple[Arrived, Measured, float]:
        crowd = Crowd(wish, pid)
        arrived = await crowd.arrive()
        try:
            crowd.count_in_kernel()
            measured = await crowd.talk(wish.seconds, wish.rate)
            return arrived, measured, crowd.server_bytes() / MIB
        finally:
            await crowd.leave()

    return asyncio.run(story())


def test_a_hundred_hear_three_for_a_minute(tmp_path: Path, tell: Tell) -> None:
    (tmp_path / "desk").mkdir()
    with (
        room(tmp_path / "house") as call,
        page("Juno", 550) as juno,
        desktop(tmp_path / "desk", call.url("Tester"), HOST, call.port) as client,
    ):
        make_certificate(client)
        juno.tell("enters", link=call.link)
        call.mara.tell("sees", text="Tester")
        client.rpc("mute")  # it would send all the time, and be counted
        wish = Wish(
            host=HOST, port=call.port, password=call.token, clients=GENERATED, talkers=TALKERS,
            samples=5, seconds=SECONDS, rate=50, payload=80, protobuf=False, tunnel=False,
            concurrency=16,
        )  # fmt: skip
        before = sum(each.cpu_s() for each in family(call.pid))
        arrived, measured, mib = talked(wish, call.pid)
        cpu_s = sum(each.cpu_s() for each in family(call.pid)) - before
        tell(
            f"{GENERATED} native clients, 2 browsers, 1 desktop: loss {100 * measured.loss:.3f} %, "
            f"{measured.bad} bad, p95 {1000 * measured.p95_s:.1f} ms, {mib:.0f} MiB, "
            f"{cpu_s / (SECONDS + arrived.wall_s):.2f} of a core, "
            f"{arrived.cpu_ms_per_login:.1f} ms a login"
        )
        assert abs(measured.loss) <= MOST_LOSS  # more than expected hides what is lost
        assert measured.bad == 0
        call.mara.tell("ends")
