"""Attributes are cut where they say, and never behind the message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.stun import attributes as a

TRANSACTION = bytes(range(12))


def message(body: bytes, kind: int = 1) -> bytes:
    return a.HEADER.pack(kind, len(body), a.MAGIC, TRANSACTION) + body


@given(st.lists(st.tuples(st.integers(0, 65535), st.binary(max_size=30)), max_size=32))
def test_what_is_written_is_cut_again(fields: list[tuple[int, bytes]]) -> None:
    datagram = message(b"".join(a.written(kind, value) for kind, value in fields))
    assert a.message_type(datagram) == 1
    assert a.transaction_id(datagram) == TRANSACTION
    assert [(found.kind, found.value) for found in a.attributes(datagram)] == fields


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        bytes(19),
        bytes(20),
        message(b"", kind=0x4001),
        message(b"abcd")[:-1],
        message(b"abc"),
        message(bytes(1484)),
    ],
)
def test_other_bytes_are_no_message(datagram: bytes) -> None:
    with pytest.raises(a.StunMalformed):
        a.message_type(datagram)


@pytest.mark.parametrize("body", [b"\x00\x06", b"\x00\x06\x00\x05abcd", a.written(0xC001) * 33])
def test_attributes_that_lie_are_refused(body: bytes) -> None:
    with pytest.raises(a.StunMalformed):
        list(a.attributes(message(body)))
