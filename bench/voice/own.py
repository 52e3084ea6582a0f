"""Our server with a room for generated native clients."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.served import Served, served
from bench.visitor import Place, Visitor
from bench.voice.peers import free_port

SETTINGS: Final = """
[web]
listen = ["127.0.0.1"]
[media]
udp_port = 0
tcp_port = 0
uplink_mbit = 10000
packets_per_second = 1000000
fanout = "{fanout}"
[voice]
port = {port}
max_participants = 1000
max_bandwidth_bps = 558000
[meet]
max_participants = 1000
[limits]
joins_per_minute = 100000
open_rooms_per_hour = 100000
open_rooms_per_address = 100000
connections_per_address = 10000
"""


@dataclass(frozen=True)
class Own:
    """A server that runs. ``token``: what a native client gives as its password."""

    server: Served
    port: int
    room: Place

    @property
    def pid(self) -> int:
        """Its main process."""
        return self.server.process.pid

    @property
    def token(self) -> str:
        """The token of a link into the room."""
        return self.room.link


@contextmanager
def own_server(folder: Path, fanout: str = "auto", before: Sequence[str] = ()) -> Iterator[Own]:
    """Serve with one room that anybody with its link may enter, and talk in."""
    port = free_port()
    settings = SETTINGS.format(port=port, fanout=fanout)
    with served(folder, settings=settings, before=before) as server:
        yield Own(server, port, asyncio.run(_room(server.url)))


async def _room(url: str) -> Place:
    async with Visitor(url) as founder:
        return await founder.start_room("Load")
