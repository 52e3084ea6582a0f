"""What the fan-out of numpy has besides `test_interface`."""

import ctypes
import errno
import socket

import numpy as np
import pytest

from allmende.media.fanout.python import PythonFanout
from allmende.media.fanout.vector import FEW, VectorCrypt, VectorFanout, VectorGroup, seal_all
from tests.media.fanout.stage import KEY, NONCE, clients


@pytest.mark.parametrize("size", [1, 15, 16, 17, 32, 86, 1020])
def test_few_and_many_are_encrypted_alike(size: int) -> None:
    few = [VectorCrypt(bytes([n]) * 16, NONCE, NONCE) for n in range(FEW - 1)]
    many = [VectorCrypt(bytes([n]) * 16, NONCE, NONCE) for n in range(FEW + 20)]
    plain = bytes(range(256)) * 4
    rows = seal_all(many, plain[:size])
    assert rows.shape == (FEW + 20, size + 4)
    assert np.array_equal(seal_all(few, plain[:size]), rows[: FEW - 1])


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
