import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.rtcp import packet, transport_wide
from allmende.protocols.rtcp.packet import RtcpMalformed
from allmende.protocols.rtcp.transport_wide import MAX_STATUSES, MAX_WRITTEN


def body_of(compound: bytes) -> bytes:
    ((kind, count, body),) = packet.split(compound)
    assert (kind, count) == (205, 15)
    return body


@pytest.mark.slow
@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 2**32 - 2**26),
    st.lists(st.one_of(st.none(), st.integers(-300, 40_000)), min_size=1, max_size=450),
)
def test_arrivals_survive_in_as_many_packets_as_it_takes(
    base: int, start: int, deltas: list[int | None]
) -> None:
    now, arrivals = start + 2**20, list[int | None]()
    for delta in deltas:
        now += delta or 0
        arrivals.append(None if delta is None else now)
    read: list[int | None] = []
    rest = arrivals
    while rest:
        written, told = transport_wide.write(1, 2, base + len(read), 7, rest)
        assert 0 < told <= MAX_WRITTEN
        if written:
            feedback = transport_wide.parse(body_of(written))
            assert (feedback.sender, feedback.media, feedback.count) == (1, 2, 7)
            assert feedback.base == (base + len(read)) & 0xFFFF
            read += feedback.arrivals
        else:
            read += [None] * told
        rest = rest[told:]
    assert read == arrivals


def test_runs_and_one_bit_vectors_are_read() -> None:
    head = bytes(8) + b"\0\5" + b"\0\x12" + b"\0\0\1\x09"
    run, vector = (1 << 13 | 3).to_bytes(2, "big"), (0x8000 | 1 << 13).to_bytes(2, "big")
    rest = (14).to_bytes(2, "big")  # a run of 14 that did not come
    feedback = transport_wide.parse(head + run + vector + rest + bytes([1, 2, 3, 4]))
    assert feedback.arrivals[:5] == (257, 259, 262, 266, None)
    assert len(feedback.arrivals) == 18
    assert (feedback.base, feedback.count) == (5, 9)


def test_65535_statuses_are_bounded() -> None:
    head = bytes(10) + b"\xff\xff" + bytes(4)
    runs = (8191).to_bytes(2, "big") * 8 + (0x8000).to_bytes(2, "big")
    assert len(transport_wide.parse(head + runs).arrivals) == MAX_STATUSES


@given(st.binary(max_size=120))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    try:
        feedback = transport_wide.parse(body)
    except RtcpMalformed:
        return
    assert len(feedback.arrivals) <= MAX_STATUSES


@pytest.mark.parametrize(
    "body",
    [bytes(15), bytes(10) + b"\0\1" + bytes(4), bytes(10) + b"\0\1" + bytes(4) + b"\x20\1"],
)
def test_missing_statuses_and_deltas_are_refused(body: bytes) -> None:
    with pytest.raises(RtcpMalformed):
        transport_wide.parse(body)
