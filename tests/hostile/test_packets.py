"""Packets that break the rules of each layer, while two people talk in another room."""

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

import pylibsrtp
import pytest
from aioice import stun

from bench.meet.client import ClientFailed, RtcClient
from bench.processes import worker_of
from bench.served import Served
from tests.hostile.legs import Chance, Leg, closed, leg
from tests.hostile.neighbours import Neighbours

pytestmark = pytest.mark.slow

FLOOD = 20_000
AT_ONCE = 64
CHECKS_LOOKED_AT = 40
SSRC = 4711
RTP = struct.Struct("!BBHII")


@pytest.fixture(autouse=True)
def _the_worker_lives(server: Served, neighbours: Neighbours) -> Iterator[None]:
    before = worker_of(server.process.pid).pid
    yield
    assert worker_of(server.process.pid).pid == before


def stranger_to(port: int) -> socket.socket:
    """A socket that nobody has proved anything from."""
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.connect(("127.0.0.1", port))
    stranger.setblocking(False)
    return stranger


def garbage(chance: Chance) -> list[bytes]:
    """Bytes of every first byte and many lengths."""
    sizes = (0, 1, 2, 3, 11, 12, 19, 20, 21, 100, 1200, 1500, 2048, 9000)
    return [bytes([first]) + chance.randbytes(size) for first in range(256) for size in sizes]


def binding(ufrag: str, pwd: str) -> bytes:
    attributes = {"USERNAME": f"{ufrag}:them", "PRIORITY": 1, "ICE-CONTROLLING": 1}
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes=attributes)
    message.add_message_integrity(pwd.encode())
    return bytes(message)


def spoiled(check: bytes) -> list[bytes]:
    """Almost a check: cut, with a lying length, another magic, a wrong integrity, repeated."""
    cut = [check[:size] for size in range(len(check))]
    # FINGERPRINT is last: without its name it is one of those that stand behind the integrity,
    # which are passed over (RFC 8489, 14.5).
    name = (len(check) - 8, len(check) - 7)
    places = [at for at in range(len(check)) if at not in name]
    flipped = [bytes([*check[:at], check[at] ^ 0xFF, *check[at + 1 :]]) for at in places]
    lying = [check[:2] + size.to_bytes(2, "big") + check[4:] for size in (0, 1, 4, 1000, 65535)]
    return [*cut, *flipped, *lying, check + check, check + b"\0" * 2000]


def test_strangers_get_silence_for_garbage(
    server: Served, media_port: int, neighbours: Neighbours
) -> None:
    chance = Chance(1)
    with stranger_to(media_port) as stranger:
        for number, datagram in enumerate(garbage(chance)):
            stranger.send(datagram)
            if number % AT_ONCE == 0:
                neighbours.hear(1)
        neighbours.hear(10)
        with pytest.raises(BlockingIOError):
            stranger.recv(2048)


def test_strangers_get_silence_for_checks_that_prove_nothing(
    server: Served, media_port: int, neighbours: Neighbours
) -> None:
    async def story(attacker: Leg) -> None:
        answer = attacker.answer
        right = binding(answer.ufrag, answer.pwd)
        wrong = binding(answer.ufrag, "a password that is wrong")
        unknown = binding("nobody", answer.pwd)
        spoilt = [wrong, unknown, *spoiled(right)]
        # Of one address and port only so many are looked at in a second.
        for start in range(0, len(spoilt), CHECKS_LOOKED_AT):
            with stranger_to(media_port) as stranger:
                for datagram in spoilt[start : start + CHECKS_LOOKED_AT]:
                    stranger.send(datagram)
                await asyncio.to_thread(neighbours.hear, 4)
                with pytest.raises(BlockingIOError):
                    stranger.recv(2048)
        with stranger_to(media_port) as stranger:
            stranger.send(right)
            await asyncio.to_thread(neighbours.hear, 4)
            assert stranger.recv(2048)[:2] == b"\x01\x01"

    play(server, story)


def test_a_flood_of_checks_costs_others_nothing(
    server: Served, media_port: int, neighbours: Neighbours
) -> None:
    """20,000 in a second of one address and port: the 51st and all later ones are dropped."""
    check = binding("nobody", "nothing")
    with stranger_to(media_port) as stranger:
        for number in range(FLOOD):
            stranger.send(check)
            if number % 1000 == 0:
                neighbours.hear(4)


def play(
    server: Served,
    story: Callable[[Leg], Awaitable[None]],
    make: Callable[[], RtcClient] = RtcClient,
    *,
    fingerprint: str = "",
    data: bool = False,
) -> None:
    async def played() -> None:
        async with leg(server.url, make, fingerprint=fingerprint, data=data) as attacker:
            await story(attacker)

    asyncio.run(played())


class Silent(RtcClient):
    """Checks addresses and then speaks no DTLS of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.ready = asyncio.Event()

    def _shake(self) -> None:
        self.ready.set()


async def checked(attacker: Leg) -> asyncio.Task[None]:
    """Connect as far as ICE goes."""
    task = asyncio.ensure_future(attacker.connect())
    assert isinstance(attacker.client, Silent)
    async with asyncio.timeout(10):
        await attacker.client.ready.wait()
    return task


def dtls_garbage(chance: Chance) -> list[bytes]:
    """Records of handshakes that lie about lengths, versions, fragments and epochs."""
    records = []
    for kind in (20, 21, 22, 23, 25, 63):
        for version in (b"\xfe\xfd", b"\xfe\xff", b"\x03\x03", b"\0\0"):
            for size in (0, 1, 12, 200):
                body = chance.randbytes(size)
                for told in (size, size + 1, 65535):
                    head = bytes([kind]) + version + bytes(8) + told.to_bytes(2, "big")
                    records.append(head + body)
    hello = b"\x01" + b"\xff\xff\xff" + b"\0\0" + b"\0\0\0" + b"\0\0\x01" + b"x"
    fragment = b"\x16\xfe\xfd" + bytes(8) + len(hello).to_bytes(2, "big") + hello
    return [*records, *[fragment] * 500]


def test_dtls_that_is_none_ends_its_own_leg_at_most(server: Served, neighbours: Neighbours) -> None:
    async def story(attacker: Leg) -> None:
        task = await checked(attacker)
        chance = Chance(2)
        for datagram in dtls_garbage(chance):
            attacker.client.send_raw(datagram)
        await asyncio.to_thread(neighbours.hear, 20)
        task.cancel()

    play(server, story, Silent)


def test_another_certificate_than_in_the_offer_is_refused(server: Served) -> None:
    """The client's part of the handshake may end well; the server hangs up and says so."""

    async def story(attacker: Leg) -> None:
        with suppress(ClientFailed, TimeoutError):
            await attacker.connect()
        said = await closed(attacker.socket, 10)
        assert said[-1].WhichOneof("message") == "leave"

    play(server, story, fingerprint=":".join(["AB"] * 32))


def lying_rtp(chance: Chance) -> list[bytes]:
    """RTP with extensions past the end, too many CSRCs, wrong padding, without a payload."""
    made = []
    for first in (0x80, 0x90, 0x8F, 0x9F, 0xA0, 0xB0, 0xBF):
        for kind in (0, 63, 96, 97, 111, 127):
            for tail in (b"", b"\xff", bytes(3), b"\xbe\xde\xff\xff", b"\xbe\xde\0\1\x10"):
                ssrc = chance.getrandbits(32)
                made.append(RTP.pack(first, kind, chance.getrandbits(16), 0, ssrc) + tail)
    return made


def lying_rtcp(chance: Chance) -> list[bytes]:
    """RTCP with wrong lengths, 65,535 statuses, NACKs for all, storms of key frame requests."""

    def packet(form: int, kind: int, body: bytes, words: int | None = None) -> bytes:
        size = (len(body) + 7) // 4 if words is None else words
        return struct.pack("!BBHI", 0x80 | form, kind, size, SSRC) + body

    bodies = [b"", bytes(4), b"\xff" * 20, chance.randbytes(600)]
    made = [
        packet(form, kind, body, words)
        for kind in range(192, 224)
        for form in (0, 1, 4, 15, 31)
        for body in bodies
        for words in (None, 0, 65535)
    ]
    statuses = struct.pack("!IHHI", SSRC, 0, 65535, 0) + b"\x7f\xff" * 8
    nacks = struct.pack("!I", SSRC) + b"".join(struct.pack("!HH", n, 65535) for n in range(250))
    return [
        *made,
        packet(15, 205, statuses),
        packet(1, 205, nacks),
        *[packet(1, 206, bytes(4))] * 500,
    ]


def sctp_garbage(chance: Chance) -> list[bytes]:
    """SCTP with wrong tags and checksums, floods of INIT, chunks that lie about their length."""

    def packet(tag: int, chunks: bytes) -> bytes:
        plain = struct.pack("!HHII", 5000, 5000, tag, 0) + chunks
        return plain[:8] + crc32c(plain).to_bytes(4, "little") + plain[12:]

    init = struct.pack("!BBHIIHHI", 1, 0, 20, SSRC, 65536, 65535, 65535, 1)
    made = [packet(0, init)] * 200
    for kind in (*range(16), 63, 128, 130, 192, 193, 255):
        for told in (0, 3, 4, 5, 65535):
            chunk = bytes([kind, 255]) + told.to_bytes(2, "big") + chance.randbytes(16)
            made += [packet(0, chunk), packet(chance.getrandbits(32), chunk)]
    gaps = struct.pack("!BBHIIHH", 3, 0, 1016, 1, 65536, 250, 0) + bytes(range(250)) * 4
    return [*made, packet(1, gaps), *[chance.randbytes(size) for size in (1, 11, 12, 1100)]]


def crc32c(data: bytes) -> int:
    """The checksum of SCTP (RFC 9260, appendix A)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_who_is_in_harms_nobody_with_rtp_rtcp_and_sctp(
    server: Served, neighbours: Neighbours, tcp: bool
) -> None:
    async def story(attacker: Leg) -> None:
        await attacker.connect(tcp=tcp)
        client, chance = attacker.client, Chance(3)
        for send, packets in (
            (client.send_rtp, lying_rtp(chance)),
            (client.send_rtcp, lying_rtcp(chance)),
        ):
            for packet in packets:
                with suppress(pylibsrtp.Error):  # too broken to be encrypted at all
                    send(packet)
        await asyncio.to_thread(neighbours.hear, 10)
        for packet in sctp_garbage(chance):
            client.send_message(packet)
        await asyncio.to_thread(neighbours.hear, 10)
        for first in range(128, 192):
            client.send_raw(bytes([first]) + os.urandom(200))
        await asyncio.to_thread(neighbours.hear, 10)

    play(server, story, data=True)


def test_tcp_that_is_no_framing_is_cut_off(media_port: int, neighbours: Neighbours) -> None:
    chance = Chance(4)
    for first in (b"\xff\xff", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\0", b"\x08\x01"):
        with socket.create_connection(("127.0.0.1", media_port)) as stranger:
            stranger.settimeout(5)
            stranger.sendall(first + chance.randbytes(3000))
            with suppress(ConnectionError):
                assert stranger.recv(100) == b""
    for datagram in garbage(chance)[::40]:
        with socket.create_connection(("127.0.0.1", media_port)) as stranger:
            stranger.sendall(len(datagram).to_bytes(2, "big") + datagram)
