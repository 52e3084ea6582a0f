"""Memory of all processes of a server that nobody uses. Run: ``python -m bench idle``."""

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx

from bench.processes import MIB, family
from bench.results import keep
from bench.served import served

GOAL_MIB: Final = 200
CALM_S: Final = 5.0
SETTINGS: Final = """
[web]
listen = ["127.0.0.1"]
[media]
udp_port = 0
tcp_port = 0
"""


def measure() -> dict[str, float]:
    """Return MiB by process, and the seconds from the command to the address."""
    began_s = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), settings=SETTINGS) as server,
    ):
        ready_s = time.perf_counter() - began_s
        httpx.get(server.url).raise_for_status()
        with suppress(subprocess.TimeoutExpired):
            server.process.wait(CALM_S)
        processes = family(server.process.pid)
        rss = {f"{p.name} {n}": p.rss_bytes() / MIB for n, p in enumerate(processes)}
    return {**rss, "all": sum(rss.values()), "ready_s": ready_s}


def main() -> int:
    """Measure, print, keep."""
    found = measure()
    for name, value in found.items():
        unit = "s" if name == "ready_s" else "MiB"
        print(f"{name:>10}: {value:6.1f} {unit}")
    print(f"      goal: {GOAL_MIB:6.1f} MiB")
    keep("idle", {"rss_mib": found, "goal_mib": GOAL_MIB})
    return 0


if __name__ == "__main__":
    sys.exit(main())
