"""SRTP in C by itself: a number once, what is sent again, what is kept, and its queue."""

import random
import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from allmende.media.fanout.streams import Flock, SrtpFanout, SrtpLeg, Stream, pack_incoming
from allmende.media.webrtc.srtp import session_keys
from tests.media.fanout.stage import srtp

_SO_NO_CHECK = 11  # asm-generic/socket.h
MASTER = bytes(range(28))
GCM = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
HEADER = bytes.fromhex("8000000000000000deadbeef")
TYPES = bytes((0, 111, 0, 96, 0))


@pytest.fixture
def fanout() -> SrtpFanout:
    return srtp()


def leg_of(fanout: SrtpFanout) -> SrtpLeg:
    return fanout.leg(*session_keys(MASTER))


def stream_of(leg: SrtpLeg, slots: int = 64) -> Stream:
    return Stream(leg, HEADER, 0, 0, TYPES, slots)


def plain(index: int, payload: bytes = b"opus") -> bytes:
    return struct.pack("!BBHII", 0x80, 111, index & 0xFFFF, index, 0xDEADBEEF) + payload


def emitted(stream: Stream, index: int, payload: bytes = b"opus") -> bytes | None:
    return stream.emit(111, index, index, 0, payload)


class Sink:
    """A leg by UDP, and its receiver."""

    def __init__(self, fanout: SrtpFanout) -> None:
        self.bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.receiver.setblocking(False)
        self.receiver.bind(("127.0.0.1", 0))
        self.queue = fanout.queue(self.bound)
        self.leg = leg_of(fanout)
        self.leg.leave_by(self.queue, self.receiver.getsockname())

    def took(self) -> list[bytes]:
        found = []
        while True:
            try:
                found.append(self.receiver.recv(2048))
            except BlockingIOError:
                return found

    def close(self) -> None:
        self.bound.close()
        self.receiver.close()


@pytest.fixture
def sink(fanout: SrtpFanout) -> Iterator[Sink]:
    made = Sink(fanout)
    yield made
    made.close()


def test_it_is_what_libsrtp_makes_also_after_rounds_of_numbers(fanout: SrtpFanout) -> None:
    theirs = Session(Policy(MASTER, Policy.SSRC_ANY_OUTBOUND, srtp_profile=GCM))
    stream = stream_of(leg_of(fanout))
    for index in (*range(20), *range(20, 200_000, 997)):
        payload = index.to_bytes(3, "big") * (index % 50)
        assert emitted(stream, index, payload) == theirs.protect(plain(index, payload))


@given(st.lists(st.integers(0, 1500), max_size=80))
def test_no_number_is_ever_protected_twice(numbers: list[int]) -> None:
    stream, used = stream_of(leg_of(srtp())), set()
    for index in numbers:
        if emitted(stream, index) is not None:
            assert index not in used
            used.add(index)
        else:
            assert index in used or index <= max(used) - 512


def test_what_is_too_long_for_libsrtp_is_too_long_here(fanout: SrtpFanout) -> None:
    stream = stream_of(leg_of(fanout))
    assert emitted(stream, 1, bytes(1356 - 12)) is not None
    assert emitted(stream, 2, bytes(1356 - 11)) is None
    assert emitted(stream, -1) is None


def test_each_packet_goes_out_again_three_times_in_the_same_bytes(fanout: SrtpFanout) -> None:
    stream = stream_of(leg_of(fanout))
    first = emitted(stream, 65_536 + 7)
    assert [stream.repeat(7) for _ in range(5)] == [first, first, first, None, None]
    assert stream.repeat(8) is None
    assert stream.repeat(7 + 64) is None  # the same place of the ring


def test_repeats_stay_within_their_share_of_the_rate(fanout: SrtpFanout) -> None:
    stream = stream_of(leg_of(fanout))
    size = 1000 + 12 + 16
    for index in range(40):
        emitted(stream, index, bytes(1000))
    again = [stream.repeat(index) for _ in range(3) for index in range(40)]
    assert sum(map(bool, again)) == (8000 + 40 * size // 5) // size
    stream.second_passed()
    assert stream.repeat(39) is not None


def test_after_a_second_nothing_is_sent_again(fanout: SrtpFanout) -> None:
    stream = stream_of(leg_of(fanout))
    emitted(stream, 1)
    fanout.second_passed()
    assert stream.repeat(1) is not None
    fanout.second_passed()
    assert stream.repeat(1) is None


def test_memory_holds_two_seconds_and_is_given_back(fanout: SrtpFanout) -> None:
    stream = stream_of(leg_of(fanout))
    held = []
    for second in range(12):
        for index in range(500):
            emitted(stream, second * 500 + index, bytes(1300))
        held.append(fanout.second_passed())
    per_second = 500 * 1328 // (256 * 1024) + 1
    assert max(held) <= 3 * per_second + 1
    assert held[-1] == held[4]
    for _ in range(12):
        fanout.second_passed()
    assert fanout.second_passed() == 1


def test_a_place_that_was_filled_again_is_not_sent(fanout: SrtpFanout) -> None:
    leg = leg_of(fanout)
    rare, busy = stream_of(leg), Stream(leg, HEADER[:-1] + b"\1", 0, 0, TYPES, 64)
    first = emitted(rare, 1)
    for second in range(6):
        for index in range(400):
            emitted(busy, second * 400 + index, bytes(1300))
        if second == 0:
            assert rare.repeat(1) == first
        fanout.second_passed()
    assert rare.repeat(1) is None


def test_packets_wait_for_the_end_of_the_turn(sink: Sink) -> None:
    stream = stream_of(sink.leg)
    assert [emitted(stream, index) for index in range(3)] == [b""] * 3
    assert sink.took() == []
    assert sink.queue.flush() == 3
    opened = Session(Policy(MASTER, Policy.SSRC_ANY_INBOUND, srtp_profile=GCM))
    assert [opened.unprotect(packet) for packet in sink.took()] == [plain(n) for n in range(3)]
    assert sink.queue.flush() == 0


def test_a_full_queue_goes_out_at_once(sink: Sink) -> None:
    stream = stream_of(sink.leg, 256)
    for index in range(150):
        emitted(stream, index, bytes(index))  # each is longer, so that none joins the one before
    assert len(sink.took()) == 128
    assert sink.queue.flush() == 150
    assert len(sink.took()) == 22
    assert sink.queue.dropped == 0


@pytest.mark.parametrize("can_cut", [True, False])
def test_packets_that_go_together_come_one_by_one_and_in_order(sink: Sink, can_cut: bool) -> None:
    if not can_cut:  # the kernel refuses to cut where it may not write checksums
        sink.bound.setsockopt(socket.SOL_SOCKET, _SO_NO_CHECK, 1)
    stream = stream_of(sink.leg, 256)
    other = Stream(sink.leg, HEADER[:-1] + b"\1", 0, 0, TYPES, 64)
    chance, index = random.Random(4), 0
    for _ in range(6):
        sizes = []
        for _ in range(40):
            size = chance.choice((50, 50, 50, 50, 51, 20, 0))
            emitted(chance.choice((stream, other)), index, bytes(size))
            sizes.append(size + 12 + 16)
            index += 1
        assert sink.queue.flush() == 40
        packets = sink.took()
        assert [len(packet) for packet in packets] == sizes
        numbers = [struct.unpack_from("!H", packet, 2)[0] for packet in packets]
        assert numbers == list(range(index - 40, index))
    assert sink.queue.dropped == 0


def test_nothing_joins_what_goes_another_way(fanout: SrtpFanout, sink: Sink) -> None:
    moved = Sink(fanout)
    stream = stream_of(sink.leg)
    emitted(stream, 1)
    sink.leg.leave_by(sink.queue, moved.receiver.getsockname())
    emitted(stream, 2)
    assert sink.queue.flush() == 2
    assert (len(sink.took()), len(moved.took())) == (1, 1)
    sink.leg.leave_by(moved.queue, moved.receiver.getsockname())
    emitted(stream, 3)
    assert (sink.queue.flush(), moved.queue.flush()) == (0, 1)
    moved.close()


def test_a_leg_that_cannot_be_reached_loses_what_goes_together(
    fanout: SrtpFanout, sink: Sink
) -> None:
    lost = leg_of(fanout)
    lost.leave_by(sink.queue, ("127.0.0.1", 0))
    gone, heard = stream_of(lost), stream_of(sink.leg)
    for index in range(5):
        emitted(gone, index)
        emitted(heard, index)
    assert (sink.queue.flush(), sink.queue.dropped) == (5, 5)
    assert len(sink.took()) == 5


def test_a_packet_for_a_leg_that_is_gone_still_goes_out(fanout: SrtpFanout, sink: Sink) -> None:
    emitted(stream_of(sink.leg), 1)
    sink.leg = leg_of(fanout)
    assert sink.queue.flush() == 1
    assert len(sink.took()) == 1


def test_one_that_cannot_be_reached_is_counted_and_the_rest_goes_on(
    fanout: SrtpFanout, sink: Sink
) -> None:
    lost = leg_of(fanout)
    lost.leave_by(sink.queue, ("127.0.0.1", 0))
    streams = [stream_of(leg) for leg in (sink.leg, lost, sink.leg)]
    for stream in streams:
        emitted(stream, 1)
    assert sink.queue.flush() == 2
    assert (len(sink.took()), sink.queue.dropped) == (2, 1)


def test_without_udp_packets_are_handed_out(sink: Sink) -> None:
    stream = stream_of(sink.leg)
    assert emitted(stream, 1) == b""
    sink.leg.leave_by(None)
    assert emitted(stream, 2)
    assert stream.repeat(1)
    sink.queue.flush()
    assert len(sink.took()) == 1


def test_a_track_leaves_to_python_what_does_not_simply_follow(sink: Sink) -> None:
    streams = [Stream(sink.leg, HEADER[:-1] + bytes((n,)), 0, 0, TYPES, 64) for n in range(3)]
    flock = Flock(streams)
    packet = plain(5, b"sound")

    def forward(number: int) -> list[int]:
        incoming = pack_incoming(
            number, -1, 1.0, 0, 12, 17, 12, 0, 0, 0, 0, 0, -1, 0, 20, 1, 0, 0
        )  # fmt: skip
        return flock.forward(packet, incoming)

    assert forward(10) == [0, 1, 2]
    for stream in streams[:2]:
        stream.lane.next, stream.lane.offset, stream.lane.following = 10, 90, 1
    streams[0].lane.layer, streams[1].lane.layer = 0, -1  # the second shall get nothing
    assert forward(10) == [2]
    assert forward(12) == [0, 2]
    assert forward(11) == [2]
    assert (streams[0].lane.taken, streams[0].lane.packets, streams[0].lane.octets) == (2, 2, 10)
    assert (streams[1].lane.taken, sink.queue.flush()) == (0, 2)
    assert [struct.unpack_from("!H", packet, 2)[0] for packet in sink.took()] == [100, 101]


@pytest.mark.parametrize(
    "wrong",
    [
        (HEADER[:11], 0, 0, TYPES, 64),
        (bytes(321), 0, 0, TYPES, 64),
        (HEADER, 12, 0, TYPES, 64),
        (HEADER, 0, 11, TYPES, 64),
        (HEADER, 0, 0, TYPES, 63),
        (HEADER, 0, 0, TYPES, 0),
    ],
)
def test_what_makes_no_stream_is_an_error(
    fanout: SrtpFanout, wrong: tuple[bytes, int, int, bytes, int]
) -> None:
    with pytest.raises(ValueError, match="not a header"):
        Stream(leg_of(fanout), *wrong)
    with pytest.raises(ValueError, match="a key of 16"):
        fanout.leg(b"short", bytes(12))
