"""Nothing but a decision or SctpHostile comes out of the guard."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.media.webrtc.sctpguard import MAX_INITS, MAX_PACKETS_PER_S, SctpGuard, SctpHostile


def packet(kind: int, body: bytes, tag: int = 1) -> bytes:
    chunk = struct.pack("!BBH", kind, 0, 4 + len(body)) + body + bytes(-len(body) % 4)
    return struct.pack("!HHLL", 5000, 5000, tag, 0) + chunk


def data(tsn: int, stream: int) -> bytes:
    return packet(0, struct.pack("!LHHL", tsn, stream, 0, 51) + b"x")


def test_the_ordinary_passes() -> None:
    guard = SctpGuard()
    assert guard.admits(packet(1, bytes(16), tag=0), 1, None, 0)
    assert guard.admits(data(5, 1), 1, None, 0)
    assert guard.admits(data(5, 1), 1, 4, 0)
    assert guard.admits(data(3, 1), 1, 4, 0)
    assert guard.admits(data(0, 1), 1, 2**32 - 1, 0)
    assert not guard.admits(data(4 + 513, 1), 1, 4, 0)


def test_too_many_inits_are_hostile() -> None:
    guard = SctpGuard()
    init = packet(1, bytes(16), tag=0)
    assert all(guard.admits(init, 1, None, 0) for _ in range(MAX_INITS))
    with pytest.raises(SctpHostile):
        guard.admits(init, 1, None, 0)


def test_an_init_stands_alone() -> None:
    both = packet(1, bytes(16), tag=0) + struct.pack("!BBH", 10, 0, 4)
    with pytest.raises(SctpHostile):
        SctpGuard().admits(both, 1, None, 0)


def test_more_packets_than_data_can_need_are_dropped() -> None:
    guard = SctpGuard()
    admitted = [guard.admits(data(5, 1), 1, 4, 0.5) for _ in range(MAX_PACKETS_PER_S + 10)]
    assert admitted.count(False) == 10
    assert guard.admits(data(5, 1), 1, 4, 2)


def test_too_many_streams_are_hostile() -> None:
    guard = SctpGuard()
    assert all(guard.admits(data(5, stream), 1, 4, 0) for stream in range(256))
    with pytest.raises(SctpHostile):
        guard.admits(data(5, 256), 1, 4, 0)


@given(st.lists(st.binary(max_size=120), max_size=30))
def test_any_bytes_are_decided(packets: list[bytes]) -> None:
    guard = SctpGuard()
    for one in packets:
        try:
            guard.admits(one, 1, 4, 0)
        except SctpHostile:
            return


@given(st.integers(0, 255), st.binary(max_size=80))
def test_any_chunk_is_decided(kind: int, body: bytes) -> None:
    try:
        SctpGuard().admits(packet(kind, body), 1, 4, 0)
    except SctpHostile:
        return
