"""The socket of native legs: what comes in, and replies from the address that was used."""

import asyncio
import socket

import pytest

from allmende.media.fanout.addresses import Remote
from allmende.media.fanout.interface import MAX_DATAGRAM_BYTES, Member
from allmende.media.fanout.python import PythonFanout
from allmende.media.voice.udp import BUSY_S, MAX_DATAGRAMS_A_TURN, Ancillary, VoicePort
from allmende.media.webrtc.udp import open_udp


class Desk:
    """Keeps what came in."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, Remote, Ancillary]] = []

    def received(
        self, datagram: bytes, remote: Remote, ancillary: Ancillary, port: VoicePort
    ) -> None:
        self.got.append((datagram, remote, ancillary))


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
def test_replies_leave_from_the_address_that_the_client_uses(bind: str, host: str) -> None:
    desk, fanout = Desk(), PythonFanout()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with open_udp(bind, 0) as bound, socket.socket(family, socket.SOCK_DGRAM) as client:
        port = VoicePort(bound, fanout, desk)
        client.connect((host, bound.getsockname()[1]))
        client.settimeout(5)
        client.send(b"question")
        wait_readable(bound)
        port.readable(1.0)
        ((datagram, remote, ancillary),) = desk.got
        assert datagram == b"question"
        local = port.local_of(remote, ancillary)
        port.send(b"answer", remote, local)
        assert client.recv(100) == b"answer"
        group = port.open_group()
        crypt = fanout.crypt(b"k" * 16, b"c" * 16, b"s" * 16)
        group.set_members([Member(crypt, remote, local)])
        assert group.send((b"sound",)) == 1
        theirs = fanout.crypt(b"k" * 16, b"s" * 16, b"c" * 16)
        assert theirs.decrypt(client.recv(100)) == b"sound"
        assert port.dropped == 0


def test_a_turn_reads_one_datagram_a_busy_one_at_most_64_and_too_long_ones_are_told() -> None:
    desk = Desk()
    with open_udp("127.0.0.1", 0) as bound, socket.socket(type=socket.SOCK_DGRAM) as client:
        port = VoicePort(bound, PythonFanout(), desk)
        port.readable(1.0)
        assert desk.got == []
        for _ in range(MAX_DATAGRAMS_A_TURN + 1):
            client.sendto(b"x", bound.getsockname())
        client.sendto(bytes(1400), bound.getsockname())
        wait_readable(bound)
        port.readable(2.0)
        assert len(desk.got) == 1
        port.readable(2.0 + BUSY_S / 2)
        assert len(desk.got) == 1 + MAX_DATAGRAMS_A_TURN
        port.readable(3.0)
        assert len(desk.got[-1][0]) == MAX_DATAGRAM_BYTES + 1


def test_what_cannot_be_sent_is_dropped_and_counted() -> None:
    with open_udp("127.0.0.1", 0) as bound:
        port = VoicePort(bound, PythonFanout(), Desk())
        port.send(bytes(70_000), ("127.0.0.1", 9), b"")
        assert port.dropped == 1
        assert port.local_of(("127.0.0.1", 9), []) == b""
