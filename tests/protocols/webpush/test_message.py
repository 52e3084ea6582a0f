"""Messages of Web Push: the example of RFC 8291, and a foreign program that opens ours."""

import base64

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.protocols.webpush import (
    MAX_TEXT_BYTES,
    SubscriptionRefused,
    read_subscription,
    sealed,
)

BROWSER = ec.derive_private_key(0x5EED, ec.SECP256R1())
AUTH = bytes(range(16))


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def sent(text: bytes, salt: bytes = bytes(16)) -> bytes:
    to = read_subscription(b64(point(BROWSER)), b64(AUTH))
    return sealed(text, to, sender=ec.generate_private_key(ec.SECP256R1()), salt=salt)


@given(st.binary(max_size=MAX_TEXT_BYTES))
@settings(max_examples=25, deadline=None)
def test_a_foreign_program_opens_what_we_sealed(text: bytes) -> None:
    opened = http_ece.decrypt(sent(text), private_key=BROWSER, auth_secret=AUTH)
    assert opened == text


def test_the_length_of_a_text_cannot_be_seen() -> None:
    assert len({len(sent(b"x" * size)) for size in (0, 1, 700, MAX_TEXT_BYTES)}) == 1


def test_the_keys_are_those_of_the_example_in_the_standard() -> None:
    """RFC 8291, appendix A. Their text is not padded, ours is: the first bytes are the same."""
    sender = ec.derive_private_key(
        int.from_bytes(base64.urlsafe_b64decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw=")),
        ec.SECP256R1(),
    )
    to = read_subscription(
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    text = b"When I grow up, I want to be a watermelon"
    salt = base64.urlsafe_b64decode("DGv6ra1nlYgDCS1FRnbzlw==")
    body = sealed(text, to, sender=sender, salt=salt)
    expected = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmY"
        "WAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexS"
        "gSxsj_Qulcy4a-fN"
    )
    # The example closes its text with 0x02 and no padding; counter mode gives the same bytes.
    whole = base64.urlsafe_b64decode(expected + "=" * (-len(expected) % 4))
    same = 86 + len(text) + 1
    assert body[:same] == whole[:same]


@pytest.mark.parametrize(
    ("key", "auth"),
    [
        ("", b64(AUTH)),
        ("!" * 88, b64(AUTH)),
        (b64(bytes(65)), b64(AUTH)),
        (b64(b"\x04" + bytes(64)), b64(AUTH)),
        (b64(point(BROWSER)), b64(bytes(15))),
        (b64(point(BROWSER)), ""),
        ("A" * 10_000, b64(AUTH)),
        ("ä" * 80, b64(AUTH)),
    ],
)
def test_keys_that_are_none_are_refused(key: str, auth: str) -> None:
    with pytest.raises(SubscriptionRefused):
        read_subscription(key, auth)


def test_a_text_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="length"):
        sent(bytes(MAX_TEXT_BYTES + 1))
    with pytest.raises(ValueError, match="length"):
        sent(b"", salt=b"short")
