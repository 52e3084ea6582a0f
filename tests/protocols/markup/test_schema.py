import pytest
from hypothesis import given

from allmende.protocols.markup.schema import (
    clean_language,
    clean_text,
    normalised,
    require_size,
    without_blank_end,
)
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
from tests.protocols.markup.trees import trees

BOLD = frozenset({Mark.BOLD})
CODE = frozenset({Mark.CODE})
BLANK = Paragraph()
HELLO = Paragraph((Text("hallo"),))


@pytest.mark.parametrize(
    ("block", "found"),
    [
        (Paragraph((Text("a"), Text(""), Text("b"))), Paragraph((Text("ab"),))),
        (Paragraph((Text("a", BOLD), Text("b"))), Paragraph((Text("a", BOLD), Text("b")))),
        (Paragraph((Text("a\r\nb\rc\x00\x7f\ud800"),)), Paragraph((Text("a b c"),))),
        (Paragraph((HardBreak(), HardBreak())), Paragraph((HardBreak(), HardBreak()))),
        (Paragraph((Text("a", CODE | BOLD),)), Paragraph((Text("a", CODE),))),
        (
            Paragraph((Text("a", CODE | BOLD, "https://a.de"),)),
            Paragraph((Text("a", BOLD, "https://a.de"),)),
        ),
        (Paragraph((Text("a", CODE, "javascript:a"),)), Paragraph((Text("a", CODE),))),
        (Heading(0), Heading(1)),
        (Heading(9), Heading(6)),
        (CodeBlock("a\r\nb", "a b"), CodeBlock("a\nb")),
        (CodeBlock("a", "c++"), CodeBlock("a", "c++")),
        (Raw("<a>\x00"), Raw("<a>")),
        (HorizontalRule(), HorizontalRule()),
        (Blockquote(()), Blockquote((BLANK,))),
        (OrderedList((ListItem(()),), -1), OrderedList((ListItem((BLANK,)),), 0)),
        (OrderedList((ListItem(()),), 10**10), OrderedList((ListItem((BLANK,)),), 999_999_999)),
        (
            BulletList((ListItem((HorizontalRule(),)),)),
            BulletList((ListItem((BLANK, HorizontalRule())),)),
        ),
        (TaskList((TaskItem(True, ()),)), TaskList((TaskItem(True, (BLANK,)),))),
        (
            Table((Row((Cell((), True, 0, 500),)), Row(()))),
            Table((Row((Cell((BLANK,), True, 1, 1),)),)),
        ),
    ],
)
def test_a_block_becomes_one_of_the_schema(block: Block, found: Block) -> None:
    assert normalised((block,)) == (found,)


@pytest.mark.parametrize(
    "block", [BulletList(()), OrderedList(()), TaskList(()), Table(()), Table((Row(()),))]
)
def test_lists_and_tables_of_nothing_are_gone(block: Block) -> None:
    assert normalised((block, HELLO)) == (HELLO,)


@pytest.mark.slow
@given(trees)
def test_what_is_normal_stays_as_it_is(blocks: Blocks) -> None:
    once = normalised(blocks)
    assert normalised(once) == once


def nested(times: int) -> Blocks:
    blocks: Blocks = (HELLO,)
    for _ in range(times):
        blocks = (Blockquote(blocks),)
    return blocks


@pytest.mark.slow
def test_blocks_may_be_as_deep_as_the_limit_and_no_deeper() -> None:
    deepest = nested(MAX_DEPTH - 2)
    assert normalised(deepest, limited=True) == deepest
    with pytest.raises(MarkupTooLarge, match="inside each other"):
        normalised(nested(MAX_DEPTH - 1), limited=True)


def test_blocks_that_are_there_already_may_be_a_little_deeper() -> None:
    deepest = nested(DEEPEST - 2)
    assert normalised(deepest) == deepest
    for times in (DEEPEST - 1, 5_000):
        with pytest.raises(MarkupTooLarge, match="inside each other"):
            normalised(nested(times))


def test_a_text_may_be_as_long_as_the_limit_and_no_longer() -> None:
    longest = (CodeBlock("ä" * (MAX_TEXT_BYTES // 2)),)
    assert normalised(longest, limited=True) == longest
    with pytest.raises(MarkupTooLarge, match="bytes"):
        normalised((*longest, HELLO), limited=True)
    assert normalised((*longest, HELLO)) == (*longest, HELLO)


@pytest.mark.slow
def test_there_may_not_be_more_blocks_than_the_limit() -> None:
    many = (BLANK,) * (MAX_NODES + 1)
    with pytest.raises(MarkupTooLarge, match="blocks"):
        normalised(many, limited=True)
    assert normalised(many) == many


def test_empty_paragraphs_at_the_end_can_be_left_out() -> None:
    assert without_blank_end((BLANK, HELLO, BLANK, BLANK)) == (BLANK, HELLO)
    assert without_blank_end((BLANK,)) == ()


def test_texts_languages_and_sizes_are_checked() -> None:
    assert clean_text("a\r\nb\x0b\tc") == "a\nb\tc"
    assert [clean_language(name) for name in (None, "", "py", "a b")] == [None, None, "py", None]
    require_size("ä" * (MAX_TEXT_BYTES // 2))
    for text in ("ä" * (MAX_TEXT_BYTES // 2 + 1), "a" * (MAX_TEXT_BYTES + 1)):
        with pytest.raises(MarkupTooLarge):
            require_size(text)
