"""What the fan-out of numpy has besides `test_interface`."""

import ctypes
import errno
import socket

import numpy as np
import pytest

from allmende.media.fanout.ahead import AHEAD, Ahead, VectorCrypt
from allmende.media.fanout.python import PythonFanout
from allmende.media.fanout.vector import FEW, STRIDE, Receivers, VectorFanout, VectorGroup
from tests.media.fanout.stage import KEY, NONCE, clients


def receivers(crypts: list[VectorCrypt]) -> Receivers:
    return Receivers(crypts, np.zeros((len(crypts), STRIDE), np.uint8))


def sealed(by: Receivers, plain: bytes, but: int = -1) -> list[bytes]:
    size = by.seal(plain, but)
    return [bytes(row[:size]) for row in by.out]


NEAR_THE_END = bytes([250]) + bytes([255]) * 15


@pytest.mark.parametrize("size", [1, 15, 16, 17, 32, 86, 528, 545, 1020])
@pytest.mark.parametrize("nonce", [NONCE, NEAR_THE_END], ids=["", "wraps"])
def test_few_many_and_one_by_one_are_encrypted_alike(size: int, nonce: bytes) -> None:
    ahead, keys = Ahead(), [bytes([n]) * 16 for n in range(FEW + 20)]
    few = receivers([VectorCrypt(ahead, key, NONCE, nonce) for key in keys[: FEW - 1]])
    many = receivers([VectorCrypt(ahead, key, NONCE, nonce) for key in keys])
    plain = PythonFanout()
    single = [plain.crypt(key, NONCE, nonce) for key in keys]
    text = (bytes(range(256)) * 4)[:size]
    for _ in range(2 * AHEAD + 3):
        rows = sealed(many, text)
        assert rows == [crypt.encrypt(text) for crypt in single]
        assert sealed(few, text) == rows[: FEW - 1]


def test_groups_and_answers_use_up_the_same_numbers() -> None:
    ahead = Ahead()
    crypts = [VectorCrypt(ahead, bytes([n]) * 16, NONCE, NONCE) for n in range(FEW + 2)]
    other = PythonFanout().crypt(bytes(16), NONCE, NONCE)
    everyone, rest = receivers(crypts), receivers(crypts[:-2])
    for number in range(3 * AHEAD):
        text = bytes([number]) * (20 + number)
        sealed(everyone, b"not for the first", but=0)
        datagrams = (sealed(everyone, text)[0], crypts[0].encrypt(text), sealed(rest, text)[0])
        for datagram in datagrams:
            assert datagram == other.encrypt(text)
        assert crypts[0].server_nonce() == other.server_nonce()


def test_a_full_buffer_drops_the_rest_and_counts_it() -> None:
    took: list[int] = []

    def sendmmsg(fd: int, at: int, count: int, flags: int) -> int:
        if len(took) < 2:
            took.append(min(4, count))
            return took[-1]
        ctypes.set_errno(errno.EAGAIN)
        return -1

    made = VectorFanout()
    with clients(made, 30) as people, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        group = VectorGroup(sendmmsg, bound)
        group.set_members([person.member(index // 15) for index, person in enumerate(people)])
        nonce = people[20].served_by.server_nonce()
        assert group.send([b"one", b"two"]) == 8
        assert group.dropped == 22
        assert people[20].served_by.server_nonce() == nonce  # not even encrypted


def test_a_crypt_of_another_fanout_is_an_error() -> None:
    made, other = VectorFanout(), PythonFanout()
    with clients(other, 1) as (person,), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        group = made.group(bound)
        with pytest.raises(TypeError, match="another fan-out"):
            group.set_members([person.member()])
    assert made.crypt(KEY, NONCE, NONCE).good == 0
