import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.rtp import extensions
from allmende.protocols.rtp.extensions import (
    LEVEL,
    LEVEL_URI,
    MID,
    MID_URI,
    PLACES,
    places_of,
    read_extensions,
    write_extensions,
)
from allmende.protocols.rtp.packet import RtpMalformed


def values_of(block: bytes, places: bytes) -> list[bytes]:
    values = [b"old"] * PLACES
    profile = int.from_bytes(block[:2], "big")
    read_extensions(block, 4, len(block), profile, places, values)
    return values


@given(st.integers(1, 255), st.binary(max_size=255), st.integers(1, 255), st.binary(max_size=20))
def test_elements_survive_in_the_form_that_fits(
    first: int, mid: bytes, second: int, level: bytes
) -> None:
    if first == second:
        return
    places = places_of([(first, MID_URI), (second, LEVEL_URI)])
    values = values_of(write_extensions([(first, mid), (second, level)]), places)
    assert values[MID] == mid
    assert values[LEVEL] == level


def test_short_elements_have_heads_of_one_byte() -> None:
    block = write_extensions([(1, b"mid"), (14, b"x" * 16)])
    assert block == b"\xbe\xde\0\6" + b"\x12mid" + b"\xef" + b"x" * 16 + bytes(3)
    values = values_of(block, places_of([(1, MID_URI), (14, LEVEL_URI)]))
    assert (values[MID], values[LEVEL]) == (b"mid", b"x" * 16)


@given(st.sampled_from([0xBEDE, 0x1000, 0x100F, 0xABCD]), st.binary(max_size=40))
def test_any_block_is_read_or_refused(profile: int, body: bytes) -> None:
    places = places_of([(i, MID_URI) for i in range(1, 256)])
    values = [b""] * PLACES
    try:
        read_extensions(body, 0, len(body), profile, places, values)
    except RtpMalformed:
        return
    assert all(value in body for value in values)


def test_nothing_writes_nothing() -> None:
    assert write_extensions([]) == b""


def test_unknown_ids_padding_and_the_stop_element_are_passed_over() -> None:
    places = places_of([(1, MID_URI), (0, MID_URI), (2, "urn:other")])
    one = b"\xbe\xde\0\2" + b"\x20x\0\x10m\xf0\x10z"
    assert values_of(one, places)[MID] == b"m"
    two = b"\x10\0\0\3" + b"\2\1x\0\1\1m\0"
    assert values_of(two, places)[MID] == b"m"
    assert values_of(b"\xab\xcd\0\1\1\1\1\1", places) == [b""] * PLACES


@pytest.mark.parametrize(
    "block", [b"\xbe\xde\0\1\0\0\0\x11", b"\x10\0\0\1\0\0\0\1", b"\x10\0\0\1\0\0\1\4"]
)
def test_elements_past_the_end_are_refused(block: bytes) -> None:
    with pytest.raises(RtpMalformed):
        values_of(block, bytes(256))


def test_each_uri_has_its_place() -> None:
    assert sorted(extensions.PLACE_OF_URI.values()) == [1, 2, 3, 4, 5]
