"""Starts the media workers, watches them and starts them again (spec meet, 3)."""

import asyncio
import importlib
import logging
import socket
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from allmende.config.sections import Media, Voice
from allmende.core.clock import Clock
from allmende.core.errors import Unavailable
from allmende.media.control import (
    Command,
    ControlFrameTooLarge,
    Done,
    Load,
    LogLine,
    Ready,
    Refused,
    Report,
    ReportReader,
    Start,
    frame,
)
from allmende.media.link import Correlator, Worker, WorkerListener, WorkerRefused
from allmende.media.voicing import VoiceStart
from allmende.transports.tasks import task_group

READY_WITHIN_S: Final = 20.0
LOAD_WITHIN_S: Final = 3.0
AGAIN_AFTER_S: Final = 0.2
RESTING_S: Final = 5.0
DEATHS: Final = 3
DEATHS_WITHIN_S: Final = 60.0
_READ_BYTES: Final = 256 * 1024
_log = logging.getLogger(__name__)

Inside = Callable[[socket.socket], Awaitable[None]]
"""A worker as a coroutine: it speaks on its end of the control socket until that closes."""


class _Life:
    """One process, or one coroutine, from its start to its death."""

    def __init__(self, write: asyncio.StreamWriter, kill: Callable[[], Awaitable[None]]) -> None:
        self._write = write
        self._kill = kill
        self.line = Correlator(self._send)

    def _send(self, command: Command) -> None:
        if not self._write.is_closing():
            self._write.write(frame(command))

    async def end(self) -> None:
        """Close the socket and see the worker end."""
        self._write.close()
        self.line.lost()
        await self._kill()


class SupervisedWorker:
    """A Worker whose process is started again when it dies."""

    def __init__(self, index: int, start: Start, clock: Clock, inside: Inside | None) -> None:
        self.index = index
        self.generation = 0
        self.ready: Ready | None = None
        self.load: Load | None = None
        self.deaths: deque[float] = deque(maxlen=DEATHS)
        self.started = asyncio.Event()
        self.refusal = ""
        self.listener: WorkerListener | None = None
        self._start = start
        self._clock = clock
        self._inside = inside
        self._life: _Life | None = None
        self._dead_line = Correlator(lambda command: None)

    def ask(self, command: Command) -> asyncio.Future[Done]:
        """Send ``command``; the future ends with Done, WorkerRefused or WorkerGone."""
        if self._life is not None:
            return self._life.line.ask(command)
        future = self._dead_line.ask(command)
        self._dead_line.lost()
        return future

    def tell(self, command: Command) -> None:
        """Send ``command``; nobody waits. While the worker is down: nothing."""
        if self._life is not None:
            self._life.line.tell(command)

    @property
    def failing(self) -> bool:
        """Whether it died too often of late: the operator has to look."""
        now_s = self._clock.monotonic_s()
        return len(self.deaths) == DEATHS and now_s - self.deaths[0] < DEATHS_WITHIN_S

    async def run(self) -> None:
        """Live, die and live again until cancelled."""
        while True:
            try:
                await self._live()
            except (OSError, TimeoutError, ControlFrameTooLarge) as failure:
                _log.warning("media worker %d: %s", self.index, type(failure).__name__)
            self.deaths.append(self._clock.monotonic_s())
            if self.failing:
                _log.error("media worker %d died %d times in a minute", self.index, DEATHS)
            else:
                _log.warning("media worker %d died and is started again", self.index)
            await asyncio.sleep(RESTING_S if self.failing else AGAIN_AFTER_S)

    async def _live(self) -> None:
        reader, life = await self._born()
        self._life = life
        self.generation += 1
        try:
            life.line.ask(self._start).add_done_callback(self._start_answered)
            reports = ReportReader()
            while True:
                within_s = READY_WITHIN_S if self.ready is None else LOAD_WITHIN_S
                async with asyncio.timeout(within_s):
                    await self._hear(reader, reports)
        except EOFError:
            return
        finally:
            was_ready, self.ready, self.load = self.ready is not None, None, None
            self._life = None
            await seen_through(life.end())
            if was_ready and self.listener is not None:
                self.listener.worker_died(self)

    async def _hear(self, reader: asyncio.StreamReader, reports: ReportReader) -> None:
        """Read until a Load (or Ready) came, so that silence is noticed. Raises EOFError."""
        while True:
            data = await reader.read(_READ_BYTES)
            if not data:
                raise EOFError
            if any([self._take(report) for report in reports.receive(data)]):
                return

    def _start_answered(self, answer: asyncio.Future[Done]) -> None:
        """Ready is the answer; another one says why there is no worker: a port is taken."""
        failure = None if answer.cancelled() else answer.exception()
        if isinstance(failure, WorkerRefused):
            _log.error("media worker %d: %s", self.index, failure)
            self.refusal = str(failure)
            self.started.set()

    def _take(self, report: Report) -> bool:
        match report:
            case Done() | Refused():
                if self._life is not None:
                    self._life.line.answered(report)
            case Ready():
                self.ready, self.refusal = report, ""
                self.started.set()
                if self.listener is not None:
                    self.listener.worker_started(self)
                return True
            case Load():
                self.load = report
                return True
            case LogLine():
                level = logging.getLevelNamesMapping().get(report.level.upper(), logging.INFO)
                _log.log(level, "media worker %d: %s", self.index, report.text)
            case _:
                if self.listener is not None:
                    self.listener.reported(self, report)
        return False

    async def _born(self) -> tuple[asyncio.StreamReader, _Life]:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        if self._inside is not None:
            task = asyncio.ensure_future(self._inside(theirs))
            kill = _cancel(task)
        else:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "allmende.media.process", str(theirs.fileno())),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
            theirs.close()
            kill = _kill(process)
        try:
            reader, writer = await asyncio.open_unix_connection(sock=ours, limit=_READ_BYTES)
        except BaseException:
            await seen_through(kill())
            raise
        return reader, _Life(writer, kill)


async def seen_through(work: Awaitable[None]) -> None:
    """Wait until ``work`` is done, also when cancelled meanwhile: no process is left behind."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def _kill(process: asyncio.subprocess.Process) -> Callable[[], Awaitable[None]]:
    async def kill() -> None:
        if process.returncode is None:
            process.kill()
        await process.wait()

    return kill


def _cancel(task: asyncio.Future[None]) -> Callable[[], Awaitable[None]]:
    async def cancel() -> None:
        task.cancel()
        await asyncio.wait([task])

    return cancel


class Workers:
    """All workers of this server."""

    def __init__(self, workers: Sequence[SupervisedWorker]) -> None:
        self._workers = workers

    def listen(self, listener: WorkerListener) -> None:
        """Tell ``listener`` from now on what workers say. One listener."""
        for worker in self._workers:
            worker.listener = listener

    async def all_started(self) -> None:
        """Wait until each is ready for the first time. Raises Unavailable if one will not be."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                for worker in self._workers:
                    await worker.started.wait()
                late = False
        except TimeoutError:
            late = True
        why = "; ".join(worker.refusal for worker in self._workers if worker.refusal)
        if late or why:
            raise Unavailable("meet.media-not-started", detail=why or "no answer", retry_after_s=5)

    def place(self) -> Worker:
        """Return the worker with most room left. Raises Unavailable when all are down."""
        ready = [worker for worker in self._workers if worker.ready is not None]
        if not ready:
            raise Unavailable("meet.media-restarting", retry_after_s=1)
        return min(ready, key=lambda worker: worker.load.cpu if worker.load else 0.0)

    def first(self) -> Worker:
        """Return worker 0, which carries Mumble's voice, be it up or down."""
        return self._workers[0]

    def packets_per_second(self) -> int:
        """Return what the weakest running worker forwards in a second."""
        told = [w.ready.packets_per_second for w in self._workers if w.ready is not None]
        return min(told, default=0)

    def loads(self) -> Sequence[Load]:
        """Return the newest figures of those that run."""
        return [worker.load for worker in self._workers if worker.load is not None]

    def failing(self) -> Sequence[int]:
        """Return the numbers of workers that died three times within a minute."""
        return [worker.index for worker in self._workers if worker.failing]


@asynccontextmanager
async def media_workers(
    settings: Media,
    clock: Clock,
    *,
    voice: VoiceStart | None = None,
    inside: Inside | None = None,
) -> AsyncIterator[Workers]:
    """Start the workers of ``settings`` and wait until each is ready. Raises Unavailable."""
    async with beginning_workers(settings, clock, voice=voice, inside=inside) as workers:
        await workers.all_started()
        yield workers


@asynccontextmanager
async def beginning_workers(
    settings: Media,
    clock: Clock,
    *,
    voice: VoiceStart | None = None,
    inside: Inside | None = None,
) -> AsyncIterator[Workers]:
    """Start the workers of ``settings``; ``all_started`` waits for them, when that is needed.

    ``voice``: how worker 0 carries Mumble's. ``workers = 0``: one runs in this process.
    ``inside`` runs instead of a process, in tests.
    """
    count = max(1, settings.workers)
    within = inside
    if within is None and settings.workers == 0:
        # By name, so that the main process does not load aiortc otherwise (spec meet, 2).
        within = importlib.import_module("allmende.media.inside").work_inside
    workers = [
        SupervisedWorker(index, start_command(settings, index, voice), clock, within)
        for index in range(count)
    ]
    async with task_group() as tasks:
        lives = [tasks.create_task(worker.run()) for worker in workers]
        try:
            yield Workers(workers)
        finally:
            for life in lives:
                life.cancel()


def voice_start(voice: Voice, bind_addresses: Sequence[str] = ()) -> VoiceStart:
    """Return how worker 0 carries Mumble's voice."""
    return VoiceStart(
        port=voice.port,
        bind_addresses=tuple(bind_addresses),
        slots=voice.slots,
        public_count=voice.public_count,
    )


def start_command(settings: Media, index: int, voice: VoiceStart | None = None) -> Start:
    """Return the first command of worker ``index``: ports count up, 0 stays 0.

    Worker 0 alone carries ``voice``.
    """
    return Start(
        udp_port=settings.udp_port + index if settings.udp_port else 0,
        tcp_port=settings.tcp_port + index if settings.tcp_port else 0,
        bind_addresses=settings.listen,
        public_addresses=settings.public_addresses,
        workers_index=index,
        measure=settings.packets_per_second == 0,
        packets_per_second=settings.packets_per_second,
        fanout=settings.fanout,
        voice=voice if index == 0 else None,
    )
