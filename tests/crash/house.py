"""A server that is killed and started again on the same folder and port."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

from bench.meet.load import SETTINGS
from bench.processes import family
from bench.served import STOP_LIMIT_S, Served, served, started
from tests.ports import free_port


class House:
    """One data folder; at most one server serves it at a time.

    ``url`` is that of PostgreSQL, empty for SQLite. Of each start it is known how long it took,
    and how much of that was work: on a machine that does other things too, only that counts.
    """

    def __init__(self, folder: Path, settings: str = SETTINGS, url: str = "") -> None:
        self.folder = folder
        self.url = url
        self._settings = settings + (f'[database]\nurl = "{url}"\n' if url else "")
        self.ready_after_s: list[float] = []
        self.ready_cpu_s: list[float] = []
        self.port = free_port()

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @contextmanager
    def open(self) -> Iterator[Served]:
        """Serve until the end of the block, or until it is killed."""
        began_s = time.perf_counter()
        with served(self.folder, settings=self._settings, port=self.port) as server:
            self.ready_after_s.append(time.perf_counter() - began_s)
            work_s = [process.cpu_s() for process in family(server.process.pid)]
            self.ready_cpu_s.append(sum(work_s))
            yield server

    def tear_start(self, chance: random.Random) -> None:
        """Start a server and kill it before it is ready, or just then."""
        after_s = chance.uniform(0.5, 1.0) * median(self.ready_after_s)
        with started(self.folder, settings=self._settings, port=self.port) as server:
            with suppress(subprocess.TimeoutExpired):
                server.process.wait(after_s)
            kill_all(server)


def kill_all(server: Served) -> None:
    """End every process of the server at once, as a power cut would."""
    for process in family(server.process.pid):
        with suppress(ProcessLookupError):  # a child may have ended with its parent
            os.kill(process.pid, signal.SIGKILL)
    server.process.wait(STOP_LIMIT_S)


Tell = Callable[[str], None]
"""Shows a figure to whoever runs the tests."""
