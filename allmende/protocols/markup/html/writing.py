"""The document tree -> HTML that runs nothing and asks nobody.

Everything is escaped; the elements and attributes are those of ``ELEMENTS``. Tasks are as TipTap
writes them, with a sign instead of a box. Blanks that HTML would drop are in
``<span class="spaces">``, so that reading finds them again.
"""

import re
from collections.abc import Mapping, Set
from html import escape
from typing import Final

from allmende.protocols.markup.schema import normalised
from allmende.protocols.markup.tree import (
    Block,
    Blockquote,
    Blocks,
    BulletList,
    Cell,
    CodeBlock,
    HardBreak,
    Heading,
    HorizontalRule,
    Inlines,
    ListItem,
    Mark,
    OrderedList,
    Paragraph,
    Raw,
    Row,
    Table,
    TaskItem,
    TaskList,
    Text,
)

REL: Final = "nofollow noopener noreferrer ugc"
ELEMENTS: Final[Mapping[str, Set[str]]] = {
    "p": set(),
    **{f"h{level}": set() for level in range(1, 7)},
    "ul": {"data-type"},
    "ol": {"start"},
    "li": {"data-type", "data-checked"},
    "div": set(),
    "blockquote": set(),
    "pre": {"class", "data-raw"},
    "code": {"class"},
    "table": set(),
    "tbody": set(),
    "tr": set(),
    "th": {"colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "hr": set(),
    "br": set(),
    "strong": set(),
    "em": set(),
    "u": set(),
    "s": set(),
    "sub": set(),
    "sup": set(),
    "a": {"href", "rel"},
    "span": {"class"},
}
"""Every element that is written, with its attributes."""

# The outermost first; code goes with no other.
_TAGS: Final = (
    (Mark.BOLD, "strong"),
    (Mark.ITALIC, "em"),
    (Mark.UNDERLINE, "u"),
    (Mark.STRIKE, "s"),
    (Mark.SUBSCRIPT, "sub"),
    (Mark.SUPERSCRIPT, "sup"),
    (Mark.CODE, "code"),
)
# Blanks that HTML drops, by whether a blank or a new line is before and a new line after the text.
_DROPPED: Final = {
    (False, False): re.compile(r"[ \t]{2,}|\t"),
    (True, False): re.compile(r"[ \t]{2,}|\t|^ "),
    (False, True): re.compile(r"[ \t]{2,}|\t| $"),
    (True, True): re.compile(r"[ \t]{2,}|\t|^ | $"),
}
_SIGNS: Final = {True: "☑", False: "☐"}


def write_html(blocks: Blocks) -> str:
    """Return ``blocks`` as a fragment of HTML. Raises MarkupTooLarge."""
    return _blocks(normalised(blocks))


def _blocks(blocks: Blocks) -> str:
    return "\n".join(map(_block, blocks))


def _block(block: Block) -> str:
    match block:
        case Paragraph(content):
            return f"<p>{_inlines(content)}</p>"
        case Heading(level, content):
            return f"<h{level}>{_inlines(content)}</h{level}>"
        case Blockquote(inner):
            return f"<blockquote>\n{_blocks(inner)}\n</blockquote>"
        case CodeBlock(text, language):
            name = f' class="language-{_quoted(language)}"' if language else ""
            return f"<pre><code{name}>{escape(text, quote=False)}\n</code></pre>"
        case Raw(text):
            return f'<pre class="raw" data-raw=""><code>{escape(text, quote=False)}\n</code></pre>'
        case HorizontalRule():
            return "<hr>"
        case Table(rows):
            inner_rows = "\n".join(map(_row, rows))
            return f"<table><tbody>\n{inner_rows}\n</tbody></table>"
        case _:
            return _list(block)


def _list(block: BulletList | OrderedList | TaskList) -> str:
    items = "\n".join(map(_item, block.items))
    if isinstance(block, TaskList):
        return f'<ul data-type="taskList">\n{items}\n</ul>'
    if isinstance(block, OrderedList):
        start = f' start="{block.start}"' if block.start != 1 else ""
        return f"<ol{start}>\n{items}\n</ol>"
    return f"<ul>\n{items}\n</ul>"


def _item(item: ListItem | TaskItem) -> str:
    if isinstance(item, ListItem):
        return f"<li>{_blocks(item.blocks)}</li>"
    done = "true" if item.checked else "false"
    sign = f'<span class="tick">{_SIGNS[item.checked]}</span>'
    return (
        f'<li data-type="taskItem" data-checked="{done}">{sign}'
        f"<div>{_blocks(item.blocks)}</div></li>"
    )


def _row(row: Row) -> str:
    return f"<tr>{''.join(map(_cell, row.cells))}</tr>"


def _cell(cell: Cell) -> str:
    tag = "th" if cell.header else "td"
    columns = f' colspan="{cell.colspan}"' if cell.colspan != 1 else ""
    rows = f' rowspan="{cell.rowspan}"' if cell.rowspan != 1 else ""
    return f"<{tag}{columns}{rows}>{_blocks(cell.blocks)}</{tag}>"


def _inlines(content: Inlines) -> str:
    parts = []
    before = " "
    for number, piece in enumerate(content):
        if isinstance(piece, HardBreak):
            parts.append("<br>")
            before = " "
            continue
        is_last = content[number + 1 : number + 2] in ((), (HardBreak(),))
        parts.append(_text(piece, _DROPPED[before.isspace(), is_last]))
        before = piece.text[-1]
    return "".join(parts)


def _text(piece: Text, dropped: re.Pattern[str]) -> str:
    inner = dropped.sub(_kept, escape(piece.text, quote=False))
    for mark, tag in reversed(_TAGS):
        if mark in piece.marks:
            inner = f"<{tag}>{inner}</{tag}>"
    if piece.link is None:
        return inner
    return f'<a href="{_quoted(piece.link)}" rel="{REL}">{inner}</a>'


def _kept(found: re.Match[str]) -> str:
    return f'<span class="spaces">{found.group()}</span>'


def _quoted(value: str) -> str:
    return escape(value, quote=True)
