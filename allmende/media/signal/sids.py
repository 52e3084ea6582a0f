"""Random names of rooms, participants, tracks and nodes, as LiveKit's clients expect them."""

import secrets
import string
from typing import Final

_LETTERS: Final = string.ascii_letters + string.digits


def new_sid(prefix: str) -> str:
    """Return ``prefix`` and 14 random characters (83 bits)."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(14))


def new_ssrc() -> int:
    """Return a random SSRC that is not 0 (RFC 3550, 8.1)."""
    return secrets.randbelow(2**32 - 1) + 1
