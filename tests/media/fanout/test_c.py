"""What the library in C has besides `test_interface`: loading, and a kernel that takes no more."""

import ctypes
import gc
import socket
import struct

import pytest

from allmende.media.fanout import c
from allmende.media.fanout.library import load
from allmende.media.fanout.python import PythonFanout
from tests.media.fanout.stage import KEY, NONCE, clients, fanout


def library() -> ctypes.CDLL:
    fanout("c")
    return load()


def test_a_full_buffer_drops_the_rest_and_counts_it() -> None:
    # Datagrams between Unix sockets wait for their reader: after a few the kernel takes no more.
    loaded = library()
    name = b"\0allmende-fanout-test"
    address = struct.pack("@H", socket.AF_UNIX) + name
    crypts = [c.CCrypt(loaded, KEY, NONCE, NONCE) for _ in range(600)]
    rows = (c.CMember * 600)()
    for row, crypt in zip(rows, crypts, strict=True):
        row.crypt = crypt.at
        ctypes.memmove(row.route.address, address, len(address))
        row.route.address_bytes = len(address)
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as reader,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound,
    ):
        reader.bind(name)
        group = c.CGroup(loaded, bound)
        group.set_rows(rows, crypts)
        sent = group.send([b"x"])
        assert 0 < sent < 600
        assert group.dropped == 600 - sent
        assert group.send([b"x"], crypts[0]) == 0
        assert group.dropped == 600 - sent + 599
        reader.setblocking(False)
        assert len([reader.recv(100) for _ in range(sent)]) == sent
        assert group.send([b"x"]) == sent


def test_a_crypt_of_another_fanout_is_an_error() -> None:
    made, other = fanout("c"), PythonFanout()
    with clients(other, 1) as (person,), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        group = made.group(bound)
        with pytest.raises(TypeError, match="another fan-out"):
            group.set_members([person.member()])
        with pytest.raises(TypeError, match="another fan-out"):
            group.send([b"x"], person.served_by)


def test_members_live_as_long_as_their_group_needs_them() -> None:
    made = fanout("c")
    with clients(made, 20) as people, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        group = made.group(bound)
        group.set_members([person.member() for person in people])
        sockets = [person.socket for person in people]
        people.clear()
        gc.collect()
        assert group.send([b"x"]) == 20
        assert all(one.recv(100) for one in sockets)
        group.set_members([])
        gc.collect()
        assert group.send([b"x"]) == 0
