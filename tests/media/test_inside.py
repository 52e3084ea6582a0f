"""The worker inside the main process carries out commands like one outside."""

import asyncio

import pytest

from allmende.config.sections import Media
from allmende.core.clock import SystemClock
from allmende.media.control import LegRights, OpenLeg, OpenRoom, Ping
from allmende.media.link import WorkerRefused
from allmende.media.supervisor import media_workers


@pytest.mark.slow
def test_a_worker_inside_opens_rooms_and_legs() -> None:
    media = Media(workers=0, listen=("127.0.0.1",), udp_port=0, tcp_port=0, packets_per_second=9)

    async def story() -> None:
        async with asyncio.timeout(20), media_workers(media, SystemClock()) as workers:
            worker = workers.place()
            await worker.ask(OpenRoom(id=0, room="r1"))
            rights = LegRights(sources=("microphone",))
            leg = OpenLeg(id=0, leg="PA_x", room="r1", identity="mara", rights=rights)
            opened = await worker.ask(leg)
            assert opened.ufrag
            assert opened.pwd
            assert opened.fingerprint.count(":") == 31
            with pytest.raises(WorkerRefused):
                await worker.ask(OpenLeg(id=0, leg="PA_y", room="no", identity="x", rights=rights))
            await worker.ask(Ping(id=0))

    asyncio.run(story())
