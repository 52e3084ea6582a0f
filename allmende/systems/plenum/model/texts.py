"""Titles, presenters and notes as they are typed by people, cleaned or refused."""

import unicodedata
from typing import Final

from allmende.core.errors import InvalidInput

MAX_TITLE_CHARS: Final = 200
MAX_PRESENTER_CHARS: Final = 120
MAX_NOTE_CHARS: Final = 4000

_REFUSED: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def clean_line(text: str, field: str, limit: int) -> str:
    """Return one line: NFC, single spaces, may be empty.

    Raises InvalidInput ``plenum.characters-refused`` for control characters and
    ``plenum.too-long`` with the ``limit``, both with the ``field``.
    """
    if any(unicodedata.category(char) in _REFUSED for char in text):
        raise InvalidInput("plenum.characters-refused", field=field)
    return _within(" ".join(unicodedata.normalize("NFC", text).split()), field, limit)


def clean_title(text: str) -> str:
    """Return the title of an item or assembly. Raises besides InvalidInput ``plenum.no-title``."""
    title = clean_line(text, "title", MAX_TITLE_CHARS)
    if not title:
        raise InvalidInput("plenum.no-title", field="title")
    return title


def clean_note(text: str) -> str:
    """Return the note of an item: lines may end and begin with a tab, nothing else is let in."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").split("\n")
    if any(unicodedata.category(char) in _REFUSED for line in lines for char in line):
        raise InvalidInput("plenum.characters-refused", field="note")
    note = "\n".join(unicodedata.normalize("NFC", line).rstrip() for line in lines)
    return _within(note.strip("\n"), "note", MAX_NOTE_CHARS)


def _within(text: str, field: str, limit: int) -> str:
    if len(text) > limit:
        raise InvalidInput("plenum.too-long", field=field, limit=limit)
    return text
