"""Starts a child for each job, a few at a time, and ends those that take too long."""

import asyncio
import contextlib
import sys
from typing import Final

from allmende.core.errors import Unavailable

WALL_S: Final = 20.0
_PROCESS: Final = "allmende.transports.child.process"


class ChildFailed(Exception):
    """Nothing came back: the payload is not what the job reads, or is too much for a child."""


class Children:
    """At most ``size`` children at once; at most ``waiting`` jobs run or wait."""

    def __init__(self, *, size: int = 2, waiting: int = 32, wall_s: float = WALL_S) -> None:
        self._turn = asyncio.Semaphore(size)
        self._free = waiting
        self._wall_s = wall_s

    async def run(self, module: str, payload: bytes) -> bytes:
        """Return what ``work`` of ``module`` makes of ``payload``.

        Raises ChildFailed, and Unavailable ``web.busy`` when too many wait.
        """
        if self._free == 0:
            raise Unavailable("web.busy", detail="too many jobs for children", retry_after_s=5)
        self._free -= 1
        try:
            async with self._turn:
                return await self._run(module, payload)
        finally:
            self._free += 1

    async def _run(self, module: str, payload: bytes) -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _PROCESS,
            module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # may quote the payload
            close_fds=True,
        )
        try:
            async with asyncio.timeout(self._wall_s):
                result, _ = await process.communicate(payload)
        except TimeoutError:
            raise ChildFailed(f"{module}: took too long") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode != 0:
            raise ChildFailed(f"{module}: ended with {process.returncode}")
        return result
