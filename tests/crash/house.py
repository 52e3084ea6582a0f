"""A server that is killed and started again on the same folder and port."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.meet.load import SETTINGS
from bench.processes import family
from bench.served import Served, served
from tests.ports import free_port


class House:
    """One data folder; at most one server serves it at a time."""

    def __init__(self, folder: Path, settings: str = SETTINGS) -> None:
        self.folder = folder
        self._settings = settings
        self.ready_after_s: list[float] = []
        self.port = free_port()

    @contextmanager
    def open(self) -> Iterator[Served]:
        """Serve until the end of the block, or until it is killed."""
        began_s = time.perf_counter()
        with served(self.folder, settings=self._settings, port=self.port) as server:
            self.ready_after_s.append(time.perf_counter() - began_s)
            yield server


def kill_all(server: Served) -> None:
    """End every process of the server at once, as a power cut would."""
    for process in family(server.process.pid):
        os.kill(process.pid, signal.SIGKILL)
    server.process.wait()


Tell = Callable[[str], None]
"""Shows a figure to whoever runs the tests."""
