"""Sound that breaks the rules of its clock, its size, its end, or its speaker."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from allmende.protocols.mumble.protobuf import VARINT, tag, write_varint
from allmende.protocols.mumble.voice import VoicePacket, legacy, protobuf
from tests.hostile.legs import Chance
from tests.hostile.voice.hall import Hall, Street
from tests.hostile.voice.peer import HOST, Peer, opus

pytestmark = pytest.mark.slow

SESSION_FIELD = 3
FLOOD = 500
SAID = 150
LOST, TWICE, LATE = 0.05, 0.1, 0.2


@pytest.fixture
def peer(street: Street, hall: Hall) -> Iterator[Peer]:
    """Somebody in the room who is in bounds for datagrams."""
    with Peer(street.port).login("stoerung", street.token) as found:
        found.bind()
        hall.keep(found.session)
        yield found


def talks_again(hall: Hall, peer: Peer, number: int = 4711) -> None:
    """Begin anew, as clients do, and say something until it is heard by all."""
    wanted, peer.frame = opus(number), 0

    def heard() -> bool:
        peer.say(wanted)
        return all(wanted in ear.sound_of[peer.session] for ear in hall.people)

    hall.until(heard)


def forged(session: int, form: bytes) -> bytes:
    """A packet with the session of somebody else in it."""
    return form + tag(SESSION_FIELD, VARINT) + write_varint(session)


def test_nobody_speaks_in_the_name_of_another(hall: Hall, peer: Peer) -> None:
    before = hall.ask(lambda: hall.ada.of[hall.anna.session])
    for number in range(10):
        packet = VoicePacket(session=0, frame=2 * number, opus=opus(number))
        peer.send_plain(forged(hall.anna.session, protobuf(packet, from_client=True)))
        to_client = VoicePacket(hall.anna.session, 2 * number, opus(number))
        peer.send_plain(legacy(to_client))
    hall.until(lambda: all(ear.of[peer.session] >= 10 for ear in hall.people))
    hall.hear(5)
    heard = hall.ask(lambda: hall.ada.of[hall.anna.session])
    assert heard > before
    fakes = {opus(number) for number in range(10)}
    assert [fakes & set(sounds) == fakes for sounds in hall.sounds_of(peer.session)] == [True] * 3


@pytest.mark.parametrize(
    "sound",
    [b"", b"\x78", b"\x78\0", b"\x78" * 1001, b"\xe0" + bytes(40), b"\xe8" + bytes(40),
     b"\x7b\x86" + bytes(40), b"\x1b\x03" + bytes(40)],
    ids=["nothing", "1", "2", "1001", "2.5 ms", "5 ms", "120 ms", "180 ms"],
)  # fmt: skip
def test_what_is_no_sound_is_heard_by_nobody(hall: Hall, peer: Peer, sound: bytes) -> None:
    for number in range(20):
        with suppress(ValueError):  # too long for a datagram
            peer.say(sound, frame=2 * number)
        peer.say_tunnelled(sound)
    peer.barrier()
    hall.hear(2)
    assert hall.heard_of(peer.session) == [0, 0, 0]
    talks_again(hall, peer)


def test_what_is_no_packet_at_all_is_heard_by_nobody(hall: Hall, peer: Peer) -> None:
    chance = Chance(31)
    for first in range(256):
        peer.send_plain(bytes([first]) + chance.randbytes(chance.randrange(1, 60)))
        if first % 4 == 0:
            peer.send_raw(1, bytes([first]) + chance.randbytes(chance.randrange(1, 60)))
    hall.hear(5)
    talks_again(hall, peer)


def test_a_flood_of_ends_is_a_few_spurts(hall: Hall, peer: Peer) -> None:
    """Each 20 ms a beginning and an end, and then ends alone."""
    for number in range(FLOOD):
        peer.say(opus(number), frame=2 * number, last=True)
        peer.say(b"", frame=2 * number, last=True)
    hall.hear(10)
    ends = hall.ask(lambda: [ear.last_of[peer.session] for ear in hall.people])
    assert max(ends) <= FLOOD // 10
    talks_again(hall, peer)


@pytest.mark.parametrize("step", [-7, 101, 10_000_019, -(2**31)])
def test_a_clock_that_jumps_with_every_packet_is_not_followed(
    hall: Hall, peer: Peer, step: int
) -> None:
    for number in range(FLOOD // 5):
        peer.say(opus(number), frame=(2**32 + number * step) % 2**33)
    hall.hear(10)
    assert max(hall.heard_of(peer.session)) <= FLOOD // 10
    talks_again(hall, peer)


def test_more_sound_than_announced_is_cut_to_the_limit(hall: Hall, peer: Peer) -> None:
    """1000 bytes every moment: neither datagrams nor the tunnel carry more than a quarter above."""
    for number in range(FLOOD):
        peer.say(opus(number, 1000))
        if number % 5 == 0:
            peer.say_tunnelled(opus(number, 1000))
        if number % 100 == 0:
            hall.hear(1)
    hall.hear(10)
    heard = hall.sounds_of(peer.session)
    assert all(0 < len(sounds) <= FLOOD // 4 for sounds in heard)


class Relay:
    """A network between a client and the server that loses, repeats and mixes up."""

    def __init__(self, port: int) -> None:
        self.chance = Chance(32)
        self.inner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.inner.bind(("127.0.0.2", 0))
        self.inner.connect((HOST, port))
        self.held: list[bytes] = []
        self.lost: set[int] = set()

    def pass_on(self, number: int, datagram: bytes) -> None:
        if self.chance.random() < LOST:
            self.lost.add(number)
            return
        self.held.append(datagram)
        if self.chance.random() < TWICE:
            self.held.append(datagram)
        if self.chance.random() > LATE:
            self.flush()

    def flush(self) -> None:
        self.chance.shuffle(self.held)
        for datagram in self.held:
            self.inner.send(datagram)
        self.held.clear()


def test_loss_disorder_and_repetition_on_the_way_cost_only_what_was_lost(
    hall: Hall, peer: Peer
) -> None:
    relay = Relay(peer.port)
    try:
        for number in range(SAID):
            relay.pass_on(number, peer.datagram(peer.packet(opus(number))))
            if number % 10 == 9:
                hall.hear(1)
        relay.flush()
        wanted = {opus(number) for number in range(SAID) if number not in relay.lost}
        hall.until(lambda: all(wanted <= set(ear.sound_of[peer.session]) for ear in hall.people))
        assert relay.lost
        heard = hall.sounds_of(peer.session)
        assert [len(sounds) for sounds in heard] == [len(wanted)] * 3
    finally:
        relay.inner.close()
