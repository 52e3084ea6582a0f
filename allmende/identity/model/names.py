"""Names that people choose, cleaned or refused, and the addresses made of them."""

import unicodedata
from typing import Final

from allmende.core.accounts import MAX_DISPLAY_NAME_CHARS, NAME_PATTERN
from allmende.core.errors import InvalidInput

MAX_TITLE_CHARS: Final = 80
MAX_SLUG_STEM_CHARS: Final = 40

# Joiners that Persian, Kurdish and many emoji need; all other format characters are refused.
_JOINERS: Final = frozenset("\u200c\u200d")
# Letters and marks that look like nothing: grapheme joiner, Hangul fillers, empty Braille.
_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

_OFFICIAL: Final = """
abuse admin administrator allmende api daemon everyone guest help hostmaster info mail moderation
moderator news nobody noreply official operator postmaster root security server service ssl staff
support sysadmin system team webmaster www
"""
RESERVED: Final = frozenset(_OFFICIAL.split())
"""Names that would speak for the server."""

# Looks alike in most typefaces; compared after folding, never stored.
_ALIKE: Final = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"))


def _cleaned(text: str, field: str, limit: int) -> str:
    """Normalise (NFC, single spaces) and check. Raises InvalidInput with ``field``."""
    if len(text) > 4 * limit:
        raise InvalidInput("identity.name-too-long", field=field, max=limit)
    if any(_is_refused(character) for character in text):
        raise InvalidInput("identity.name-characters", field=field)
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name.strip("\u200c\u200d "):
        raise InvalidInput("identity.name-empty", field=field)
    if len(name) > limit:
        raise InvalidInput("identity.name-too-long", field=field, max=limit)
    return name


def _is_refused(character: str) -> bool:
    if character in _JOINERS:
        return False
    return character in _INVISIBLE or unicodedata.category(character) in _REFUSED_CATEGORIES


def clean_display_name(text: str, field: str = "name") -> str:
    """Return the name of a guest, at most 60 characters. Raises InvalidInput with ``field``.

    Control and bidirectional characters are refused, not removed: a name that reads
    differently from what was typed would fool others.
    """
    return _cleaned(text, field, MAX_DISPLAY_NAME_CHARS)


def clean_title(text: str, field: str = "name") -> str:
    """Return the name of a group, room or link, at most 80 characters. Raises InvalidInput."""
    return _cleaned(text, field, MAX_TITLE_CHARS)


def clean_account_name(text: str, field: str = "name") -> str:
    """Return an account name, valid in every protocol. Raises InvalidInput with ``field``."""
    name = text.strip().lower()
    if not NAME_PATTERN.fullmatch(name):
        raise InvalidInput("identity.account-name-form", field=field)
    if skeleton(name) in {skeleton(reserved) for reserved in RESERVED}:
        raise InvalidInput("identity.account-name-reserved", field=field)
    return name


def skeleton(name: str) -> str:
    """Return what ``name`` looks like: equal for names that are easily mistaken."""
    looks = name.replace("_", "")
    for written, seen in _ALIKE:
        looks = looks.replace(written, seen)
    return looks


def slug_stem(title: str) -> str:
    """Return the ASCII part of a group's address: ``Küche für alle`` gives ``kueche-fuer-alle``.

    May be empty, so whoever makes an address of it adds random characters.
    """
    spelt = title.lower().translate({0xE4: "ae", 0xF6: "oe", 0xFC: "ue", 0xDF: "ss"})
    plain = unicodedata.normalize("NFKD", spelt)
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in plain if not _is_mark(c))
    return "-".join(words.split())[:MAX_SLUG_STEM_CHARS].strip("-")


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) == "Mn"
