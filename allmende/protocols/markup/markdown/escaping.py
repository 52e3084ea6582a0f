"""Text as Markdown that says exactly this text and nothing more."""

import re
from typing import Final

# What may begin something anywhere. A low line inside a word and a lone tilde, ampersand or
# less-than sign before a blank do not, and stay readable.
_ANYWHERE: Final = re.compile(
    r"[\\`*\[\]]"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|(?<=~)~|~(?=~|$)|^~"
    r"|<(?!\s)"
    r"|&(?=#?[A-Za-z0-9]*(?:;|$))"
    r"|!$"
)
_LINE_START: Final = re.compile(r"[#+\-=:|>]")
_NUMBER: Final = re.compile(r"(\d{1,9})([.)])(?=\s|$)")


def escaped(text: str, *, starts: bool = False, ends: bool = False, in_block: bool = True) -> str:
    """Return ``text`` with backslashes and entities where it would otherwise mean something.

    ``starts``, ``ends``: it is at the edge of a line, where blanks are cut off unless they are
    entities. ``in_block``: a line that starts so may become a list, a quote, a table.
    """
    body, before, after = text, "", ""
    if starts and body[:1].isspace():
        before, body = _entity(body[0]), body[1:]
    if ends and body[-1:].isspace():
        after, body = _entity(body[-1]), body[:-1]
    inner = _ANYWHERE.sub(r"\\\g<0>", body)
    if starts and in_block and not before:
        inner = _line_start(inner)
    return before + inner.replace("\t", "&#9;") + after


def code_span(text: str) -> str:
    """Return ``text`` between enough backticks (CommonMark 0.31, 6.1)."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    # The shortest run that the text does not have would do; one more than the longest is simpler.
    ticks = "`" * (longest + 1)
    stripped = text.startswith(" ") and text.endswith(" ") and text.strip(" ")
    padding = " " if stripped or text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{padding}{text}{padding}{ticks}"


def fenced(text: str, info: str) -> str:
    """Return a fence around ``text`` (CommonMark 0.31, 4.5)."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    ticks = "`" * max(longest + 1, 3)
    return f"{ticks}{info}\n{text}\n{ticks}" if text else f"{ticks}{info}\n{ticks}"


def destination(href: str) -> str:
    """Return the clean address ``href`` as the destination of a link (CommonMark 0.31, 6.3)."""
    safe = re.sub(r"&(?=#?[A-Za-z0-9]+;)", r"\\&", href)
    return f"<{safe}>" if "(" in safe or ")" in safe else safe


def _line_start(text: str) -> str:
    if _LINE_START.match(text):
        return "\\" + text
    return _NUMBER.sub(r"\1\\\2", text, count=1) if _NUMBER.match(text) else text


def _entity(blank: str) -> str:
    return f"&#{ord(blank)};"
