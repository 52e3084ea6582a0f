"""One spelling (RFC 4013, 3, and RFC 3454, 6)."""

import pytest

from allmende.protocols.scram.errors import Refusal, ScramRefused
from allmende.protocols.scram.saslprep import prepared


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
        ("\u0627\u0031\u0628", "\u0627\u0031\u0628"),
        ("stra\u00dfe", "stra\u00dfe"),
        ("o\u0308l", "\u00f6l"),
        ("", ""),
    ],
)
def test_what_looks_alike_becomes_the_same(written: str, meant: str) -> None:
    assert prepared(written) == meant


@pytest.mark.parametrize(
    "written",
    ["\u0007", "\u0627\u0031", "\u0627a\u0628", "\ue000", "\ufffd", "\u2ff0", "\u200e", chr(0xD800),
     "\U000e0001", "\ufdd0", "\x7f"],
)  # fmt: skip
def test_what_nobody_can_type_twice_is_refused(written: str) -> None:
    with pytest.raises(ScramRefused) as refused:
        prepared(written)
    assert refused.value.refusal is Refusal.INVALID_USERNAME_ENCODING
