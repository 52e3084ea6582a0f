"""The key of pads: it makes the tokens of links and hides who a guest is.

It lies outside of the database, so a copied database opens no pad, and whoever looks after a pad
can still be shown its links again.
"""

import base64
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from allmende.core.ids import PadId
from allmende.identity.model.tokens import token_hash
from allmende.systems.pads.model.pad import PadLink

KEY_BYTES: Final = 32
TOKEN_CHARS: Final = 22
"""Of six bits each: 132."""


class Keys:
    """Everything that is made of the key; each for a purpose of its own."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, link: PadLink) -> str:
        """Return the token of a link. Its instant keeps tokens apart after a restored backup."""
        made_us = int(link.created_at.timestamp() * 1_000_000)
        tag = self._tag("link", f"{link.id}/{link.pad_id}/{made_us}")
        return base64.urlsafe_b64encode(tag).decode("ascii")[:TOKEN_CHARS]

    def hash_of(self, link: PadLink) -> str:
        """Return what the table keeps of a link's token."""
        return token_hash(self.token(link))

    def guest_hash(self, pad_id: PadId, secret: str) -> str:
        """Return what a pad keeps of a guest: nobody is followed from pad to pad by it."""
        return self._tag("guest", f"{pad_id}/{secret}").hex()

    def place_hash(self, place: str) -> str:
        """Return what stays of the name of a deleted pad."""
        return self._tag("place", place).hex()

    def _tag(self, purpose: str, text: str) -> bytes:
        message = f"pads {purpose}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256")


def read_key(path: Path) -> bytes:
    """Return the key in the file ``path``; make it first if there is none. Only we may read it.

    ValueError if the file holds something else. Blocks.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} is not a key: {KEY_BYTES} bytes are expected")
    return key


def _make(path: Path) -> None:
    """Written beside it and linked: whoever comes first wins, and nobody reads half a key."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(new, path)
    except FileExistsError:
        pass
    finally:
        new.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
