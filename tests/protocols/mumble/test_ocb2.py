import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.ocb2 import (
    MAX_PLAIN_BYTES,
    AesBlocks,
    CryptState,
    decrypt,
    encrypt,
)

KEY = bytes(range(16))
BLOCKS = AesBlocks(KEY)

# draft-krovetz-ocb-00, appendix A: OCB 2.0 with AES-128; key and nonce 00 01 .. 0f, the text
# 00 01 .. of so many bytes, no header.
VECTORS = {
    0: ("", "bf3108130773ad5ec70ec69e7875a7b0"),
    8: ("c636b3a868f429bb", "a45f5fdea5c088d1d7c8be37cabc8c5c"),
    16: ("52e48f5d19fe2d9869f0c4a4b3d2be57", "f7ee49ae7aa5b5e6645db6b3966136f9"),
    24: (
        "f75d6bc8b4dc8d66b836a2b08b32a636cc579e145d323beb",
        "a1a50f822819d6e0a216784ac24ac84c",
    ),
    32: (
        "f75d6bc8b4dc8d66b836a2b08b32a636cec3c555037571709da25e1bb0421a27",
        "09ca6c73f0b5c6c5fd587122d75f2aa3",
    ),
    40: (
        "f75d6bc8b4dc8d66b836a2b08b32a6369f1cd3c5228d79fd6c267f5f6aa7b231c7dfb9d59951ae9c",
        "9db0cdf880f73e3e10d4eb3217766688",
    ),
}


@pytest.mark.parametrize("length", VECTORS)
def test_the_published_vectors_are_met(length: int) -> None:
    cipher, tag = map(bytes.fromhex, VECTORS[length])
    plain = bytes(range(length))
    assert encrypt(BLOCKS, KEY, plain) == (tag, cipher)
    assert decrypt(BLOCKS, KEY, cipher) == (tag, plain)


def attackable(plain: bytes) -> bool:
    """Say whether the second-to-last block is zero but for its last byte."""
    at = (max(len(plain) - 1, 0) // 16 - 1) * 16
    return at >= 0 and not any(plain[at : at + 15])


@pytest.mark.slow
@given(st.binary(min_size=16, max_size=16), st.binary(max_size=MAX_PLAIN_BYTES))
def test_what_is_encrypted_comes_back_with_its_tag(nonce: bytes, plain: bytes) -> None:
    tag, cipher = encrypt(BLOCKS, nonce, plain)
    assert len(cipher) == len(plain)
    if not attackable(plain):
        assert decrypt(BLOCKS, nonce, cipher) == (tag, plain)


@pytest.mark.parametrize(
    ("plain", "at"),
    [
        (bytes(32), 0),
        (bytes(16) + b"x", 0),
        (b"\x01" + bytes(15) + bytes(15) + b"\x80" + bytes(7), 16),
    ],
)
def test_a_bit_is_flipped_where_an_attack_could_begin_and_nothing_else(
    plain: bytes, at: int
) -> None:
    tag, cipher = encrypt(BLOCKS, KEY, plain)
    flipped = bytearray(plain)
    flipped[at] ^= 1
    assert decrypt(BLOCKS, KEY, cipher) == (tag, bytes(flipped))


@pytest.mark.parametrize("plain", [bytes(16), bytes(15), b"", bytes(14) + b"\x01\x00" + bytes(16)])
def test_zeros_elsewhere_are_left_as_they_are(plain: bytes) -> None:
    tag, cipher = encrypt(BLOCKS, KEY, plain)
    assert decrypt(BLOCKS, KEY, cipher) == (tag, plain)


def encrypted(block: int) -> int:
    return int.from_bytes(BLOCKS.encrypt(block.to_bytes(16, "big")), "big")


def doubled(block: int) -> int:
    return (block << 1 & (1 << 128) - 1) ^ (0x87 if block >> 127 else 0)


LENGTH, SECOND = 128, int.from_bytes(range(16), "big")


def unprotected() -> tuple[bytes, bytes]:
    """Encrypt the blocks LENGTH and SECOND as OCB2 was before the attack was known."""
    first = doubled(encrypted(int.from_bytes(KEY, "big")))
    last = doubled(first)
    hidden = encrypted(LENGTH ^ first) ^ first
    ending = SECOND ^ encrypted(last ^ 128)
    tag = encrypted(doubled(last) ^ last ^ LENGTH ^ SECOND)
    return tag.to_bytes(16, "big"), hidden.to_bytes(16, "big") + ending.to_bytes(16, "big")


def forged() -> bytes:
    """Do what ePrint 2019/311, 4, does without the key: a message of one block, out of two."""
    _, cipher = unprotected()
    return (int.from_bytes(cipher[:16], "big") ^ LENGTH).to_bytes(16, "big")


def test_the_forgery_of_the_paper_is_refused() -> None:
    with pytest.raises(MumbleMalformed, match="attacker"):
        decrypt(BLOCKS, KEY, forged())


def test_a_forged_datagram_is_dropped_whatever_its_tag() -> None:
    before = (int.from_bytes(KEY, "little") - 1).to_bytes(16, "little")
    victim = CryptState(BLOCKS, before, bytes(16))
    assert victim.decrypt(KEY[:1] + b"tag" + forged()) is None


def test_what_is_sent_helps_nobody_to_forge() -> None:
    plain = LENGTH.to_bytes(16, "big") + SECOND.to_bytes(16, "big")
    tag, cipher = unprotected()
    assert decrypt(BLOCKS, KEY, cipher) == (tag, plain)
    assert encrypt(BLOCKS, KEY, plain) != (tag, cipher)


def states() -> tuple[CryptState, CryptState]:
    """Return a server and a client (whose "server" is itself) that are in step."""
    start = b"\x55" * 16
    return CryptState(BLOCKS, bytes(16), start), CryptState(BLOCKS, start, bytes(16))


def test_a_key_has_16_bytes_and_so_has_a_nonce() -> None:
    with pytest.raises(ValueError, match="key"):
        AesBlocks(bytes(15))
    with pytest.raises(ValueError, match="nonce"):
        CryptState(BLOCKS, bytes(15), bytes(16))


@pytest.mark.parametrize("length", [1, 15, 16, 17, 86, MAX_PLAIN_BYTES])
def test_datagrams_come_back_and_are_four_bytes_longer(length: int) -> None:
    server, client = states()
    datagram = server.encrypt(b"\x07" * length)
    assert len(datagram) == length + 4
    assert datagram[0] == 0x56
    assert client.decrypt(datagram) == b"\x07" * length
    assert (client.good, client.late, client.lost) == (1, 0, 0)


def test_more_than_fits_is_not_encrypted() -> None:
    server, _ = states()
    with pytest.raises(ValueError, match="holds"):
        server.encrypt(bytes(MAX_PLAIN_BYTES + 1))


@pytest.mark.parametrize("datagram", [b"", b"\x56abc", b"\x56" + bytes(1024)])
def test_what_is_too_short_or_too_long_is_dropped(datagram: bytes) -> None:
    _, client = states()
    assert client.decrypt(datagram) is None
    assert client.good == 0


def test_a_replay_is_dropped() -> None:
    server, client = states()
    datagrams = [server.encrypt(b"abcdefghi") for _ in range(512)]
    assert all(client.decrypt(one) for one in datagrams)
    assert not any(client.decrypt(one) for one in datagrams)
    assert client.good == 512


def test_late_ones_are_taken_up_to_29_behind_the_newest_and_once_only() -> None:
    server, client = states()
    datagrams = [server.encrypt(b"abcdefghi") for _ in range(127)]
    taken = [client.decrypt(one) is not None for one in reversed(datagrams)]
    assert taken == [True] * 30 + [False] * 97
    assert (client.good, client.late, client.lost) == (30, 29, 126 - 29)
    assert not any(client.decrypt(one) for one in datagrams)


def test_up_to_126_may_be_lost_and_the_next_is_taken() -> None:
    server, client = states()
    for _ in range(126):
        server.encrypt(b"lost")
    assert client.decrypt(server.encrypt(b"here")) == b"here"
    assert client.lost == 126


def test_more_lost_ones_need_a_resync() -> None:
    server, client = states()
    for _ in range(127):
        server.encrypt(b"lost")
    assert client.decrypt(server.encrypt(b"gone")) is None
    client.resync(server.server_nonce())
    assert client.decrypt(server.encrypt(b"here")) == b"here"
    assert (client.resyncs, client.good, client.lost) == (1, 1, 0)


def test_a_resync_lets_no_replay_in() -> None:
    server, client = states()
    old = [server.encrypt(b"abcdefghi") for _ in range(20)]
    assert all(client.decrypt(one) for one in old)
    client.resync(server.server_nonce())
    assert not any(client.decrypt(one) for one in old)


def test_the_counter_wraps_at_each_byte_and_at_its_end() -> None:
    start = b"\xfe" + b"\xff" * 15
    server = CryptState(BLOCKS, bytes(16), start)
    client = CryptState(BLOCKS, start, bytes(16))
    datagrams = [server.encrypt(bytes((number,)) * 8) for number in range(1, 7)]
    assert server.server_nonce() == b"\x04" + bytes(15)
    for number in (2, 1, 4, 3, 6):
        assert client.decrypt(datagrams[number - 1]) == bytes((number,)) * 8
    assert (client.good, client.late, client.lost) == (5, 2, 1)


def test_a_late_one_of_the_first_hundred_is_no_replay_of_nothing() -> None:
    server, client = CryptState(BLOCKS, KEY, bytes(16)), CryptState(BLOCKS, bytes(16), KEY)
    first, second = server.encrypt(b"one"), server.encrypt(b"two")
    assert client.decrypt(second) == b"two"
    assert client.decrypt(first) == b"one"


def test_any_flipped_bit_is_noticed_and_changes_nothing() -> None:
    server, client = states()
    datagram = server.encrypt(b"It was a funky funky town!")
    for bit in range(8, 8 * len(datagram)):
        damaged = bytearray(datagram)
        damaged[bit // 8] ^= 1 << bit % 8
        assert client.decrypt(bytes(damaged)) is None
    assert client.decrypt(datagram) == b"It was a funky funky town!"
    assert (client.good, client.late, client.lost) == (1, 0, 0)


def test_another_key_opens_nothing() -> None:
    server, _ = states()
    other = CryptState(AesBlocks(bytes(16)), b"\x55" * 16, bytes(16))
    assert other.decrypt(server.encrypt(b"abcdefghi")) is None


@pytest.mark.slow
def test_loss_and_disorder_within_the_window_cost_only_what_was_lost() -> None:
    chance = random.Random(7)
    server, client = states()
    sent = [server.encrypt(number.to_bytes(4, "big")) for number in range(5000)]
    kept = [one for one in enumerate(sent) if chance.random() > 0.1]
    kept.sort(key=lambda one: one[0] + chance.uniform(0, 12))
    got = [client.decrypt(datagram) for _, datagram in kept]
    assert got == [number.to_bytes(4, "big") for number, _ in kept]
    newest = max(number for number, _ in kept)
    assert client.good == len(kept)
    assert client.lost == newest + 1 - len(kept)


@pytest.mark.slow
@given(st.binary(max_size=80))
def test_strange_datagrams_are_dropped_or_have_met_a_tag_of_24_bits(datagram: bytes) -> None:
    _, client = states()
    plain = client.decrypt(datagram)
    assert plain is None or len(plain) == len(datagram) - 4
