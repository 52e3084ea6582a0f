"""Markdown -> the document tree, by markdown-it.

What the schema has no word for survives: HTML blocks become ``raw`` blocks (a ``<table>`` a
table), other HTML and links to elsewhere than the web or mail stay as they were typed, pictures
become links. Numbers of footnotes, front matter and the like are plain text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.html_block import html_block
from markdown_it.rules_core import StateCore, inline
from markdown_it.token import Token

from allmende.protocols.markup.html.reading import read_html
from allmende.protocols.markup.links import clean_href
from allmende.protocols.markup.markdown.inline import inlines
from allmende.protocols.markup.schema import clean_text, normalised, require_size
from allmende.protocols.markup.tags import MARK_TAGS
from allmende.protocols.markup.tree import (
    MAX_DEPTH,
    Block,
    Blockquote,
    Blocks,
    BulletList,
    Cell,
    CodeBlock,
    Heading,
    HorizontalRule,
    Inlines,
    ListItem,
    MarkupTooLarge,
    OrderedList,
    Paragraph,
    Raw,
    Row,
    Table,
    TaskItem,
    TaskList,
)

MAX_INLINE_DEPTH: Final = 8
RAW_INFO: Final = "{=raw}"
BLANK: Final = "&nbsp;"

_TASK: Final = re.compile(r"\[([ xX])\](?:\s|$)")
# Tags of marks begin a paragraph, also where one stands alone on its line.
_INLINE_TAG: Final = re.compile(rf"</?(?:{'|'.join(MARK_TAGS)}|br)\s*/?>", re.IGNORECASE)


def read_markdown(text: str) -> Blocks:
    """Return the document that ``text`` says. Raises MarkupTooLarge."""
    require_size(text)
    tokens = _parser().parse(clean_text(text))
    return normalised(_Builder(tokens).blocks(), limited=True)


def _parser() -> MarkdownIt:
    # Deeper blocks would be left out without a word: the builder refuses them before.
    parser: MarkdownIt = _Parser("commonmark", {"maxNesting": MAX_DEPTH + 10, "html": True})
    parser.enable(["table", "strikethrough"])
    ends = ["paragraph", "reference", "blockquote"]
    parser.block.ruler.at("html_block", _html_block, {"alt": ends})
    parser.core.ruler.at("inline", _inline)
    return parser


def _address(_parser: MarkdownIt, url: str) -> str:
    return clean_href(url) or url


def _as_typed(_parser: MarkdownIt, link: str) -> str:
    return link


def _may_be_link(_parser: MarkdownIt, url: str) -> bool:
    return clean_href(url) is not None


# Links are those of ``links``; what may be none stays text. The names are those of MarkdownIt.
_Parser: Final = type(
    "_Parser",
    (MarkdownIt,),
    {"normalizeLink": _address, "normalizeLinkText": _as_typed, "validateLink": _may_be_link},
)


def _html_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if _INLINE_TAG.match(line):
        return False
    return html_block(state, start, end, silent)


def _inline(state: StateCore) -> None:
    # Blocks are done. Here each bracket costs as many looks ahead as links may be nested.
    state.md.options["maxNesting"] = MAX_INLINE_DEPTH
    inline(state)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of a list; ``checked`` None: it is no task."""

    checked: bool | None
    blocks: Blocks


_Made: TypeAlias = Block | _Entry | Row | Cell | Paragraph


@dataclass(slots=True)
class _Open:
    """A block that has begun."""

    token: Token
    made: list[_Made] = field(default_factory=list)
    checked: bool | None = None


class _Builder:
    """Takes the tokens one after the other, without recursion."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._open = [_Open(Token("document", "", 0))]

    def blocks(self) -> Blocks:
        """Return the blocks of the document."""
        for token in self._tokens:
            if token.level > MAX_DEPTH:
                raise MarkupTooLarge(f"more than {MAX_DEPTH} blocks inside each other")
            if token.nesting == 1:
                self._open.append(_Open(token))
            elif token.nesting == -1:
                ended = self._open.pop()
                self._open[-1].made += _ended(ended)
            else:
                self._look_for_task(token)
                self._open[-1].made += _leaf(token)
        return _only(self._open[0].made)

    def _look_for_task(self, token: Token) -> None:
        """Take ``[ ] `` from the beginning of an entry (GFM 0.29, 5.3)."""
        types = [each.token.type for each in self._open[-3:]]
        if types != ["bullet_list_open", "list_item_open", "paragraph_open"]:
            return
        item, box, pieces = self._open[-2], _TASK.match(token.content), token.children or []
        if item.made or not box or not pieces or not pieces[0].content.startswith(box[0].strip()):
            return
        item.checked = box[1] != " "
        pieces[0].content = pieces[0].content[4:]
        if len(pieces) > 1 and pieces[1].type == "softbreak":
            del pieces[1]


def _only(made: Iterable[_Made]) -> Blocks:
    return tuple(each for each in made if not isinstance(each, _Entry | Row | Cell))


def _leaf(token: Token) -> Iterator[_Made]:
    match token.type:
        case "inline":
            yield Paragraph(_content(token))
        case "hr":
            yield HorizontalRule()
        case "code_block":
            yield CodeBlock(token.content.removesuffix("\n"))
        case "fence":
            words = token.info.split()
            text = token.content.removesuffix("\n")
            yield Raw(text) if words == [RAW_INFO] else CodeBlock(text, words[0] if words else None)
        case "html_block":
            yield _foreign(token.content)


def _content(token: Token) -> Inlines:
    return () if token.content == BLANK else tuple(inlines(token.children or []))


def _foreign(source: str) -> Block:
    """Return a block of HTML: a table if it is just that, else its source."""
    text = source.removesuffix("\n")
    if text.startswith("<table") and text.rstrip().endswith("</table>"):
        match read_html(text):
            case (Table() as table,):
                return table
    return Raw(text)


def _ended(block: _Open) -> Iterator[_Made]:
    """Yield what a block is, now that all its inner parts are made."""
    token, made = block.token, block.made
    match token.type:
        case "list_item_open":
            yield _Entry(block.checked, _only(made))
        case "heading_open":
            yield Heading(int(token.tag[1:]), _inner(made))
        case "blockquote_open":
            yield Blockquote(_only(made))
        case "bullet_list_open":
            yield from _bullets(made)
        case "ordered_list_open":
            yield OrderedList(_items(made), int(token.attrs.get("start", 1)))
        case "table_open":
            yield Table(tuple(each for each in made if isinstance(each, Row)))
        case "tr_open":
            yield Row(tuple(each for each in made if isinstance(each, Cell)))
        case "th_open" | "td_open":
            yield Cell(_only(made), token.type == "th_open")
        case _:
            yield from made


def _inner(made: Sequence[_Made]) -> Inlines:
    return tuple(piece for each in made if isinstance(each, Paragraph) for piece in each.content)


def _items(made: Iterable[_Made]) -> tuple[ListItem, ...]:
    return tuple(ListItem(each.blocks) for each in made if isinstance(each, _Entry))


def _bullets(made: Iterable[_Made]) -> Iterator[Block]:
    """Yield lists of tasks and of other entries in turn: the schema has no mixed ones."""
    entries = [each for each in made if isinstance(each, _Entry)]
    for is_task, group in groupby(entries, lambda each: each.checked is not None):
        if is_task:
            yield TaskList(tuple(TaskItem(bool(each.checked), each.blocks) for each in group))
        else:
            yield BulletList(_items(group))
