"""Load on the pads of a real server: many who write in one text, and what that costs.

Run: ``python -m bench pads.load``. The server runs on one core, this generator on another.
Gates: every edit arrives; p99 of the way from one editor to another at most 250 ms with 100
editors; 10,000 edits at most 120 kB of log and 30 kB compacted; a pad of 100,000 edits opens in
at most 0.5 s. One editor in ten watches: it keeps the whole text and notes when edits arrive.
"""

import argparse
import asyncio
import gc
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import uvloop

from bench.meet.load import pinned
from bench.pads.editor import (
    UPDATE,
    Diary,
    Editor,
    browser,
    clocks_of,
    new_pad,
    state_of,
    sync,
    ticket_for,
)
from bench.processes import MIB, family
from bench.results import keep
from bench.served import Served, served

MAX_P99_MS: Final = 250.0
MAX_LOG_BYTES: Final = 120_000
MAX_STATE_BYTES: Final = 30_000
MAX_OPEN_S: Final = 0.5
WATCHERS: Final = 10
LAST_EDITS_S: Final = 15.0
SETTLED_S: Final = 3.0
LONG_EDITS: Final = 100_000
LONG_UPDATES: Final = 100
SMALL_EDITS: Final = 50
WARM_UP_PADS: Final = 20

SETTINGS: Final = """
[web]
listen = ["127.0.0.1"]
[voice]
port = 0
[media]
udp_port = 0
tcp_port = 0
[pads]
per_hour = 100000
per_address = 100000
[limits]
connections_per_address = 10000
"""


@dataclass(frozen=True)
class Writing:
    """What came of many editors in one pad. CPU is of the main process."""

    editors: int
    edits: int
    arrived: bool
    latency_p50_ms: float
    latency_p95_ms: float
    latency_p99_ms: float
    cpu_share: float
    cpu_us_per_delivered: float
    generator_cpu_share: float
    rss_mib: float


@dataclass(frozen=True)
class Disk:
    """What edits cost on disk."""

    edits: int
    text_bytes: int
    rows: int
    log_bytes: int
    state_bytes: int


@dataclass(frozen=True)
class Opening:
    """A pad with a long history, opened by a server that has just started."""

    edits: int
    state_bytes: int
    seconds: float


@asynccontextmanager
async def writing(url: str, path: str, count: int) -> AsyncIterator[list[Editor]]:
    """Open the pad in ``count`` editors, each somebody else."""
    diary: Diary = {}
    every = max(1, count // WATCHERS)
    editors = [Editor(diary, watches=number % every == 0) for number in range(count)]
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        for editor in editors:
            await editor.open(url, await ticket_for(editor, url, path))
            tasks.create_task(editor.read())
            await editor.synced()
        yield editors
        for editor in editors:
            await editor.close()


async def type_for(editor: Editor, seconds: float, per_s: float) -> None:
    """Write at a steady pace that begins somewhere."""
    loop, gap_s = asyncio.get_running_loop(), 1 / per_s
    due_s = loop.time() + random.random() * gap_s
    ends_s = loop.time() + seconds
    while due_s < ends_s:
        await asyncio.sleep(max(0.0, due_s - loop.time()))
        await editor.write()
        due_s += gap_s


async def load(server: Served, count: int, seconds: float, per_s: float = 2.0) -> Writing:
    """Let ``count`` editors write in one pad and measure."""
    path = (await new_pad(server.url)).path
    main = family(server.process.pid)[0]
    async with writing(server.url, path, count) as editors:
        gc.collect()
        gc.freeze()
        spent, own, began_s = main.cpu_s(), time.process_time(), time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for editor in editors:
                tasks.create_task(type_for(editor, seconds, per_s))
        passed_s = time.perf_counter() - began_s
        spent, own = main.cpu_s() - spent, time.process_time() - own
        arrived = await everything_arrived(server.url, path, editors)
        rss = main.rss_bytes() / MIB
    late = sorted(late for editor in editors for late in editor.latencies_s) or [0.0]
    edits = sum(editor.edits for editor in editors)
    return Writing(
        editors=count,
        edits=edits,
        arrived=arrived,
        latency_p50_ms=1000 * late[len(late) // 2],
        latency_p95_ms=1000 * late[len(late) * 95 // 100],
        latency_p99_ms=1000 * late[len(late) * 99 // 100],
        cpu_share=spent / passed_s,
        cpu_us_per_delivered=1e6 * spent / (edits * (count - 1)),
        generator_cpu_share=own / passed_s,
        rss_mib=rss,
    )


async def everything_arrived(
    url: str, path: str, editors: list[Editor], cookies: httpx.Cookies | None = None
) -> bool:
    """Wait until all is acknowledged; compare what everybody has with what was written."""
    loop = asyncio.get_running_loop()
    ends_s = loop.time() + LAST_EDITS_S
    wanted = {editor.client: editor.clock for editor in editors if editor.clock}

    def has_all(state_vector: bytes) -> bool:
        clocks = clocks_of(state_vector)
        return all(clocks.get(client, 0) == clock for client, clock in wanted.items())

    watchers = [editor for editor in editors if editor.watches]
    while loop.time() < ends_s:
        acknowledged = all(editor.unsaved == 0 for editor in editors)
        if acknowledged and all(has_all(one.doc.get_state()) for one in watchers):
            break
        await asyncio.sleep(0.1)
    else:
        return False
    async with browser(cookies) as web:
        doc = await state_of(url, path, web)
    same = {one.text for one in watchers} | {str(doc["body"])}
    return has_all(doc.get_state()) and len(same) == 1


async def disk(server: Served, edits: int) -> Disk:
    """Let ten people type as fast as people do, until so many edits are made."""
    path = (await new_pad(server.url)).path
    async with writing(server.url, path, 10) as editors:
        async with asyncio.TaskGroup() as tasks:
            for editor in editors:
                tasks.create_task(type_for(editor, edits / 10 / 10, 10.0))
        await everything_arrived(server.url, path, editors)
        made, text = sum(editor.edits for editor in editors), editors[0].text
    await asyncio.sleep(SETTLED_S)
    figures = shown(server)
    return Disk(
        edits=made,
        text_bytes=len(text.encode()),
        rows=figures["rows"],
        log_bytes=figures["log"],
        state_bytes=figures["state"],
    )


def shown(server: Served) -> dict[str, int]:
    """Ask ``allmende pads`` for the figures of the newest pad."""
    numbers = [int(line.split()[0]) for line in _command(server, "list").splitlines() if line]
    said = _command(server, "show", str(max(numbers)))
    rows = re.search(r"log +(\d+) rows, (\d+) bytes", said)
    state = re.search(r"state +(\d+) bytes", said)
    if rows is None or state is None:
        raise RuntimeError(said)
    return {"rows": int(rows[1]), "log": int(rows[2]), "state": int(state[1])}


def _command(server: Served, *words: str) -> str:
    config = server.data.parent / "allmende.toml"
    command = [sys.executable, "-m", "allmende", "pads", *words]
    command += ["--data", str(server.data), "--config", str(config)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


async def write_long(server: Served) -> tuple[str, int]:
    """Make 100,000 edits in many paragraphs; return the path and the size of the state."""
    path = (await new_pad(server.url)).path
    async with writing(server.url, path, 1) as (editor,):
        for _ in range(LONG_UPDATES):
            await editor.send(sync(UPDATE, editor.work_on(LONG_EDITS // LONG_UPDATES)))
            await asyncio.sleep(0.06)
        await everything_arrived(server.url, path, [editor])
    await asyncio.sleep(SETTLED_S)
    return path, shown(server)["state"]


async def open_cold(server: Served, path: str) -> float:
    """Return the seconds that the first look at a pad takes."""
    async with browser() as web:
        await web.get(f"{server.url}/health.json")
        began_s = time.perf_counter()
        answer = await web.get(f"{server.url}{path}/state")
        answer.raise_for_status()
        return time.perf_counter() - began_s


async def memory(server: Served, count: int) -> float:
    """Return KiB that the server holds for each of many small pads in which somebody wrote."""
    paths = [(await new_pad(server.url)).path for _ in range(count + WARM_UP_PADS)]
    main, before = family(server.process.pid)[0], 0
    for number, path in enumerate(paths):
        if number == WARM_UP_PADS:
            before = main.rss_bytes()
        async with writing(server.url, path, 1) as (editor,):
            for _ in range(SMALL_EDITS):
                await editor.write()
            await everything_arrived(server.url, path, [editor])
    return (main.rss_bytes() - before) / count / 1024


def measured(folder: Path, seconds: float, editors: list[int]) -> dict[str, Any]:
    """Run everything and return the figures."""
    before = pinned()
    found: dict[str, Any] = {"writing": {}}
    for count in editors:
        with served(folder / f"load{count}", settings=SETTINGS, before=before) as server:
            one = uvloop.run(load(server, count, seconds))
            found["writing"][str(count)] = asdict(one)
            print(lines_of(one), flush=True)
    with served(folder / "disk", settings=SETTINGS, before=before) as server:
        found["disk"] = asdict(uvloop.run(disk(server, 10_000)))
        print(found["disk"], flush=True)
        path, size = uvloop.run(write_long(server))
    with served(folder / "disk", settings=SETTINGS, before=before) as server:
        took_s = uvloop.run(open_cold(server, path))
    with served(folder / "memory", settings=SETTINGS, before=before) as server:
        found["rss_kib_per_open_pad"] = uvloop.run(memory(server, 60))
    found["opening"] = asdict(Opening(LONG_EDITS, size, took_s))
    return found


def lines_of(found: Writing) -> str:
    """Return the figures for people."""
    return (
        f"{found.editors} editors, {found.edits} edits, "
        f"{'all arrived' if found.arrived else 'EDITS ARE MISSING'}; "
        f"p50 {found.latency_p50_ms:.0f} ms, p95 {found.latency_p95_ms:.0f} ms, "
        f"p99 {found.latency_p99_ms:.0f} ms; {100 * found.cpu_share:.0f} % of a core, "
        f"{found.cpu_us_per_delivered:.1f} us per delivered change "
        f"(generator {100 * found.generator_cpu_share:.0f} %); RSS {found.rss_mib:.0f} MiB"
    )


def missed(found: dict[str, Any]) -> list[str]:
    """Return the gates that were missed."""
    disk_, opening = found["disk"], found["opening"]
    writings = found["writing"].values()
    gates = {
        "edits are missing": all(one["arrived"] for one in writings),
        "p99": all(one["latency_p99_ms"] <= MAX_P99_MS for one in writings),
        "log": disk_["log_bytes"] <= MAX_LOG_BYTES,
        "state": disk_["state_bytes"] <= MAX_STATE_BYTES,
        "opening": opening["seconds"] <= MAX_OPEN_S,
    }
    return [name for name, holds in gates.items() if not holds]


def main(words: list[str]) -> int:
    """Measure, print, keep; exit code 1 if a gate is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.pads.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--editors", type=int, nargs="+", default=[30, 100])
    parser.add_argument("--keep", action="store_true", help="keep the figures in bench/results")
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), asked.seconds, asked.editors)
    opening = found["opening"]
    print(
        f"opening {opening['edits']} edits ({opening['state_bytes']} bytes): "
        f"{opening['seconds']:.2f} s; {found['rss_kib_per_open_pad']:.0f} KiB per open pad"
    )
    if asked.keep:
        keep("pads-load", found, "pycrdt", "uvicorn", "websockets")
    gates = missed(found)
    print(f"missed: {', '.join(gates)}" if gates else "all gates hold")
    return 1 if gates else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
