"""One socket for both families, with the time of arrival and the address that was used."""

import asyncio
import socket
import time

import pytest

from allmende.media.fanout.streams import Stream
from allmende.media.webrtc.paths import Source
from allmende.media.webrtc.udp import MAX_DATAGRAMS_A_TURN, UdpPath, UdpPort, open_udp
from tests.media.fanout.stage import srtp


class Desk:
    """Keeps what came in."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, object, Source, bytes, float]] = []

    def received(
        self, datagram: bytes, remote: object, source: Source, local: bytes, arrived_s: float
    ) -> None:
        self.got.append((datagram, remote, source, local, arrived_s))


def wait_readable(reader: socket.socket) -> None:
    async def wait() -> None:
        readable = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(reader, readable.set)
        async with asyncio.timeout(5):
            await readable.wait()
        loop.remove_reader(reader)

    asyncio.run(wait())


@pytest.mark.parametrize(
    ("bind", "host"),
    [("", "127.0.0.1"), ("", "127.0.0.5"), ("", "::1"), ("127.0.0.1", "127.0.0.1")],
)
def test_the_answer_comes_from_the_address_that_was_asked(bind: str, host: str) -> None:
    desk = Desk()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with open_udp(bind, 0) as bound, socket.socket(family, socket.SOCK_DGRAM) as client:
        port = UdpPort(bound, desk, time.monotonic)
        port.tick(time.monotonic(), time.time())
        before_s = time.monotonic()
        client.connect((host, bound.getsockname()[1]))
        client.send(b"question")
        wait_readable(bound)
        port.readable()
        ((datagram, remote, source, local, arrived_s),) = desk.got
        assert datagram == b"question"
        assert before_s - 0.01 <= arrived_s <= time.monotonic() + 0.01
        path = source.path_back(remote, local)
        assert path.remote[1] == client.getsockname()[1]
        path.send(b"answer")
        path.send_video(b"picture")
        client.settimeout(5)
        assert client.recv(100) == b"answer"
        assert client.recv(100) == b"picture"
        assert (port.packets_out, port.dropped) == (2, 0)


def test_one_turn_reads_at_most_64_datagrams() -> None:
    desk = Desk()
    with open_udp("127.0.0.1", 0) as bound, socket.socket(type=socket.SOCK_DGRAM) as client:
        port = UdpPort(bound, desk, time.monotonic)
        for _ in range(MAX_DATAGRAMS_A_TURN + 6):
            client.sendto(b"x", bound.getsockname())
        wait_readable(bound)
        port.readable()
        assert len(desk.got) == MAX_DATAGRAMS_A_TURN
        port.readable()
        assert len(desk.got) == MAX_DATAGRAMS_A_TURN + 6


def test_what_cannot_be_sent_is_dropped_and_counted() -> None:
    with open_udp("127.0.0.1", 0) as bound:
        port = UdpPort(bound, Desk(), time.monotonic)
        path = port.path_back(("127.0.0.1", 9), b"")
        path.send(bytes(70_000))
        assert (port.packets_out, port.dropped) == (0, 1)
        with pytest.raises(TypeError):
            port.path_back("nowhere", b"")


def test_a_taken_port_is_an_error() -> None:
    with open_udp("127.0.0.1", 0) as bound, pytest.raises(OSError, match="in use"):
        open_udp("127.0.0.1", bound.getsockname()[1])


def test_what_c_protected_waits_for_the_end_of_the_turn() -> None:
    fanout = srtp()
    with open_udp("127.0.0.1", 0) as bound, open_udp("127.0.0.1", 0) as client:
        port = UdpPort(bound, Desk(), time.monotonic, fanout)
        path = port.path_back(client.getsockname(), b"")
        assert isinstance(path, UdpPath)
        assert path.queue is not None
        leg = fanout.leg(bytes(16), bytes(12))
        leg.leave_by(path.queue, path.address, path.local)
        stream = Stream(leg, b"\x80" + bytes(11), 0, 0, bytes(5), 64)
        assert stream.emit(96, 1, 1, 0, b"payload") == b""
        with pytest.raises(BlockingIOError):
            client.recv(100)
        port.readable()
        assert len(client.recv(100)) == 12 + 7 + 16
        assert port.packets_out == 1
        port.flush()
        assert port.packets_out == 1


def test_without_c_there_is_no_queue() -> None:
    with open_udp("127.0.0.1", 0) as bound:
        port = UdpPort(bound, Desk(), time.monotonic)
        assert port.queue is None
        port.flush()
        assert port.packets_out == 0
