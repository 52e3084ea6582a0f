"""Names of people and channels as clients of Mumble show them."""

import unicodedata
from collections.abc import Set
from typing import Final

from allmende.core.errors import InvalidInput

MAX_NAME_CHARS: Final = 60
SLASH: Final = "\N{DIVISION SLASH}"
"""Stands for a slash: in Mumble that would divide a path of channels."""

# Joiners that Persian, Kurdish and many emoji need; other format characters go.
_JOINERS: Final = frozenset("\u200c\u200d")
_REMOVED: Final = frozenset({"Cc", "Cf", "Cs"})
_CUT: Final = "…"


def _kept(text: str) -> str:
    text = text[: 8 * MAX_NAME_CHARS]
    if not text.isprintable():
        text = "".join(filter(_is_kept, map(_spaced, text)))
    return " ".join(unicodedata.normalize("NFC", text).split())


def _spaced(character: str) -> str:
    is_break = character in "\t\n\r" or unicodedata.category(character) in {"Zl", "Zp"}
    return " " if is_break else character


def _is_kept(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in _REMOVED


def shortened(text: str, limit: int = MAX_NAME_CHARS) -> str:
    """Return ``text``, cut with a sign of it if it is too long."""
    if len(text) <= limit:
        return text
    return text[: limit - len(_CUT)].rstrip() + _CUT


def cleaned_name(text: str) -> str:
    """Return the name that a guest asks for: one line of at most 60 characters.

    What controls or turns the direction of writing is left out. Raises InvalidInput
    ``voice.name-refused`` if nothing remains.
    """
    name = _kept(text)[:MAX_NAME_CHARS].strip()
    if not name.strip("\u200c\u200d "):
        raise InvalidInput("voice.name-refused", field="name")
    return name


def channel_name(text: str) -> str:
    """Return the name of a room or group as that of a channel."""
    return shortened(_kept(text).replace("/", SLASH)) or "\N{EN DASH}"


def shown_name(name: str, word: str, taken: Set[str]) -> str:
    """Return what somebody is called: ``mara``, ``mara (web)``, ``anna (2)``, ``tester (guest 2)``.

    ``word`` is what stands behind the name, if anything. ``taken``: the names, casefolded, of
    those in the same room (of people elsewhere nothing may be betrayed).
    """
    number = 1
    while True:
        mark = " ".join(part for part in (word, str(number) if number > 1 else "") if part)
        behind = f" ({mark})" if mark else ""
        shown = shortened(name, MAX_NAME_CHARS - len(behind)) + behind
        if shown.casefold() not in taken:
            return shown
        number += 1
