"""The worker as a process: its start, its limits, its end, and clients that reach it."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from allmende.media.control import (
    Command,
    Done,
    LegRights,
    LegUp,
    Load,
    OpenLeg,
    OpenRoom,
    Ping,
    Ready,
    Refused,
    Report,
    ReportReader,
    SetRemote,
    Start,
    frame,
)
from allmende.media.fanout.python import PythonFanout
from allmende.media.voicing import MumbleCounts, OpenMumble, PlaceMumble, VoiceStart
from allmende.protocols.mumble.voice import (
    VoicePacket,
    VoicePing,
    legacy,
    legacy_ping,
    parse_legacy,
)
from bench.meet.client import Remote, RtcClient

pytestmark = pytest.mark.slow

START = Start(udp_port=0, tcp_port=0, measure=False, packets_per_second=40_000)


class MainProcess:
    """The other end of the control socket."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        worker: asyncio.subprocess.Process,
    ) -> None:
        self.worker = worker
        self.writer = writer
        self._reader = reader
        self._reports = ReportReader()
        self._waiting: list[Report] = []

    def tell(self, command: Command) -> None:
        self.writer.write(frame(command))

    async def hear(self, kind: type[Report]) -> Report:
        """Return the next report of this kind; earlier ones are passed over."""
        while True:
            while self._waiting:
                report = self._waiting.pop(0)
                if isinstance(report, kind):
                    return report
            data = await self._reader.read(65536)
            if not data:
                raise EOFError
            self._waiting += self._reports.receive(data)


@asynccontextmanager
async def worker_process() -> AsyncIterator[MainProcess]:
    ours, theirs = socket.socketpair()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "allmende.media.process", str(theirs.fileno())),
        pass_fds=[theirs.fileno()],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    theirs.close()
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    try:
        yield MainProcess(reader, writer, process)
    finally:
        writer.close()
        if process.returncode is None:
            process.kill()
        await process.wait()


def with_worker(story: Callable[[MainProcess], Coroutine[None, None, None]]) -> None:
    async def told() -> None:
        async with asyncio.timeout(20), worker_process() as main:
            await story(main)

    asyncio.run(told())


def of_proc(pid: int, name: str, field: str) -> list[str]:
    with open(f"/proc/{pid}/{name}") as lines:
        return next(line for line in lines if line.startswith(field)).split()


def test_a_worker_starts_without_a_way_to_write_and_ends_with_its_socket() -> None:
    async def story(main: MainProcess) -> None:
        main.tell(START)
        ready = await main.hear(Ready)
        assert isinstance(ready, Ready)
        assert (ready.pid, ready.packets_per_second) == (main.worker.pid, 40_000)
        assert ready.data_channels
        assert ready.udp_port > 0
        main.tell(Ping(id=3))
        assert await main.hear(Done) == Done(id=3)
        load = await main.hear(Load)
        assert isinstance(load, Load)
        assert 0 < load.rss_bytes <= 80 * 1024 * 1024
        assert of_proc(ready.pid, "limits", "Max file size")[3:5] == ["0", "0"]
        assert of_proc(ready.pid, "limits", "Max core file")[4:6] == ["0", "0"]
        assert of_proc(ready.pid, "status", "NoNewPrivs:")[1] == "1"
        main.writer.close()
        async with asyncio.timeout(1):
            assert await main.worker.wait() == 0

    with_worker(story)


def test_a_client_reaches_the_process() -> None:
    async def story(main: MainProcess) -> None:
        main.tell(START)
        ready = await main.hear(Ready)
        assert isinstance(ready, Ready)
        client = RtcClient()
        main.tell(OpenRoom(id=1, room="r"))
        rights = LegRights(sources=())
        main.tell(OpenLeg(id=2, leg="PA_1", room="r", identity="i", rights=rights))
        assert await main.hear(Done) == Done(id=1)
        done = await main.hear(Done)
        assert isinstance(done, Done)
        main.tell(
            SetRemote(
                id=3,
                leg="PA_1",
                fingerprint=client.fingerprint,
                ufrag=client.ufrag,
                sctp_port=5000,
                max_message_bytes=65536,
            )
        )
        addresses = [("127.0.0.1", ready.udp_port)]
        await client.connect(Remote(done.ufrag, done.pwd, done.fingerprint, addresses))
        assert await main.hear(LegUp) == LegUp(leg="PA_1", srtp_profile="AEAD_AES_128_GCM")
        client.close()

    with_worker(story)


def test_a_taken_port_is_refused_and_the_worker_ends() -> None:
    async def story(main: MainProcess) -> None:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as taken:
            taken.bind(("::", 0))
            main.tell(Start(udp_port=taken.getsockname()[1], tcp_port=0, measure=False))
            refused = await main.hear(Refused)
            assert isinstance(refused, Refused)
            assert refused.why == "port: Address already in use"
            assert await main.worker.wait() == 3

    with_worker(story)


def test_a_fan_out_that_is_not_there_is_refused_and_the_worker_ends() -> None:
    async def story(main: MainProcess) -> None:
        main.tell(Start(udp_port=0, tcp_port=0, measure=False, fanout="abacus"))
        refused = await main.hear(Refused)
        assert isinstance(refused, Refused)
        assert refused.why == "fanout: there is no fan-out abacus"
        assert await main.worker.wait() == 5

    with_worker(story)


@pytest.mark.parametrize("fanout", ["auto", "python"])
def test_two_clients_of_mumble_hear_each_other_through_the_process(fanout: str) -> None:
    async def story(main: MainProcess) -> None:
        main.tell(replace(START, fanout=fanout, voice=VoiceStart(port=0)))
        ready = await main.hear(Ready)
        assert isinstance(ready, Ready)
        assert ready.fanout in ("c", "numpy", "python")
        main.tell(OpenRoom(id=1, room="r"))
        phones = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(2)]
        crypts = [PythonFanout().crypt(bytes([n]) * 16, b"s" * 16, b"c" * 16) for n in (1, 2)]
        for n, phone in enumerate(phones):
            phone.connect(("127.0.0.1", ready.voice_port))
            phone.settimeout(5)
            main.tell(
                OpenMumble(
                    id=2, leg=f"ML_{n}", session=n + 1, source="127.0.0.1",
                    key=bytes([n + 1]) * 16, client_nonce=b"c" * 16, server_nonce=b"s" * 16,
                    protobuf=False, tcp_only=False, bandwidth_bps=72_000,
                )
            )  # fmt: skip
            main.tell(PlaceMumble(id=3, leg=f"ML_{n}", room="r", sources=("microphone",)))
        main.tell(Ping(id=9))
        while await main.hear(Done) != Done(id=9):
            pass
        for phone, crypt in zip(phones, crypts, strict=True):
            phone.send(crypt.encrypt(legacy_ping(VoicePing(timestamp=5))))
            answer = crypt.decrypt(phone.recv(1024)) or b""
            assert parse_legacy(answer) == VoicePing(timestamp=5)
        for n in range(5):
            packet = VoicePacket(0, 2 * n, b"\x08sound", n == 4)
            phones[0].send(crypts[0].encrypt(legacy(packet, from_client=True)))
            heard = parse_legacy(crypts[1].decrypt(phones[1].recv(1024)) or b"", from_client=False)
            assert heard == VoicePacket(1, 2 * n, b"\x08sound", n == 4)
        counts = await main.hear(MumbleCounts)
        assert isinstance(counts, MumbleCounts)
        for phone in phones:
            phone.close()

    with_worker(story)


@pytest.mark.parametrize(
    ("first", "code"),
    [(frame(Ping(id=1)), 2), (b"\xff\xff\xff\xff", 4), (b"\x00\x00\x00\x01\xc1", 4)],
)
def test_a_worker_that_is_not_started_properly_ends(first: bytes, code: int) -> None:
    async def story(main: MainProcess) -> None:
        main.writer.write(first)
        assert await main.worker.wait() == code

    with_worker(story)


def test_sigterm_ends_the_worker() -> None:
    async def story(main: MainProcess) -> None:
        main.tell(START)
        await main.hear(Ready)
        main.worker.terminate()
        assert await main.worker.wait() == 0

    with_worker(story)
