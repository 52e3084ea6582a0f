"""Ours against Debian's mumble-server on the same generated load, in turn (A B B A).

Gates (spec voice, 12): CPU of 100,000 forwarded packets with the C library at most that of
mumble-server 1.3.4 and 0.6 of 1.5, of the numpy path at most 1.7 and 1.0; memory of a client
at most 70 kB and 0.7 of either; CPU of a login at most theirs; no packet that cannot be
decrypted. Peers that are not on this machine are said and left out.

    python -m bench.voice.compare --rounds 4 --keep
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.results import keep
from bench.voice.own import own_server
from bench.voice.peers import PeerMissing, mumble_server

CLIENTS: Final = 101
TALKERS: Final = 3
STORM: Final = 300
LOAD_CPU: Final = ("taskset", "-c", "0")
SERVER_CPU: Final = ("taskset", "-c", "1")
KB: Final = 1000


@dataclass(frozen=True)
class Side:
    """One server of the comparison. ``opened`` yields process id, port and password."""

    name: str
    words: Sequence[str]
    opened: Callable[[Path], Any]


@contextmanager
def _peer(folder: Path, root: Path | None = None) -> Iterator[tuple[int, int, str]]:
    with mumble_server(folder, root) as (pid, port):
        _pin(pid)
        yield pid, port, ""


@contextmanager
def _own(folder: Path, fanout: str) -> Iterator[tuple[int, int, str]]:
    with own_server(folder, fanout, SERVER_CPU) as own:
        yield own.pid, own.port, own.token


def _pin(pid: int) -> None:
    subprocess.run(["taskset", "-a", "-p", "-c", "1", str(pid)], check=False, capture_output=True)


def sides(root: Path) -> list[Side]:
    """Return what is compared; the first is the peer of the gates."""
    return [
        Side("mumble-server 1.3", (), _peer),
        Side("c", (), lambda folder: _own(folder, "c")),
        Side("numpy", (), lambda folder: _own(folder, "numpy")),
        Side("python", (), lambda folder: _own(folder, "python")),
        Side("mumble-server 1.5", ("--udp", "pb"), lambda folder: _peer(folder, root)),
        Side("c, protobuf", ("--udp", "pb"), lambda folder: _own(folder, "c")),
    ]


def measured(side: Side, folder: Path, words: Sequence[str]) -> dict[str, Any]:
    """Run the load once against ``side``."""
    with side.opened(folder) as (pid, port, password):
        command = [*LOAD_CPU, sys.executable, "-m", "bench.voice.load", "--port", str(port)]
        command += ["--server-pid", str(pid), *side.words, *words]
        command += [f"--password={password}"] if password else []  # it may begin with a dash
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def compared(every: Sequence[Side], rounds: int, seconds: float) -> dict[str, dict[str, Any]]:
    """Measure all sides in turn, there and back; return medians by name."""
    load = ("--clients", str(CLIENTS), "--talkers", str(TALKERS), "--seconds", str(seconds))
    storm = ("--clients", str(STORM), "--seconds", "2", "--rate", "10", "--concurrency", "16")
    runs: dict[str, list[dict[str, Any]]] = {}
    storms: dict[str, list[dict[str, Any]]] = {}
    for number in range(rounds):
        for side in every if number % 2 == 0 else reversed(every):
            with tempfile.TemporaryDirectory(prefix="voice") as folder:
                try:
                    runs.setdefault(side.name, []).append(measured(side, Path(folder), load))
                    if number == 0:
                        storms.setdefault(side.name, []).append(
                            measured(side, Path(folder) / "storm", storm)
                        )
                except PeerMissing as missing:
                    print(f"LEFT OUT: {side.name}: {missing}", file=sys.stderr)
            print(f"{side.name}: done", file=sys.stderr, flush=True)
    return {name: _medians(runs[name], storms[name]) for name in runs if runs[name]}


def _medians(
    runs: Sequence[Mapping[str, Any]], storms: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    each = [one for run in runs for one in run["runs"]]
    return {
        "cpu_s_per_100k": statistics.median(one["cpu_s_per_100k"] for one in each),
        "best_cpu_s_per_100k": min(one["cpu_s_per_100k"] for one in each),
        "loss": max(one["loss"] for one in each),
        "bad": sum(one["bad"] for one in each),
        "p50_ms": 1000 * statistics.median(one["p50_s"] for one in each),
        "p99_ms": 1000 * statistics.median(one["p99_s"] for one in each),
        "login_ms": statistics.median(run["arrived"]["cpu_ms_per_login"] for run in storms),
        "client_kb": statistics.median(run["arrived"]["bytes_per_client"] for run in storms) / KB,
    }


def gates(found: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """Return what was reached and what was wanted, for all that could be measured."""
    old, new = found.get("mumble-server 1.3"), found.get("mumble-server 1.5")
    ours = found["c"]
    bad = sum(one["bad"] for one in found.values())
    reached = {"kB of a client": (ours["client_kb"], 70.0), "bad packets": (bad, 0.0)}
    cost = "cpu_s_per_100k"
    if old is not None:
        reached["c / 1.3"] = ours[cost] / old[cost], 1.0
        reached["memory / 1.3"] = ours["client_kb"] / old["client_kb"], 0.7
        reached["login / 1.3"] = ours["login_ms"] / old["login_ms"], 1.0
        if "numpy" in found:
            reached["numpy / 1.3"] = found["numpy"][cost] / old[cost], 1.7
    if new is not None and "c, protobuf" in found:
        reached["c / 1.5, protobuf"] = found["c, protobuf"][cost] / new[cost], 0.6
        if "numpy" in found:
            reached["numpy / 1.5"] = found["numpy"][cost] / new[cost], 1.0
    return reached


def main(words: Sequence[str]) -> int:
    """Compare, print, keep; 1 if a gate was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--root", type=Path, default=Path("build/trixie"))
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args(words)
    every = [side for side in sides(asked.root) if not asked.only or side.name in asked.only]
    found = compared(every, asked.rounds, asked.seconds)
    for name, one in found.items():
        print(
            f"{name:<18} {one['cpu_s_per_100k']:.2f} s per 100,000 (best "
            f"{one['best_cpu_s_per_100k']:.2f}), {one['login_ms']:.1f} ms a login, "
            f"{one['client_kb']:.0f} kB a client, p50 / p99 {one['p50_ms']:.1f} / "
            f"{one['p99_ms']:.1f} ms, loss {100 * one['loss']:.2f} %, {one['bad']} bad"
        )
    reached = gates(found) if "c" in found else {}
    for name, (is_, most) in reached.items():
        print(f"{'missed' if is_ > most else 'good  '} {name}: {is_:.2f} (at most {most})")
    if asked.keep:
        ratios = {name: is_ for name, (is_, _) in reached.items()}
        print(
            f"kept in {keep('voice-compare', {'found': found, 'ratios': ratios}, 'cryptography')}"
        )
    return 1 if any(is_ > most for is_, most in reached.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
