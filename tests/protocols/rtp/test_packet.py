import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.rtp.packet import Header, RtpMalformed, write_packet


@given(
    st.integers(0, 127),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.binary(max_size=40),
    st.booleans(),
)
def test_what_was_written_is_read(
    payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, marker: bool
) -> None:
    packet = write_packet(payload_type, sequence, timestamp, ssrc, payload, marker=marker)
    header = Header()
    header.read(packet)
    assert (header.payload_type, header.sequence, header.timestamp, header.ssrc) == (
        payload_type,
        sequence,
        timestamp,
        ssrc,
    )
    assert packet[header.payload_start : header.payload_end] == payload
    assert header.marker == (0x80 if marker else 0)
    assert header.profile == 0


@given(st.binary(max_size=60))
def test_any_bytes_are_a_header_within_them_or_an_error(data: bytes) -> None:
    header = Header()
    try:
        header.read(data)
    except RtpMalformed:
        return
    assert 12 <= header.payload_start <= header.payload_end <= len(data)
    assert header.extensions_start <= header.extensions_end <= len(data)


def test_contributing_sources_extensions_and_padding_are_skipped() -> None:
    packet = (
        bytes([0xB1, 0x60, 0, 1]) + bytes(8) + b"csrc" + b"\xbe\xde\0\1abcd" + b"xyz" + b"\0\0\3"
    )
    header = Header()
    header.read(packet)
    assert packet[header.extensions_start : header.extensions_end] == b"abcd"
    assert packet[header.payload_start : header.payload_end] == b"xyz"


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        bytes([0x80]) + bytes(10),
        bytes([0x40]) + bytes(11),
        bytes([0x8F]) + bytes(11),
        bytes([0x90]) + bytes(11),
        bytes([0x90]) + bytes(13),
        bytes([0x90]) + bytes(11) + b"\xbe\xde\0\2abcd",
        bytes([0xA0]) + bytes(11) + b"\0",
        bytes([0xA0]) + bytes(11) + b"\2",
    ],
)
def test_lying_lengths_are_refused(packet: bytes) -> None:
    with pytest.raises(RtpMalformed):
        Header().read(packet)


def test_a_block_of_extensions_is_written() -> None:
    packet = write_packet(1, 2, 3, 4, b"p", extensions=b"\xbe\xde\0\0")
    assert packet[0] == 0x90
    assert packet[12:] == b"\xbe\xde\0\0p"
