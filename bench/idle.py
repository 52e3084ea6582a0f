"""A server that nobody uses: memory of all its processes, and how long its start takes.

Run: ``python -m bench idle``. What Python compiled before is used again, as on every machine where
the server started once. Gates (architecture, 15; product, 15): 200 MiB; 1 s of CPU to import what
serves; 2 s from the command to the first answered request, on the second start.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import httpx

from bench.processes import MIB, family
from bench.results import keep
from bench.served import served

GATES: Final = {"all": 200.0, "import_cpu_s": 1.0, "first_answer_s": 2.0}
CALM_S: Final = 5.0
STARTS: Final = 3
# With the collector off, as the command line loads its commands.
IMPORT: Final = (
    "import gc, time; gc.disable(); import allmende.cli.serving; print(time.process_time())"
)
SETTINGS: Final = """
[web]
listen = ["127.0.0.1"]
[voice]
port = 0
[media]
udp_port = 0
tcp_port = 0
"""


def measure() -> dict[str, float]:
    """Return MiB by process, and the seconds of a start."""
    with tempfile.TemporaryDirectory() as folder, compiled():
        import_cpu_s()  # compiles
        first_answer_s(Path(folder))  # makes keys and tables
        starts = [first_answer_s(Path(folder)) for _ in range(STARTS)]
        imports = [import_cpu_s() for _ in range(STARTS)]
        with served(Path(folder), settings=SETTINGS) as server:
            httpx.get(server.url).raise_for_status()
            with suppress(subprocess.TimeoutExpired):
                server.process.wait(CALM_S)
            processes = family(server.process.pid)
            rss = {f"{p.name} {n}": p.rss_bytes() / MIB for n, p in enumerate(processes)}
    return {
        **rss,
        "all": sum(rss.values()),
        "import_cpu_s": statistics.median(imports),
        "first_answer_s": statistics.median(starts),
    }


@contextmanager
def compiled() -> Iterator[None]:
    """Let every process that is started meanwhile keep what it compiled, apart from others."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as bytecode:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = bytecode
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def first_answer_s(folder: Path) -> float:
    """Return the seconds from the command to the first answered request."""
    began_s = time.perf_counter()
    with served(folder, settings=SETTINGS) as server:
        httpx.get(server.url).raise_for_status()
        return time.perf_counter() - began_s


def import_cpu_s() -> float:
    """Return the CPU time of a process that loads what ``serve`` loads, and of Python itself."""
    said = subprocess.run([sys.executable, "-c", IMPORT], stdout=subprocess.PIPE, check=True)
    return float(said.stdout)


def main() -> int:
    """Measure, print, keep; 1 if a gate was missed."""
    found = measure()
    for name, value in found.items():
        unit = "s" if name.endswith("_s") else "MiB"
        gate = f"  (gate: {GATES[name]:.1f})" if name in GATES else ""
        print(f"{name:>14}: {value:6.1f} {unit}{gate}")
    keep("idle", {"found": found, "gates": dict(GATES)})
    return 0 if all(found[name] <= gate for name, gate in GATES.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
