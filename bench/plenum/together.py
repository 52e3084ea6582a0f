"""A call and its minutes at once: does writing disturb talking?

Run: ``python -m bench plenum.together``. People talk in a call while a hundred others, all in the
same plenum, write its minutes. The server has one core, both generators share the other. Gates:
at most 0.5 % of the packets of the call are lost; every edit arrives.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import uvloop

from bench.meet.call import Call, held_call, sources_of
from bench.meet.load import LAST_PACKETS_S, MAX_LOSS, SETTINGS, WARM_UP_S, pinned
from bench.processes import family
from bench.results import keep
from bench.served import Served, served

ADMIT_EACH_S: Final = 0.2
AGENDA: Final = "1. Round (10 min, info)"


@dataclass(frozen=True)
class Wanted:
    """What to do."""

    people: int = 15
    cameras: int = 0
    talkers: int = 3
    editors: int = 100
    seconds: float = 30.0


@dataclass(frozen=True)
class Found:
    """What was measured. CPU shares are of one core."""

    wanted: Wanted
    packets_expected: int
    loss: float
    latency_p95_ms: float
    writing: dict[str, Any]
    cpu_share: dict[str, float]

    @property
    def holds(self) -> bool:
        """The gates."""
        return self.loss <= MAX_LOSS and bool(self.writing["arrived"])


async def measure(server: Served, wanted: Wanted) -> Found:
    """Hold the call, let the others write, count."""
    sources = sources_of(wanted.people, wanted.cameras, wanted.talkers, 180, simulcast=False)
    async with held_call(server.url, sources) as call:
        opened = await call.founder.plenum(call.room, "open", title="Load", agenda=AGENDA)
        path = opened["assembly"]["minutes"]["path"]
        words = (server.url, call.room.slug, path, str(wanted.editors))
        writers = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.plenum.writers", *words, stdin=PIPE, stdout=PIPE
        )
        try:
            await let_in(call, writers)
            await asyncio.sleep(WARM_UP_S)
            return await count(server, call, writers, wanted)
        finally:
            with suppress(ProcessLookupError):
                writers.kill()
            await writers.wait()


async def let_in(call: Call, writers: Process) -> None:
    """Admit whoever waits until all writers have the minutes open."""
    if writers.stdout is None:
        raise RuntimeError("the writers say nothing")
    ready = asyncio.ensure_future(writers.stdout.readline())
    while not ready.done():
        await call.founder.admit_all(call.room)
        await asyncio.wait((ready,), timeout=ADMIT_EACH_S)
    if ready.result() != b"ready\n":
        raise RuntimeError("the writers did not come in")


async def count(server: Served, call: Call, writers: Process, wanted: Wanted) -> Found:
    """Count packets while the minutes are written."""
    if writers.stdin is None or writers.stdout is None:
        raise RuntimeError("the writers hear nothing")
    processes = family(server.process.pid)
    before = [process.cpu_s() for process in processes]
    call.begin_counting()
    writers.stdin.write(f"{wanted.seconds}\n".encode())
    await asyncio.sleep(wanted.seconds)
    share: dict[str, float] = {}
    for process, was in zip(processes, before, strict=True):
        spent = (process.cpu_s() - was) / wanted.seconds
        share[process.name] = share.get(process.name, 0.0) + spent
    call.play(on=False)
    await asyncio.sleep(LAST_PACKETS_S)
    late = sorted(late for ear in call.ears for late in ear.latencies_s) or [0.0]
    expected = call.expected()
    return Found(
        wanted=wanted,
        packets_expected=expected,
        loss=1 - call.heard() / max(1, expected),
        latency_p95_ms=1000 * late[len(late) * 95 // 100],
        writing=json.loads(await writers.stdout.readline()),
        cpu_share=share,
    )


def run(wanted: Wanted) -> Found:
    """Start a server, load it, stop it."""
    before = pinned()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), settings=SETTINGS, before=before) as server,
    ):
        return uvloop.run(measure(server, wanted))


def report(found: Found) -> str:
    """Return the figures for people."""
    wanted, writing = found.wanted, found.writing
    arrived = "all arrived" if writing["arrived"] else "EDITS ARE MISSING"
    shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in found.cpu_share.items())
    return "\n".join(
        [
            f"{wanted.people} people, {wanted.talkers} talkers, {wanted.cameras} cameras; "
            f"{wanted.editors} editors with 2 edits/s",
            f"call    loss {100 * found.loss:.3f} % of {found.packets_expected} "
            f"(gate {100 * MAX_LOSS} %), p95 {found.latency_p95_ms:.1f} ms",
            f"minutes {writing['edits']} edits, {arrived}; p50 {writing['latency_p50_ms']:.0f} ms, "
            f"p99 {writing['latency_p99_ms']:.0f} ms",
            f"CPU     {shares} of a core",
        ]
    )


def main(words: list[str]) -> int:
    """Measure, print; 1 if a gate is missed."""
    usual = Wanted()
    parser = argparse.ArgumentParser(prog="python -m bench.plenum.together", description=__doc__)
    for name in ("people", "cameras", "talkers", "editors"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--seconds", type=float, default=usual.seconds)
    parser.add_argument("--keep", action="store_true", help="keep the figures in bench/results")
    asked = vars(parser.parse_args(words))
    kept = asked.pop("keep")
    found = run(Wanted(**asked))
    print(report(found))
    if kept:
        keep("plenum-together", asdict(found), "pycrdt", "pylibsrtp", "uvloop")
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
