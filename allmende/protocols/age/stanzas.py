"""The header: the key of the file, wrapped once for each recipient, and a sum over all of it."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION: Final = b"age-encryption.org/v1"
FILE_KEY_BYTES: Final = 16
NONCE_BYTES: Final = 16
_END: Final = b"---"
_WRAPPING: Final = VERSION + b"/X25519"
_ZERO_NONCE: Final = bytes(12)


@dataclass(frozen=True, slots=True)
class FileKey:
    """The key of one file; whoever makes it gives the chance. Never used for another file."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != FILE_KEY_BYTES:
            raise ValueError(f"the key of a file has {FILE_KEY_BYTES} bytes")

    def for_header(self) -> bytes:
        """Return the key of the sum."""
        return _derived(self.secret, b"", b"header")

    def for_payload(self, nonce: bytes) -> bytes:
        """Return the key of the chunks."""
        return _derived(self.secret, nonce, b"payload")


def header(key: FileKey, recipients: Sequence[bytes], ephemeral: Sequence[bytes]) -> bytes:
    """Return the header for these public keys; ``ephemeral``: a fresh private key for each.

    ValueError for a public key with which nobody could be kept out.
    """
    lines = [VERSION]
    for recipient, own in zip(recipients, ephemeral, strict=True):
        lines += _stanza(key, recipient, X25519PrivateKey.from_private_bytes(own))
    lines.append(_END)
    text = b"\n".join(lines)
    sum_ = HMAC(key.for_header(), SHA256())
    sum_.update(text)
    return text + b" " + _base64(sum_.finalize()) + b"\n"


def _stanza(key: FileKey, recipient: bytes, own: X25519PrivateKey) -> tuple[bytes, bytes]:
    shared = own.exchange(X25519PublicKey.from_public_bytes(recipient))
    share = own.public_key().public_bytes_raw()
    wrapping = ChaCha20Poly1305(_derived(shared, share + recipient, _WRAPPING))
    body = wrapping.encrypt(_ZERO_NONCE, key.secret, None)
    return b"-> X25519 " + _base64(share), _base64(body)


def _derived(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(secret)


def _base64(octets: bytes) -> bytes:
    return b64encode(octets).rstrip(b"=")
