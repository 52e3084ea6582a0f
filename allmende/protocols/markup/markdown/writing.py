"""The document tree -> Markdown that other programs read, and that reads back as the same tree.

What Markdown cannot say:

* An empty paragraph is ``&nbsp;``; those at the end of the document are left out.
* A table that has more than one header row, several blocks in a cell, or cells over several
  rows or columns is an HTML ``<table>`` on one line.
* A ``raw`` block is a fence with the info string ``{=raw}``, so that no program that reads the
  file runs it; an HTML comment is written as it is.
* Two lists of a kind after each other differ in their sign: ``-`` and ``*``, ``1.`` and ``1)``.
* Underline, subscript, superscript and new lines: see ``spans``.
"""

import re
from collections.abc import Sequence
from typing import Final

from allmende.protocols.markup.html.writing import write_html
from allmende.protocols.markup.markdown.escaping import fenced
from allmende.protocols.markup.markdown.spans import spans
from allmende.protocols.markup.schema import MAX_START, normalised, without_blank_end
from allmende.protocols.markup.tree import (
    Block,
    Blockquote,
    Blocks,
    BulletList,
    Cell,
    CodeBlock,
    Heading,
    HorizontalRule,
    ListItem,
    OrderedList,
    Paragraph,
    Raw,
    Table,
    TaskItem,
    TaskList,
)

RAW_INFO: Final = "{=raw}"
BLANK: Final = "&nbsp;"

_BREAKS_COMMENT: Final = re.compile(r"\n *\n|\t")
# CommonMark 0.31, 4.2: number signs at the end of a heading close it.
_CLOSING: Final = re.compile(r"(?<!\S)(#+)$")


def write_markdown(blocks: Blocks) -> str:
    """Return ``blocks`` as Markdown with a line end at the end. Raises MarkupTooLarge."""
    clean = without_blank_end(normalised(blocks))
    return _joined(clean) + "\n" if clean else ""


def _joined(blocks: Blocks, *, tight: bool = False) -> str:
    """Return ``blocks`` with an empty line between them; ``tight``: not before a list."""
    parts: list[str] = []
    second = False
    for number, block in enumerate(blocks):
        before = blocks[number - 1] if number else None
        second = _family(block) != "" and _family(block) == _family(before) and not second
        if before is not None:
            parts.append("\n" if tight and _interrupts(block, before) else "\n\n")
        parts.append(_block(block, second))
    return "".join(parts)


def _family(block: Block | None) -> str:
    """Return which lists would become one with this one."""
    if isinstance(block, BulletList | TaskList):
        return "bullet"
    return "ordered" if isinstance(block, OrderedList) else ""


def _interrupts(block: Block, before: Block) -> bool:
    """Return whether the list ``block`` is seen right below a paragraph (CommonMark 0.31, 5.3)."""
    if before == Paragraph() or not isinstance(before, Paragraph):
        return False
    if isinstance(block, OrderedList) and block.start != 1:
        return False
    if isinstance(block, BulletList | OrderedList):
        return block.items[0].blocks != (Paragraph(),)
    return isinstance(block, TaskList)


def _block(block: Block, second: bool) -> str:
    match block:
        case Paragraph(content):
            return spans(content) or BLANK
        case Heading(level, content):
            return f"{'#' * level} {_CLOSING.sub(_escaped, spans(content, one_line=True))}".rstrip()
        case Blockquote(inner):
            return _indented(_joined(inner), "> ", "> ", empty=">")
        case CodeBlock(text, language):
            return fenced(text, language or "")
        case Raw(text):
            return text if _is_comment(text) else fenced(text, RAW_INFO)
        case HorizontalRule():
            return "---"
        case Table():
            return _table(block)
        case _:
            return _list(block, second)


def _list(block: BulletList | OrderedList | TaskList, second: bool) -> str:
    items: Sequence[ListItem | TaskItem] = block.items
    tight = all(_is_tight(item.blocks) for item in items)
    written = []
    for number, item in enumerate(items):
        if isinstance(block, OrderedList):
            marker = f"{min(block.start + number, MAX_START)}{')' if second else '.'}"
        else:
            marker = "*" if second else "-"
        if isinstance(item, TaskItem):
            written.append(_task(item, marker))
        else:
            written.append(_item(item.blocks, marker))
    return ("\n" if tight else "\n\n").join(written)


def _is_tight(blocks: Blocks) -> bool:
    return all(isinstance(block, BulletList | OrderedList | TaskList) for block in blocks[1:])


def _item(blocks: Blocks, marker: str) -> str:
    if blocks == (Paragraph(),):
        return marker
    return _indented(
        _joined(blocks, tight=_is_tight(blocks)), f"{marker} ", " " * (len(marker) + 1)
    )


def _task(item: TaskItem, marker: str) -> str:
    first, *others = item.blocks
    box = f"{marker} [{'x' if item.checked else ' '}]"
    if first != Paragraph():
        text = _joined(item.blocks, tight=_is_tight(item.blocks))
        return _indented(text, f"{box} ", "  ")
    if not others:
        return box
    return _indented(_joined(tuple(others)), f"{box}\n\n  ", "  ")


def _indented(text: str, first: str, others: str, empty: str = "") -> str:
    """Return ``text`` with something before each line; ``empty`` is what an empty one becomes."""
    lines = text.split("\n")
    rest = [others + line if line else empty for line in lines[1:]]
    return "\n".join([first + lines[0], *rest])


def _is_comment(text: str) -> bool:
    """Return whether ``text`` is one HTML comment that any list or quote can hold."""
    ends = text.find("-->") == len(text) - 3
    return text.startswith("<!--") and ends and not _BREAKS_COMMENT.search(text)


def _table(table: Table) -> str:
    rows = _plain_rows(table)
    if rows is None:
        return write_html((table,)).replace("\n", "&#10;")
    head, *others = [_row([_cell(cell) for cell in row]) for row in rows]
    return "\n".join([head, _row(["---"] * len(rows[0])), *others])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(paragraph: Paragraph) -> str:
    return spans(paragraph.content, one_line=True).replace("|", "\\|")


def _plain_rows(table: Table) -> Sequence[Sequence[Paragraph]] | None:
    """Return the cells of a table as GFM knows it, None where it does not."""
    width = len(table.rows[0].cells)
    rows = []
    for number, row in enumerate(table.rows):
        plain = [
            cell.blocks[0]
            for cell in row.cells
            if cell == Cell(cell.blocks[:1], header=number == 0)
        ]
        cells = [block for block in plain if isinstance(block, Paragraph)]
        if not len(cells) == len(row.cells) == width:
            return None
        rows.append(cells)
    return rows


def _escaped(found: re.Match[str]) -> str:
    return "\\" + found.group()
