"""Contents that another process keeps in the same folder; it dies in the same instant."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from allmende.storage.blobs import BlobHash, open_blob
from tests.crash.disk import Disk, Found
from tests.crash.load import Moment

ROOT = Path(__file__).parents[2]


class Keeper:
    """Lets contents be kept while others work."""

    def __init__(self, process: "subprocess.Popen[str]", disk: Disk) -> None:
        self._process = process
        self._disk = disk
        self._kept: set[str] = set()
        self._fresh: list[str] = []
        self._pid = 0

    def begin(self) -> None:
        """Begin to keep contents."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("begin\n")
        self._process.stdin.flush()
        self._pid = int(self._process.stdout.readline())

    def kill(self) -> None:
        """End it at once; what it had told by then was acknowledged."""
        assert self._process.stdout is not None
        os.kill(self._pid, signal.SIGKILL)
        self._pid = 0
        told = iter(self._process.stdout.readline, "over\n")
        self._fresh += [line.strip() for line in told if line.endswith("\n")]

    async def work(self, moment: Moment) -> None:
        """It works by itself."""
        self.begin()
        await moment.over.wait()

    async def check(self, found: Found) -> None:
        """All have a row and a file, and what is new can be read whole."""
        assert set(self._fresh) | self._kept <= found.contents
        assert self._disk.lost_contents(found) == []
        await asyncio.to_thread(self.require_readable, self._fresh)
        self._kept |= set(self._fresh)
        self._fresh.clear()

    def require_readable(self, names: list[str]) -> None:
        """Decrypt and compare."""
        for name in names:
            folder, key = self._disk.data / "blobs", self._disk.keys.blobs
            with closing(open_blob(folder, BlobHash(name), key)) as file:
                assert hashlib.sha256(file.read()).hexdigest() == name

    def end(self) -> None:
        """End both processes, wherever they are."""
        self._process.kill()
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def figures(self) -> str:
        return f"{len(self._kept)} contents"


@contextmanager
def keeper_of(disk: Disk) -> Iterator[Keeper]:
    """Start what keeps contents, and end it."""
    command = [sys.executable, "-m", "tests.crash.keeping", str(disk.data), disk.url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        keeper = Keeper(process, disk)
        try:
            yield keeper
        finally:
            keeper.end()
