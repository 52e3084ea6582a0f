"""Makes any tree one that the editor takes as it is, and counts it."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from allmende.protocols.markup.links import clean_href
from allmende.protocols.markup.tables import rectangular
from allmende.protocols.markup.tree import (
    DEEPEST,
    MAX_DEPTH,
    MAX_NODES,
    MAX_TEXT_BYTES,
    Block,
    Blockquote,
    Blocks,
    BulletList,
    Cell,
    CodeBlock,
    HardBreak,
    Heading,
    HorizontalRule,
    Inline,
    Inlines,
    ListItem,
    Mark,
    MarkupTooLarge,
    OrderedList,
    Paragraph,
    Raw,
    Row,
    Table,
    TaskItem,
    TaskList,
    Text,
)

MAX_LEVEL: Final = 6
MAX_START: Final = 999_999_999
"""CommonMark 0.31, 5.2: a list marker has at most nine digits."""

MAX_SPAN: Final = 100
LANGUAGE: Final = re.compile(r"[A-Za-z0-9_+#.\-]{1,40}")

# Controls but tab and end of line, halves of surrogate pairs, byte order marks: some format here
# cannot say them.
_UNSAYABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_NEW_LINE: Final = re.compile(r"\r\n?")


def normalised(blocks: Blocks, *, limited: bool = False) -> Blocks:
    """Return ``blocks`` as the schema wants them; a tree that is so already comes back equal.

    * Neighbours with the same marks are one text, empty texts are gone; text in blocks has no
      line ends, no text has control characters.
    * Code takes no other mark; in a link it is no code, for the address says more.
    * An entry begins with a paragraph; a quote or cell has a block; empty lists, rows and tables
      are gone, tables are rectangular. Numbers are within their bounds.

    Raises MarkupTooLarge where blocks are too deep; ``limited``: also where there is too much of
    anything. What is read has to be within the limits; what is there already can be written.
    """
    return _Normaliser(limited).blocks(blocks, 1)


def without_blank_end(blocks: Blocks) -> Blocks:
    """Return ``blocks`` without the empty paragraphs at its end, which editors leave there."""
    end = len(blocks)
    while end and blocks[end - 1] == Paragraph():
        end -= 1
    return blocks[:end]


def clean_text(text: str) -> str:
    """Return ``text`` with one kind of line end and without control characters."""
    return _UNSAYABLE.sub("", _NEW_LINE.sub("\n", text))


def clean_language(language: str | None) -> str | None:
    """Return the name of a language, or None where that is no such name."""
    return language if language and LANGUAGE.fullmatch(language) else None


def require_size(text: str, most_bytes: int = MAX_TEXT_BYTES) -> None:
    """Raise MarkupTooLarge where ``text`` is longer than a document may be."""
    if len(text) > most_bytes or len(text.encode("utf-8", "replace")) > most_bytes:
        raise MarkupTooLarge(f"text of more than {most_bytes} bytes")


class _Normaliser:
    """Walks once and counts on the way."""

    def __init__(self, limited: bool) -> None:
        self._limited = limited
        self._deepest = MAX_DEPTH if limited else DEEPEST
        self._nodes = 0
        self._octets = 0

    def blocks(self, blocks: Iterable[Block], depth: int) -> Blocks:
        """Return what is left of ``blocks``, which lie at ``depth``."""
        return tuple(each for block in blocks if (each := self._block(block, depth)) is not None)

    def _block(self, block: Block, depth: int) -> Block | None:
        self._count(depth)
        match block:
            case Paragraph(content):
                return Paragraph(self._inlines(content, depth))
            case Heading(level, content):
                return Heading(_bounded(level, 1, MAX_LEVEL), self._inlines(content, depth))
            case Blockquote(inner):
                return Blockquote(self.blocks(inner, depth + 1) or (Paragraph(),))
            case CodeBlock(text, language):
                return CodeBlock(self._text(text, depth), clean_language(language))
            case Raw(text):
                return Raw(self._text(text, depth))
            case HorizontalRule():
                return block
            case Table(rows):
                return self._table(rows, depth)
            case _:
                return self._list(block, depth)

    def _list(
        self, block: BulletList | OrderedList | TaskList, depth: int
    ) -> BulletList | OrderedList | TaskList | None:
        if not block.items:
            return None
        if isinstance(block, TaskList):
            return TaskList(
                tuple(TaskItem(item.checked, self._entry(item, depth)) for item in block.items)
            )
        items = tuple(ListItem(self._entry(item, depth)) for item in block.items)
        if isinstance(block, OrderedList):
            return OrderedList(items, _bounded(block.start, 0, MAX_START))
        return BulletList(items)

    def _entry(self, item: ListItem | TaskItem, depth: int) -> Blocks:
        self._count(depth + 1)
        inner = self.blocks(item.blocks, depth + 2)
        return inner if inner and isinstance(inner[0], Paragraph) else (Paragraph(), *inner)

    def _table(self, rows: tuple[Row, ...], depth: int) -> Table | None:
        kept = [
            Row(tuple(self._cell(cell, depth + 2) for cell in row.cells))
            for row in rows
            if row.cells
        ]
        if not kept:
            return None
        even = rectangular(kept)
        added = sum(len(row.cells) for row in even) - sum(len(row.cells) for row in kept)
        for _ in range(len(even) + added):
            self._count(depth + 1)
        return Table(even)

    def _cell(self, cell: Cell, depth: int) -> Cell:
        self._count(depth)
        return Cell(
            self.blocks(cell.blocks, depth + 1) or (Paragraph(),),
            cell.header,
            _bounded(cell.colspan, 1, MAX_SPAN),
            _bounded(cell.rowspan, 1, MAX_SPAN),
        )

    def _inlines(self, content: Inlines, depth: int) -> Inlines:
        if content:
            self._count(depth + 1)
        return tuple(self._merged(content))

    def _merged(self, content: Inlines) -> Iterator[Inline]:
        for setting, group in groupby(filter(_says, map(_clean_inline, content)), _setting):
            if setting is None:
                yield from group
            else:
                text = "".join(each.text for each in group if isinstance(each, Text))
                self._weigh(text)
                yield Text(text, *setting)

    def _text(self, text: str, depth: int) -> str:
        self._count(depth + 1)
        clean = clean_text(text)
        self._weigh(clean)
        return clean

    def _count(self, depth: int) -> None:
        self._nodes += 1
        if depth > self._deepest:
            raise MarkupTooLarge(f"more than {self._deepest} blocks inside each other")
        if self._limited and self._nodes > MAX_NODES:
            raise MarkupTooLarge(f"more than {MAX_NODES} blocks")

    def _weigh(self, text: str) -> None:
        self._octets += len(text.encode())
        if self._limited and self._octets > MAX_TEXT_BYTES:
            raise MarkupTooLarge(f"text of more than {MAX_TEXT_BYTES} bytes")


def _bounded(number: int, least: int, most: int) -> int:
    return min(max(number, least), most)


def _says(piece: Inline) -> bool:
    return isinstance(piece, HardBreak) or bool(piece.text)


def _setting(piece: Inline) -> tuple[frozenset[Mark], str | None] | None:
    return None if isinstance(piece, HardBreak) else (piece.marks, piece.link)


def _clean_inline(piece: Inline) -> Inline:
    if isinstance(piece, HardBreak):
        return piece
    link = clean_href(piece.link) if piece.link is not None else None
    marks = piece.marks
    if Mark.CODE in marks:
        marks = marks - {Mark.CODE} if link else frozenset({Mark.CODE})
    return Text(clean_text(piece.text).replace("\n", " "), marks, link)
