"""The text of one block while it is read: marks, links, and blanks as a browser shows them."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from allmende.protocols.markup.links import clean_href
from allmende.protocols.markup.tags import MARK_TAGS
from allmende.protocols.markup.tree import HardBreak, Inline, Inlines, Mark, Text

_BLANKS: Final = re.compile(r"[ \t\n\f\r]+")


class Line:
    """Collects pieces until ``take``; marks and links that are open stay so."""

    def __init__(self) -> None:
        self._pieces: list[Inline] = []
        self._after_blank = True
        self._ends_loose = False
        self._marks: Counter[Mark] = Counter()
        self._links: list[str | None] = []
        self._spans: list[str] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said yet."""
        return not self._pieces

    def say(self, text: str) -> None:
        """Add ``text``; blanks in a row are one, at the edges of the line none (CSS Text, 4.1)."""
        if "tick" in self._spans:
            return
        if "spaces" in self._spans:
            self._add(text)
            self._after_blank, self._ends_loose = True, False
            return
        said = _BLANKS.sub(" ", text)
        if self._after_blank:
            said = said.removeprefix(" ")
        if said:
            self._add(said)
            self._after_blank = self._ends_loose = said.endswith(" ")

    def start(self, name: str, attributes: Mapping[str, str]) -> bool:
        """Take the beginning of an element; False where it is none of a line."""
        if name in MARK_TAGS:
            self._marks[MARK_TAGS[name]] += 1
        elif name == "a":
            self._links.append(clean_href(attributes.get("href", "")))
        elif name == "span":
            self._spans.append(attributes.get("class", ""))
        elif name == "br":
            self._trim()
            self._pieces.append(HardBreak())
            self._after_blank = True
        elif name == "img":
            self._picture(attributes)
        return name in MARK_TAGS or name in ("a", "span", "br", "img", "input")

    def end(self, name: str) -> bool:
        """Take the end of an element; False where it is none of a line."""
        if name in MARK_TAGS:
            self._marks[MARK_TAGS[name]] -= 1
        elif name == "a" and self._links:
            self._links.pop()
        elif name == "span" and self._spans:
            self._spans.pop()
        return name in MARK_TAGS or name in ("a", "span")

    def take(self) -> Inlines:
        """Return the pieces and begin a new line."""
        self._trim()
        pieces = tuple(self._pieces)
        self._pieces.clear()
        self._after_blank = True
        return pieces

    def _picture(self, attributes: Mapping[str, str]) -> None:
        address = clean_href(attributes.get("src", ""))
        shown = attributes.get("alt", "").strip() or address
        if shown:
            self._add(shown, address)
            self._after_blank = self._ends_loose = False

    def _add(self, text: str, link: str | None = None) -> None:
        outer = self._links[-1] if self._links else None
        self._pieces.append(Text(text, frozenset(+self._marks), outer or link))

    def _trim(self) -> None:
        """Drop the blank at the end that a browser does not show."""
        last = self._pieces[-1] if self._pieces else None
        if self._ends_loose and isinstance(last, Text):
            self._pieces[-1] = Text(last.text[:-1], last.marks, last.link)
        self._ends_loose = False
