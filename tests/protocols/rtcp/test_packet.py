import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.rtcp import packet
from allmende.protocols.rtcp.packet import MAX_PACKETS, RtcpMalformed


@given(
    st.lists(
        st.tuples(st.integers(192, 223), st.integers(0, 31), st.binary(max_size=5)), max_size=8
    )
)
def test_packets_in_a_row_come_apart_again(parts: list[tuple[int, int, bytes]]) -> None:
    whole = [(kind, count, body * 4) for kind, count, body in parts]
    compound = b"".join(packet.write(*part) for part in whole)
    assert list(packet.split(compound)) == whole


@given(st.binary(max_size=80))
def test_any_bytes_come_apart_or_are_refused(data: bytes) -> None:
    try:
        list(packet.split(data))
    except RtcpMalformed:
        return


def test_padding_is_taken_off() -> None:
    assert list(packet.split(b"\xa0\xc9\0\2abcd\0\0\0\4")) == [(201, 0, b"abcd")]


def test_only_so_many_packets_are_read() -> None:
    many = packet.write(201, 0, b"") * (MAX_PACKETS + 5)
    assert len(list(packet.split(many))) == MAX_PACKETS


@pytest.mark.parametrize(
    "data",
    [b"\x80", b"\x40\xc9\0\0", b"\x80\xc9\0\1", b"\xa0\xc9\0\0", b"\xa0\xc9\0\1\0\0\0\0",
     b"\xa0\xc9\0\1\0\0\0\5"],
)  # fmt: skip
def test_lying_lengths_are_refused(data: bytes) -> None:
    with pytest.raises(RtcpMalformed):
        list(packet.split(data))
