"""The document tree: frozen values, nothing that the schema of spec pads (P-21) does not know.

Each class says in ``NAME`` how TipTap 3.31 calls its node. ``schema.normalised`` makes any of
these trees one that the editor takes as it is.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, TypeAlias

MAX_TEXT_BYTES: Final = 1_000_000
"""A text that is read, and the text in a tree (spec pads, 14)."""

MAX_DEPTH: Final = 50
"""Nodes inside each other, the text included (spec pads, 5)."""

DEEPEST: Final = MAX_DEPTH + 10
"""What is there already may be a little deeper: it can still be written, by recursion."""

MAX_NODES: Final = 100_000
"""Nodes of one document. A text of empty lines is otherwise a document of a million nodes."""


class MarkupTooLarge(ValueError):
    """The text is too long, nested too deeply or has too many parts. The message says which."""


class Mark(StrEnum):
    """How a piece of text is set. Code goes with no other mark and with no link."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strike"
    CODE = "code"
    SUBSCRIPT = "subscript"
    SUPERSCRIPT = "superscript"


Marks: TypeAlias = frozenset[Mark]
PLAIN: Final[Marks] = frozenset()


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text with the same marks all along. ``link``: an address, see ``links``."""

    text: str
    marks: Marks = PLAIN
    link: str | None = None


@dataclass(frozen=True, slots=True)
class HardBreak:
    """A new line in the same block."""

    NAME: ClassVar = "hardBreak"


Inline: TypeAlias = Text | HardBreak
Inlines: TypeAlias = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, perhaps an empty one."""

    content: Inlines = ()
    NAME: ClassVar = "paragraph"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; ``level`` is 1 to 6."""

    level: int
    content: Inlines = ()
    NAME: ClassVar = "heading"


@dataclass(frozen=True, slots=True)
class ListItem:
    """An entry of a list. The first block is a paragraph."""

    blocks: "Blocks"
    NAME: ClassVar = "listItem"


@dataclass(frozen=True, slots=True)
class BulletList:
    """Entries in no order."""

    items: tuple[ListItem, ...]
    NAME: ClassVar = "bulletList"


@dataclass(frozen=True, slots=True)
class OrderedList:
    """Entries with numbers from ``start``, which is 0 to 999,999,999."""

    items: tuple[ListItem, ...]
    start: int = 1
    NAME: ClassVar = "orderedList"


@dataclass(frozen=True, slots=True)
class TaskItem:
    """Something to do, or done. The first block is a paragraph."""

    checked: bool
    blocks: "Blocks"
    NAME: ClassVar = "taskItem"


@dataclass(frozen=True, slots=True)
class TaskList:
    """Things to do."""

    items: tuple[TaskItem, ...]
    NAME: ClassVar = "taskList"


@dataclass(frozen=True, slots=True)
class Blockquote:
    """Blocks that are quoted."""

    blocks: "Blocks"
    NAME: ClassVar = "blockquote"


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Text as it is, with the name of its language."""

    text: str
    language: str | None = None
    NAME: ClassVar = "codeBlock"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; ``header``: TipTap stores it as ``tableHeader``. Spans are 1 to 100."""

    blocks: "Blocks"
    header: bool = False
    colspan: int = 1
    rowspan: int = 1

    @property
    def name(self) -> str:
        """The name of the node."""
        return "tableHeader" if self.header else "tableCell"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table."""

    cells: tuple[Cell, ...]
    NAME: ClassVar = "tableRow"


@dataclass(frozen=True, slots=True)
class Table:
    """A table; it has a row, and each row a cell."""

    rows: tuple[Row, ...]
    NAME: ClassVar = "table"


@dataclass(frozen=True, slots=True)
class HorizontalRule:
    """A line across the page."""

    NAME: ClassVar = "horizontalRule"


@dataclass(frozen=True, slots=True)
class Raw:
    """Source text that the schema has no word for. It is kept and shown, never run.

    In the editor: a block ``raw`` with content ``text*`` and no marks or attributes.
    """

    text: str
    NAME: ClassVar = "raw"


Block: TypeAlias = (
    Paragraph
    | Heading
    | BulletList
    | OrderedList
    | TaskList
    | Blockquote
    | CodeBlock
    | Table
    | HorizontalRule
    | Raw
)
Blocks: TypeAlias = tuple[Block, ...]
