"""A native client without a codec: it logs in, talks recorded Opus, counts what it hears.

Most clients count in the kernel: a filter drops every datagram, and the drops of the socket are
the packets heard. A few samples decrypt and time each packet instead.
"""

import asyncio
import contextlib
import ctypes
import socket
import ssl
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self

from allmende.protocols.mumble.framing import MAX_AFTER_LOGIN, Frame, FrameReader, frame, tunnel
from allmende.protocols.mumble.messages import (
    Authenticate,
    ChannelState,
    CryptSetup,
    Message,
    Ping,
    Reject,
    ServerSync,
    TextMessage,
    UserState,
    Version,
    decode,
)
from allmende.protocols.mumble.ocb2 import AesBlocks, CryptState
from allmende.protocols.mumble.voice import (
    VoicePacket,
    VoicePing,
    legacy,
    parse_legacy,
    parse_protobuf,
    protobuf,
)

PING_EVERY_S: Final = 5.0
LOGIN_WITHIN_S: Final = 60.0
TOC_20_MS: Final = 0x78
"""Hybrid, full band, one frame of 20 ms (RFC 6716, 3.1)."""

_TUNNEL: Final = 1
_STAMP: Final = struct.Struct("<BQ")
_SO_ATTACH_FILTER: Final = 26
_SO_MEMINFO: Final = 55
_MEMINFO: Final = struct.Struct("9I")
_RECEIVE_BYTES: Final = 1024 * 1024


class LoginRefused(Exception):
    """The server said Reject; the text is its reason."""


@dataclass(frozen=True)
class Way:
    """How a client comes in and how its voice goes."""

    host: str
    port: int
    password: str = ""
    protobuf: bool = False
    tunnel: bool = False


@dataclass
class Heard:
    """What a sample decrypted. ``late_s``: from sending to arrival, one for each packet.

    ``frames``: (session, frame number, end of speech) of each packet, in order.
    """

    packets: int = 0
    bad: int = 0
    late_s: list[float] = field(default_factory=list)
    frames: list[tuple[int, int, bool]] = field(default_factory=list)


class Native(asyncio.Protocol):
    """One client. ``on_message``: told every control message."""

    def __init__(self, name: str, way: Way) -> None:
        self.name, self.way = name, way
        self.session = 0
        self.users: dict[int, UserState] = {}
        self.channels: dict[int, ChannelState] = {}
        self.heard = Heard()
        self.tunnelled = 0
        self.on_message: Callable[[Message], None] = lambda message: None
        self.crypt: CryptState | None = None
        self._frame = 0
        self._frames = FrameReader(MAX_AFTER_LOGIN)
        self._next_ping: asyncio.TimerHandle | None = None
        self._synced = asyncio.Event()
        self._bound = asyncio.Event()
        self._refusal = ""

    # --- coming and going -----------------------------------------------------------------

    async def enter(self) -> Self:
        """Connect and log in; bind the way back of UDP. Raises LoginRefused, TimeoutError."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(LOGIN_WITHIN_S):
            self._transport, _ = await loop.create_connection(
                lambda: self, self.way.host, self.way.port, ssl=context
            )
            self._say_hello()
            await self._synced.wait()
            if self._refusal:
                await self.leave()
                raise LoginRefused(self._refusal)
            if not self.way.tunnel:
                await self._bind()
        self._ping()
        return self

    async def leave(self) -> None:
        """Close everything."""
        if self._next_ping is not None:
            self._next_ping.cancel()
        self._transport.abort()
        if hasattr(self, "udp"):
            asyncio.get_running_loop().remove_reader(self.udp)
            self.udp.close()

    def _say_hello(self) -> None:
        number = 1 << 48 | 5 << 32 | 735 << 16 if self.way.protobuf else 0
        old = 1 << 16 | 5 << 8 | 255 if self.way.protobuf else 1 << 16 | 3 << 8 | 4
        self.send(Version(version_v1=old, version_v2=number or None, release="load"))
        self.send(Authenticate(username=self.name, password=self.way.password, opus=True))

    def send(self, message: Message) -> None:
        """Write one control message."""
        self._transport.write(frame(message))

    def data_received(self, data: bytes) -> None:
        """Part of the control stream."""
        for each in self._frames.receive(data):
            self._take(each)

    def connection_lost(self, problem: Exception | None) -> None:
        """The server closed."""
        self._refusal = self._refusal or "closed"
        self._synced.set()

    def _take(self, each: Frame) -> None:
        if each.kind == _TUNNEL:
            self.tunnelled += 1
            return
        message = decode(each.kind, each.payload)
        match message:
            case CryptSetup(key=key, client_nonce=ours, server_nonce=theirs) if key:
                # It is made for a server: what comes in is the server's here.
                self.crypt = CryptState(AesBlocks(key), theirs or b"", ours or b"")
                if self._bound.is_set():  # who has a new key does not know our address
                    self._ping_udp()
            case UserState(session=session) if session is not None:
                self.users[session] = message
            case ChannelState(channel_id=number) if number is not None:
                self.channels[number] = message
            case Reject(reason=reason):
                self._refusal = reason or "refused"
                self._synced.set()
            case ServerSync(session=session):
                self.session = session or 0
                self._synced.set()
            case _:
                pass
        self.on_message(message)

    def _ping(self) -> None:
        self.send(Ping(timestamp=time.monotonic_ns()))
        loop = asyncio.get_running_loop()
        self._next_ping = loop.call_later(PING_EVERY_S, self._ping)

    # --- voice ----------------------------------------------------------------------------

    async def _bind(self) -> None:
        """Send pings until one is answered."""
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setblocking(False)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        self.udp.connect((self.way.host, self.way.port))
        asyncio.get_running_loop().add_reader(self.udp, self._readable)
        while not self._bound.is_set():
            self._ping_udp()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await self._bound.wait()

    def _ping_udp(self) -> None:
        body = b"\x01\x08\x01" if self.way.protobuf else b"\x20\x01"
        self._send_udp(body)

    def _send_udp(self, plain: bytes) -> None:
        if self.crypt is not None:
            with contextlib.suppress(BlockingIOError):
                self.udp.send(self.crypt.encrypt(plain))

    def _readable(self) -> None:
        while True:
            try:
                datagram = self.udp.recv(2048)
            except (BlockingIOError, ConnectionRefusedError):
                return
            arrived = time.monotonic_ns()
            plain = self.crypt.decrypt(datagram) if self.crypt is not None else None
            if plain is None:
                self.heard.bad += 1
            else:
                self._hear(plain, arrived)

    def _hear(self, plain: bytes, arrived: int) -> None:
        parse = parse_protobuf if self.way.protobuf else parse_legacy
        packet = parse(plain, from_client=False)
        if isinstance(packet, VoicePing):
            self._bound.set()
            return
        self.heard.packets += 1
        self.heard.frames.append((packet.session, packet.frame, packet.last))
        if len(packet.opus) >= _STAMP.size:
            sent = _STAMP.unpack_from(packet.opus)[1]
            self.heard.late_s.append((arrived - sent) / 1e9)

    def count_in_kernel(self) -> None:
        """From now on the kernel counts, and nothing is read (see `heard_by_kernel`)."""
        asyncio.get_running_loop().remove_reader(self.udp)
        instruction = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
        program = struct.pack("HxxxxxxQ", 1, ctypes.addressof(instruction))
        self.udp.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)

    def heard_by_kernel(self) -> int:
        """Return how many datagrams the kernel dropped for us since the filter is there."""
        return int(_MEMINFO.unpack(self.udp.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 36))[8])

    def talk(self, payload_bytes: int, *, last: bool = False) -> None:
        """Send 20 ms of sound with the time of now in it."""
        stamp = _STAMP.pack(TOC_20_MS, time.monotonic_ns())
        opus = stamp + bytes(payload_bytes - len(stamp))
        packet = VoicePacket(session=0, frame=self._frame, opus=opus, last=last, target=0)
        self._frame += 2
        if self.way.tunnel:
            self._transport.write(tunnel(legacy(packet, from_client=True)))
        else:
            self._send_udp(
                protobuf(packet, from_client=True)
                if self.way.protobuf
                else legacy(packet, from_client=True)
            )

    def say(self, text: str, channel: int = 0) -> None:
        """Write to a channel."""
        self.send(TextMessage(channel_id=(channel,), message=text))
