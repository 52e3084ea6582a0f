"""A pad's document <-> the document tree, node by node as TipTap stores it (spec pads, P-21, 16).

What ``@tiptap/y-tiptap`` 3.0.9 reads and writes: a block is an XmlElement of the node's name, its
attributes have their JSON types, a run of text is one XmlText between other nodes, and a mark is
a text attribute whose value is the attributes of the mark: ``{"bold": {}}``. Attributes that are
null are left out. Numbers come back from pycrdt as float. A mark that may overlap itself has a
hash behind its name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import pycrdt

from allmende.protocols.markup import tree
from allmende.protocols.markup.markdown import write_markdown
from allmende.protocols.markup.plain import write_text
from allmende.protocols.markup.schema import normalised
from allmende.systems.pads.model.pad import Kind

ROOT: Final = "body"
"""The one root type: an XmlFragment for rich text, a Text for plain text."""

PadDoc: TypeAlias = "pycrdt.Doc[Any]"
_Element: TypeAlias = pycrdt.XmlElement | pycrdt.XmlFragment
_Node: TypeAlias = _Element | pycrdt.XmlText

_HASH: Final = re.compile(r"--[a-zA-Z0-9+/=]{8}$")
_MARKS: Final = {str(mark): mark for mark in tree.Mark}
_LINK: Final = "link"


def tree_of(doc: PadDoc, kind: Kind) -> tree.Blocks:
    """Return what ``doc`` says. A plain text is one code block; nothing at all is ``()``.

    What the schema does not know is kept as text. Raises MarkupTooLarge.
    """
    if kind is Kind.TEXT:
        text = str(doc.get(ROOT, type=pycrdt.Text))
        return normalised((tree.CodeBlock(text),)) if text else ()
    with doc.transaction():
        return normalised(tuple(_blocks(doc.get(ROOT, type=pycrdt.XmlFragment), 1)))


def write_tree(doc: PadDoc, kind: Kind, blocks: tree.Blocks) -> None:
    """Fill the empty ``doc`` in one transaction, as the client that ``doc`` was made for.

    Plain text: a single code block is taken as it is, anything else as Markdown.
    Raises MarkupTooLarge.
    """
    append_tree(doc, kind, blocks)


def append_tree(doc: PadDoc, kind: Kind, blocks: tree.Blocks) -> None:
    """Add ``blocks`` at the end of ``doc`` in one transaction, see ``write_tree``.

    What is added to a plain text begins on a line of its own, Markdown after an empty one.
    """
    clean = normalised(blocks)
    with doc.transaction():
        if kind is Kind.TEXT:
            _append_text(doc.get(ROOT, type=pycrdt.Text), clean)
        else:
            body = doc.get(ROOT, type=pycrdt.XmlFragment)
            _insert(body, len(body.children), [_node(block) for block in clean])


def text_of(doc: PadDoc, kind: Kind) -> str:
    """Return the text without any markup, to be searched and exported. Raises MarkupTooLarge."""
    if kind is Kind.TEXT:
        return str(doc.get(ROOT, type=pycrdt.Text))
    return write_text(tree_of(doc, kind))


# Reading


def _blocks(parent: _Element, depth: int) -> Iterator[tree.Block]:
    """Yield the blocks in ``parent``; text that lies between them becomes paragraphs."""
    _require_depth(depth)
    loose: list[tree.Inline] = []
    for child in parent.children:
        if _is_inline(child):
            loose += _inline(child)
            continue
        if loose:
            yield tree.Paragraph(tuple(loose))
            loose = []
        yield from _block(child, depth)
    if loose:
        yield tree.Paragraph(tuple(loose))


def _is_inline(node: _Node) -> bool:
    return isinstance(node, pycrdt.XmlText) or _name(node) == tree.HardBreak.NAME


def _block(node: Any, depth: int) -> Iterator[tree.Block]:
    name, attributes = _name(node), _attributes(node)
    match name:
        case tree.Paragraph.NAME:
            yield tree.Paragraph(_inlines(node, depth))
        case tree.Heading.NAME:
            yield tree.Heading(_number(attributes, "level"), _inlines(node, depth))
        case tree.Blockquote.NAME:
            yield tree.Blockquote(tuple(_blocks(node, depth + 1)))
        case tree.CodeBlock.NAME:
            language = attributes.get("language")
            yield tree.CodeBlock(
                _text(node, depth), language if isinstance(language, str) else None
            )
        case tree.HorizontalRule.NAME:
            yield tree.HorizontalRule()
        case tree.Table.NAME:
            yield tree.Table(tuple(_rows(node, depth + 1)))
        case tree.BulletList.NAME | tree.OrderedList.NAME | tree.TaskList.NAME:
            yield _list(name, attributes, node, depth)
        case _:
            yield tree.Raw(_text(node, depth))


def _list(name: str, attributes: Mapping[str, Any], node: _Element, depth: int) -> tree.Block:
    if name == tree.TaskList.NAME:
        return tree.TaskList(
            tuple(
                tree.TaskItem(_checked(child), _entry(child, depth + 1)) for child in node.children
            )
        )
    items = tuple(tree.ListItem(_entry(child, depth + 1)) for child in node.children)
    if name == tree.OrderedList.NAME:
        return tree.OrderedList(items, _number(attributes, "start"))
    return tree.BulletList(items)


def _entry(child: _Node, depth: int) -> tree.Blocks:
    """Return the blocks of an entry; what is no entry at all is taken as its content."""
    if isinstance(child, pycrdt.XmlText):
        return (tree.Paragraph(tuple(_inline(child))),)
    if _name(child) in (tree.ListItem.NAME, tree.TaskItem.NAME):
        return tuple(_blocks(child, depth + 1))
    _require_depth(depth)
    return tuple(_block(child, depth + 1))


def _checked(child: _Node) -> bool:
    return isinstance(child, pycrdt.XmlElement) and child.attributes.get("checked") is True


def _rows(table: _Element, depth: int) -> Iterator[tree.Row]:
    for child in table.children:
        if isinstance(child, pycrdt.XmlElement):
            yield tree.Row(tuple(_cells(child, depth + 1)))


def _cells(row: _Element, depth: int) -> Iterator[tree.Cell]:
    for child in row.children:
        if isinstance(child, pycrdt.XmlElement):
            attributes = _attributes(child)
            yield tree.Cell(
                tuple(_blocks(child, depth + 1)),
                _name(child) == "tableHeader",
                _number(attributes, "colspan"),
                _number(attributes, "rowspan"),
            )


def _inlines(node: _Element, depth: int) -> tree.Inlines:
    _require_depth(depth)
    return tuple(piece for child in node.children for piece in _inline(child))


def _inline(child: _Node) -> Iterator[tree.Inline]:
    if not isinstance(child, pycrdt.XmlText):
        if _name(child) == tree.HardBreak.NAME:
            yield tree.HardBreak()
        else:
            yield tree.Text(_text(child, 1))
        return
    for text, attributes in child.diff():
        if isinstance(text, str):
            yield tree.Text(text, *_setting(attributes or {}))


def _setting(attributes: Mapping[str, Any]) -> tuple[tree.Marks, str | None]:
    named = {_HASH.sub("", name): value for name, value in attributes.items() if value is not None}
    link = named.get(_LINK)
    href = link.get("href") if isinstance(link, Mapping) else None
    marks = frozenset(_MARKS[name] for name in named if name in _MARKS)
    return marks, href if isinstance(href, str) else None


def _text(node: _Element, depth: int) -> str:
    """Return all text below ``node``, without markup."""
    _require_depth(depth)
    parts = []
    for child in node.children:
        if isinstance(child, pycrdt.XmlText):
            parts += [text for text, _ in child.diff() if isinstance(text, str)]
        elif _name(child) == tree.HardBreak.NAME:
            parts.append("\n")
        else:
            parts.append(_text(child, depth + 1))
    return "".join(parts)


def _name(node: object) -> str:
    return (node.tag or "") if isinstance(node, pycrdt.XmlElement) else ""


def _attributes(element: Any) -> Mapping[str, Any]:
    return dict(element.attributes)


def _number(attributes: Mapping[str, Any], name: str) -> int:
    value = attributes.get(name)
    if isinstance(value, int | float) and abs(value) < 2**53:
        return int(value)
    return 1


def _require_depth(depth: int) -> None:
    if depth > tree.DEEPEST:
        raise tree.MarkupTooLarge(f"more than {tree.DEEPEST} blocks inside each other")


# Writing


class _Branch:
    """An XmlElement to be: pycrdt takes text with marks only once its element is in a document."""

    __slots__ = ("attributes", "children", "name")

    def __init__(
        self,
        name: str,
        children: Sequence["_Branch | tree.Inlines"] = (),
        **attributes: int | str | None,
    ) -> None:
        self.name = name
        self.children = children
        self.attributes = {key: value for key, value in attributes.items() if value is not None}


def _insert(parent: _Element, index: int, nodes: Sequence["_Branch | tree.Inlines"]) -> None:
    """Insert ``nodes`` at ``index``, the last first: so pycrdt never walks over the others."""
    for node in reversed(nodes):
        if isinstance(node, _Branch):
            element = parent.children.insert(
                index,
                pycrdt.XmlElement(node.name, node.attributes),  # type: ignore[arg-type]
            )
            _insert(element, 0, node.children)
        else:
            _insert_text(parent.children.insert(index, pycrdt.XmlText()), node)


def _insert_text(text: pycrdt.XmlText, pieces: tree.Inlines) -> None:
    for piece in reversed(pieces):
        if isinstance(piece, tree.Text):
            marks: dict[str, Any] = {str(mark): {} for mark in sorted(piece.marks)}
            if piece.link is not None:
                marks[_LINK] = {"href": piece.link}
            text.insert(0, piece.text, marks)


def _node(block: tree.Block) -> _Branch:
    match block:
        case tree.Paragraph(content):
            return _Branch(block.NAME, _runs(content))
        case tree.Heading(level, content):
            return _Branch(block.NAME, _runs(content), level=level)
        case tree.Blockquote(blocks):
            return _Branch(block.NAME, [_node(each) for each in blocks])
        case tree.CodeBlock(text, language):
            return _Branch(block.NAME, _plain(text), language=language)
        case tree.Raw(text):
            return _Branch(block.NAME, _plain(text))
        case tree.HorizontalRule():
            return _Branch(block.NAME)
        case tree.Table(rows):
            return _Branch(block.NAME, [_row(row) for row in rows])
        case _:
            return _list_node(block)


def _list_node(block: tree.BulletList | tree.OrderedList | tree.TaskList) -> _Branch:
    items = [_item(item) for item in block.items]
    if isinstance(block, tree.OrderedList):
        return _Branch(block.NAME, items, start=block.start)
    return _Branch(block.NAME, items)


def _item(item: tree.ListItem | tree.TaskItem) -> _Branch:
    blocks = [_node(block) for block in item.blocks]
    if isinstance(item, tree.TaskItem):
        return _Branch(item.NAME, blocks, checked=item.checked)
    return _Branch(item.NAME, blocks)


def _row(row: tree.Row) -> _Branch:
    return _Branch(
        row.NAME,
        [
            _Branch(
                cell.name,
                [_node(block) for block in cell.blocks],
                colspan=cell.colspan,
                rowspan=cell.rowspan,
            )
            for cell in row.cells
        ],
    )


def _runs(content: tree.Inlines) -> Sequence[_Branch | tree.Inlines]:
    """Cut ``content`` at its breaks: each run between them is one XmlText."""
    nodes: list[_Branch | tree.Inlines] = []
    run: list[tree.Inline] = []
    for piece in content:
        if isinstance(piece, tree.Text):
            run.append(piece)
            continue
        if run:
            nodes.append(tuple(run))
            run = []
        nodes.append(_Branch(piece.NAME))
    return [*nodes, tuple(run)] if run else nodes


def _plain(text: str) -> Sequence[tree.Inlines]:
    return [(tree.Text(text),)] if text else []


def _append_text(body: pycrdt.Text, blocks: tree.Blocks) -> None:
    before = str(body)
    match blocks:
        case (tree.CodeBlock(text),):
            added, gap = text, 1
        case _:
            added, gap = write_markdown(blocks), 2
    there = len(before) - len(before.rstrip("\n"))
    body += ("\n" * max(gap - there, 0) if before else "") + added
