"""What people call their devices, and how a browser shows that it has signed in before.

The cookie of a known device holds a random number and, for each account that signed in there, a
keyed hash of both: it names nobody, and it opens nothing. It only keeps somebody else's guessing
from slowing its owner down.
"""

import base64
import hmac
import secrets
from typing import Final

from allmende.core.errors import InvalidInput
from allmende.identity.model.names import clean_title
from allmende.identity.model.plants import PLANTS

MAX_LABEL_CHARS: Final = 40
MAX_NAMES: Final = 4
_NUMBER_BYTES: Final = 16
_TAG_BYTES: Final = 16
_OWN: Final = ":"


def own_label(text: str) -> str:
    """Return what is stored of a label that somebody gave. Raises InvalidInput ``label``."""
    label = clean_title(text, "label")
    if len(label) > MAX_LABEL_CHARS:
        raise InvalidInput("identity.name-too-long", field="label", max=MAX_LABEL_CHARS)
    return _OWN + label


def label_shown(stored: str) -> tuple[str, str]:
    """Return the message id of a plant, or else the text that was given."""
    return ("", stored[1:]) if stored.startswith(_OWN) else (PLANTS[stored], "")


def known_device(key: bytes, name: str, earlier: str | None) -> str:
    """Return the cookie of a device that ``name`` just signed in on; others on it stay known."""
    number, tags = _parts(earlier)
    number = number or secrets.token_bytes(_NUMBER_BYTES)
    tag = _tag(key, number, name)
    kept = [tag, *(one for one in tags if one != tag)][:MAX_NAMES]
    return base64.urlsafe_b64encode(number + b"".join(kept)).decode("ascii")


def device_of(key: bytes, name: str, cookie: str | None) -> str | None:
    """Return the number of a device where ``name`` has signed in before, else None."""
    number, tags = _parts(cookie)
    tag = _tag(key, number, name)
    known = [one for one in tags if hmac.compare_digest(one, tag)]
    return number.hex() if known else None


def _parts(cookie: str | None) -> tuple[bytes, list[bytes]]:
    try:
        raw = base64.b64decode(cookie or "", altchars=b"-_", validate=True)
    except ValueError:
        return b"", []
    number, rest = raw[:_NUMBER_BYTES], raw[_NUMBER_BYTES:]
    whole = len(number) == _NUMBER_BYTES and len(rest) % _TAG_BYTES == 0
    if not whole or len(rest) > MAX_NAMES * _TAG_BYTES:
        return b"", []
    return number, [rest[at : at + _TAG_BYTES] for at in range(0, len(rest), _TAG_BYTES)]


def _tag(key: bytes, number: bytes, name: str) -> bytes:
    payload = b"known-device\0" + number + name.encode("utf-8", "surrogatepass")
    return hmac.digest(key, payload, "sha256")[:_TAG_BYTES]
