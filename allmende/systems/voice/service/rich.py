"""Texts of Mumble are HTML, those of the chat are plain: both ways, through one allow-list."""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Final, TypeGuard

from allmende.protocols.markup.html.taming import tamed
from allmende.protocols.markup.html.tokens import Characters, End, Start, html_tokens
from allmende.protocols.markup.links import clean_href

MAX_TEXT_CHARS: Final = 5000
MAX_PICTURE_CHARS: Final = 131_072
"""What a client may send with a picture in it."""

_INLINE: Final = ("b", "i", "u", "s", "code")
_BLOCKS: Final = ("p", "ul", "ol", "li", "pre")
_WANTED: Final = {name: frozenset[str]() for name in (*_INLINE, *_BLOCKS, "br")} | {
    "a": frozenset({"href"}),
    "img": frozenset({"src"}),
}
_GONE: Final = frozenset({"script", "style", "title", "head", "iframe", "object", "svg", "math"})
_NO_PICTURES: Final[Mapping[str, str]] = MappingProxyType({})
_LINK: Final = re.compile(r"https?://[^\s<>\"'`]{1,2000}")
_MUMBLE: Final = re.compile(r"mumble://[\w.:\[\]-]{1,300}(?:/[\w.%~/-]{0,300})?", re.ASCII)
"""Without a name or password in it: such an address is a key."""

_MANY_LINES: Final = re.compile(r"\n{3,}")
_TRAILING: Final = ".,;:!?)]}"


def has_picture(html: str) -> bool:
    """Return whether there is a picture in a text."""
    return any(map(_is_picture, html_tokens(html)))


def picture_sources(html: str) -> Sequence[str]:
    """Return where the pictures of a text come from, each once."""
    found = (token.attributes.get("src", "") for token in html_tokens(html) if _is_picture(token))
    return list(dict.fromkeys(found))


def _is_picture(token: object) -> TypeGuard[Start]:
    return isinstance(token, Start) and token.name == "img"


def words_in(html: str) -> int:
    """Return how long a text is without its pictures."""
    return len(html) - sum(map(len, picture_sources(html)))


def plain(html: str) -> str:
    """Return a text of Mumble as the chat keeps it: no marks, addresses behind their words."""
    text = "".join(_plain(tamed(html, _WANTED, _GONE))).replace("\r", "")
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return _MANY_LINES.sub("\n\n", lines).strip()


def _plain(clean: str) -> Iterator[str]:
    href, words = "", ""
    for token in html_tokens(clean):
        match token:
            case Characters(text):
                words += text
                yield text
            case Start("br"):
                yield "\n"
            case Start("li"):
                yield "\n* "
            case Start("a"):
                href, words = _href(token.attributes.get("href", "")), ""
            case End("a"):
                if href and href.rstrip("/") != words.strip().rstrip("/"):
                    yield f" ({href})"
                href = ""
            case End("p" | "ul" | "ol" | "pre"):
                yield "\n"
            case _:
                pass


def clean(html: str, pictures: Mapping[str, str] = _NO_PICTURES) -> str:
    """Return a text of Mumble with what everybody's client may be shown, and nothing else.

    ``pictures``: what is shown instead of those that came; others go.
    """
    tame = tamed(html, _WANTED, _GONE)
    pieces: list[str] = []
    for token in html_tokens(tame):
        match token:
            case Characters(text):
                pieces.append(escape(text, quote=False))
            case Start("a"):
                href = _href(token.attributes.get("href", ""))
                pieces.append(f'<a href="{escape(href)}">' if href else "<a>")
            case Start("img"):
                source = pictures.get(token.attributes.get("src", ""))
                pieces.append(f'<img src="{escape(source)}">' if source else "")
            case Start(name):
                pieces.append(f"<{name}>")
            case End(name):
                pieces.append(f"</{name}>")
    return "".join(pieces)


def _href(address: str) -> str:
    if _MUMBLE.fullmatch(address):
        return address
    return clean_href(address) or ""


def shown(text: str) -> str:
    """Return a plain text as HTML: nothing in it is a tag, addresses can be followed."""
    pieces: list[str] = []
    at = 0
    for found in _LINK.finditer(text):
        link = found.group().rstrip(_TRAILING)
        pieces.append(escape(text[at : found.start()]))
        pieces.append(f'<a href="{escape(link)}">{escape(link)}</a>')
        at = found.start() + len(link)
    pieces.append(escape(text[at:]))
    return "".join(pieces).replace("\n", "<br />")
