import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.livekit.join_request import (
    MAX_TEXT_CHARACTERS,
    MAX_UNZIPPED_BYTES,
    JoinRequestRefused,
    JoinRequestTooLarge,
    parse_join_request,
    write_join_request,
)
from allmende.protocols.livekit.messages import JoinRequest, WrappedJoinRequest


def _wrapped(body: bytes, compression: WrappedJoinRequest.Compression) -> str:
    wrapped = WrappedJoinRequest(compression=compression, join_request=body)
    return base64.urlsafe_b64encode(wrapped.SerializeToString()).decode("ascii")


def _gzip(plain: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(plain) + packer.flush()


@pytest.mark.parametrize("gzip", [True, False])
@given(sid=st.text(max_size=50), reconnect=st.booleans())
def test_what_is_written_is_read(gzip: bool, sid: str, reconnect: bool) -> None:
    request = JoinRequest(participant_sid=sid, reconnect=reconnect)
    assert parse_join_request(write_join_request(request, gzip=gzip)) == request


def test_padding_and_the_plain_alphabet_are_taken() -> None:
    request = JoinRequest(participant_sid="\xff\xfe~~~???" * 3)
    text = write_join_request(request, gzip=False)
    assert "-" in text or "_" in text
    padded = text + "=" * (-len(text) % 4)
    assert parse_join_request(padded) == request
    assert parse_join_request(padded.replace("-", "+").replace("_", "/")) == request


def test_nothing_is_an_empty_request() -> None:
    assert parse_join_request("") == JoinRequest()


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "%%%%",
        "ab\n=",
        "äöü",
        "====",
        _wrapped(b"\xff\xff", WrappedJoinRequest.NONE),
        _wrapped(b"not gzip", WrappedJoinRequest.GZIP),
        _wrapped(_gzip(b"")[:-4], WrappedJoinRequest.GZIP),
        _wrapped(_gzip(b"\xff\xff"), WrappedJoinRequest.GZIP),
    ],
)
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(JoinRequestRefused):
        parse_join_request(text)


def test_a_bomb_stops_at_the_bound() -> None:
    bomb = _wrapped(_gzip(bytes(40 * MAX_UNZIPPED_BYTES)), WrappedJoinRequest.GZIP)
    assert len(bomb) < MAX_TEXT_CHARACTERS
    with pytest.raises(JoinRequestTooLarge):
        parse_join_request(bomb)


def test_exactly_the_bound_is_taken() -> None:
    # Field 9, a string; its head is 4 bytes long.
    plain = b"\x4a" + b"\xfc\xff\x3f" + b"x" * (MAX_UNZIPPED_BYTES - 4)
    text = _wrapped(_gzip(plain), WrappedJoinRequest.GZIP)
    assert len(parse_join_request(text).participant_sid) == MAX_UNZIPPED_BYTES - 4
    with pytest.raises(JoinRequestTooLarge):
        parse_join_request(_wrapped(_gzip(plain + b"\0\0"), WrappedJoinRequest.GZIP))


def test_a_text_over_its_bound_is_not_looked_at() -> None:
    with pytest.raises(JoinRequestTooLarge):
        parse_join_request("A" * (MAX_TEXT_CHARACTERS + 1))


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda b: base64.b64encode(b).decode()))
def test_any_text_gives_a_request_or_is_refused(text: str) -> None:
    try:
        parse_join_request(text)
    except JoinRequestRefused:
        return


@given(st.binary(max_size=300))
def test_any_zipped_bytes_give_a_request_or_are_refused(body: bytes) -> None:
    try:
        parse_join_request(_wrapped(_gzip(body), WrappedJoinRequest.GZIP))
    except JoinRequestRefused:
        return
