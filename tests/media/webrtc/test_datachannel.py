"""SCTP between two ends in memory, and what a hostile end can not do."""

import asyncio
import struct
from collections.abc import Callable

import pytest
from aiortc.rtcdatachannel import RTCDataChannel, RTCDataChannelParameters
from aiortc.rtcsctptransport import DataChunk as LibraryData
from aiortc.rtcsctptransport import RTCSctpCapabilities, RTCSctpTransport, serialize_packet

from allmende.media.webrtc import datachannel
from allmende.media.webrtc.datachannel import SctpLink, self_test


class Owner:
    """The transport of the server's end; its network can be cut."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.to_client: Callable[[bytes], None] = lambda _: None
        self.got: list[tuple[bytes, bool]] = []
        self.overfull = 0
        self.sent = 0
        self.arrived = asyncio.Event()

    def send_sctp(self, packet: bytes) -> None:
        self.sent += 1
        self.loop.call_soon(self.to_client, packet)

    def data_received(self, payload: bytes, *, reliable: bool) -> None:
        self.got.append((payload, reliable))
        self.arrived.set()

    def data_overfull(self) -> None:
        self.overfull += 1


class Client:
    """aiortc's own end, as DTLS client, with the three channels of LiveKit."""

    state = "connected"
    _role = "client"

    def __init__(self, deliver: Callable[[bytes], None]) -> None:
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self.sctp = RTCSctpTransport(self, port=5000)  # type: ignore[arg-type]  # a stand-in
        self.got: list[tuple[str, bytes]] = []
        self.arrived = asyncio.Event()
        self.channels: dict[str, RTCDataChannel] = {}

    def _register_data_receiver(self, receiver: object) -> None:
        pass

    def _unregister_data_receiver(self, receiver: object) -> None:
        pass

    async def _send_data(self, packet: bytes) -> None:
        self._loop.call_soon(self._deliver, packet)

    def receive(self, packet: bytes) -> None:
        step = self.sctp._handle_data(packet)
        with pytest.raises(StopIteration):
            step.send(None)

    async def start(self) -> None:
        await self.sctp.start(RTCSctpCapabilities(maxMessageSize=65536), 5000)

    async def open(self, label: str, *, ordered: bool, retransmits: int | None = None) -> None:
        parameters = RTCDataChannelParameters(
            label=label, ordered=ordered, maxRetransmits=retransmits
        )
        channel = RTCDataChannel(self.sctp, parameters)
        opened = asyncio.Event()
        channel.on("open", opened.set)
        channel.on("message", lambda message: self._message(label, message))
        self.channels[label] = channel
        await opened.wait()

    def _message(self, label: str, message: bytes) -> None:
        self.got.append((label, message))
        self.arrived.set()


class Pair:
    """Both ends, joined. ``now_s`` is the time of the server's end."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.owner = Owner()
        self.link = SctpLink(self.owner, 5000, 65536)
        self.client = Client(lambda packet: self.link.receive(packet, self.now_s))
        self.owner.to_client = self.client.receive

    async def join(self) -> None:
        await self.client.start()
        await self.client.open("_reliable", ordered=True)
        await self.client.open("_lossy", ordered=False, retransmits=0)
        await self.client.open("_data_track", ordered=False, retransmits=0)

    async def settle(self) -> None:
        """Let what is on the way arrive."""
        for _ in range(200):
            await asyncio.sleep(0)

    def end(self) -> None:
        self.link.close()
        step = self.client.sctp.stop()
        with pytest.raises(StopIteration):
            step.send(None)


def in_pair(story: Callable[[Pair], "asyncio.Future[None] | object"]) -> None:
    async def told() -> None:
        pair = Pair()
        try:
            async with asyncio.timeout(5):
                await pair.join()
                await story(pair)  # type: ignore[misc]  # a coroutine
        finally:
            pair.end()
            await pair.settle()

    asyncio.run(told())


def test_messages_pass_both_ways_on_both_channels() -> None:
    async def story(pair: Pair) -> None:
        pair.client.channels["_reliable"].send(b"one")
        pair.client.channels["_lossy"].send(b"two")
        pair.client.channels["_data_track"].send(b"nobody listens")
        pair.client.channels["_reliable"].send("text is not for us")
        pair.client.channels["_reliable"].send(bytes(60_000))
        await pair.settle()
        assert sorted(pair.owner.got) == [
            (bytes(60_000), True),
            (b"one", True),
            (b"two", False),
        ]
        pair.link.send(b"three", reliable=True)
        pair.link.send(b"four", reliable=False)
        await pair.settle()
        assert sorted(pair.client.got) == [("_lossy", b"four"), ("_reliable", b"three")]

    in_pair(story)


def test_without_a_channel_messages_are_dropped() -> None:
    async def story() -> None:
        link = SctpLink(Owner(), 5000, 65536)
        link.send(b"x", reliable=True)
        link.tick(1)
        link.close()
        link.close()
        link.receive(b"", 2)

    asyncio.run(story())


def test_more_than_allowed_waits_if_reliable_and_is_lost_if_not() -> None:
    async def story(pair: Pair) -> None:
        for number in range(datachannel.BURST_MESSAGES + 5):
            pair.client.channels["_reliable"].send(b"%d" % number)
        await pair.settle()
        await pair.settle()
        assert len(pair.owner.got) == datachannel.BURST_MESSAGES
        pair.client.channels["_lossy"].send(b"lost")
        await pair.settle()
        pair.now_s += 1
        pair.link.tick(pair.now_s)
        await pair.settle()
        payloads = [payload for payload, _ in pair.owner.got]
        assert payloads == [b"%d" % number for number in range(datachannel.BURST_MESSAGES + 5)]

    in_pair(story)


def test_a_client_that_does_not_read_loses_lossy_messages_first() -> None:
    async def story(pair: Pair) -> None:
        pair.owner.to_client = lambda _: None
        for _ in range(20):
            pair.link.send(bytes(60_000), reliable=True)
        assert pair.owner.overfull > 0
        overfull = pair.owner.overfull
        pair.link.send(bytes(60_000), reliable=False)
        assert pair.owner.overfull == overfull

    in_pair(story)


def test_a_message_that_is_too_long_ends_the_association() -> None:
    async def story(pair: Pair) -> None:
        pair.client.channels["_reliable"].send(bytes(64_001))
        await pair.settle()
        assert pair.client.sctp.state == "closed"
        assert not pair.owner.got

    in_pair(story)


def test_more_than_256_channels_end_the_association() -> None:
    async def story(pair: Pair) -> None:
        for number in range(300):
            RTCDataChannel(pair.client.sctp, RTCDataChannelParameters(label=str(number)))
            await asyncio.sleep(0)
        for _ in range(20):
            await pair.settle()
            pair.now_s += 1
        assert pair.client.sctp.state == "closed"

    in_pair(story)


def hostile(pair: Pair, kind: int, body: bytes, *, tag: int | None = None) -> bytes:
    class Raw:
        def __bytes__(self) -> bytes:
            padding = bytes(-len(body) % 4)
            return struct.pack("!BBH", kind, 0, 4 + len(body)) + body + padding

    own = pair.link._sctp._local_verification_tag
    return serialize_packet(5000, 5000, own if tag is None else tag, Raw())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (1, bytes(15)),
        (1, bytes(16) + struct.pack("!HH", 7, 0)),
        (2, bytes(16) + struct.pack("!HH", 7, 0)),
        (4, struct.pack("!HH", 1, 0)),
        (130, struct.pack("!HH", 13, 3)),
        (3, struct.pack("!LLHH", 0, 0, 290, 0) + struct.pack("!HH", 0, 65535) * 290),
        (3, struct.pack("!LLHH", 0, 0, 1, 0) + struct.pack("!HH", 9, 1)),
        (3, struct.pack("!LLHH", 0, 0, 9, 9)),
        (0, bytes(12)),
        (192, bytes(3)),
        (192, bytes(4) + b"".join(struct.pack("!HH", n, 0) for n in range(280))),
        (7, b""),
    ],
)
def test_hostile_chunks_end_the_association_at_once(kind: int, body: bytes) -> None:
    async def story(pair: Pair) -> None:
        tag = 0 if kind == 1 else None
        pair.link.receive(hostile(pair, kind, body, tag=tag), pair.now_s)
        await pair.settle()
        assert pair.client.sctp.state == "closed"
        pair.client.channels["_reliable"].emit("message", b"still in one piece")

    in_pair(story)


def test_a_flood_of_inits_or_wrong_tags_ends_the_association() -> None:
    async def story(pair: Pair) -> None:
        sack = struct.pack("!LLHH", 0, 0, 0, 0)
        for _ in range(17):
            pair.link.receive(hostile(pair, 3, sack, tag=12345), pair.now_s)
        await pair.settle()
        assert pair.client.sctp.state == "closed"

    in_pair(story)


def test_data_far_ahead_is_not_kept() -> None:
    async def story(pair: Pair) -> None:
        received = pair.link._sctp._last_received_tsn or 0
        chunk = LibraryData()
        chunk.tsn, chunk.user_data, chunk.flags = (received + 600) % 2**32, b"x", 3
        tag = pair.link._sctp._local_verification_tag
        pair.link.receive(serialize_packet(5000, 5000, tag, chunk), pair.now_s)
        assert not pair.link._sctp._sack_misordered

    in_pair(story)


def test_the_self_test_passes() -> None:
    assert asyncio.run(self_test())


def test_the_self_test_fails_when_a_private_name_has_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(RTCSctpTransport, "_handle_data")
    monkeypatch.setattr(datachannel, "_TEST_TIMEOUT_S", 0.05)
    assert not asyncio.run(self_test())
