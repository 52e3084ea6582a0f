"""Cuts HTML into tags and text. Each character is looked at once, whatever it is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final, TypeAlias

# A tag that does not end goes to the end of the text, as in browsers (HTML, 13.2.5).
_TOKEN: Final = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<[!?][^>]*+>?"
    r"|</(?:(?P<end>[a-z][^\s/>]*+)[^>]*+|[^a-z>][^>]*+)?>?"
    r"|<(?P<start>[a-z][^\s/>]*+)"
    r"(?P<inner>(?:[^>\"']++|\"[^\"]*+\"?+|'[^']*+'?+)*+)>?",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(
    r"([^\s\"'>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"?+|'([^']*+)'?+|([^\s\"'>]++)))?+",
    re.ASCII,
)
RAW_TEXT: Final = frozenset(
    {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"}
)
"""Elements in which only their own end is a tag."""


@dataclass(frozen=True, slots=True)
class Start:
    """A tag that begins an element. Names are in lower case; the first of equal ones counts."""

    name: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class End:
    """A tag that ends an element."""

    name: str


@dataclass(frozen=True, slots=True)
class Characters:
    """Text, with its references resolved."""

    text: str


HtmlToken: TypeAlias = Start | End | Characters


def html_tokens(source: str) -> Iterator[HtmlToken]:
    """Yield the tokens of ``source``; comments and the text of scripts and styles are left out."""
    position = 0
    while found := _TOKEN.search(source, position):
        if found.start() > position:
            yield Characters(unescape(source[position : found.start()]))
        position = found.end()
        if found["end"]:
            yield End(found["end"].lower())
        elif found["start"]:
            name = found["start"].lower()
            yield Start(name, _attributes(found["inner"]))
            if name in RAW_TEXT:
                position = _end_of(name, source, position)
                yield End(name)
    if position < len(source):
        yield Characters(unescape(source[position:]))


def _attributes(inner: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(inner):
        found.setdefault(name.lower(), unescape(double or single or bare))
    return found


def _end_of(name: str, source: str, position: int) -> int:
    if name == "plaintext":
        return len(source)
    end = re.compile(rf"</{name}(?=[\s/>])[^>]*+>?", re.IGNORECASE).search(source, position)
    return end.end() if end else len(source)
