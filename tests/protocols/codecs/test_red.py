import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.codecs.red import RedMalformed, primary_start


@given(
    st.lists(st.binary(max_size=1023), max_size=4), st.binary(max_size=50), st.binary(max_size=9)
)
def test_the_primary_block_is_found(redundant: list[bytes], primary: bytes, before: bytes) -> None:
    heads = b"".join(bytes([0xEF, 0, len(b) >> 8, len(b) & 0xFF]) for b in redundant)
    packet = before + heads + b"\x6f" + b"".join(redundant) + primary
    assert packet[primary_start(packet, len(before), len(packet)) :] == primary


@given(st.binary(max_size=60))
def test_any_bytes_have_a_primary_block_within_them_or_none(data: bytes) -> None:
    try:
        assert 0 < primary_start(data, 0, len(data)) <= len(data)
    except RedMalformed:
        return


@pytest.mark.parametrize("data", [b"", b"\xef\0\0", b"\xef\0\0\0", b"\xef\0\0\2\x6fx",
                                  b"\xef\0\0\0" * 40])  # fmt: skip
def test_lying_lengths_are_refused(data: bytes) -> None:
    with pytest.raises(RedMalformed):
        primary_start(data, 0, len(data))
