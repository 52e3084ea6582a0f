"""Codes that people write on paper: Crockford's base32, with a check character.

Digits and capital letters without I, L, O and U; small letters, spaces and hyphens are read as
they were meant. The check character is a sum over GF(32), so one wrong character or two
neighbours exchanged are noticed before anybody asks the server.
Source: https://www.crockford.com/base32.html
"""

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT: Final = str.maketrans("ILO", "110", " -\t\n\r")
_FIELD_POLYNOMIAL: Final = 0b100101  # x^5 + x^2 + 1
_FIELD_SIZE: Final = 32


def random_code(chars: int) -> str:
    """Return ``chars`` random characters, 5 bits each."""
    return "".join(secrets.choice(ALPHABET) for _ in range(chars))


def meant(typed: str) -> str:
    """Return what somebody typed as we write it; it need not be a code."""
    return typed[:200].upper().translate(_MEANT)


def check_character(code: str) -> str:
    """Return the character that closes ``code``, which has at most 30 characters."""
    total = 0
    for character in code:
        total = _twice(total) ^ ALPHABET.index(character)
    return ALPHABET[_twice(total)]


def is_whole(code: str, chars: int) -> bool:
    """Return whether ``code`` has ``chars`` characters of ours and closes rightly."""
    if len(code) != chars or not set(code) <= set(ALPHABET):
        return False
    return check_character(code[:-1]) == code[-1]


def grouped(code: str, size: int) -> str:
    """Return ``code`` in groups that the eye can hold."""
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def _twice(value: int) -> int:
    """Multiply by x in GF(32)."""
    doubled = value << 1
    return doubled ^ _FIELD_POLYNOMIAL if doubled >= _FIELD_SIZE else doubled
