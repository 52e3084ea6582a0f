"""Random tokens and addresses, the hash they are kept as, and values signed by this house."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

from allmende.core.ids import GuestId

SLUG_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1, which are mistaken when an address is read aloud."""

ROOM_SLUG_CHARS: Final = 12
"""31 ** 12 addresses are 59 bits; a door and a limit stand behind them."""

MAX_TOKEN_CHARS: Final = 512
_TAG_BYTES: Final = 32


def new_token(bits: int = 256) -> str:
    """Return a random token of at least ``bits`` bits in URL-safe base64."""
    return secrets.token_urlsafe(bits // 8)


def token_hash(token: str) -> str:
    """Return what is stored of a token: SHA-256 in hex. Tokens are random, so no salt.

    Looking a hash up in an index leaks no usable timing: the asker cannot choose hashes.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_slug(chars: int = ROOM_SLUG_CHARS) -> str:
    """Return ``chars`` random characters that are hard to mistake."""
    return "".join(secrets.choice(SLUG_ALPHABET) for _ in range(chars))


def new_guest_id() -> GuestId:
    """Return 26 characters of base32: 128 bits and two of padding."""
    return GuestId(base64.b32encode(secrets.token_bytes(17)).decode("ascii")[:26].lower())


def blocked_name(key: bytes, name: str) -> str:
    """Return what stays of the name of a removed account: a keyed hash, never a valid name."""
    return "-" + _tag(key, "blocked-name", name.encode()).hex()


def guest_id_of(key: bytes, *came_by: str) -> GuestId:
    """Return the number of a guest who always comes back as the same: a keyed hash.

    What they came by does not follow from it, and in another room it is another number.
    """
    said = "\0".join(came_by).encode("utf-8", "surrogatepass")
    digest = _tag(key, "guest-id", said)[:17]
    return GuestId(base64.b32encode(digest).decode("ascii")[:26].lower())


def words_hash(key: bytes, numbers: tuple[int, ...]) -> str:
    """Return what is stored of six words: a keyed hash, since 66 bits could be tried out."""
    return _tag(key, "invite-words", ",".join(map(str, numbers)).encode()).hex()


def words_digest(key: bytes, code: str) -> bytes:
    """Return bytes from which the words of an invite are taken, so that its code tells them."""
    return _tag(key, "six-words", code.encode("utf-8", "surrogatepass"))


def sign(key: bytes, purpose: str, payload: bytes) -> str:
    """Return ``payload`` and its HMAC-SHA-256 as URL-safe text. Source: RFC 2104.

    ``purpose`` is signed too, so a value of one kind never passes as another.
    """
    return base64.urlsafe_b64encode(_tag(key, purpose, payload) + payload).decode("ascii")


def unsign(key: bytes, purpose: str, text: str) -> bytes | None:
    """Return the payload of what ``sign`` made, None for anything else."""
    if len(text) > MAX_TOKEN_CHARS * 2 or not text.isascii():
        return None
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except ValueError:
        return None
    tag, payload = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
    return payload if hmac.compare_digest(tag, _tag(key, purpose, payload)) else None


def _tag(key: bytes, purpose: str, payload: bytes) -> bytes:
    return hmac.digest(key, purpose.encode("ascii") + b"\0" + payload, "sha256")
