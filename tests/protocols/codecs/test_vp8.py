import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.codecs.vp8 import Descriptor, Vp8Malformed, rewrite


def descriptor_bytes(
    start: bool, picture: int | None, long: bool, level_zero: int | None, temporal: int | None
) -> bytes:
    out = bytearray([0x10 if start else 0])
    flags, fields = 0, bytearray()
    if picture is not None:
        flags |= 0x80
        fields += (0x8000 | picture).to_bytes(2, "big") if long else bytes([picture & 0x7F])
    if level_zero is not None:
        flags |= 0x40
        fields.append(level_zero)
    if temporal is not None:
        flags |= 0x20
        fields.append(temporal << 6 | 0x20)
    if flags:
        out[0] |= 0x80
        out.append(flags)
    return bytes(out + fields)


@given(
    st.booleans(),
    st.none() | st.integers(0, 0x7FFF),
    st.booleans(),
    st.none() | st.integers(0, 255),
    st.none() | st.integers(0, 2),
    st.booleans(),
)
def test_a_descriptor_is_read_and_rewritten_in_its_own_widths(
    start: bool,
    picture: int | None,
    long: bool,
    level_zero: int | None,
    temporal: int | None,
    key: bool,
) -> None:
    written = descriptor_bytes(start, picture, long, level_zero, temporal)
    packet = b"head" + written + (b"\0" if key else b"\1")
    read = Descriptor()
    read.read(packet, 4, len(packet))
    mask = 0x7FFF if long else 0x7F
    assert read.picture == (-1 if picture is None else picture & mask)
    assert read.level_zero == (-1 if level_zero is None else level_zero)
    assert read.temporal == (temporal or 0)
    assert read.synced == (temporal is not None)
    assert read.key == (start and key)
    assert packet[4 : read.end] == written
    again = rewrite(written, read, 70_000, 300)
    new = None if picture is None else 70_000 & mask
    zero = None if level_zero is None else 300 & 255
    assert again == descriptor_bytes(start, new, long, zero, temporal)


def test_a_key_index_alone_says_no_temporal_layer() -> None:
    read = Descriptor()
    read.read(b"\x80\x10\xff\1", 0, 4)
    assert (read.temporal, read.synced, read.end) == (0, False, 3)


@given(st.binary(max_size=12))
def test_any_bytes_are_a_descriptor_within_them_or_an_error(data: bytes) -> None:
    read = Descriptor()
    try:
        read.read(data, 0, len(data))
    except Vp8Malformed:
        return
    assert 0 < read.end < len(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x10", b"\x90", b"\x90\x80", b"\x90\x80\x81", b"\x90\x40", b"\x90\x20",
     b"\x90\x80\x81\x01"],
)  # fmt: skip
def test_a_descriptor_without_its_end_is_refused(data: bytes) -> None:
    with pytest.raises(Vp8Malformed):
        Descriptor().read(data, 0, len(data))
