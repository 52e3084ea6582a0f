"""Workers that are started, watched and started again; here they are coroutines or scripts."""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable

import pytest

from allmende.config.sections import Media, Voice
from allmende.core.clock import SystemClock
from allmende.core.errors import Unavailable
from allmende.media import supervisor
from allmende.media.control import (
    CommandReader,
    Done,
    LegUp,
    Load,
    LogLine,
    Ping,
    Ready,
    Report,
    Start,
    frame,
)
from allmende.media.link import Worker, WorkerGone
from allmende.media.supervisor import (
    Workers,
    beginning_workers,
    media_workers,
    seen_through,
    start_command,
    voice_start,
)
from allmende.media.voicing import VoiceStart

SETTINGS = Media(workers=0, udp_port=0, tcp_port=0, packets_per_second=5)
LOAD = Load(cpu=0.1, rss_bytes=1, packets_in=0, packets_out=0, late_ms=0.0, legs=0)


class Listener:
    """Remembers what it is told, and wakes who waits for it."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[str] = asyncio.Queue()

    def reported(self, worker: Worker, report: Report) -> None:
        self.told.put_nowait(type(report).__name__)

    def worker_started(self, worker: Worker) -> None:
        self.told.put_nowait(f"started {worker.generation}")

    def worker_died(self, worker: Worker) -> None:
        self.told.put_nowait(f"died {worker.generation}")


class Scripted:
    """A worker that says Ready and answers; told to, it says more or dies."""

    def __init__(self) -> None:
        self.writers: list[asyncio.StreamWriter] = []
        self.starts: list[Start] = []

    async def work(self, control: socket.socket) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=control)
        self.writers.append(writer)
        commands = CommandReader()
        try:
            while data := await reader.read(65536):
                for command in commands.receive(data):
                    if isinstance(command, Start):
                        self.starts.append(command)
                        self.say(_ready(), LOAD)
                    else:
                        self.say(Done(id=command.id))
        finally:
            writer.close()

    def say(self, *reports: Report) -> None:
        for report in reports:
            self.writers[-1].write(frame(report))

    def die(self) -> None:
        self.writers[-1].close()


def _ready() -> Ready:
    return Ready(
        pid=1, addresses=(), udp_port=1, tcp_port=1, packets_per_second=9, data_channels=True
    )


def _play(story: Callable[[Workers, Scripted, Listener], Awaitable[None]]) -> None:
    async def whole() -> None:
        scripted, listener = Scripted(), Listener()
        async with (
            asyncio.timeout(8),
            media_workers(SETTINGS, SystemClock(), inside=scripted.work) as workers,
        ):
            workers.listen(listener)
            await story(workers, scripted, listener)

    asyncio.run(whole())


def test_a_command_is_answered_and_reports_are_told() -> None:
    async def story(workers: Workers, scripted: Scripted, listener: Listener) -> None:
        worker = workers.place()
        assert (await worker.ask(Ping(id=0))).id > 0
        worker.tell(Ping(id=0))
        scripted.say(LegUp(leg="x", srtp_profile="y"))
        assert await listener.told.get() == "LegUp"
        assert workers.packets_per_second() == 9
        assert workers.loads() == [LOAD]
        assert workers.failing() == []
        assert scripted.starts[0].packets_per_second == 5

    _play(story)


def test_a_dead_worker_is_back_within_a_second() -> None:
    async def story(workers: Workers, scripted: Scripted, listener: Listener) -> None:
        worker = workers.place()
        waiting = worker.ask(Ping(id=0))
        scripted.die()
        with pytest.raises(WorkerGone):
            await waiting
        assert await listener.told.get() == "died 1"
        with pytest.raises(Unavailable):
            workers.place()
        with pytest.raises(WorkerGone):
            await worker.ask(Ping(id=0))
        worker.tell(Ping(id=0))
        before_s = asyncio.get_running_loop().time()
        assert await listener.told.get() == "started 2"
        assert asyncio.get_running_loop().time() - before_s < 1
        assert (await workers.place().ask(Ping(id=0))).id > 0

    _play(story)


def test_a_silent_worker_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOAD_WITHIN_S", 0.05)

    async def story(workers: Workers, scripted: Scripted, listener: Listener) -> None:
        assert await listener.told.get() == "died 1"

    _play(story)


def test_a_worker_that_speaks_nonsense_is_killed() -> None:
    async def story(workers: Workers, scripted: Scripted, listener: Listener) -> None:
        scripted.writers[-1].write(b"\xff\xff\xff\xff")
        assert await listener.told.get() == "died 1"

    _play(story)


def test_three_deaths_in_a_minute_are_told_to_the_operator(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "AGAIN_AFTER_S", 0.0)

    async def story(workers: Workers, scripted: Scripted, listener: Listener) -> None:
        for number in (1, 2, 3):
            scripted.die()
            assert await listener.told.get() == f"died {number}"
            if number < 3:
                assert await listener.told.get() == f"started {number + 1}"
        await asyncio.sleep(0)
        assert workers.failing() == [0]

    _play(story)
    assert "media worker 0 died 3 times in a minute" in caplog.text


def test_what_a_worker_logs_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def story(workers: Workers, scripted: Scripted, listener: Listener) -> None:
        scripted.say(LogLine(level="warning", text="hm"), LegUp(leg="", srtp_profile=""))
        await listener.told.get()

    _play(story)
    assert "media worker 0: hm" in caplog.text


def test_workers_that_do_not_start_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "READY_WITHIN_S", 0.05)

    async def deaf(control: socket.socket) -> None:
        control.close()

    async def whole() -> None:
        async with media_workers(SETTINGS, SystemClock(), inside=deaf):
            raise AssertionError("not ready")

    with pytest.raises(Unavailable):
        asyncio.run(whole())


def test_workers_begin_while_others_do_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "READY_WITHIN_S", 0.05)

    async def deaf(control: socket.socket) -> None:
        control.close()

    async def whole() -> None:
        async with beginning_workers(SETTINGS, SystemClock(), inside=deaf) as workers:
            assert workers.packets_per_second() == 0, "nobody is ready, and nobody waited"
            await workers.all_started()

    with pytest.raises(Unavailable, match="no answer"):
        asyncio.run(whole())


@pytest.mark.slow
def test_a_port_that_is_taken_is_said_at_once() -> None:
    async def whole() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            media = Media(listen=("127.0.0.1",), udp_port=port, tcp_port=0, packets_per_second=9)
            async with asyncio.timeout(15), media_workers(media, SystemClock()):
                raise AssertionError("the port is taken")

    with pytest.raises(Unavailable, match="port"):
        asyncio.run(whole())


def test_the_ports_of_workers_count_up() -> None:
    media = Media(udp_port=7882, tcp_port=0, listen=("::1",), public_addresses=("192.0.2.1",))
    start = start_command(media, 2)
    assert (start.udp_port, start.tcp_port) == (7884, 0)
    assert (start.bind_addresses, start.public_addresses) == (("::1",), ("192.0.2.1",))
    assert start.measure
    assert not start_command(SETTINGS, 0).measure


def test_voice_is_carried_by_the_first_worker_alone() -> None:
    voice = voice_start(Voice(port=64738, slots=5, public_count=True), ("::1",))
    assert voice == VoiceStart(port=64738, bind_addresses=("::1",), slots=5, public_count=True)
    commands = [start_command(SETTINGS, index, voice) for index in range(2)]
    assert [command.voice for command in commands] == [voice, None]

    async def story(workers: Workers, scripted: Scripted, listener: Listener) -> None:
        assert workers.first().index == 0
        assert scripted.starts[0].voice is None

    _play(story)


@pytest.mark.slow
def test_a_real_worker_process_is_killed_and_is_back() -> None:
    media = Media(listen=("127.0.0.1",), udp_port=0, tcp_port=0, packets_per_second=9)

    async def whole() -> None:
        listener = Listener()
        async with asyncio.timeout(30), media_workers(media, SystemClock()) as workers:
            workers.listen(listener)
            worker = workers.place()
            await worker.ask(Ping(id=0))
            assert worker.ready is not None
            os.kill(worker.ready.pid, signal.SIGKILL)
            while await listener.told.get() != "started 2":
                pass
            await workers.place().ask(Ping(id=0))

    asyncio.run(whole())


def test_what_ends_a_worker_is_seen_through_even_when_cancelled() -> None:
    ended: list[str] = []

    async def end() -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        ended.append("whole")

    async def whole() -> None:
        task = asyncio.ensure_future(seen_through(end()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(whole())
    assert ended == ["whole"]
