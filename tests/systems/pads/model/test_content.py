from typing import Any

import pycrdt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import XmlElement, XmlFragment, XmlText

from allmende.protocols.markup.markdown import write_markdown
from allmende.protocols.markup.markdown.reading import read_markdown
from allmende.protocols.markup.schema import normalised
from allmende.protocols.markup.tree import (
    DEEPEST,
    Blocks,
    BulletList,
    Cell,
    CodeBlock,
    HardBreak,
    Heading,
    HorizontalRule,
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
from allmende.systems.pads.model.content import append_tree, text_of, tree_of, write_tree
from allmende.systems.pads.model.pad import Kind
from tests.protocols.markup.trees import trees

A = Paragraph((Text("a"),))
BLANK = Paragraph()


def rich(*blocks: XmlElement | XmlText) -> pycrdt.Doc[Any]:
    """A document with these nodes, whoever made them."""
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    body = doc.get("body", type=XmlFragment)
    for block in blocks:
        body.children.append(block)
    return doc


def written(blocks: Blocks, kind: Kind = Kind.RICH) -> pycrdt.Doc[Any]:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    write_tree(doc, kind, blocks)
    return doc


def moved(doc: pycrdt.Doc[Any]) -> pycrdt.Doc[Any]:
    """Another copy, as it comes from an update."""
    copy: pycrdt.Doc[Any] = pycrdt.Doc()
    copy.apply_update(doc.get_update())
    return copy


@pytest.mark.slow
@given(trees)
def test_any_tree_reads_back_as_it_is(blocks: Blocks) -> None:
    assert tree_of(moved(written(blocks)), Kind.RICH) == normalised(blocks)


@pytest.mark.slow
@given(trees, trees)
def test_what_is_added_comes_after_what_was_there(first: Blocks, second: Blocks) -> None:
    doc = written(first)
    append_tree(doc, Kind.RICH, second)
    assert tree_of(doc, Kind.RICH) == normalised(first) + normalised(second)


def test_marks_and_attributes_are_stored_as_the_editor_does() -> None:
    doc = written(read_markdown("## a **b**[c](https://d.de)\n\n- [x] e"))
    heading, tasks = doc.get("body", type=XmlFragment).children
    assert isinstance(heading, XmlElement)
    assert isinstance(tasks, XmlElement)
    assert (heading.tag, dict(heading.attributes)) == ("heading", {"level": 2})  # type: ignore[call-overload]
    (text,) = heading.children
    assert isinstance(text, XmlText)
    assert text.diff() == [
        ("a ", None),
        ("b", {"bold": {}}),
        ("c", {"link": {"href": "https://d.de"}}),
    ]
    assert str(tasks).startswith('<taskList><taskItem checked="true"><paragraph>')


def test_one_change_is_one_transaction() -> None:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    seen: list[object] = []
    doc.observe(seen.append)
    write_tree(doc, Kind.RICH, read_markdown("# a\n\n- b\n- c"))
    assert len(seen) == 1


def element(tag: str, *children: XmlElement | XmlText, **attributes: Any) -> XmlElement:
    return XmlElement(tag, attributes, children)


@pytest.mark.parametrize(
    ("node", "blocks"),
    [
        (XmlText("a"), (A,)),
        (element("image", src="x"), (Raw(""),)),
        (element("foreign", element("b", XmlText("a")), element("hardBreak")), (Raw("a\n"),)),
        (element("paragraph", element("mention", XmlText("a"))), (A,)),
        (element("paragraph", element("hardBreak")), (Paragraph((HardBreak(),)),)),
        (element("heading", XmlText("a"), level=2.0), (Heading(2, A.content),)),
        (element("heading", level="2"), (Heading(1),)),
        (element("heading", level=1e300), (Heading(1),)),
        (element("heading", level=float("nan")), (Heading(1),)),
        (element("codeBlock", XmlText("a"), language=7.0), (CodeBlock("a"),)),
        (element("codeBlock", XmlText("a"), language="py"), (CodeBlock("a", "py"),)),
        (element("orderedList", element("listItem")), (OrderedList((ListItem((BLANK,)),)),)),
        (
            element("bulletList", XmlText("a"), element("paragraph", XmlText("a"))),
            (BulletList((ListItem((A,)), ListItem((A,)))),),
        ),
        (
            element("taskList", element("taskItem", checked="yes"), XmlText("a")),
            (TaskList((TaskItem(False, (BLANK,)), TaskItem(False, (A,)))),),
        ),
        (
            element(
                "table",
                XmlText("lost"),
                element(
                    "tableRow", XmlText("lost"), element("tableHeader", XmlText("a"), colspan=2.0)
                ),
            ),
            (Table((Row((Cell((A,), True, 2),)),)),),
        ),
        (element("bulletList"), ()),
    ],
)
def test_what_the_schema_does_not_know_becomes_what_it_knows(
    node: XmlElement | XmlText, blocks: Blocks
) -> None:
    assert tree_of(moved(rich(node)), Kind.RICH) == blocks


def test_text_between_blocks_is_a_paragraph() -> None:
    doc = rich(XmlText("a"), element("hardBreak"), element("horizontalRule"), XmlText("a"))
    start = Paragraph((Text("a"), HardBreak()))
    assert tree_of(doc, Kind.RICH) == (start, HorizontalRule(), A)


def test_hashes_behind_marks_and_unknown_marks_are_ignored() -> None:
    doc = rich(element("paragraph"))
    (paragraph,) = doc.get("body", type=XmlFragment).children
    assert isinstance(paragraph, XmlElement)
    text = paragraph.children.append(XmlText())
    text.insert(0, "a", {"bold--AbCd123=": {}, "comment--AbCd1234": {"id": 1}, "italic": True})
    text.insert(1, "b", {"link": {"href": "javascript:a"}, "code": {}})
    text.insert(2, "c", {"link": {"href": 7}})
    text.insert(3, "d", {"link": "https://a.de"})
    text.insert_embed(4, {"image": "x"})
    assert tree_of(doc, Kind.RICH) == (
        Paragraph(
            (
                Text("a", frozenset({Mark.BOLD, Mark.ITALIC})),
                Text("b", frozenset({Mark.CODE})),
                Text("cd"),
            )
        ),
    )


@pytest.mark.parametrize("tag", ["blockquote", "foreign", "bulletList", "listItem", "table"])
def test_documents_that_are_too_deep_are_refused(tag: str) -> None:
    node = element("paragraph")
    for _ in range(DEEPEST + 1):
        node = element(tag, node)
    with pytest.raises(MarkupTooLarge):
        tree_of(rich(node), Kind.RICH)


@given(st.text(alphabet="ab\n\t 漢😀#"))
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    doc = written((CodeBlock(text),), Kind.TEXT)
    assert text_of(moved(doc), Kind.TEXT) == text
    assert tree_of(doc, Kind.TEXT) == ((CodeBlock(text),) if text else ())


@pytest.mark.parametrize(
    ("before", "added", "after"),
    [
        ("", "# b", "# b\n"),
        ("a", "# b", "a\n\n# b\n"),
        ("a\n", "# b", "a\n\n# b\n"),
        ("a\n\n\n", "# b", "a\n\n\n# b\n"),
        ("a", "```\nb\n```", "a\nb"),
        ("a\n", "```\nb\n```", "a\nb"),
    ],
)
def test_what_is_added_to_a_plain_text_is_markdown(before: str, added: str, after: str) -> None:
    doc = written((CodeBlock(before),), Kind.TEXT)
    append_tree(doc, Kind.TEXT, read_markdown(added))
    assert text_of(doc, Kind.TEXT) == after


def test_the_text_of_a_formatted_document_has_no_markup() -> None:
    doc = written(read_markdown("# a\n\n**b** <c>"))
    assert text_of(doc, Kind.RICH) == "a\n\nb <c>\n"
    assert text_of(pycrdt.Doc(), Kind.RICH) == text_of(pycrdt.Doc(), Kind.TEXT) == ""


@pytest.mark.slow
def test_a_large_document_is_written_and_read_in_linear_time() -> None:
    blocks = read_markdown("Ein **Absatz** mit [Link](https://a.de).\n\n" * 10_000)
    doc = written(blocks)
    assert tree_of(moved(doc), Kind.RICH) == blocks
    assert write_markdown(tree_of(doc, Kind.RICH)).count("\n\n") == 9_999
