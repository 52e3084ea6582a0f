"""Ours against Debian's prosody and ejabberd on the same generated load, in turn (A B B A).

Everything over STARTTLS. ``kept``: each message is in the archives of both sides, committed before
it is delivered; ``passing``: messages that say they are not to be stored. Gates (spec chat, 17):
CPU of messages at most 0.25 of Prosody's with archives and half without, of a sign-in half,
memory of an idle client no more than there. Peers that are not here are said and left out.

    python -m bench.chat.compare --rounds 2 --keep
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.chat.own import own_chat
from bench.chat.peers import Setting, ejabberd, prosody
from bench.results import keep
from bench.voice.peers import PeerMissing

PEOPLE: Final = [f"load{number}" for number in range(60)]
LOAD_CPU: Final = ("taskset", "-c", "0")
SERVER_CPU: Final = ("taskset", "-c", "1")
GATES: Final = {"login_ms": 0.5, "idle_kib": 1.0, "kept_s_per_10k": 0.25, "passing_s_per_10k": 0.5}
"""At most this share of what Prosody spends."""

_PROSODY: Final = Setting(modules=("mam", "smacks", "carbons", "blocklist", "pep"))


@dataclass(frozen=True)
class Running:
    """A server. ``registers``: whether the accounts have to be made first."""

    pid: int
    port: int
    accounts: Mapping[str, str]
    registers: bool


Opened = Callable[[Path], AbstractContextManager[Running]]


@contextmanager
def _own(folder: Path) -> Iterator[Running]:
    with own_chat(folder, PEOPLE, before=SERVER_CPU) as own:
        yield Running(own.pid, own.plain, own.secrets, registers=False)


@contextmanager
def _prosody(folder: Path) -> Iterator[Running]:
    with prosody(folder, _PROSODY, before=SERVER_CPU) as peer:
        yield Running(peer.pid, peer.ports.plain, _passwords(), registers=True)


@contextmanager
def _ejabberd(folder: Path) -> Iterator[Running]:
    with ejabberd(folder, archive=True, before=SERVER_CPU) as peer:
        yield Running(peer.pid, peer.ports.plain, _passwords(), registers=True)


SIDES: Final[Mapping[str, Opened]] = {"prosody": _prosody, "own": _own, "ejabberd": _ejabberd}


def _passwords() -> dict[str, str]:
    return {name: f"password of {name}" for name in PEOPLE}


def measured(opened: Opened, words: Sequence[str]) -> dict[str, float]:
    """Start a server and run the load once against it."""
    with tempfile.TemporaryDirectory(prefix="chat", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        with opened(folder) as running:
            accounts = folder / "accounts.json"
            accounts.write_text(json.dumps(running.accounts))
            command = [*LOAD_CPU, sys.executable, "-m", "bench.chat.load"]
            command += ["--port", str(running.port), "--server-pid", str(running.pid)]
            command += ["--accounts", str(accounts), *words]
            command += ["--register"] if running.registers else []
            done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def compared(names: Sequence[str], rounds: int, words: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Measure all in turn, there and back; return medians by name."""
    runs: dict[str, list[dict[str, float]]] = {}
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            try:
                runs.setdefault(name, []).append(measured(SIDES[name], words))
            except PeerMissing as missing:
                print(f"LEFT OUT: {name}: {missing}", file=sys.stderr)
            print(f"{name}: done", file=sys.stderr, flush=True)
    return {
        name: {what: statistics.median(run[what] for run in each) for what in each[0]}
        for name, each in runs.items()
        if each
    }


def ratios(found: Mapping[str, Mapping[str, float]], to: str) -> dict[str, float]:
    """Return our share of what ``to`` spends, by figure; nothing where one is missing."""
    if "own" not in found or to not in found:
        return {}
    return {what: found["own"][what] / found[to][what] for what in GATES}


def main(words: Sequence[str]) -> int:
    """Compare, print, keep; 1 if a gate was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--only", nargs="*", default=list(SIDES))
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args(words)
    found = compared(asked.only, asked.rounds, ("--messages", str(asked.messages)))
    for name, one in found.items():
        print(
            f"{name:<9} {one['kept_s_per_10k']:.2f} s of CPU for 10,000 messages kept, "
            f"{one['passing_s_per_10k']:.2f} s passing, {one['login_ms']:.1f} ms a sign-in, "
            f"{one['idle_kib']:.0f} KiB an idle client"
        )
    reached = ratios(found, "prosody")
    for what, is_ in reached.items():
        is_good = is_ <= GATES[what]
        print(f"{'good  ' if is_good else 'missed'} {what}: {is_:.2f} x (at most {GATES[what]})")
    if asked.keep:
        shares = {to: ratios(found, to) for to in found if to != "own"}
        print(f"kept in {keep('chat-compare', {'found': found, 'ratios': shares}, 'cryptography')}")
    return 1 if any(is_ > GATES[what] for what, is_ in reached.items()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
