"""One spelling of names and passwords: SASLprep (RFC 4013), a profile of stringprep (RFC 3454)."""

import stringprep
import unicodedata
from typing import Final

from allmende.protocols.scram.errors import Refusal, ScramRefused

# RFC 4013, 2.3: what must not be in the result.
_PROHIBITED: Final = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def prepared(text: str) -> str:
    """Return the prepared form. Raises ScramRefused; ``text`` may hold anything.

    Characters that Unicode 3.2 did not know are let through: this is the form of a query
    (RFC 3454, 7).
    """
    if text.isascii() and text.isprintable():
        return text
    mapped = "".join(_mapped(char) for char in text)
    result = unicodedata.normalize("NFKC", mapped)
    for char in result:
        if any(is_prohibited(char) for is_prohibited in _PROHIBITED):
            raise ScramRefused(Refusal.INVALID_USERNAME_ENCODING, "a character is prohibited")
    _require_one_direction(result)
    return result


def _mapped(char: str) -> str:
    # RFC 4013, 2.1: other spaces become a space, and what is commonly nothing becomes nothing.
    if stringprep.in_table_c12(char):
        return " "
    return "" if stringprep.in_table_b1(char) else char


def _require_one_direction(text: str) -> None:
    """RFC 3454, 6: text from right to left begins and ends so, and nothing else is in it."""
    from_right = [stringprep.in_table_d1(char) for char in text]
    if not any(from_right):
        return
    if not (from_right[0] and from_right[-1]) or any(map(stringprep.in_table_d2, text)):
        raise ScramRefused(Refusal.INVALID_USERNAME_ENCODING, "two directions in one text")
