"""Texts of Mumble are HTML, those of the chat are plain: both ways, through one allow-list."""

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from allmende.protocols.markup.html.taming import tamed
from allmende.protocols.markup.html.tokens import Characters, End, Start, html_tokens
from allmende.protocols.markup.links import clean_href

MAX_TEXT_CHARS: Final = 5000
MAX_PICTURE_CHARS: Final = 131_072
"""What a client may send with a picture in it; pictures themselves are not passed on."""

_INLINE: Final = ("b", "i", "u", "s", "code")
_BLOCKS: Final = ("p", "ul", "ol", "li", "pre")
_WANTED: Final = {name: frozenset[str]() for name in (*_INLINE, *_BLOCKS, "br")} | {
    "a": frozenset({"href"})
}
_GONE: Final = frozenset({"script", "style", "title", "head", "iframe", "object", "svg", "math"})
_LINK: Final = re.compile(r"https?://[^\s<>\"'`]{1,2000}")
_MUMBLE: Final = re.compile(r"mumble://[\w.:\[\]-]{1,300}(?:/[\w.%~/-]{0,300})?", re.ASCII)
"""Without a name or password in it: such an address is a key."""

_MANY_LINES: Final = re.compile(r"\n{3,}")
_TRAILING: Final = ".,;:!?)]}"


def has_picture(html: str) -> bool:
    """Return whether there is a picture in a text."""
    return any(isinstance(token, Start) and token.name == "img" for token in html_tokens(html))


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


def clean(html: str) -> str:
    """Return a text of Mumble with what everybody's client may be shown, and nothing else."""
    tame = tamed(html, _WANTED, _GONE)
    pieces: list[str] = []
    for token in html_tokens(tame):
        match token:
            case Characters(text):
                pieces.append(escape(text, quote=False))
            case Start("a"):
                href = _href(token.attributes.get("href", ""))
                pieces.append(f'<a href="{escape(href)}">' if href else "<a>")
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
