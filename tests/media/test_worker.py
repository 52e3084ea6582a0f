"""A worker inside the test's loop and real clients on loopback: UDP, TCP, a change of network."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiortc.rtcdatachannel import RTCDataChannel, RTCDataChannelParameters
from aiortc.rtcsctptransport import RTCSctpCapabilities, RTCSctpTransport

from allmende.media.control import (
    CloseLeg,
    Command,
    Done,
    LegDown,
    LegRights,
    LegUp,
    Load,
    LogLine,
    OpenLeg,
    Ping,
    Ready,
    Refused,
    Report,
    RestartIce,
    SetRemote,
    Start,
)
from allmende.media.fanout.interface import Fanout
from allmende.media.fanout.streams import Stream
from allmende.media.rooms import Rooms
from allmende.media.voice.audience import Changes
from allmende.media.voice.natives import NativeLegs
from allmende.media.webrtc.datachannel import SctpLink
from allmende.media.webrtc.transport import LegEvents, LegTransport
from allmende.media.worker import LOAD_EVERY_S, REST_S, TICK_S, MediaWorker
from bench.meet.client import ClientFailed, Remote, RtcClient
from tests.ports import free_port


class EchoLeg:
    """Sends back what it gets, under another SSRC."""

    def __init__(self, rooms: "EchoRooms", name: str) -> None:
        self.rooms, self.name = rooms, name
        self.transport: LegTransport | None = None
        self.stream: Stream | None = None

    def transport_up(self, srtp_profile: str) -> None:
        self.rooms.report(LegUp(leg=self.name, srtp_profile=srtp_profile))

    def transport_down(self, why: str) -> None:
        self.rooms.report(LegDown(leg=self.name, why=why))

    def rtp_received(self, packet: bytes, arrived_s: float) -> None:
        self.rooms.late_s.append(self.rooms.clock_s() - arrived_s)
        if self.transport is not None:
            echo = self._protected(self.transport, packet)
            if echo:
                self.transport.send_protected(echo, video=True)

    def _protected(self, transport: LegTransport, packet: bytes) -> bytes | None:
        if transport.fan is None:
            return transport.protect_rtp(packet[:8] + b"\0\0\0\7" + packet[12:])
        if self.stream is None:
            header = b"\x80" + bytes(10) + b"\7"
            self.stream = Stream(transport.fan, header, 0, 0, bytes(5), 64)
        return self.stream.emit(packet[1], packet[2] << 8 | packet[3], 0, 0, packet[12:])

    def rtcp_received(self, packet: bytes, arrived_s: float) -> None:
        if self.transport is not None:
            self.transport.send_rtcp(packet)

    def data_received(self, payload: bytes, *, reliable: bool) -> None:
        if self.transport is not None:
            self.transport.send_data(payload, reliable=reliable)


class EchoRooms:
    """The least that carries out commands."""

    def __init__(
        self,
        open_transport: Callable[[LegEvents], LegTransport],
        fingerprint: str,
        report: Callable[[Report], None],
        clock_s: Callable[[], float],
    ) -> None:
        self.open_transport, self.fingerprint = open_transport, fingerprint
        self.report, self.clock_s = report, clock_s
        self.changes = Changes()
        self.legs: dict[str, EchoLeg] = {}
        self.late_s: list[float] = []
        self.next_tick_s = 0.0
        self.ticks = 0
        self.ticked = asyncio.Event()

    def carry_out(self, command: Command) -> Done | Refused:
        if isinstance(command, Ping):
            raise KeyError("a bug")
        if isinstance(command, OpenLeg):
            leg = self.legs[command.leg] = EchoLeg(self, command.leg)
            leg.transport = self.open_transport(leg)
            ufrag, pwd = leg.transport.local_ufrag, leg.transport.local_pwd
            return Done(id=command.id, ufrag=ufrag, pwd=pwd, fingerprint=self.fingerprint)
        if isinstance(command, SetRemote | CloseLeg | RestartIce):
            transport = self.legs[command.leg].transport
            assert transport is not None
            if isinstance(command, RestartIce):
                ufrag, pwd = transport.restart_ice()
                return Done(id=command.id, ufrag=ufrag, pwd=pwd)
            if isinstance(command, CloseLeg):
                transport.close()
            else:
                transport.set_remote(command.fingerprint, command.ufrag, command.sctp_port, 65536)
        return Done(id=command.id)

    def tick(self, now_s: float) -> None:
        self.ticks += 1
        self.ticked.set()
        if "broken" in self.legs:
            raise KeyError("another bug")

    def due_s(self) -> float:
        return self.next_tick_s

    def open_voice(self, fanout: Fanout, *, public_count: bool) -> NativeLegs:
        rooms = Rooms(self.open_transport, "", self.report, self.clock_s)
        return rooms.open_voice(fanout, public_count=public_count)


class Stage:
    """A worker that is open, and what it said."""

    def __init__(self, fanout: str) -> None:
        self.fanout = fanout
        self.said: list[Report] = []
        self.changed = asyncio.Event()
        self.rooms: EchoRooms | None = None

    def make_rooms(
        self,
        open_transport: Callable[[LegEvents], LegTransport],
        fingerprint: str,
        report: Callable[[Report], None],
        clock_s: Callable[[], float],
    ) -> EchoRooms:
        self.rooms = EchoRooms(open_transport, fingerprint, report, clock_s)
        return self.rooms

    def report(self, report: Report) -> None:
        self.said.append(report)
        self.changed.set()

    async def heard(self, kind: type[Report]) -> Report:
        while True:
            for report in self.said:
                if isinstance(report, kind):
                    return report
            self.changed.clear()
            await self.changed.wait()

    @asynccontextmanager
    async def worker(self, start: Start) -> AsyncIterator[MediaWorker]:
        start = msgspec.structs.replace(start, fanout=self.fanout)
        worker = MediaWorker(start, self.report, self.make_rooms, SctpLink)
        await worker.open()
        try:
            yield worker
        finally:
            await worker.close()

    def open_leg(self, worker: MediaWorker, client: RtcClient, host: str, port: int) -> Remote:
        rights = LegRights(sources=())
        worker.carry_out(OpenLeg(id=1, leg="PA_1", room="r", identity="i", rights=rights))
        done = next(report for report in reversed(self.said) if isinstance(report, Done))
        worker.carry_out(
            SetRemote(
                id=2,
                leg="PA_1",
                fingerprint=client.fingerprint,
                ufrag=client.ufrag,
                sctp_port=5000,
                max_message_bytes=65536,
            )
        )
        return Remote(done.ufrag, done.pwd, done.fingerprint, [(host, port)])


def rtp(sequence: int) -> bytes:
    return bytes([0x80, 111]) + sequence.to_bytes(2, "big") + bytes(4) + b"\0\0\0\1" + bytes(100)


class Ear:
    """Counts what comes back."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self._arrived = asyncio.Event()

    def __call__(self, packet: bytes) -> None:
        self.packets.append(packet)
        self._arrived.set()

    async def hears(self) -> bytes:
        self._arrived.clear()
        await self._arrived.wait()
        return self.packets[-1]


def on_stage(story: Callable[[Stage], Coroutine[None, None, None]]) -> None:
    async def told(fanout: str) -> None:
        async with asyncio.timeout(10):
            await story(Stage(fanout))

    for fanout in ("python", "auto"):  # the latter is C, where it was built
        asyncio.run(told(fanout))


async def echoes(client: RtcClient, ear: Ear, sequence: int) -> bool:
    client.send_rtp(rtp(sequence))
    return (await ear.hears())[2:4] == sequence.to_bytes(2, "big")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_client_is_heard_over_udp(host: str) -> None:
    async def story(stage: Stage) -> None:
        ear, reports = Ear(), Ear()
        client = RtcClient(on_rtp=ear, on_rtcp=reports)
        async with stage.worker(Start(udp_port=0, tcp_port=0, measure=False)) as worker:
            ready = await stage.heard(Ready)
            assert isinstance(ready, Ready)
            assert "127.0.0.1" in ready.addresses
            assert ready.tcp_port == 0
            remote = stage.open_leg(worker, client, host, ready.udp_port)
            await client.connect(remote)
            assert client.srtp_profile == "SRTP_AEAD_AES_128_GCM"
            assert await echoes(client, ear, 1)
            client.send_rtcp(bytes([0x80, 201, 0, 1, 0, 0, 0, 9]))
            assert await reports.hears()
            assert stage.rooms is not None
            assert 0 <= stage.rooms.late_s[0] < 1
            client.close()
            assert isinstance(await stage.heard(LegDown), LegDown)

    on_stage(story)


def test_a_client_is_heard_over_tcp() -> None:
    async def story(stage: Stage) -> None:
        ear, port = Ear(), free_port()
        client = RtcClient(on_rtp=ear)
        async with stage.worker(Start(udp_port=0, tcp_port=port, measure=False)) as worker:
            remote = stage.open_leg(worker, client, "127.0.0.1", port)
            await client.connect(remote, tcp=True)
            assert await echoes(client, ear, 1)
            await client.move(tcp=True)
            assert await echoes(client, ear, 2)
            client.close(goodbye=False)

    on_stage(story)


def test_a_client_changes_its_network_without_signalling() -> None:
    async def story(stage: Stage) -> None:
        ear = Ear()
        client = RtcClient(on_rtp=ear)
        start = Start(udp_port=0, tcp_port=0, bind_addresses=("127.0.0.1",), measure=False)
        async with stage.worker(start) as worker:
            ready = await stage.heard(Ready)
            assert isinstance(ready, Ready)
            assert ready.addresses == ("127.0.0.1",)
            await client.connect(stage.open_leg(worker, client, "127.0.0.1", ready.udp_port))
            assert await echoes(client, ear, 1)
            await client.move(source="127.0.0.2")
            assert await echoes(client, ear, 2)
            client.close(goodbye=False)

    on_stage(story)


def test_a_client_goes_on_after_an_ice_restart() -> None:
    async def story(stage: Stage) -> None:
        ear = Ear()
        client = RtcClient(on_rtp=ear)
        async with stage.worker(Start(udp_port=0, tcp_port=0, measure=False)) as worker:
            ready = await stage.heard(Ready)
            assert isinstance(ready, Ready)
            await client.connect(stage.open_leg(worker, client, "127.0.0.1", ready.udp_port))
            worker.carry_out(RestartIce(id=9, leg="PA_1"))
            assert await echoes(client, ear, 1)
            done = next(report for report in reversed(stage.said) if isinstance(report, Done))
            await client.restart(done.ufrag, done.pwd)
            assert await echoes(client, ear, 2)
            worker.carry_out(CloseLeg(id=10, leg="PA_1"))
            client.close()

    on_stage(story)


def test_answers_come_from_the_address_that_was_asked() -> None:
    async def story(stage: Stage) -> None:
        ear = Ear()
        client = RtcClient(on_rtp=ear)
        async with stage.worker(Start(udp_port=0, tcp_port=0, measure=False)) as worker:
            ready = await stage.heard(Ready)
            assert isinstance(ready, Ready)
            remote = stage.open_leg(worker, client, "127.0.0.3", ready.udp_port)
            await client.connect(remote)
            assert await echoes(client, ear, 1)
            # A connected socket takes packets from the address that it asked only.
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as strict:
                strict.setblocking(False)
                strict.connect(("127.0.0.3", ready.udp_port))
                strict.send(client._check(("127.0.0.3", ready.udp_port)))
                answer = await asyncio.get_running_loop().sock_recv(strict, 2048)
                assert answer[:2] == b"\x01\x01"
            client.close()

    on_stage(story)


def test_the_wrong_server_is_noticed_by_the_client() -> None:
    async def story(stage: Stage) -> None:
        client = RtcClient()
        async with stage.worker(Start(udp_port=0, tcp_port=0, measure=False)) as worker:
            ready = await stage.heard(Ready)
            assert isinstance(ready, Ready)
            remote = stage.open_leg(worker, client, "127.0.0.1", ready.udp_port)
            forged = Remote(remote.ufrag, remote.pwd, "AB:CD", remote.addresses)
            with pytest.raises(ClientFailed):
                await client.connect(forged)
            client.close()

    on_stage(story)


@pytest.mark.slow
def test_bugs_are_reported_without_their_text_and_end_nothing() -> None:
    async def story(stage: Stage) -> None:
        async with stage.worker(Start(udp_port=0, tcp_port=0, measure=False)) as worker:
            worker.carry_out(Ping(id=7))
            assert stage.said[-1] == Refused(id=7, why="bug")
            assert stage.rooms is not None
            stage.rooms.legs["broken"] = EchoLeg(stage.rooms, "broken")
            load = await stage.heard(Load)
            assert isinstance(load, Load)
            assert load.rss_bytes > 1_000_000
            lines = [report.text for report in stage.said if isinstance(report, LogLine)]
            assert lines
            assert all(line.startswith("bug KeyError at ") for line in lines)
            assert not any("a bug" in line for line in lines)

    on_stage(story)


@pytest.mark.slow
def test_a_worker_rests_while_nothing_is_due_and_tells_its_load_all_the_same() -> None:
    async def story(stage: Stage) -> None:
        async with stage.worker(Start(udp_port=0, tcp_port=0, measure=False)):
            assert stage.rooms is not None
            stage.rooms.next_tick_s = float("inf")
            before = stage.rooms.ticks
            load = await stage.heard(Load)
            assert isinstance(load, Load)
            assert load.late_ms >= 0
            assert stage.rooms.ticks - before < LOAD_EVERY_S / TICK_S / 2

    on_stage(story)


@pytest.mark.slow
def test_what_comes_in_ends_the_rest() -> None:
    async def story(stage: Stage) -> None:
        async with stage.worker(Start(udp_port=0, tcp_port=0, measure=False)) as worker:
            rooms, loop, order = stage.rooms, asyncio.get_running_loop(), list[str]()
            assert rooms is not None
            rooms.next_tick_s = float("inf")
            for _ in range(2):  # the first was on its way before
                rooms.ticked.clear()
                await rooms.ticked.wait()
            rooms.ticked.clear()
            rooms.next_tick_s = 0.0
            worker.carry_out(Ping(id=7))
            # Timers run in their order, however late the loop is.
            loop.call_later(REST_S - 2 * TICK_S, order.append, "rested")
            await rooms.ticked.wait()
            assert not order

    on_stage(story)


def test_a_port_that_is_taken_is_an_error() -> None:
    async def story(stage: Stage) -> None:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as taken:
            taken.bind(("::", 0))
            port = taken.getsockname()[1]
            start = Start(udp_port=port, tcp_port=0, measure=False)
            worker = MediaWorker(start, stage.report, stage.make_rooms, None)
            with pytest.raises(OSError, match="in use"):
                await worker.open()
        assert not stage.said

    on_stage(story)


class DtlsForSctp:
    """What aiortc's SCTP wants, over the DTLS of the client."""

    state = "connected"
    _role = "client"

    def __init__(self, client: RtcClient) -> None:
        self._client = client

    def _register_data_receiver(self, receiver: object) -> None:
        pass

    def _unregister_data_receiver(self, receiver: object) -> None:
        pass

    async def _send_data(self, packet: bytes) -> None:
        self._client.send_message(packet)


def test_data_channels_pass_over_the_same_transport() -> None:
    async def story(stage: Stage) -> None:
        async with stage.worker(Start(udp_port=0, tcp_port=0, measure=False)) as worker:
            ready = await stage.heard(Ready)
            assert isinstance(ready, Ready)
            client = RtcClient()
            sctp = RTCSctpTransport(DtlsForSctp(client), 5000)  # type: ignore[arg-type]  # private

            def receive(packet: bytes) -> None:
                with contextlib.suppress(StopIteration):
                    sctp._handle_data(packet).send(None)

            client.on_message = receive
            await client.connect(stage.open_leg(worker, client, "127.0.0.1", ready.udp_port))
            await sctp.start(RTCSctpCapabilities(65536), 5000)
            ear = Ear()
            for label in ("_lossy", "_reliable"):
                channel = RTCDataChannel(sctp, RTCDataChannelParameters(label=label))
                channel.on("message", ear)
                opened = asyncio.Event()
                channel.on("open", opened.set)
                await opened.wait()
                channel.send(label.encode() + bytes(30_000))
                assert await ear.hears() == label.encode() + bytes(30_000)
            await sctp.stop()
            client.close()

    on_stage(story)


@pytest.mark.slow
def test_half_open_connections_do_not_keep_clients_out() -> None:
    async def story(stage: Stage) -> None:
        ear, port = Ear(), free_port()
        client = RtcClient(on_rtp=ear)
        async with stage.worker(Start(udp_port=0, tcp_port=port, measure=False)) as worker:
            loop = asyncio.get_running_loop()
            strangers = [socket.socket() for _ in range(400)]
            for stranger in strangers:
                stranger.setblocking(False)
                await loop.sock_connect(stranger, ("127.0.0.1", port))
            remote = stage.open_leg(worker, client, "127.0.0.1", port)
            await client.connect(remote, tcp=True)
            assert await echoes(client, ear, 1)
            for stranger in strangers:
                stranger.close()
            client.close(goodbye=False)

    on_stage(story)
