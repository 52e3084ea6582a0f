"""One encrypted message: ``aes128gcm`` with keys agreed with the browser (RFC 8188, RFC 8291)."""

import base64
import binascii
import struct
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PADDED_BYTES: Final = 2048
"""Every text is padded to this, so that its length tells nothing."""

MAX_TEXT_BYTES: Final = PADDED_BYTES - 1
_RECORD_BYTES: Final = 4096
_POINT_BYTES: Final = 65
_AUTH_BYTES: Final = 16
_SALT_BYTES: Final = 16
_LAST_RECORD: Final = b"\x02"
_MAX_CHARS: Final = 200
_CURVE: Final = ec.SECP256R1()


class SubscriptionRefused(ValueError):
    """The keys of a browser are not what RFC 8291 asks for."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Whom a message is for: the public key of the browser and 16 secret bytes it shares."""

    key: ec.EllipticCurvePublicKey
    auth: bytes


def read_subscription(key: str, auth: str) -> Subscription:
    """Return what a browser named ``p256dh`` and ``auth``, both base64url.

    Raises SubscriptionRefused.
    """
    point, secret = _decoded(key), _decoded(auth)
    if len(secret) != _AUTH_BYTES:
        raise SubscriptionRefused("auth is not 16 bytes")
    try:
        # Checks that the point is on the curve (RFC 8291, 7).
        return Subscription(ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point), secret)
    except ValueError:
        raise SubscriptionRefused("p256dh is not a point of P-256") from None


def sealed(
    text: bytes, to: Subscription, *, sender: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """Return the body of the request: ``text`` padded and encrypted for the browser.

    ``sender`` is a key for this message alone and ``salt`` 16 random bytes. Raises ValueError for
    a text of more than ``MAX_TEXT_BYTES`` or a salt of another length.
    """
    if len(text) > MAX_TEXT_BYTES or len(salt) != _SALT_BYTES:
        raise ValueError("text or salt of the wrong length")
    theirs, ours = _point(to.key), _point(sender.public_key())
    # RFC 8291, 3.4
    shared = _derived(
        sender.exchange(ec.ECDH(), to.key), to.auth, b"WebPush: info\x00" + theirs + ours, 32
    )
    key = _derived(shared, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(shared, salt, b"Content-Encoding: nonce\x00", 12)
    padded = text + _LAST_RECORD + bytes(MAX_TEXT_BYTES - len(text))
    header = salt + struct.pack("!IB", _RECORD_BYTES, len(ours)) + ours  # RFC 8188, 2.1
    return header + AESGCM(key).encrypt(nonce, padded, None)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _decoded(text: str) -> bytes:
    if len(text) > _MAX_CHARS:
        raise SubscriptionRefused("key too long")
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", True)
    except (binascii.Error, ValueError):
        raise SubscriptionRefused("not base64url") from None
