"""RFC 4571 frames, connections that are behind, and strangers that never speak."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.media.webrtc import tcp
from allmende.media.webrtc.paths import Source
from allmende.media.webrtc.tcp import FrameTooLarge, Framing, TcpConnection, TcpPort, framed
from tests.media.webrtc.peer import VirtualClock


@given(st.lists(st.binary(max_size=300), max_size=20), st.lists(st.integers(1, 90), max_size=200))
def test_frames_survive_any_slicing_of_the_stream(frames: list[bytes], cuts: list[int]) -> None:
    stream, framing = b"".join(framed(frame) for frame in frames), Framing()
    seen: list[bytes] = []
    for cut in cuts:
        seen += framing.receive(stream[:cut])
        stream = stream[cut:]
    seen += framing.receive(stream)
    assert seen == frames


def test_a_frame_that_is_no_datagram_is_refused_at_its_length() -> None:
    with pytest.raises(FrameTooLarge):
        list(Framing().receive((tcp.MAX_FRAME_BYTES + 1).to_bytes(2, "big")))


class Wire(asyncio.Transport):
    """A connection in memory whose peer may stop reading."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.9", 5000)})
        self.written: list[bytes] = []
        self.unread_bytes = 0
        self.aborted = False

    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        self.written.append(data)

    def get_write_buffer_size(self) -> int:
        return self.unread_bytes

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True


class Port:
    """A TcpPort, its clock, and what it hands on. Who says "check" passes the check."""

    def __init__(self, max_connections: int = 3) -> None:
        self.clock = VirtualClock()
        self.known: set[object] = set()
        self.got: list[bytes] = []
        self.lost: list[object] = []
        self.tcp = TcpPort(
            self, self.known.__contains__, self.lost.append, self.clock, max_connections
        )

    def received(
        self, datagram: bytes, remote: object, source: Source, local: bytes, arrived_s: float
    ) -> None:
        self.got.append(datagram)
        if datagram == b"check":
            self.known.add(remote)

    def open(self) -> tuple[TcpConnection, Wire]:
        connection, wire = self.tcp.connection(), Wire()
        connection.connection_made(wire)
        return connection, wire


def test_datagrams_pass_both_ways() -> None:
    port = Port()
    connection, wire = port.open()
    connection.data_received(framed(b"check") + framed(b"two")[:2])
    connection.data_received(framed(b"two")[2:])
    assert port.got == [b"check", b"two"]
    path = connection.path_back(connection, b"")
    assert path.remote == ("192.0.2.9", 5000)
    path.send(b"three")
    assert wire.written == [framed(b"three")]
    assert port.tcp.packets_out == 1


def test_who_is_behind_loses_video_first_then_the_connection() -> None:
    port = Port()
    connection, wire = port.open()
    connection.data_received(framed(b"check"))
    wire.unread_bytes = tcp.VIDEO_DROPPED_ABOVE_BYTES + 1
    connection.send_video(b"picture")
    connection.send(b"sound")
    assert wire.written == [framed(b"sound")]
    wire.unread_bytes = tcp.CLOSED_ABOVE_BYTES + 1
    connection.send(b"sound")
    assert wire.aborted
    assert port.lost == [connection]
    connection.send(b"nothing")
    connection.send_video(b"nothing")
    assert len(wire.written) == 1


def test_strangers_are_closed_after_ten_seconds_and_clients_when_they_fall_silent() -> None:
    port = Port()
    client, client_wire = port.open()
    client.data_received(framed(b"check"))
    _, stranger_wire = port.open()
    port.clock.now_s += tcp.UNCHECKED_TIMEOUT_S + 0.1
    _, young_wire = port.open()
    port.tcp.tick(port.clock())
    assert (client_wire.aborted, stranger_wire.aborted, young_wire.aborted) == (False, True, False)
    port.clock.now_s += tcp.IDLE_TIMEOUT_S
    port.tcp.tick(port.clock())
    assert client_wire.aborted
    assert len(port.tcp) == 0


def test_the_connection_of_a_closed_leg_is_closed() -> None:
    port = Port()
    connection, wire = port.open()
    connection.data_received(framed(b"check"))
    port.known.clear()
    port.tcp.tick(port.clock())
    assert wire.aborted


def test_too_many_strangers_close_the_oldest() -> None:
    port = Port()
    wires = [port.open()[1] for _ in range(tcp.MAX_UNCHECKED + 1)]
    assert [wire.aborted for wire in wires] == [True] + [False] * tcp.MAX_UNCHECKED


def test_too_many_clients_keep_the_next_one_out() -> None:
    port = Port(max_connections=1)
    port.open()[0].data_received(framed(b"check"))
    _, wire = port.open()
    assert wire.aborted
    port.tcp.close()
    assert len(port.tcp) == 0


def test_a_frame_that_is_too_long_ends_the_connection() -> None:
    port = Port()
    connection, wire = port.open()
    connection.data_received(b"\xff\xff" + framed(b"check"))
    assert wire.aborted
    connection.connection_lost(None)
    assert not port.got
