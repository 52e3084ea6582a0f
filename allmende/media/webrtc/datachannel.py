"""Data channels (RFC 8831, RFC 8832) by aiortc's SCTP over our DTLS.

The only file that imports aiortc, and it is imported by the worker's main alone. What is
used of it is private, so `self_test` joins two of them at start: if a name has changed,
data is off and media works on. All of it runs inside the turn of the packet: our side never
waits, so a coroutine of the library ends at its first step.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final, cast

from aiortc.rtcdatachannel import RTCDataChannel, RTCDataChannelParameters
from aiortc.rtcsctptransport import RTCSctpCapabilities, RTCSctpTransport

from allmende.media.webrtc.datalink import MAX_MESSAGE_BYTES, DataOwner
from allmende.media.webrtc.sctpguard import SctpGuard, SctpHostile

SCTP_PORT: Final = 5000
MAX_CHANNELS: Final = 256
MAX_WAITING_BYTES: Final = 1024 * 1024
MESSAGES_PER_S: Final = 30
BYTES_PER_S: Final = 125_000
# A hand waved, a burst of reactions, the first chunks of a file: at once.
BURST_MESSAGES: Final = 100
BURST_BYTES: Final = 256 * 1024
# What a client may send before we acknowledge; below the 512 TSNs that the guard keeps.
_WINDOW_BYTES: Final = 256 * 1024
_TEST_TIMEOUT_S: Final = 2.0
_RELIABLE, _LOSSY = "_reliable", "_lossy"


class _Stuck(Exception):
    """A coroutine of the library waited for something, which it never did before."""


def _run(step: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that does not wait."""
    try:
        step.send(None)
    except StopIteration:
        return
    step.close()
    raise _Stuck


class _Dtls:
    """What the library wants of a DTLS transport; it is ours that sends."""

    def __init__(self, send: Callable[[bytes], None], role: str) -> None:
        self.state = "connected"
        self._role = role
        self._send = send

    def _register_data_receiver(self, receiver: object) -> None:
        """The receiver is called directly."""

    def _unregister_data_receiver(self, receiver: object) -> None:
        """As above."""

    async def _send_data(self, packet: bytes) -> None:
        self._send(packet)


class _Allowance:
    """Token bucket for messages and bytes at once."""

    def __init__(self, now_s: float) -> None:
        self._messages, self._bytes = float(BURST_MESSAGES), float(BURST_BYTES)
        self._at_s = now_s

    def take(self, size: int, now_s: float) -> bool:
        """May a message of ``size`` bytes pass now?"""
        passed_s = max(0.0, now_s - self._at_s)
        self._at_s = now_s
        self._messages = min(BURST_MESSAGES, self._messages + passed_s * MESSAGES_PER_S)
        self._bytes = min(BURST_BYTES, self._bytes + passed_s * BYTES_PER_S)
        if self._messages < 1 or self._bytes < size:
            return False
        self._messages -= 1
        self._bytes -= size
        return True


class SctpLink:
    """One association; implements `DataLink`. Make it inside the running loop."""

    def __init__(
        self, owner: DataOwner, remote_port: int, max_message_bytes: int, role: str = "server"
    ) -> None:
        self._owner = owner
        self._guard = SctpGuard()
        self._now_s = time.monotonic()
        self._allowance = _Allowance(self._now_s)
        self._arrived: list[tuple[bytes, bool]] = []
        self._waiting: deque[bytes] = deque()
        self._channels: dict[str, RTCDataChannel] = {}
        self._opened = 0
        self._closed = False
        dtls = cast(Any, _Dtls(self._send_packet, role))
        self._sctp = RTCSctpTransport(dtls, port=SCTP_PORT)
        self._sctp._advertised_rwnd = _WINDOW_BYTES
        self._sctp.on("datachannel", self._channel_opened)
        capabilities = RTCSctpCapabilities(maxMessageSize=max_message_bytes)
        self._safely(lambda: _run(self._sctp.start(capabilities, remote_port)))

    def receive(self, packet: bytes, now_s: float) -> None:
        """Take one SCTP packet; a hostile one ends the association, media stays."""
        if self._closed:
            return
        self._now_s = now_s
        self._safely(lambda: self._take(packet, now_s))
        arrived, self._arrived = self._arrived, []
        for payload, reliable in arrived:
            self._owner.data_received(payload, reliable=reliable)

    def send(self, payload: bytes, *, reliable: bool) -> None:
        """Queue a message, if the client opened the channel and keeps up."""
        channel = self._channels.get(_RELIABLE if reliable else _LOSSY)
        if channel is None or self._closed or len(payload) > MAX_MESSAGE_BYTES:
            return
        if self._queued_bytes() + len(payload) > MAX_WAITING_BYTES:
            if reliable:
                self._owner.data_overfull()
            return
        # A channel that is closing, or a message that this client does not take.
        with contextlib.suppress(Exception):
            channel.send(payload)

    def tick(self, now_s: float) -> None:
        """Hand out reliable messages whose turn has come, and open the window again."""
        self._now_s = now_s
        if not self._waiting or self._closed:
            return
        released = False
        while self._waiting and self._allowance.take(len(self._waiting[0]), now_s):
            payload = self._waiting.popleft()
            self._sctp._advertised_rwnd += len(payload)
            released = True
            self._owner.data_received(payload, reliable=True)
        if released and not self._closed:
            self._safely(lambda: _run(self._sctp._send_sack()))

    def open_channel(self, label: str) -> RTCDataChannel:
        """Open a channel as clients do; for the self-test."""
        channel = RTCDataChannel(self._sctp, RTCDataChannelParameters(label=label))
        self._channel_opened(channel)
        return channel

    def close(self) -> None:
        """End the association."""
        if self._closed:
            return
        self._closed = True
        self._waiting.clear()
        self._channels.clear()
        with contextlib.suppress(Exception):
            _run(self._sctp.stop())

    def _safely(self, step: Callable[[], None]) -> None:
        """Whatever a packet does to the library, it costs this association only."""
        try:
            step()
        except Exception:
            self.close()

    def _take(self, packet: bytes, now_s: float) -> None:
        sctp = self._sctp
        tag, received_tsn = sctp._local_verification_tag, sctp._last_received_tsn
        if not self._guard.admits(packet, tag, received_tsn, now_s):
            return
        _run(sctp._handle_data(packet))
        if sctp._advertised_rwnd < -MAX_MESSAGE_BYTES:
            raise SctpHostile("sent more than it was allowed to")

    def _send_packet(self, packet: bytes) -> None:
        self._owner.send_sctp(packet)

    def _queued_bytes(self) -> int:
        return sum(int(channel.bufferedAmount) for channel in self._channels.values())

    def _channel_opened(self, channel: RTCDataChannel) -> None:
        self._opened += 1
        if self._opened > MAX_CHANNELS:
            raise SctpHostile("channels")
        if channel.label in (_RELIABLE, _LOSSY):
            self._channels[channel.label] = channel
            reliable = channel.label == _RELIABLE
            channel.on("message", lambda message: self._message(message, reliable))

    def _message(self, message: bytes | str, reliable: bool) -> None:
        if isinstance(message, str) or self._closed:
            return
        if len(message) > MAX_MESSAGE_BYTES:
            raise SctpHostile("message")
        if not self._waiting and self._allowance.take(len(message), self._now_s):
            self._arrived.append((message, reliable))
        elif reliable:
            self._waiting.append(message)
            self._sctp._advertised_rwnd -= len(message)


class _TestOwner:
    """One end of the self-test: what it sends goes to the other end."""

    def __init__(self, arrived: Callable[[bytes], None]) -> None:
        self.other: SctpLink | None = None
        self._arrived = arrived
        self._loop = asyncio.get_running_loop()

    def send_sctp(self, packet: bytes) -> None:
        """Deliver in a later turn, like a network."""
        self._loop.call_soon(self._deliver, packet)

    def data_received(self, payload: bytes, *, reliable: bool) -> None:
        """Note what came."""
        self._arrived(payload)

    def data_overfull(self) -> None:
        """Does not happen here."""

    def _deliver(self, packet: bytes) -> None:
        if self.other is not None:
            self.other.receive(packet, time.monotonic())


async def self_test() -> bool:
    """Join two associations, open a channel and send a message there and back."""
    arrived = asyncio.Event()
    server_owner = _TestOwner(lambda payload: server.send(payload, reliable=True))
    client_owner = _TestOwner(lambda _: arrived.set())
    try:
        server = SctpLink(server_owner, SCTP_PORT, MAX_MESSAGE_BYTES)
        client = SctpLink(client_owner, SCTP_PORT, MAX_MESSAGE_BYTES, role="client")
        server_owner.other, client_owner.other = client, server
        channel = client.open_channel(_RELIABLE)
        channel.on("open", lambda: channel.send(b"there and back"))
        async with asyncio.timeout(_TEST_TIMEOUT_S):
            await arrived.wait()
        server.close()
        client.close()
    except Exception:
        return False
    return True
