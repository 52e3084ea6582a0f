"""A media worker without its process: sockets, transports, rooms, the tick, the load.

`process` puts it into a process of its own; with ``media.workers = 0`` and in tests it runs
inside another loop. It does not know who reports go to.
"""

import asyncio
import os
import resource
import socket
import time
import traceback
from collections.abc import Callable
from typing import Final, Protocol

from allmende.media.control import Command, Done, Load, LogLine, Ready, Refused, Report, Start
from allmende.media.fanout.choice import choose, express_of, srtp_of
from allmende.media.fanout.interface import Fanout
from allmende.media.fanout.streams import SrtpFanout
from allmende.media.measure import packets_per_second
from allmende.media.voice.audience import Changes
from allmende.media.voice.natives import NativeLegs
from allmende.media.voice.udp import VoicePort
from allmende.media.voicing import VoiceStart
from allmende.media.webrtc.addresses import candidate_addresses, interface_addresses
from allmende.media.webrtc.datalink import OpenData
from allmende.media.webrtc.dtls import make_certificate
from allmende.media.webrtc.endpoint import Endpoint
from allmende.media.webrtc.paths import Receiver, Source
from allmende.media.webrtc.tcp import TcpPort
from allmende.media.webrtc.transport import LegEvents, LegTransport
from allmende.media.webrtc.udp import UdpPort, open_udp

TICK_S: Final = 0.02
REST_S: Final = 0.25
"""From tick to tick at most, where nothing is due: an idle machine sleeps."""
LOAD_EVERY_S: Final = 1.0
MAX_TCP_CONNECTIONS: Final = 4096
MAX_BUG_LINES: Final = 20  # in one second of load
_BACKLOG: Final = 512


class Rooms(Protocol):
    """The state of the worker above the transports; `rooms.Rooms` is the real one."""

    changes: Changes

    def carry_out(self, command: Command) -> Done | Refused:
        """Do what the main process says."""

    def tick(self, now_s: float) -> None:
        """Look at the clock."""

    def due_s(self) -> float:
        """Return when `tick` is needed, as things are now."""

    def open_voice(self, fanout: Fanout, *, public_count: bool) -> NativeLegs:
        """Carry Mumble's voice, too; return what takes its datagrams."""


MakeRooms = Callable[
    [Callable[[LegEvents], LegTransport], str, Callable[[Report], None], Callable[[], float]],
    Rooms,
]


class MediaWorker:
    """Open it, let it carry out commands, close it."""

    def __init__(
        self,
        start: Start,
        report: Callable[[Report], None],
        make_rooms: MakeRooms,
        open_data: OpenData | None,
    ) -> None:
        self._start = start
        self._report = report
        self._has_data = open_data is not None
        self._bugs = 0
        certificate = make_certificate()
        clock_s = time.monotonic
        self._endpoint = Endpoint(certificate, clock_s, open_data, self._bug)
        self._rooms = make_rooms(
            self._endpoint.open_transport, certificate.fingerprint, report, clock_s
        )
        self._srtp: SrtpFanout | None = None
        self._udp: list[UdpPort] = []
        self._sockets: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._tcp = TcpPort(
            _Flushing(self._endpoint, self._flush),
            self._endpoint.is_known,
            self._endpoint.connection_lost,
            clock_s,
            _max_connections(),
        )
        self._timer: asyncio.TimerHandle | None = None
        self._tick_s = self._next_tick_s = 0.0
        self._meter = _Meter()

    async def open(self) -> None:
        """Bind, measure, report Ready and begin to tick.

        Raises OSError if a port is taken, FanoutMissing if that of the configuration is not here.
        """
        fanout = choose(self._start.fanout)
        self._srtp = srtp_of(fanout)
        self._endpoint.protect_by(self._srtp)
        try:
            udp_port = self._open_udp()
            voice_port = self._open_voice(fanout, self._start.voice)
            tcp_port = await self._open_tcp()
        except OSError:
            await self.close()
            raise
        start = self._start
        measured = packets_per_second(self._srtp) if start.measure else start.packets_per_second
        bound, public = start.bind_addresses, start.public_addresses
        self._report(
            Ready(
                pid=os.getpid(),
                addresses=candidate_addresses(bound, public, interface_addresses()),
                udp_port=udp_port,
                tcp_port=tcp_port,
                packets_per_second=measured,
                data_channels=self._has_data,
                fanout=fanout.name,
                voice_port=voice_port,
            )
        )
        self._meter.begin()
        self._next_tick_s = time.monotonic()
        self._tick()

    def carry_out(self, command: Command) -> None:
        """Do what the main process says and report Done or Refused."""
        try:
            answer: Report = self._rooms.carry_out(command)
        except Exception as bug:
            self._bug(bug)
            answer = Refused(id=command.id, why="bug")
        self._end_turn()
        self._report(answer)

    async def close(self) -> None:
        """Say goodbye to every client and close the sockets."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._endpoint.close()
        for server in self._servers:
            server.close()
        self._tcp.close()
        loop = asyncio.get_running_loop()
        for bound in self._sockets:
            loop.remove_reader(bound)
            bound.close()
        self._sockets.clear()
        self._udp.clear()

    # --- inside ----------------------------------------------------------------------------

    def _open_udp(self) -> int:
        loop = asyncio.get_running_loop()
        port = self._start.udp_port
        for host in self._start.bind_addresses or ("",):
            bound = open_udp(host, port)
            port = bound.getsockname()[1]
            reader = UdpPort(bound, self._endpoint, time.monotonic, self._srtp)
            reader.tick(time.monotonic(), time.time())
            loop.add_reader(bound, reader.readable)
            self._sockets.append(bound)
            self._udp.append(reader)
        return int(port)

    def _open_voice(self, fanout: Fanout, voice: VoiceStart | None) -> int:
        if voice is None:
            return 0
        natives = self._rooms.open_voice(fanout, public_count=voice.public_count)
        loop = asyncio.get_running_loop()
        port = voice.port
        for host in voice.bind_addresses or ("",):
            bound = open_udp(host, port, stamped=False)
            port = bound.getsockname()[1]
            reader = VoicePort(bound, fanout, natives.receiving, express_of(fanout, bound))
            loop.add_reader(bound, self._voice_readable, reader, self._rooms.changes)
            self._sockets.append(bound)
        return int(port)

    async def _open_tcp(self) -> int:
        port = self._start.tcp_port
        if port == 0:
            return 0
        loop = asyncio.get_running_loop()
        for host in self._start.bind_addresses or ("",):
            listening = _listen(host, port)
            server = await loop.create_server(
                self._tcp.connection, sock=listening, backlog=_BACKLOG
            )
            self._servers.append(server)
        return port

    def _tick(self) -> None:
        now_s, self._tick_s = time.monotonic(), self._next_tick_s
        self._meter.late(now_s - self._tick_s)
        for port in self._udp:
            port.tick(now_s, time.time())
        self._endpoint.tick()
        self._tcp.tick(now_s)
        try:
            self._rooms.tick(now_s)
        except Exception as bug:
            self._bug(bug)
        self._flush()
        if self._meter.is_due(now_s):
            if self._srtp is not None:
                self._srtp.second_passed()
            self._report_load(now_s)
        # What was late is not caught up: ticks in a row would only make it later.
        soonest_s = max(self._tick_s + TICK_S, now_s)
        self._tick_at(min(max(self._rooms.due_s(), soonest_s), now_s + REST_S))

    def _tick_at(self, due_s: float) -> None:
        """Let the next tick be at ``due_s``, or as soon as can be."""
        if self._timer is not None:
            self._timer.cancel()
        self._next_tick_s = due_s
        delay_s = max(0.0, due_s - time.monotonic())
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._tick)

    def _report_load(self, now_s: float) -> None:
        self._bugs = 0
        packets_out = sum(port.packets_out for port in self._udp) + self._tcp.packets_out
        self._report(
            self._meter.load(now_s, self._endpoint.packets_in, packets_out, len(self._endpoint))
        )

    def _voice_readable(self, port: VoicePort, changes: Changes) -> None:
        now_s = time.monotonic()
        express = port.express
        if express is not None and not express.go_on(changes.count, now_s):
            return  # nothing that would end a turn: spurts go on as they were
        try:
            port.readable(now_s)
        except Exception as bug:
            self._bug(bug)
        self._end_turn()

    def _end_turn(self) -> None:
        """Something came in: send what waits, and tick sooner if that is needed now."""
        if len(self._endpoint):
            self._flush()
        soonest_s = self._tick_s + TICK_S
        if self._next_tick_s > soonest_s and self._rooms.due_s() < self._next_tick_s:
            self._tick_at(max(self._rooms.due_s(), soonest_s))

    def _flush(self) -> None:
        """Send what waits: a turn has ended that did not begin at one of our UDP ports."""
        for port in self._udp:
            port.flush()

    def _bug(self, bug: Exception) -> None:
        """Say where, never what: a text of an exception may hold an address or content."""
        self._bugs += 1
        if self._bugs > MAX_BUG_LINES:
            return
        frames = traceback.extract_tb(bug.__traceback__)[-3:]
        where = " < ".join(
            f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in reversed(frames)
        )
        self._report(LogLine(level="error", text=f"bug {type(bug).__name__} at {where}"))


class _Flushing:
    """Takes what came by TCP; what is to leave by UDP for it need not wait for a tick."""

    def __init__(self, receiver: Receiver, flush: Callable[[], None]) -> None:
        self._receiver = receiver
        self._flush = flush

    def received(
        self, datagram: bytes, remote: object, source: Source, local: bytes, arrived_s: float
    ) -> None:
        """Hand it on and send."""
        self._receiver.received(datagram, remote, source, local, arrived_s)
        self._flush()


class _Meter:
    """What `Load` is made of."""

    def __init__(self) -> None:
        self._since_s = self._cpu_s = self._late_s = 0.0
        self._packets_in = self._packets_out = 0

    def begin(self) -> None:
        """Count from now on."""
        self._since_s, self._cpu_s = time.monotonic(), time.process_time()

    def late(self, late_s: float) -> None:
        """Note how late a tick was."""
        self._late_s = max(self._late_s, late_s)

    def is_due(self, now_s: float) -> bool:
        """Is it time for the next report?"""
        return now_s - self._since_s >= LOAD_EVERY_S

    def load(self, now_s: float, packets_in: int, packets_out: int, legs: int) -> Load:
        """Return the report since the last one."""
        cpu_s = time.process_time()
        load = Load(
            cpu=(cpu_s - self._cpu_s) / max(now_s - self._since_s, 1e-6),
            rss_bytes=_rss_bytes(),
            packets_in=packets_in - self._packets_in,
            packets_out=packets_out - self._packets_out,
            late_ms=1000 * self._late_s,
            legs=legs,
        )
        self._since_s, self._cpu_s, self._late_s = now_s, cpu_s, 0.0
        self._packets_in, self._packets_out = packets_in, packets_out
        return load


def _rss_bytes() -> int:
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def _max_connections() -> int:
    """Leave files for the strangers and for ourselves."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(16, min(MAX_TCP_CONNECTIONS, soft // 2 - 64))


def _listen(host: str, port: int) -> socket.socket:
    v6 = ":" in host or (not host and socket.has_dualstack_ipv6())
    return socket.create_server(
        (host, port),
        family=socket.AF_INET6 if v6 else socket.AF_INET,
        backlog=_BACKLOG,
        dualstack_ipv6=v6 and not host,
    )
