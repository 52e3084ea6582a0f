"""Messages as they are written, and what is refused of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.scram.errors import Refusal, ScramRefused
from allmende.protocols.scram.messages import (
    MAX_MESSAGE_BYTES,
    is_nonce,
    read_client_final,
    read_client_first,
    write_server_final,
    write_server_first,
)

R = Refusal


def test_a_client_says_who_it_is() -> None:
    first = read_client_first(b"p=tls-exporter,a=juno,n=ma=2Cra=3D,r=abc,x=more")
    assert (first.flag, first.binding, first.authzid) == ("p", "tls-exporter", "juno")
    assert (first.name, first.nonce) == ("ma,ra=", "abc")
    assert first.header == b"p=tls-exporter,a=juno,"
    assert first.bare == b"n=ma=2Cra=3D,r=abc,x=more"


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", R.INVALID_ENCODING),
        (b"n,n=mara,r=abc", R.INVALID_ENCODING),
        (b"n,", R.INVALID_ENCODING),
        (b"x,,n=mara,r=abc", R.INVALID_ENCODING),
        (b"p=,,n=mara,r=abc", R.INVALID_ENCODING),
        (b"n,,n=mara", R.INVALID_ENCODING),
        (b"n,,r=abc,n=mara", R.INVALID_ENCODING),
        (b"n,,n=mara,x=abc", R.INVALID_ENCODING),
        (b"n,,n=mara,r=", R.INVALID_ENCODING),
        (b"n,,n=mara,r=\xc3\xa4", R.INVALID_ENCODING),
        (b"n,,n=mara,r=abc,more", R.INVALID_ENCODING),
        (b"n,,n=\xff,r=abc", R.INVALID_ENCODING),
        (b"n,,n=" + b"a" * MAX_MESSAGE_BYTES + b",r=abc", R.INVALID_ENCODING),
        (b"n,,n=ma=2cra,r=abc", R.INVALID_USERNAME_ENCODING),
        (b"n,a==,n=mara,r=abc", R.INVALID_USERNAME_ENCODING),
        (b"n,,n=\x07,r=abc", R.INVALID_USERNAME_ENCODING),
        (b"n,,m=ext,n=mara,r=abc", R.EXTENSIONS_NOT_SUPPORTED),
    ],
)
def test_another_beginning_is_refused(data: bytes, refusal: Refusal) -> None:
    with pytest.raises(ScramRefused) as refused:
        read_client_first(data)
    assert refused.value.refusal is refusal


def test_a_client_answers() -> None:
    final = read_client_final(b"c=biws,r=abc,x=more,p=AAEC")
    assert (final.channel, final.nonce, final.proof) == (b"n,,", "abc", b"\0\1\2")
    assert final.bare == b"c=biws,r=abc,x=more"


@pytest.mark.parametrize(
    "data",
    [b"", b"c=biws,r=abc", b"c=biws,p=AAEC", b"r=abc,c=biws,p=AAEC", b"c=?,r=abc,p=AAEC",
     b"c=biws,r=abc,p=\xc3\xa4", b"c=biws,r=abc,more,p=AAEC", b"\xff,p="],
)  # fmt: skip
def test_another_answer_is_refused(data: bytes) -> None:
    with pytest.raises(ScramRefused) as refused:
        read_client_final(data)
    assert refused.value.refusal is Refusal.INVALID_ENCODING


def test_the_server_says_two_things() -> None:
    assert write_server_first("abc", b"\0\1", 4096) == b"r=abc,s=AAE=,i=4096"
    assert write_server_final(b"\0\1\2") == b"v=AAEC"


def test_a_nonce_is_printable_and_has_no_comma() -> None:
    assert is_nonce("fyko+d2lbbFgONRv9qkxdawL")
    assert not any(map(is_nonce, ("", "a,b", "a b", "ä", "a\n")))


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    for read in (read_client_first, read_client_final):
        try:
            read(data)
        except ScramRefused:
            continue
