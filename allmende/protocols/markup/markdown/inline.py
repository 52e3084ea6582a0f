"""The inline tokens of markdown-it -> text with marks.

Of HTML only ``<br>`` and the tags of marks without attributes mean something, and only in pairs;
all else stays as it was typed. Pictures become links to them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Final

from markdown_it.token import Token

from allmende.protocols.markup.links import clean_href
from allmende.protocols.markup.tags import MARK_TAGS
from allmende.protocols.markup.tree import HardBreak, Inline, Mark, Text

_TOKENS: Final[Mapping[str, Mark]] = {"strong": Mark.BOLD, "em": Mark.ITALIC, "s": Mark.STRIKE}
_TAG: Final = re.compile(r"<(/?)([a-z]+)\s*>", re.IGNORECASE)
_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)


def inlines(tokens: Sequence[Token]) -> Iterator[Inline]:
    """Yield what ``tokens`` say."""
    pairs = _pairs(tokens)
    marks: Counter[Mark] = Counter()
    link: str | None = None
    for number, token in enumerate(tokens):
        name, _, edge = token.type.rpartition("_")
        if name in _TOKENS:
            marks[_TOKENS[name]] += 1 if edge == "open" else -1
        elif name == "link":
            link = clean_href(str(token.attrs.get("href", ""))) if edge == "open" else None
        elif number in pairs:
            marks[pairs[number]] += -1 if token.content.startswith("</") else 1
        else:
            yield _piece(token, frozenset(+marks), link)


def _piece(token: Token, marks: Set[Mark], link: str | None) -> Inline:
    match token.type:
        case "hardbreak":
            return HardBreak()
        case "softbreak":
            return Text(" ", frozenset(marks), link)
        case "code_inline":
            return Text(token.content, frozenset({Mark.CODE, *marks}), link)
        case "image":
            address = str(token.attrs.get("src", ""))
            return Text(token.content or address, frozenset(marks), link or clean_href(address))
        case "html_inline" if _BREAK.fullmatch(token.content):
            return HardBreak()
        case _:
            return Text(token.content, frozenset(marks), link)


def _pairs(tokens: Sequence[Token]) -> Mapping[int, Mark]:
    """Return which tokens are tags of marks that both begin and end."""
    found: dict[int, Mark] = {}
    waiting: dict[str, list[int]] = {}
    for number, token in enumerate(tokens):
        tag = _TAG.fullmatch(token.content) if token.type == "html_inline" else None
        name = tag[2].lower() if tag else ""
        if not tag or name not in MARK_TAGS:
            continue
        if not tag[1]:
            waiting.setdefault(name, []).append(number)
        elif waiting.get(name):
            found[waiting[name].pop()] = found[number] = MARK_TAGS[name]
    return found
