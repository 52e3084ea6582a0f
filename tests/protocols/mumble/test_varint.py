import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.varint import read_varint, write_varint


@pytest.mark.slow
@given(st.integers(-(2**32), 2**64 - 1), st.binary(max_size=4))
def test_a_number_comes_back_whatever_follows(value: int, rest: bytes) -> None:
    written = write_varint(value)
    assert read_varint(b"." + written + rest, 1) == (value, 1 + len(written))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "8080"),
        (0x3FFF, "bfff"),
        (0x4000, "c04000"),
        (0x1FFFFF, "dfffff"),
        (0x200000, "e0200000"),
        (0xFFFFFFF, "efffffff"),
        (0x10000000, "f010000000"),
        (0xFFFFFFFF, "f0ffffffff"),
        (0x100000000, "f40000000100000000"),
        (2**64 - 1, "f4ffffffffffffffff"),
        (-1, "fc"),
        (-4, "ff"),
        (-5, "f804"),
        (-(2**32), "f8f0ffffffff"),
    ],
)
def test_numbers_are_written_as_mumble_does(value: int, written: str) -> None:
    assert write_varint(value).hex() == written
    assert read_varint(bytes.fromhex(written), 0) == (value, len(written) // 2)


@pytest.mark.parametrize("data", ["", "80", "c040", "e02000", "f0102030", "f400", "f8", "f8c0"])
def test_what_is_cut_off_is_refused(data: str) -> None:
    with pytest.raises(MumbleMalformed, match="cut off"):
        read_varint(bytes.fromhex(data), 0)


@pytest.mark.parametrize("data", ["f8f8f8f800", "f8fc"])
def test_a_complement_of_a_complement_is_refused(data: str) -> None:
    with pytest.raises(MumbleMalformed, match="complement"):
        read_varint(bytes.fromhex(data), 0)


@pytest.mark.parametrize("value", [2**64, -(2**32) - 1])
def test_what_has_no_room_is_not_written(value: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        write_varint(value)


@pytest.mark.slow
@given(st.binary(max_size=12))
def test_any_bytes_are_a_number_or_malformed(data: bytes) -> None:
    try:
        _, position = read_varint(data, 0)
    except MumbleMalformed:
        return
    assert 0 < position <= len(data)
