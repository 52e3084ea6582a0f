"""A server as people start it: the command, in a process of its own, on loopback."""

import os
import re
import selectors
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from allmende.storage.opening import SQLITE_NAME
from allmende.storage.sqlite import connect
from allmende.storage.vault import key_path, load_keys

HOUSE = Path(__file__).parents[1]
START_S = 30.0
STOP_S = 15.0


class Server:
    """``allmende serve`` with its own folder; what it prints is kept.

    ``says`` is what it prints when it can be asked: where it is ready, or locked.
    """

    def __init__(self, data: Path, *arguments: str, says: str = "ready at") -> None:
        self.data = data
        self._says = says
        self.log = data.parent / "log"
        self._stderr = self.log.open("ab")
        command = (sys.executable, "-m", "allmende", "serve", "--data", str(data), *arguments)
        self.process = subprocess.Popen(
            command, cwd=HOUSE, stdout=subprocess.PIPE, stderr=self._stderr, text=True
        )
        try:
            self.printed = self._read_until_ready()
        except BaseException:
            self.close()
            raise
        self.url = re.findall(r"https?://[^/\s]+", self.printed)[0]
        self.port = int(self.url.rpartition(":")[2])

    def _read_until_ready(self) -> str:
        """The address comes first, the invite with it in one go."""
        stdout = self.process.stdout
        assert stdout is not None
        with selectors.DefaultSelector() as ready:
            ready.register(stdout, selectors.EVENT_READ)
            if not ready.select(START_S):
                raise AssertionError(f"not ready in {START_S} s: {self.log.read_text()}")
        os.set_blocking(stdout.fileno(), False)
        text = ""
        while self._says not in text or not text.endswith("\n"):
            text += stdout.read() or ""
            if self.process.poll() is not None:
                raise AssertionError(self.log.read_text())
        return text

    def wait_for_log(self, text: str) -> None:
        """Return when a line of the log says ``text``."""
        until = time.monotonic() + STOP_S
        while text not in self.log.read_text():
            if time.monotonic() > until:
                raise AssertionError(f"no {text!r} in {self.log.read_text()}")
            os.sched_yield()

    def stop(self) -> int:
        """Ask it to stop as systemd does; return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_S)
        finally:
            self.close()

    def close(self) -> None:
        """End it, however it is."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._stderr.close()


def beside(data: Path) -> sqlite3.Connection:
    """Open the database of a server beside it, as its commands do."""
    return connect(data / SQLITE_NAME, load_keys(key_path(data)).database)


@pytest.fixture
def quiet_media(monkeypatch: pytest.MonkeyPatch) -> None:
    """Media on free ports, so that tests run beside each other and beside a server."""
    monkeypatch.setenv("ALLMENDE__MEDIA__UDP_PORT", "0")
    monkeypatch.setenv("ALLMENDE__MEDIA__TCP_PORT", "0")
    monkeypatch.setenv("ALLMENDE__VOICE__PORT", "0")
    monkeypatch.setenv("ALLMENDE__MEDIA__PACKETS_PER_SECOND", "30000")
    monkeypatch.setenv("ALLMENDE__WEB__LISTEN", '["127.0.0.1"]')


@pytest.fixture
def server(tmp_path: Path, quiet_media: None) -> Iterator[Server]:
    running = Server(tmp_path / "data", "--port", "0")
    yield running
    running.close()
