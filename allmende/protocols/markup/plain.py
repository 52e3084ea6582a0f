"""The document tree <-> plain text, and the title of a document.

A line is a paragraph, an empty line an empty one; so a document of paragraphs reads back equal.
Around all other blocks there is an empty line. Marks and addresses of links are left out.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from allmende.protocols.markup.schema import clean_text, normalised, require_size
from allmende.protocols.markup.tree import (
    Block,
    Blockquote,
    Blocks,
    BulletList,
    CodeBlock,
    HardBreak,
    Heading,
    HorizontalRule,
    Inlines,
    ListItem,
    OrderedList,
    Paragraph,
    Raw,
    Table,
    TaskItem,
    TaskList,
    Text,
)

MAX_TITLE_CHARS: Final = 120
_RULE: Final = "-" * 40


def read_text(text: str) -> Blocks:
    """Return a paragraph for each line. Raises MarkupTooLarge."""
    require_size(text)
    lines = clean_text(text).removesuffix("\n").split("\n")
    if lines == [""]:
        return ()
    return normalised(tuple(_paragraph(line) for line in lines), limited=True)


def write_text(blocks: Blocks) -> str:
    """Return the text with a line end at the end. Raises MarkupTooLarge."""
    clean = normalised(blocks)
    return _joined(clean) + "\n" if clean else ""


def title_of(blocks: Blocks) -> str:
    """Return the first heading that says something, else the first line; "" for an empty text."""
    headings = (_line(block.content) for block in blocks if isinstance(block, Heading))
    lines = (line for block in blocks for line in _block(block).splitlines())
    for said in chain(headings, lines):
        words = " ".join(said.split()).lstrip("#").strip()
        if words.strip("-"):
            whole = len(words) <= MAX_TITLE_CHARS
            return words if whole else words[: MAX_TITLE_CHARS - 1].rstrip() + "…"
    return ""


def _paragraph(line: str) -> Paragraph:
    return Paragraph((Text(line),)) if line else Paragraph()


def _joined(blocks: Blocks) -> str:
    parts: list[str] = []
    for number, block in enumerate(blocks):
        if number:
            both = isinstance(block, Paragraph) and isinstance(blocks[number - 1], Paragraph)
            parts.append("\n" if both else "\n\n")
        parts.append(_block(block))
    return "".join(parts)


def _block(block: Block) -> str:
    match block:
        case Paragraph(content) | Heading(_, content):
            return _line(content)
        case Blockquote(inner):
            return _indented(_joined(inner), "> ", "> ")
        case CodeBlock(text) | Raw(text):
            return text
        case HorizontalRule():
            return _RULE
        case Table(rows):
            return "\n".join(
                "\t".join(_joined(cell.blocks).replace("\n", " ") for cell in row.cells)
                for row in rows
            )
        case _:
            return "\n".join(_items(block))


def _items(block: BulletList | OrderedList | TaskList) -> Iterator[str]:
    items: Sequence[ListItem | TaskItem] = block.items
    for number, item in enumerate(items):
        if isinstance(item, TaskItem):
            marker = "[x] " if item.checked else "[ ] "
        else:
            marker = f"{block.start + number}. " if isinstance(block, OrderedList) else "* "
        yield _indented(_compact(item.blocks), marker, " " * len(marker))


def _compact(blocks: Blocks) -> str:
    return "\n".join(_block(block) for block in blocks)


def _indented(text: str, first: str, others: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *(others + line if line else line for line in lines[1:])])


def _line(content: Inlines) -> str:
    return "".join("\n" if isinstance(piece, HardBreak) else piece.text for piece in content)
