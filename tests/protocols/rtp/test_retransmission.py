import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.rtp.packet import Header, RtpMalformed, write_packet
from allmende.protocols.rtp.retransmission import original_number, unwrap_retransmission


def read(packet: bytes) -> Header:
    header = Header()
    header.read(packet)
    return header


@given(st.integers(0, 0xFFFF), st.binary(max_size=30), st.booleans())
def test_the_lost_packet_comes_out(number: int, payload: bytes, marker: bool) -> None:
    wrapped = write_packet(
        97,
        5,
        777,
        2,
        number.to_bytes(2, "big") + payload,
        marker=marker,
        extensions=b"\xbe\xde\0\0",
    )
    lost = unwrap_retransmission(wrapped, read(wrapped), 96, 1)
    assert lost == write_packet(96, number, 777, 1, payload, marker=marker)
    assert original_number(wrapped, read(wrapped)) == number


def test_mere_padding_repeats_nothing() -> None:
    wrapped = write_packet(97, 5, 777, 2, b"\0")
    assert original_number(wrapped, read(wrapped)) == -1
    with pytest.raises(RtpMalformed):
        unwrap_retransmission(wrapped, read(wrapped), 96, 1)
