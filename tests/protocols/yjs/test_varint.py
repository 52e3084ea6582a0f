import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.yjs.varint import MOST, Malformed, Reader, uint, var_bytes, var_string


@pytest.mark.slow
@given(st.integers(0, MOST))
def test_an_integer_comes_back(value: int) -> None:
    reader = Reader(uint(value))
    assert reader.uint() == value
    reader.finish()


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "00"), (127, "7f"), (128, "8001"), (300, "ac02"), (MOST, "ffffffffffffff0f")],
)
def test_integers_are_written_as_lib0_does(value: int, written: str) -> None:
    assert uint(value).hex() == written


@pytest.mark.slow
@given(st.binary(max_size=300), st.text(max_size=100))
def test_bytes_and_strings_come_back(data: bytes, text: str) -> None:
    reader = Reader(var_bytes(data) + var_string(text))
    assert (reader.var_bytes(), reader.var_string()) == (data, text)
    reader.finish()


@pytest.mark.parametrize("value", [-1, MOST + 1])
def test_a_number_that_a_browser_cannot_count_to_is_not_written(value: int) -> None:
    with pytest.raises(ValueError, match="not a number"):
        uint(value)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "cut off"),
        ("80", "cut off"),
        ("ffffffffffffff1f", "a number above"),
        ("ffffffffffffffffff01", "a number above"),
        ("808080808080808010", "a number above"),
    ],
)
def test_a_bad_integer_is_refused(data: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        Reader(bytes.fromhex(data)).uint()


def test_a_length_beyond_the_end_is_refused_before_anything_is_kept() -> None:
    with pytest.raises(Malformed, match="cut off"):
        Reader(uint(MOST) + b"abc").var_bytes()


def test_reading_a_byte_past_the_end_is_refused() -> None:
    reader = Reader(b"\x05")
    assert reader.byte() == 5
    with pytest.raises(Malformed, match="cut off"):
        reader.byte()


def test_a_string_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(Malformed, match="not UTF-8"):
        Reader(b"\x02\xc3\x28").var_string()


def test_what_is_left_over_is_refused() -> None:
    reader = Reader(b"\x01\x02")
    reader.uint()
    with pytest.raises(Malformed, match="more than"):
        reader.finish()
