"""What every fan-out does, byte for byte the same: in C, with numpy, in Python alone."""

import random
import socket
from dataclasses import replace

import pytest

from allmende.media.fanout.interface import (
    MAX_DATAGRAM_BYTES,
    MAX_PLAIN_BYTES,
    MAX_VARIANTS,
    Fanout,
    PacketTooLarge,
)
from allmende.media.webrtc.udp import open_udp
from allmende.protocols.mumble.ocb2 import AesBlocks
from tests.media.fanout.stage import KEY, NAMES, NONCE, before, both_ends, clients, fanout

# draft-krovetz-ocb-00, test vectors of OCB2 with AES-128: key and nonce are 00 to 0F.
VECTORS = [
    (0, "", "BF3108"),
    (8, "C636B3A868F429BB", "A45F5F"),
    (16, "52E48F5D19FE2D9869F0C4A4B3D2BE57", "F7EE49"),
    (24, "F75D6BC8B4DC8D66B836A2B08B32A636CC579E145D323BEB", "A1A50F"),
    (32, "F75D6BC8B4DC8D66B836A2B08B32A636CEC3C555037571709DA25E1BB0421A27", "09CA6C"),
    (
        40,
        "F75D6BC8B4DC8D66B836A2B08B32A6369F1CD3C5228D79FD6C267F5F6AA7B231C7DFB9D59951AE9C",
        "9DB0CD",
    ),
]
SIZES_OF_SILENCE = (17, 31, 32, 33, 47, 48, 49, 64, 100, MAX_PLAIN_BYTES)


def xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def twice(block: bytes) -> bytes:
    number = int.from_bytes(block, "big") << 1
    return (number ^ (0x87 | 1 << 128 if number >> 128 else 0)).to_bytes(16, "big")


@pytest.fixture(params=NAMES)
def made(request: pytest.FixtureRequest) -> Fanout:
    return fanout(request.param)


@pytest.mark.parametrize(("size", "cipher", "tag"), VECTORS)
def test_the_published_vectors_come_out(made: Fanout, size: int, cipher: str, tag: str) -> None:
    datagram = made.crypt(KEY, NONCE, before(NONCE)).encrypt(bytes(range(size)))
    assert datagram[:1] == NONCE[:1]
    assert datagram[1:4] == bytes.fromhex(tag)
    assert datagram[4:] == bytes.fromhex(cipher)
    opened = made.crypt(KEY, before(NONCE), NONCE).decrypt(datagram)
    assert opened == (bytes(range(size)) or None)


@pytest.mark.slow
def test_ten_thousand_packets_are_the_same_in_all_and_open_in_all() -> None:
    all_made = [fanout(name) for name in NAMES]
    pairs = [both_ends(made) for made in all_made]
    chance = random.Random(1)
    for _ in range(10_000):
        plain = chance.randbytes(chance.randrange(MAX_PLAIN_BYTES + 1))
        datagrams = {sender.encrypt(plain) for sender, _ in pairs}
        assert len(datagrams) == 1
        datagram = datagrams.pop()
        opened = {receiver.decrypt(datagram) for _, receiver in pairs}
        # Silence by chance would be changed by one bit: see the test of silence.
        assert opened == {plain or None}
    assert len({sender.server_nonce() for sender, _ in pairs}) == 1


@pytest.mark.slow
def test_ten_thousand_group_packets_are_the_same_in_all() -> None:
    sizes = list(range(1, MAX_PLAIN_BYTES + 1, 7))
    heard: dict[str, list[list[bytes]]] = {}
    for name in NAMES:
        made = fanout(name)
        with clients(made, 9) as people, open_udp("127.0.0.1", 0) as bound:
            group = made.group(bound)
            group.set_members([person.member() for person in people])
            chance, found = random.Random(2), []
            for _ in range(8):
                for size in sizes:
                    assert group.send([chance.randbytes(size)]) == len(people)
                    found.append([person.socket.recv(2048) for person in people])
            heard[name] = found
    assert len(heard["c"]) * 9 >= 10_000
    assert heard["c"] == heard["python"]
    assert heard["numpy"] == heard["python"]


@pytest.mark.parametrize("size", SIZES_OF_SILENCE)
def test_silence_goes_out_with_one_bit_changed_and_is_the_same_for_one_and_many(
    made: Fanout, size: int
) -> None:
    sender, receiver = both_ends(made)
    second_to_last = (size - 1) // 16 * 16 - 16
    changed = bytearray(size)
    changed[second_to_last] = 1
    assert receiver.decrypt(sender.encrypt(bytes(size))) == bytes(changed)
    with clients(made, 10) as people, open_udp("127.0.0.1", 0) as bound:
        group = made.group(bound)
        group.set_members([person.member() for person in people])
        assert group.send([bytes(size)]) == 10
        assert [person.heard() for person in people] == [[bytes(changed)]] * 10


def test_one_block_of_silence_stays_as_it_is(made: Fanout) -> None:
    sender, receiver = both_ends(made)
    assert receiver.decrypt(sender.encrypt(bytes(16))) == bytes(16)


def test_the_forgery_that_breaks_ocb2_is_refused(made: Fanout) -> None:
    # IACR ePrint 2019/311, 4: who sees two blocks encrypted, the first of which is the length of a
    # block, can make a valid packet of one block. Our senders never make the first; others might.
    aes = AesBlocks(KEY)
    length, chosen = (128).to_bytes(16, "big"), b"known to others."
    double = twice(aes.encrypt(NONCE))
    first = xor(double, aes.encrypt(xor(length, double)))
    second = xor(chosen, aes.encrypt(xor(length, twice(double))))
    forged = NONCE[:1] + xor(chosen, second)[:3] + xor(first, length)
    receiver = made.crypt(KEY, before(NONCE), NONCE)
    assert receiver.decrypt(forged) is None
    assert receiver.good == 0


def test_a_replay_is_refused_also_when_it_is_late_or_after_a_resync(made: Fanout) -> None:
    sender, receiver = both_ends(made)
    start = sender.server_nonce()
    datagrams = [sender.encrypt(b"packet %d" % number) for number in range(10)]
    for number in (0, 1, 5, 3):
        assert receiver.decrypt(datagrams[number]) == b"packet %d" % number
    for number in (0, 1, 5, 3):
        assert receiver.decrypt(datagrams[number]) is None
    receiver.resync(start)
    assert receiver.decrypt(datagrams[0]) is None
    assert receiver.decrypt(datagrams[2]) == b"packet 2"
    assert (receiver.good, receiver.resyncs) == (5, 1)


def test_late_packets_count_as_late_and_no_longer_as_lost(made: Fanout) -> None:
    sender, receiver = both_ends(made)
    datagrams = [sender.encrypt(bytes([number])) for number in range(40)]
    assert receiver.decrypt(datagrams[0]) is not None
    assert receiver.decrypt(datagrams[35]) is not None
    assert (receiver.good, receiver.late, receiver.lost) == (2, 0, 34)
    assert receiver.decrypt(datagrams[6]) is not None  # 29 behind
    assert receiver.decrypt(datagrams[5]) is None  # 30 behind
    assert receiver.decrypt(datagrams[36]) is not None  # a late one does not move the counter
    assert (receiver.good, receiver.late, receiver.lost) == (4, 1, 33)


def test_numbers_wrap_in_every_byte_and_at_the_end(made: Fanout) -> None:
    for nonce in (b"\xfe" + bytes(15), b"\xfe\xff\xff" + bytes(13), b"\xfe" + b"\xff" * 15):
        sender, receiver = made.crypt(KEY, NONCE, nonce), made.crypt(KEY, nonce, NONCE)
        datagrams = [sender.encrypt(bytes([number])) for number in range(6)]
        for number in (0, 4, 1, 2, 3, 5):
            assert receiver.decrypt(datagrams[number]) == bytes([number])
        assert (receiver.good, receiver.late, receiver.lost) == (6, 3, 0)


def test_the_window_ends_at_127_ahead(made: Fanout) -> None:
    sender, receiver = both_ends(made)
    start = sender.server_nonce()
    datagrams = [sender.encrypt(b"x") for _ in range(128)]
    assert receiver.decrypt(datagrams[127]) is None  # 128 ahead
    assert receiver.decrypt(datagrams[126]) == b"x"
    assert receiver.lost == 126
    assert start == before(sender.server_nonce(), 128)


def test_a_resync_goes_on_where_the_client_says(made: Fanout) -> None:
    sender, receiver = both_ends(made)
    for _ in range(1000):
        sender.encrypt(b"not heard")
    assert receiver.decrypt(sender.encrypt(b"x")) is None
    receiver.resync(sender.server_nonce())
    assert receiver.decrypt(sender.encrypt(b"x")) == b"x"
    assert (receiver.good, receiver.lost, receiver.resyncs) == (1, 0, 1)


def test_what_is_damaged_short_or_long_is_refused_and_moves_nothing(made: Fanout) -> None:
    sender, receiver = both_ends(made)
    good = sender.encrypt(b"a packet of more than sixteen bytes")
    for place in range(1, len(good)):
        damaged = bytearray(good)
        damaged[place] ^= 0x10
        assert receiver.decrypt(bytes(damaged)) is None
    for size in range(len(good)):
        assert receiver.decrypt(good[:size]) is None
    assert receiver.decrypt(good[:1] + bytes(MAX_DATAGRAM_BYTES)) is None
    assert (receiver.good, receiver.late, receiver.lost) == (0, 0, 0)
    assert receiver.decrypt(good) == b"a packet of more than sixteen bytes"


def test_sizes_that_cannot_be_are_refused(made: Fanout) -> None:
    for wrong in ((KEY[:15], NONCE, NONCE), (KEY, NONCE[:15], NONCE), (KEY, NONCE, NONCE + b"x")):
        with pytest.raises(ValueError, match="16 bytes"):
            made.crypt(*wrong)
    crypt, _ = both_ends(made)
    with pytest.raises(ValueError, match="16 bytes"):
        crypt.resync(NONCE[:8])
    nonce = crypt.server_nonce()
    with pytest.raises(ValueError, match="more than a datagram holds"):
        crypt.encrypt(bytes(MAX_PLAIN_BYTES + 1))
    assert crypt.server_nonce() == nonce
    assert len(crypt.encrypt(bytes(MAX_PLAIN_BYTES))) == MAX_DATAGRAM_BYTES


@pytest.mark.parametrize("count", [1, 3, 30])
def test_a_group_sends_to_all_but_the_one_who_talks(made: Fanout, count: int) -> None:
    with clients(made, count) as people, open_udp("127.0.0.1", 0) as bound:
        group = made.group(bound)
        assert group.send([b"nobody is there"]) == 0
        group.set_members([person.member() for person in people])
        talker = people[count // 2]
        assert group.send([b"hallo"], talker.served_by) == count - 1
        for person in people:
            assert person.heard() == ([] if person is talker else [b"hallo"])
        assert group.send([b"again"]) == count
        assert [person.heard() for person in people] == [[b"again"]] * count
        group.set_members([people[0].member()])
        assert group.send([b"one"]) == 1
        assert [person.heard() for person in people] == [[b"one"]] + [[]] * (count - 1)
        assert group.dropped == 0


def test_each_member_gets_its_variant_and_an_empty_one_is_for_nobody(made: Fanout) -> None:
    with clients(made, 24) as people, open_udp("127.0.0.1", 0) as bound:
        group = made.group(bound)
        group.set_members([person.member(index % 3) for index, person in enumerate(people)])
        assert group.send([b"legacy", b"protobuf, longer than one block", b""]) == 16
        assert group.send([b"only these"]) == 8
        expected: list[list[bytes | None]] = [
            [b"legacy", b"only these"],
            [b"protobuf, longer than one block"],
            [],
        ]
        for index, person in enumerate(people):
            assert person.heard() == expected[index % 3]


def test_too_much_is_refused_before_anybody_gets_anything(made: Fanout) -> None:
    with clients(made, 1) as people, open_udp("127.0.0.1", 0) as bound:
        group = made.group(bound)
        group.set_members([people[0].member()])
        with pytest.raises(PacketTooLarge):
            group.send([b"good", bytes(MAX_PLAIN_BYTES + 1)])
        with pytest.raises(PacketTooLarge):
            group.send([b"good"] * (MAX_VARIANTS + 1))
        assert people[0].heard() == []


def test_one_who_cannot_be_reached_is_left_out_and_the_rest_goes_on(made: Fanout) -> None:
    with clients(made, 20) as people, open_udp("127.0.0.1", 0) as bound:
        members = [person.member() for person in people]
        for index in (0, 7, 8, 19):
            members[index] = replace(members[index], remote=("127.0.0.1", 0))  # EINVAL
        group = made.group(bound)
        group.set_members(members)
        assert group.send([b"hallo"]) == 16
        assert group.dropped == 4
        reached = [index for index, person in enumerate(people) if person.heard() == [b"hallo"]]
        assert reached == [i for i in range(20) if i not in (0, 7, 8, 19)]


def test_more_members_than_one_call_takes_are_reached_too(made: Fanout) -> None:
    with clients(made, 1) as people, open_udp("127.0.0.1", 0) as bound:
        members = [people[0].member()] * 1200
        people[0].socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        group = made.group(bound)
        group.set_members(members)
        assert group.send([b"x"]) + group.dropped == 1200
        assert group.dropped == 0


@pytest.mark.parametrize(
    ("bind", "host"),
    [("", "127.0.0.1"), ("", "127.0.0.5"), ("", "::1"), ("127.0.0.7", "127.0.0.7")],
)
def test_it_leaves_from_the_address_that_the_client_used(
    made: Fanout, bind: str, host: str
) -> None:
    source = "::1" if ":" in host else "127.0.0.1"
    with clients(made, 1, source) as (person,), open_udp(bind, 0) as bound:
        port = bound.getsockname()[1]
        person.socket.sendto(b"question", (host, port))
        bound.setblocking(True)
        bound.settimeout(5)
        _, ancillary, _, remote = bound.recvmsg(100, 200)
        local = next(value for level, _, value in ancillary if level != socket.SOL_SOCKET)
        group = made.group(bound)
        group.set_members([replace(person.member(local=local), remote=remote)])
        assert group.send([b"answer"]) == 1
        datagram, came_from = person.socket.recvfrom(100)
        assert came_from[:2] == (host, port)
        assert len(datagram) == 10
