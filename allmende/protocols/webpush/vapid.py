"""Who sends a push: a token signed by the server's own key (RFC 8292)."""

import base64
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TOKEN_LIFETIME: Final = timedelta(hours=12)
"""At most 24 hours (RFC 8292, 2)."""

# The order of P-256 (NIST SP 800-186, 3.2.1.3).
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def key_of(seed: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the key that 32 random bytes stand for; the same for the same bytes."""
    number = int.from_bytes(seed, "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def public_key(key: ec.EllipticCurvePrivateKey) -> str:
    """Return what a browser is given as ``applicationServerKey``: the point in base64url."""
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def signature(key: ec.EllipticCurvePrivateKey, endpoint: str, subject: str, now: datetime) -> str:
    """Return the header ``Authorization`` for a request to ``endpoint``.

    ``subject`` is where the push service may complain: a ``mailto:`` or ``https:`` address.
    """
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + TOKEN_LIFETIME).timestamp()),
        "sub": subject,
    }
    token = jwt.encode(claims, key, algorithm="ES256")
    return f"vapid t={token},k={public_key(key)}"  # RFC 8292, 3
