"""A real `allmende serve` in a process of its own, for load generators and tests."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

READY = re.compile(r"^Allmende is ready at (?P<url>\S+)$")
INVITE = re.compile(r"^(?P<invite>https?://\S+/i/\S+)$")
START_LIMIT_S = 60.0
STOP_LIMIT_S = 30.0


class ServeFailed(Exception):
    """The server ended or said nothing; the text is what it wrote to its log."""


@dataclass
class Served:
    """A server that runs. ``invite`` is empty unless this was its first start."""

    process: subprocess.Popen[str]
    data: Path
    log: Path
    url: str = ""
    invite: str = ""
    _ready: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        """Read what it prints until it ends. Runs on a thread of its own."""
        if self.process.stdout is None:
            return
        for line in self.process.stdout:
            if found := READY.match(line.strip()):
                self.url = found["url"]
                self._ready.set()
            elif found := INVITE.match(line.strip()):
                self.invite = found["invite"]
        self._ready.set()

    def wait_ready(self) -> None:
        """Wait for the address. Raises ServeFailed."""
        if not self._ready.wait(START_LIMIT_S) or not self.url:
            self.kill()
            raise ServeFailed(self.log.read_text()[-4000:])

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_LIMIT_S)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.process.wait(STOP_LIMIT_S)


@contextmanager
def served(
    folder: Path, *, settings: str = "", port: int = 0, before: Sequence[str] = ()
) -> Iterator[Served]:
    """Serve from ``folder/data`` with ``settings`` (TOML); ``before``: words before the command."""
    with started(folder, settings=settings, port=port, before=before) as serving:
        serving.wait_ready()
        yield serving


@contextmanager
def started(
    folder: Path, *, settings: str = "", port: int = 0, before: Sequence[str] = ()
) -> Iterator[Served]:
    """Like ``served``, without waiting until it is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    config, log = folder / "allmende.toml", folder / "serve.log"
    config.write_text(settings)
    data = folder / "data"
    command = [*before, sys.executable, "-m", "allmende", "serve", "--data", str(data)]
    command += ["--port", str(port), "--config", str(config)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with log.open("a") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        )
    serving = Served(process, data, log)
    reader = threading.Thread(target=serving.read, daemon=True)
    reader.start()
    try:
        yield serving
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        reader.join(5)
        if process.stdout is not None:
            process.stdout.close()
