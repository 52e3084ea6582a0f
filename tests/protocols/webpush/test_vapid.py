"""The signature of the sender, checked by a foreign program."""

from datetime import UTC, datetime

import jwt
from py_vapid import Vapid02

from allmende.protocols.webpush import key_of, public_key, signature

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = key_of(bytes(range(32)))
ENDPOINT = "https://push.example.net:8443/send/abc?x=1"


def test_a_foreign_program_believes_the_signature() -> None:
    header = signature(KEY, ENDPOINT, "https://allmende.example.org", NOW)
    assert Vapid02.verify(header)


def test_the_token_is_for_that_service_alone_and_for_half_a_day() -> None:
    header = signature(KEY, ENDPOINT, "https://allmende.example.org", NOW)
    token = header.removeprefix("vapid t=").partition(",")[0]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims == {
        "aud": "https://push.example.net:8443",
        "exp": int(NOW.timestamp()) + 12 * 3600,
        "sub": "https://allmende.example.org",
    }


def test_the_public_key_is_a_point_in_base64url_and_always_the_same() -> None:
    assert len(public_key(KEY)) == 87
    assert public_key(KEY) == public_key(key_of(bytes(range(32))))
    assert public_key(KEY) != public_key(key_of(bytes(32)))


def test_every_seed_gives_a_key() -> None:
    assert public_key(key_of(b"\xff" * 32)) != public_key(key_of(bytes(32)))
