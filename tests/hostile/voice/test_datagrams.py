"""Datagrams that nobody asked for: floods, replays, what is cut, long, or of strangers."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from allmende.protocols.mumble.ocb2 import AesBlocks, CryptState
from bench.processes import worker_of
from bench.served import Served
from tests.hostile.legs import Chance
from tests.hostile.voice.hall import Hall, Street
from tests.hostile.voice.peer import ELSEWHERE, HOST, PING, Peer, opus

pytestmark = pytest.mark.slow

FLOOD = 20_000
AT_ONCE = 500
LEGS = 70
"""More than are tried for one datagram."""

SIZES = (0, 1, 2, 3, 4, 5, 11, 12, 13, 24, 80, 1023, 1024, 1025, 1400, 9000)


@pytest.fixture(autouse=True)
def _the_worker_lives(server: Served, hall: Hall) -> Iterator[None]:
    before = worker_of(server.process.pid).pid
    yield
    assert worker_of(server.process.pid).pid == before


@contextmanager
def stranger(port: int, source: str = ELSEWHERE) -> Iterator[socket.socket]:
    """A socket that nobody knows."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind((source, 0))
        made.connect((HOST, port))
        made.setblocking(False)
        yield made


def pour(hall: Hall, send: Callable[[bytes], object], datagrams: list[bytes]) -> None:
    """Send all of them, as fast as the people in the room still hear each other."""
    for number, datagram in enumerate(datagrams):
        with suppress(BlockingIOError, ConnectionRefusedError):
            send(datagram)
        if number % AT_ONCE == AT_ONCE - 1:
            hall.hear(1)


def heard_by(made: socket.socket) -> int:
    """How many datagrams wait in a socket."""
    count = 0
    with suppress(BlockingIOError):
        while made.recv(2048):
            count += 1
    return count


def test_garbage_of_every_size_is_answered_by_silence(street: Street, hall: Hall) -> None:
    chance = Chance(21)
    garbage = [
        bytes([first]) + chance.randbytes(size - 1) if size else b""
        for first in range(0, 256, 5)
        for size in SIZES
    ]
    asks = [one for one in garbage if len(one) == 12 and not any(one[:4])]
    assert asks == []
    with stranger(street.port) as one:
        pour(hall, one.send, garbage)
        hall.hear(5)
        assert heard_by(one) == 0


def test_those_who_look_at_a_list_get_five_answers_a_second(street: Street, hall: Hall) -> None:
    question = bytes(4) + b"12345678"
    with stranger(street.port, "127.0.0.5") as one:
        begun = time.monotonic()
        pour(hall, one.send, [question] * 3000)
        hall.hear(5)
        seconds = time.monotonic() - begun
        assert 1 <= heard_by(one) <= 5 * (seconds + 2)


def test_a_flood_from_known_and_unknown_ports_of_a_person(street: Street, hall: Hall) -> None:
    """Wrong tags from the port that is theirs, and from many others; then they talk again."""
    chance = Chance(22)
    with Peer(street.port).login("flut", street.token) as peer, ExitStack() as stack:
        peer.bind()
        others = [stack.enter_context(stranger(street.port)) for _ in range(20)]
        pour(hall, peer.udp.send, [chance.randbytes(60) for _ in range(FLOOD // 2)])
        for one in others:
            pour(hall, one.send, [chance.randbytes(60) for _ in range(FLOOD // 40)])
        before = hall.heard_of(peer.session)
        peer.bind()
        for number in range(5):
            peer.say(opus(number))
        hall.until(lambda: all(ear.of[peer.session] >= 5 for ear in hall.people))
        assert before == [0, 0, 0]


def test_replayed_damaged_and_cut_packets_are_heard_once_or_not_at_all(
    street: Street, hall: Hall
) -> None:
    with Peer(street.port).login("nochmal", street.token) as peer:
        peer.bind()
        hall.keep(peer.session)
        good = [peer.datagram(peer.packet(opus(number))) for number in range(10)]
        for datagram in good:
            peer.udp.send(datagram)
        hall.until(lambda: all(ear.of[peer.session] == 10 for ear in hall.people))
        with stranger(street.port) as other:
            for datagram in good:
                pour(hall, peer.udp.send, [datagram] * 50)
                pour(hall, other.send, [datagram] * 10)
        fresh = peer.datagram(peer.packet(opus(10)))
        pour(hall, peer.udp.send, [fresh[:size] for size in range(len(fresh))])
        flipped = [
            bytes([*fresh[:at], fresh[at] ^ 1, *fresh[at + 1 :]]) for at in range(1, len(fresh))
        ]
        pour(hall, peer.udp.send, flipped)
        peer.udp.send(fresh)
        hall.until(lambda: all(ear.of[peer.session] >= 11 for ear in hall.people))
        wanted = [opus(number) for number in range(11)]
        assert hall.sounds_of(peer.session) == [wanted] * 3


def test_a_key_is_of_no_use_from_another_address(street: Street, hall: Hall) -> None:
    """Who steals a key but not the connection it belongs to is a stranger."""
    with Peer(street.port).login("bestohlen", street.token) as peer:
        thief = CryptState(
            AesBlocks(peer.keys.key or b""),
            peer.keys.server_nonce or b"",
            peer.keys.client_nonce or b"",
        )
        with stranger(street.port, "127.0.0.6") as one:
            for number in range(20):
                one.send(thief.encrypt(peer.packet(opus(number))))
                one.send(thief.encrypt(PING))
            hall.hear(5)
            assert heard_by(one) == 0
        assert hall.heard_of(peer.session) == [0, 0, 0]
        peer.bind()


def test_a_house_that_floods_keeps_no_other_from_coming_in(street: Street, hall: Hall) -> None:
    """70 people of one address without UDP and garbage from there: trials are bounded, for each
    address, too."""
    chance = Chance(23)
    with ExitStack() as stack:
        for number in range(LEGS):
            peer = stack.enter_context(Peer(street.port))
            peer.login(f"haus{number}", street.token)
        one = stack.enter_context(stranger(street.port))
        late = stack.enter_context(Peer(street.port, "127.0.0.7")).login("spaet", street.token)
        pour(hall, one.send, [chance.randbytes(60) for _ in range(AT_ONCE)])
        late.send_plain(PING)
        assert late.answers(5)
