"""Random names of rooms, participants, tracks and nodes, as LiveKit's clients expect them."""

import secrets
import string
from typing import Final

_LETTERS: Final = string.ascii_letters + string.digits
_SIZE: Final = 14
_DRAWN_BYTES: Final = 16
"""So many more than fit that no character is likelier than another by more than 2**-44."""


def new_sid(prefix: str) -> str:
    """Return ``prefix`` and 14 random characters (83 bits)."""
    drawn = int.from_bytes(secrets.token_bytes(_DRAWN_BYTES))
    letters = []
    for _ in range(_SIZE):
        drawn, place = divmod(drawn, len(_LETTERS))
        letters.append(_LETTERS[place])
    return prefix + "".join(letters)


def new_ssrc() -> int:
    """Return a random SSRC that is not 0 (RFC 3550, 8.1)."""
    return secrets.randbelow(2**32 - 1) + 1
