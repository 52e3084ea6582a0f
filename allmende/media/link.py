"""The main process's end of the line to one worker: commands with numbers, answers, reports."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from allmende.media.control import Command, Done, Ready, Refused, Report

MAX_OPEN_COMMANDS: Final = 20_000
_log = logging.getLogger(__name__)


class WorkerGone(Exception):
    """The worker died, or its socket closed, before it answered."""


class WorkerRefused(Exception):
    """The worker did not carry the command out; nothing changed there."""


class Worker(Protocol):
    """A worker as signalling sees it. Commands are carried out in the order of the calls."""

    @property
    def index(self) -> int:
        """Its number, from 0."""
        ...

    @property
    def generation(self) -> int:
        """Grows by one at each start: rooms and legs of an older one are gone."""
        ...

    @property
    def ready(self) -> Ready | None:
        """What it told at its start; None while it is down."""
        ...

    def ask(self, command: Command) -> asyncio.Future[Done]:
        """Send ``command``; the future ends with Done, WorkerRefused or WorkerGone."""
        ...

    def tell(self, command: Command) -> None:
        """Send ``command``; a refusal is logged and nobody waits."""
        ...


class WorkerListener(Protocol):
    """Who is told what workers say."""

    def reported(self, worker: Worker, report: Report) -> None:
        """A report other than Done, Refused, Ready, Load and LogLine came."""
        ...

    def worker_started(self, worker: Worker) -> None:
        """A worker is back after its death."""
        ...

    def worker_died(self, worker: Worker) -> None:
        """A worker is gone with all its legs."""
        ...


class Correlator:
    """Gives commands their numbers and answers their waiters."""

    def __init__(self, write: Callable[[Command], None]) -> None:
        self._write = write
        self._next = 1
        self._open: dict[int, asyncio.Future[Done]] = {}

    def ask(self, command: Command) -> asyncio.Future[Done]:
        """Write ``command`` with the next number; return what its answer will end."""
        future: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        if len(self._open) >= MAX_OPEN_COMMANDS:
            future.set_exception(WorkerGone("too many commands without an answer"))
            return future
        number, self._next = self._next, self._next + 1
        self._open[number] = future
        self._write(msgspec.structs.replace(command, id=number))
        return future

    def tell(self, command: Command) -> None:
        """Write ``command``; a refusal goes to the log only."""
        kind = type(command).__name__
        self.ask(command).add_done_callback(lambda future: _log_failure(kind, future))

    def answered(self, answer: Done | Refused) -> None:
        """End the future that waits for ``answer``. An unknown number is passed over."""
        future = self._open.pop(answer.id, None)
        if future is None or future.done():
            return
        if isinstance(answer, Done):
            future.set_result(answer)
        else:
            future.set_exception(WorkerRefused(answer.why))

    def lost(self) -> None:
        """End all that waits: nobody will answer."""
        waiting, self._open = self._open, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(WorkerGone("the worker is gone"))
                future.exception()  # read once: who is not waiting any more is not warned about


def _log_failure(kind: str, future: asyncio.Future[Done]) -> None:
    if future.cancelled():
        return
    failure = future.exception()
    if failure is not None:
        _log.info("%s not carried out: %s", kind, failure)
