"""Ours against Debian's ``janus`` VideoRoom on the same generated load, in turn (A B B A).

The same people send and get the same packets over DTLS-SRTP, AES-128-GCM at both; ours on one
connection each, janus on one for what goes up and one for what comes down, as its clients do.
What counts is the CPU time of all threads of all processes of a server for 100,000 forwarded
packets, as a ratio of one run; where packets are lost, the machine was too busy for it. Gates
(spec meet, 18): with the fan-out in C at most that of janus, in Python at most four times as
much. Where janus is not installed, that is said and nothing is measured.

    python -m bench.meet.janus --rounds 2 --keep
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import uvloop

from allmende.media.signal.cameras import BY_THEMSELVES
from bench.meet.call import sources_of
from bench.meet.guest import held_room
from bench.meet.load import MAX_LOSS, SETTINGS, Found, Wanted, counted, measure, pinned
from bench.meet.videoroom import janus_server
from bench.results import keep
from bench.served import served
from bench.voice.peers import PeerMissing

PEER: Final = "janus"
GATES: Final = {"c": 1.0, "python": 4.0}
"""CPU of a forwarded packet against that of janus."""
MISSING: Final = 3
"""Exit code where there is no peer: neither good nor bad."""
_FANOUT: Final = '[media]\nfanout = "{fanout}"\n'


@dataclass(frozen=True)
class Side:
    """One server of the comparison."""

    name: str
    run: Callable[[Path, Sequence[str], Wanted], Found]


def _ours(fanout: str) -> Side:
    settings = SETTINGS.replace("[media]\n", _FANOUT.format(fanout=fanout))

    def run(folder: Path, before: Sequence[str], wanted: Wanted) -> Found:
        with served(folder, settings=settings, before=before) as server:
            return uvloop.run(measure(server, wanted))

    return Side(fanout, run)


def _janus(folder: Path, before: Sequence[str], wanted: Wanted) -> Found:
    async def held(port: int, pid: int) -> Found:
        sources = sources_of(
            wanted.people, wanted.cameras, wanted.talkers, wanted.height, simulcast=False
        )
        async with held_room(port, sources) as hall:
            return await counted(hall, wanted, pid)

    with janus_server(folder, before) as (pid, port):
        return uvloop.run(held(port, pid))


SIDES: Final = (Side(PEER, _janus), *(_ours(fanout) for fanout in GATES))


def compared(sides: Sequence[Side], rounds: int, wanted: Wanted) -> dict[str, list[Found]]:
    """Measure all sides in turn, there and back. Raises PeerMissing."""
    before = pinned()
    found: dict[str, list[Found]] = {side.name: [] for side in sides}
    for number in range(rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            with tempfile.TemporaryDirectory(prefix="meet") as folder:
                found[side.name].append(side.run(Path(folder), before, wanted))
            print(f"{side.name}: done", file=sys.stderr, flush=True)
    return found


def figures(runs: Sequence[Found]) -> dict[str, float]:
    """Return medians; of the loss the worst."""
    middle = statistics.median
    return {
        "cpu_s_per_100k": middle(sum(one.cpu_us_per_forwarded.values()) / 10 for one in runs),
        "loss": max(one.loss for one in runs),
        "latency_p50_ms": middle(one.latency_p50_ms for one in runs),
        "latency_p95_ms": middle(one.latency_p95_ms for one in runs),
        "rss_mib": middle(one.rss_mib["all"] for one in runs),
        "forwarded_per_s": middle(one.forwarded_per_s for one in runs),
    }


def ratios(found: Mapping[str, Sequence[Found]]) -> dict[str, float]:
    """Return the CPU of a packet against that of janus: the median over the rounds."""
    peer = [sum(one.cpu_us_per_forwarded.values()) for one in found[PEER]]
    return {
        name: statistics.median(
            sum(one.cpu_us_per_forwarded.values()) / theirs
            for one, theirs in zip(found[name], peer, strict=True)
        )
        for name in GATES
        if name in found
    }


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    usual = Wanted(people=10, cameras=5, seconds=8)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--people", type=int, default=usual.people)
    most = range(BY_THEMSELVES + 1)  # of more not all come by themselves
    parser.add_argument("--cameras", type=int, choices=most, default=usual.cameras, metavar="N")
    parser.add_argument("--talkers", type=int, default=usual.talkers)
    parser.add_argument("--height", type=int, choices=(180, 360, 720), default=usual.height)
    parser.add_argument("--seconds", type=float, default=usual.seconds)
    parser.add_argument("--only", nargs="*", choices=tuple(GATES), default=tuple(GATES))
    parser.add_argument("--keep", action="store_true", help="write bench/results/meet-janus.json")
    return parser.parse_args(words)


def main(words: Sequence[str]) -> int:
    """Compare, print, keep; 1 if a gate was missed."""
    asked = vars(_arguments(words))
    rounds, kept, only = asked.pop("rounds"), asked.pop("keep"), asked.pop("only")
    sides = [side for side in SIDES if side.name == PEER or side.name in only]
    wanted = Wanted(**asked)
    try:
        found = compared(sides, rounds, wanted)
    except PeerMissing as missing:
        print(f"NOT COMPARED WITH JANUS: {missing}", file=sys.stderr)
        return MISSING
    shown: dict[str, Any] = {name: figures(runs) for name, runs in found.items()}
    for name, one in shown.items():
        print(
            f"{name:<7} {one['cpu_s_per_100k']:.2f} s of CPU per 100,000, p50 / p95 "
            f"{one['latency_p50_ms']:.1f} / {one['latency_p95_ms']:.1f} ms, loss "
            f"{100 * one['loss']:.3f} %, {one['rss_mib']:.0f} MiB"
        )
    reached = ratios(found)
    for name, ratio in reached.items():
        said = "missed" if ratio > GATES[name] else "good  "
        print(f"{said} {name} / janus: {ratio:.2f} (at most {GATES[name]})")
    lossy = [name for name, one in shown.items() if one["loss"] > MAX_LOSS]
    if lossy:
        print(f"missed {', '.join(lossy)}: loss above {100 * MAX_LOSS} %, the ratios do not count")
    if kept:
        keep("meet-janus", {"wanted": asked, "found": shown, "ratio_to_janus": reached}, "uvloop")
    missed = any(ratio > GATES[name] for name, ratio in reached.items())
    return 1 if missed or lossy else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
