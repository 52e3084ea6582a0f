import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.protobuf import (
    BOOL,
    BYTES,
    DELIMITED,
    FIXED32,
    FIXED64,
    FLOAT,
    INT32,
    STRING,
    UINT32,
    UINT64,
    VARINT,
    Scalar,
    fields_of,
    read_varint,
    tag,
    write_varint,
)


@pytest.mark.slow
@given(st.integers(0, 2**64 - 1), st.binary(max_size=5))
def test_a_number_comes_back_whatever_follows(value: int, rest: bytes) -> None:
    written = write_varint(value)
    assert read_varint(written + rest, 0) == (value, len(written))


@pytest.mark.parametrize(
    ("scalar", "value", "written"),
    [
        (UINT32, 0, "00"),
        (UINT32, 300, "ac02"),
        (UINT64, 2**64 - 1, "ffffffffffffffffff01"),
        (INT32, -2147483637, "8b808080f8ffffffff01"),
        (INT32, 2**31 - 1, "ffffffff07"),
        (BOOL, True, "01"),
        (BOOL, False, "00"),
    ],
)
def test_numbers_are_written_as_protocol_buffers_do(
    scalar: Scalar, value: int, written: str
) -> None:
    assert scalar.write(value).hex() == written
    assert scalar.read(read_varint(bytes.fromhex(written), 0)[0]) == value


def test_texts_and_bytes_stand_behind_their_length() -> None:
    assert STRING.write("Jörg") == b"\x05J\xc3\xb6rg"
    assert BYTES.write(b"\xff") == b"\x01\xff"
    assert FLOAT.write(1.5) == b"\x00\x00\xc0\x3f"
    assert FLOAT.read(b"\x00\x00\xc0\x3f") == 1.5


def test_numbers_of_32_bits_are_cut_as_other_implementations_cut_them() -> None:
    assert UINT32.read(2**40 + 7) == 7
    assert INT32.read(2**64 - 1) == -1
    assert BOOL.read(2)


@pytest.mark.parametrize(
    ("scalar", "value"),
    [(UINT32, -1), (UINT32, 2**32), (UINT64, 2**64), (INT32, 2**31), (INT32, -(2**31) - 1)],
)
def test_numbers_out_of_range_are_not_written(scalar: Scalar, value: int) -> None:
    with pytest.raises(ValueError, match="not a"):
        scalar.write(value)


def test_fields_of_all_wire_types_are_found() -> None:
    data = (
        tag(1, VARINT) + b"\x96\x01" + tag(2, DELIMITED) + b"\x02hi"
        + tag(3, FIXED32) + b"abcd" + tag(4, FIXED64) + b"abcdefgh"
    )  # fmt: skip
    assert list(fields_of(data)) == [
        (1, VARINT, 150),
        (2, DELIMITED, b"hi"),
        (3, FIXED32, b"abcd"),
        (4, FIXED64, b"abcdefgh"),
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("08", "cut off"),
        ("0880", "cut off"),
        ("08" + "80" * 10 + "01", "more than ten bytes"),
        ("0a05616263", "cut off"),
        ("0aff", "cut off"),
        ("0d616263", "cut off"),
        ("0961626364656667", "cut off"),
        ("0b0c", "a group"),
        ("0e", "a group"),
        ("0001", "field number"),
        ("8080808010", "field number"),
    ],
)
def test_what_is_no_field_is_refused(data: str, why: str) -> None:
    with pytest.raises(MumbleMalformed, match=why):
        list(fields_of(bytes.fromhex(data)))


def test_a_text_that_is_not_utf_8_is_refused_and_not_told() -> None:
    with pytest.raises(MumbleMalformed, match=r"^a text that is not UTF-8$"):
        STRING.read(b"\xff\xfe")


@pytest.mark.slow
@given(st.binary(max_size=200))
def test_any_bytes_are_fields_or_malformed(data: bytes) -> None:
    try:
        found = list(fields_of(data))
    except MumbleMalformed:
        return
    assert all(number > 0 for number, _, _ in found)
