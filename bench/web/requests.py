"""Requests per second of CPU: start page, reading and writing chat; bare Starlette beside them.

Run: ``python -m bench.web.requests``. Over loopback with keep-alive, one request after another,
in turns; what counts is the CPU time of the serving process. Every figure stands next to that
of a bare Starlette that says hello, measured in the same minutes.
"""

import asyncio
import contextlib
import json
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench.meet.load import SETTINGS, pinned
from bench.processes import Process
from bench.results import keep
from bench.served import served
from bench.visitor import Place, Visitor

ROUNDS: Final = 5
REQUESTS: Final = 300
MESSAGES: Final = 50
HELLO: Final = "bare Starlette"
_START_S: Final = 20.0


@dataclass(frozen=True)
class Target:
    """What is asked: ``ask`` does it once on a connection that is kept."""

    name: str
    process: Process
    ask: Callable[[], None]


class Asking:
    """One kept connection."""

    def __init__(self, url: str, cookie: str = "") -> None:
        parts = urlsplit(url)
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_START_S)
        self._headers = {"Cookie": cookie} if cookie else {}

    def get(self, path: str) -> None:
        """Ask for a page. Raises RuntimeError unless it came."""
        self._connection.request("GET", path, headers=self._headers)
        self._read(200)

    def post(self, path: str, body: object) -> None:
        """Send JSON. Raises RuntimeError unless something was made."""
        headers = {**self._headers, "Content-Type": "application/json"}
        self._connection.request("POST", path, json.dumps(body), headers)
        self._read(201)

    def _read(self, wanted: int) -> None:
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != wanted:
            raise RuntimeError(f"status {answer.status}")


async def furnish(url: str) -> tuple[Place, str]:
    """Make a room with messages; return it and the cookies of somebody who may write there."""
    async with Visitor(url) as founder:
        room = await founder.start_room("Bench")
        await founder.join(room, "Mara", link=room.link)
        for number in range(MESSAGES):
            await founder.say(room, f"message {number}, as long as people write in a chat")
        return room, founder.cookie()


@contextlib.contextmanager
def hello(before: tuple[str, ...]) -> Iterator[tuple[str, Process]]:
    """Serve bare Starlette until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    command = [*before, sys.executable, "-m", "bench.web.hello", str(port)]
    with subprocess.Popen(command) as process:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}", Process(process.pid, "hello")
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    async def connect() -> None:
        async with asyncio.timeout(_START_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                return

    asyncio.run(connect())


def targets(url: str, main: Process) -> list[Target]:
    """Return what is asked of our server."""
    room, cookie = asyncio.run(furnish(url))
    messages = f"/api/v1/rooms/{room.room_id}/messages"
    page, reader, writer = Asking(url), Asking(url, cookie), Asking(url, cookie)

    def write() -> None:
        writer.post(messages, {"text": "a sentence", "key": secrets.token_urlsafe(12)})

    return [
        Target("start page", main, lambda: page.get("/")),
        Target("chat, read 50", main, lambda: reader.get(messages)),
        Target("chat, write", main, write),
    ]


def cpu_us(target: Target) -> float:
    """Return the CPU time of one request, in microseconds."""
    before_s = target.process.cpu_s()
    for _ in range(REQUESTS):
        target.ask()
    return 1e6 * (target.process.cpu_s() - before_s) / REQUESTS


def measure() -> dict[str, float]:
    """Return microseconds of CPU per request, the median of the rounds."""
    before = pinned()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), settings=SETTINGS, before=before) as server,
        hello(before) as (hello_url, hello_process),
    ):
        bare = Asking(hello_url)
        asked = [
            Target(HELLO, hello_process, lambda: bare.get("/")),
            *targets(server.url, Process(server.process.pid, "main")),
        ]
        for target in asked:
            cpu_us(target)  # warm
        spent: dict[str, list[float]] = {target.name: [] for target in asked}
        for _ in range(ROUNDS):
            for target in asked:
                spent[target.name].append(cpu_us(target))
    return {name: statistics.median(each) for name, each in spent.items()}


def main() -> int:
    """Measure, print, keep."""
    spent = measure()
    bare = spent[HELLO]
    for name, us in spent.items():
        print(f"{name:>15}: {us:7.0f} us, {1e6 / us:6.0f} per CPU second, {us / bare:5.1f} x bare")
    keep(
        "web-requests",
        {
            "cpu_us": spent,
            "per_cpu_s": {name: 1e6 / us for name, us in spent.items()},
            "ratio_to_bare": {name: us / bare for name, us in spent.items()},
        },
        "starlette",
        "uvicorn",
        "httptools",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
