"""What is done soon and without anybody waiting for it, one after the other."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from allmende.core.errors import AllmendeError

MAX_WAITING: Final = 10_000
_log: Final = logging.getLogger(__name__)


class Errands:
    """``run`` belongs to a task of the house."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], Awaitable[None]]] = deque(maxlen=MAX_WAITING)
        self._more = asyncio.Event()

    def soon(self, errand: Callable[[], Awaitable[None]]) -> None:
        """Do ``errand`` when those before it are done."""
        self._waiting.append(errand)
        self._more.set()

    async def do_all(self) -> None:
        """Do what waits now. What fails for a known reason hurts nothing else."""
        while self._waiting:
            errand = self._waiting.popleft()
            try:
                await errand()
            except AllmendeError as failure:
                _log.warning("an errand of voice failed: %s", failure.message_id)

    async def run(self) -> None:
        """Do errands for ever; ends by cancellation."""
        while True:
            await self.do_all()
            self._more.clear()
            await self._more.wait()
