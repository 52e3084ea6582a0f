"""Load on a real server: people without codecs in one call, who all see and hear each other.

Run: ``python -m bench.meet.load --people 15 --cameras 10 --seconds 60``. The server runs on one
core, this generator on another. Gate: at most 0.5 % of the packets are lost on the whole way,
from the sender's socket through the server to the receiver, without any repair.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import uvloop

from allmende.media.signal.cameras import BY_THEMSELVES
from bench.meet.call import Hall, held_call, sources_of
from bench.processes import MIB, Process, family
from bench.results import keep
from bench.served import Served, served

MAX_LOSS: Final = 0.005
WARM_UP_S: Final = 2.0
LAST_PACKETS_S: Final = 1.0

SETTINGS: Final = """
[web]
listen = ["127.0.0.1"]
[voice]
port = 0
[media]
udp_port = 0
tcp_port = 0
uplink_mbit = 10000
packets_per_second = 100000
[limits]
joins_per_minute = 100000
open_rooms_per_hour = 100000
open_rooms_per_address = 100000
messages_per_10_s = 100000
connections_per_address = 10000
"""
"""Limits of a small server would refuse a load test."""


@dataclass(frozen=True)
class Wanted:
    """What to do."""

    people: int = 15
    cameras: int = 10
    talkers: int = 3
    height: int = 360
    seconds: float = 60.0
    simulcast: bool = False


@dataclass(frozen=True)
class Found:
    """What was measured. CPU shares are of one core; latency includes the generator's own."""

    wanted: Wanted
    packets_sent: int
    packets_forwarded: int
    packets_expected: int
    loss: float
    rejoins: int
    forwarded_per_s: float
    latency_p50_ms: float
    latency_p95_ms: float
    latency_p99_ms: float
    cpu_share: dict[str, float]
    cpu_us_per_forwarded: dict[str, float]
    generator_cpu_share: float
    rss_mib: dict[str, float]

    @property
    def holds(self) -> bool:
        """The gate."""
        return self.loss <= MAX_LOSS and self.rejoins == 0


class _Cpu:
    """CPU time of some processes and of this one since a moment."""

    def __init__(self, processes: list[Process]) -> None:
        self._processes = processes
        self._before = [process.cpu_s() for process in processes]
        self._own = time.process_time()
        self._since_s = time.perf_counter()

    def spent(self) -> tuple[dict[str, float], float, float]:
        """Return CPU seconds by name, those of the generator, and the seconds that passed."""
        spent: dict[str, float] = {}
        for process, before in zip(self._processes, self._before, strict=True):
            spent[process.name] = spent.get(process.name, 0.0) + process.cpu_s() - before
        passed_s = time.perf_counter() - self._since_s
        return spent, time.process_time() - self._own, passed_s


async def measure(server: Served, wanted: Wanted) -> Found:
    """Hold the call and count."""
    sources = sources_of(
        wanted.people, wanted.cameras, wanted.talkers, wanted.height, simulcast=wanted.simulcast
    )
    async with held_call(server.url, sources) as call:
        return await counted(call, wanted, server.process.pid)


async def counted(call: Hall, wanted: Wanted, pid: int) -> Found:
    """Count what is heard in a call that runs, and what it costs the server ``pid``."""
    gc.collect()
    gc.freeze()
    await asyncio.sleep(WARM_UP_S)
    processes = family(pid)
    cpu = _Cpu(processes)
    call.begin_counting()
    await asyncio.sleep(wanted.seconds)
    spent, own, passed_s = cpu.spent()
    rss = _rss(processes)
    call.play(on=False)
    await asyncio.sleep(LAST_PACKETS_S)
    return _found(call, wanted, spent, rss, own / passed_s, passed_s)


def _found(
    call: Hall,
    wanted: Wanted,
    spent: dict[str, float],
    rss: dict[str, float],
    own: float,
    passed_s: float,
) -> Found:
    late = sorted(late for ear in call.ears for late in ear.latencies_s) or [0.0]
    heard, expected = call.heard(), call.expected()
    return Found(
        wanted=wanted,
        packets_sent=expected // (len(call.ears) - 1),
        packets_forwarded=heard,
        packets_expected=expected,
        loss=1 - heard / max(1, expected),
        rejoins=sum(person.lives - 1 for person in call.people),
        forwarded_per_s=heard / passed_s,
        latency_p50_ms=1000 * late[len(late) // 2],
        latency_p95_ms=1000 * late[len(late) * 95 // 100],
        latency_p99_ms=1000 * late[len(late) * 99 // 100],
        cpu_share={name: s / passed_s for name, s in spent.items()},
        cpu_us_per_forwarded={name: 1e6 * s / max(1, heard) for name, s in spent.items()},
        generator_cpu_share=own,
        rss_mib=rss,
    )


def _rss(processes: list[Process]) -> dict[str, float]:
    rss: dict[str, float] = {}
    for process in processes:
        rss[process.name] = rss.get(process.name, 0.0) + process.rss_bytes() / MIB
    rss["all"] = sum(rss.values())
    return rss


def pinned() -> tuple[str, ...]:
    """Take one core for this process; return the words that put a server on another one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return ()
    os.sched_setaffinity(0, {cores[0]})
    return ("taskset", "-c", str(cores[1]))


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
    share, each = found.cpu_share, found.cpu_us_per_forwarded
    wanted = found.wanted
    return "\n".join(
        [
            f"{wanted.people} people, {wanted.cameras} cameras at {wanted.height}p, "
            f"{wanted.talkers} talkers, {wanted.seconds:g} s",
            f"loss            {100 * found.loss:.3f} % of {found.packets_expected} "
            f"(gate {100 * MAX_LOSS} %), {found.rejoins} rejoins",
            f"forwarded       {found.forwarded_per_s:.0f} packets/s",
            f"latency         p50 {found.latency_p50_ms:.2f} ms, p95 {found.latency_p95_ms:.2f} ms,"
            f" p99 {found.latency_p99_ms:.2f} ms",
            f"CPU of a core   media {100 * share.get('media', 0):.1f} %, "
            f"main {100 * share.get('main', 0):.1f} %, "
            f"generator {100 * found.generator_cpu_share:.1f} %",
            f"CPU per packet  media {each.get('media', 0):.1f} us, "
            f"main {each.get('main', 0):.1f} us",
            "RSS             "
            + ", ".join(f"{name} {mib:.0f} MiB" for name, mib in found.rss_mib.items()),
        ]
    )


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    usual = Wanted()
    parser = argparse.ArgumentParser(prog="python -m bench.meet.load", description=__doc__)
    parser.add_argument("--people", type=int, default=usual.people)
    # Of more not all come by themselves (spec meet, 8: Last-N), and nobody here asks for one.
    most = range(BY_THEMSELVES + 1)
    parser.add_argument("--cameras", type=int, choices=most, default=usual.cameras, metavar="N")
    parser.add_argument("--talkers", type=int, default=usual.talkers)
    parser.add_argument("--height", type=int, choices=(180, 360, 720), default=usual.height)
    parser.add_argument("--seconds", type=float, default=usual.seconds)
    parser.add_argument("--simulcast", action="store_true")
    parser.add_argument("--json", action="store_true", help="print nothing but JSON")
    parser.add_argument("--keep", action="store_true", help="write bench/results/meet-load.json")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Measure, print; 1 if the gate is missed."""
    asked = vars(arguments(words))
    as_json, kept = asked.pop("json"), asked.pop("keep")
    found = run(Wanted(**asked))
    figures: dict[str, Any] = asdict(found)
    print(json.dumps(figures) if as_json else report(found))
    if kept:
        keep("meet-load", figures, "pylibsrtp", "uvloop")
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
