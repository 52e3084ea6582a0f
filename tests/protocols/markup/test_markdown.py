import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.markup.markdown import write_markdown
from allmende.protocols.markup.markdown.reading import read_markdown
from allmende.protocols.markup.schema import normalised, without_blank_end
from allmende.protocols.markup.tree import (
    MAX_TEXT_BYTES,
    Block,
    Blockquote,
    Blocks,
    BulletList,
    Cell,
    CodeBlock,
    HardBreak,
    Heading,
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
from tests.protocols.markup.trees import SIGNS, TRAPS, trees

BOLD, ITALIC = frozenset({Mark.BOLD}), frozenset({Mark.ITALIC})
A, B = Paragraph((Text("a"),)), Paragraph((Text("b"),))
BLANK = Paragraph()


@pytest.mark.slow
@given(trees)
def test_any_tree_reads_back_as_it_is(blocks: Blocks) -> None:
    assert read_markdown(write_markdown(blocks)) == without_blank_end(normalised(blocks))


@pytest.mark.slow
@given(st.one_of(st.text(alphabet=SIGNS), st.lists(st.sampled_from(TRAPS)).map("".join)))
def test_any_text_is_some_document_and_that_reads_back(text: str) -> None:
    blocks = read_markdown(text)
    assert read_markdown(write_markdown(blocks)) == without_blank_end(blocks)


@pytest.mark.parametrize(
    ("content", "markdown"),
    [
        ((Text("fett", BOLD), Text(" nicht")), "**fett** nicht"),
        ((Text("fett ", BOLD), Text("nicht")), "<strong>fett </strong>nicht"),
        ((Text("a"), Text("b", ITALIC), Text("c")), "a<em>b</em>c"),
        ((Text("a"), Text("b", BOLD), Text("c")), "a**b**c"),
        ((Text("beides", BOLD | ITALIC),), "**_beides_**"),
        ((Text("a "), Text("b ", BOLD), Text("c", BOLD | ITALIC)), "a **b _c_**"),
        ((Text("weg", frozenset({Mark.STRIKE})),), "~~weg~~"),
        ((Text("H"), Text("2", frozenset({Mark.SUBSCRIPT})), Text("O")), "H<sub>2</sub>O"),
        ((Text("a`b", frozenset({Mark.CODE})),), "``a`b``"),
        ((Text("`", frozenset({Mark.CODE})),), "`` ` ``"),
        ((Text(" a ", frozenset({Mark.CODE})),), "`  a  `"),
        ((Text("hier", link="https://a.de/(b)"),), "[hier](<https://a.de/(b)>)"),
        ((Text("a", link="https://a.de/?b&amp;c"),), r"[a](https://a.de/?b\&amp;c)"),
        ((Text("https://a.de", link="https://a.de"),), "<https://a.de>"),
        ((Text("a", BOLD, "https://a.de"), Text("b", BOLD)), "**[a](https://a.de)b**"),
        ((Text("a"), HardBreak(), Text("b")), "a\\\nb"),
        ((Text("a"), HardBreak()), "a<br>"),
        ((HardBreak(),), "<br>"),
        ((HardBreak(), Text("a")), "\\\na"),
        ((Text("a_b_c *d* [e] <f & g> R&D ~5 1 < 2"),), r"a_b_c \*d\* \[e\] \<f & g> R&D ~5 1 < 2"),
        (
            (Text("&amp; x~~y!"), Text("z", link="https://a.de")),
            r"\&amp; x\~\~y\![z](https://a.de)",
        ),
        ((Text(" a\t"),), "&#32;a&#9;"),
        ((Text("# a"),), r"\# a"),
        ((Text("1. a"),), r"1\. a"),
        ((Text("- a"),), r"\- a"),
        ((Text("1.5 Liter"),), "1.5 Liter"),
        ((), ""),
    ],
)
def test_text_with_marks_is_written_so(content: Inlines, markdown: str) -> None:
    assert write_markdown((Paragraph(content),)).removesuffix("\n") == markdown
    assert read_markdown(markdown) == without_blank_end((Paragraph(content),))


@pytest.mark.parametrize(
    ("blocks", "markdown"),
    [
        ((A, B), "a\n\nb\n"),
        ((A, BLANK, B), "a\n\n&nbsp;\n\nb\n"),
        ((Heading(2, (Text("1. Titel #"),)),), "## 1. Titel \\#\n"),
        ((Heading(3),), "###\n"),
        ((Heading(1, (Text("a"), HardBreak(), Text("b"))),), "# a<br>b\n"),
        (
            (BulletList((ListItem((A, BulletList((ListItem((B,)),)))), ListItem((BLANK,)))),),
            "- a\n  - b\n-\n",
        ),
        (
            (BulletList((ListItem((A, B)), ListItem((A,)))),),
            "- a\n\n  b\n\n- a\n",
        ),
        (
            (BulletList((ListItem((A, OrderedList((ListItem((B,)),), 7))),)),),
            "- a\n\n  7. b\n",
        ),
        ((OrderedList((ListItem((A,)), ListItem((B,))), 9),), "9. a\n10. b\n"),
        (
            (BulletList((ListItem((A, TaskList((TaskItem(False, (BLANK,)),)))),)),),
            "- a\n  - [ ]\n",
        ),
        (
            (BulletList((ListItem((A, BulletList((ListItem((BLANK,)),)))),)),),
            "- a\n\n  -\n",
        ),
        (
            (BulletList((ListItem((A,)),)), BulletList((ListItem((B,)),)), B),
            "- a\n\n* b\n\nb\n",
        ),
        (
            (TaskList((TaskItem(True, (A,)), TaskItem(False, (BLANK,)))),),
            "- [x] a\n- [ ]\n",
        ),
        ((TaskList((TaskItem(False, (BLANK, A)),)),), "- [ ]\n\n  a\n"),
        ((BulletList((ListItem((BLANK, A)),)),), "- &nbsp;\n\n  a\n"),
        ((Blockquote((A, CodeBlock("x\n\ny", "py"))),), "> a\n>\n> ```py\n> x\n>\n> y\n> ```\n"),
        ((CodeBlock("```"),), "````\n```\n````\n"),
        ((CodeBlock(""),), "```\n```\n"),
        ((Raw("<details>a</details>"),), "```{=raw}\n<details>a</details>\n```\n"),
        ((Raw("<!-- a\nb -->"), A), "<!-- a\nb -->\n\na\n"),
        (
            (Table((Row((Cell((A,), True), Cell((BLANK,), True))),)),),
            "| a |  |\n| --- | --- |\n",
        ),
        (
            (Table((Row((Cell((Paragraph((Text("a|b"), HardBreak(), Text("c"))),), True),)),)),),
            "| a\\|b<br>c |\n| --- |\n",
        ),
    ],
)
def test_blocks_are_written_so(blocks: Blocks, markdown: str) -> None:
    assert write_markdown(blocks) == markdown
    assert read_markdown(markdown) == blocks


@pytest.mark.parametrize(
    "table",
    [
        Table((Row((Cell((A,)),)),)),
        Table((Row((Cell((A,), True),)), Row((Cell((A,), True),)))),
        Table((Row((Cell((A, B), True),)),)),
        Table((Row((Cell((CodeBlock("a\n\nb"),), True),)),)),
        Table((Row((Cell((A,), True, 2),)), Row((Cell((A,)), Cell((B,)))))),
    ],
)
def test_tables_that_markdown_does_not_know_are_html(table: Block) -> None:
    for blocks in ((table,), (Blockquote((A, table, B)),)):
        assert "<table>" in write_markdown(blocks)
        assert read_markdown(write_markdown(blocks)) == blocks


@pytest.mark.parametrize(
    ("markdown", "blocks"),
    [
        ("", ()),
        ("\ufeffa\r\n\r\nb", (A, B)),
        ("a\nb", (Paragraph((Text("a b"),)),)),
        ("    a\n    b", (CodeBlock("a\nb"),)),
        ("a\n=", (Heading(1, (Text("a"),)),)),
        ("``` py x\na\n```", (CodeBlock("a", "py"),)),
        ("[a][b]\n\n[b]: https://a.de", (Paragraph((Text("a", link="https://a.de"),)),)),
        ("![a](https://a.de/b.png)", (Paragraph((Text("a", link="https://a.de/b.png"),)),)),
        (
            "[![](https://a.de/b.png)](https://c.de)",
            (Paragraph((Text("https://a.de/b.png", link="https://c.de"),)),),
        ),
        ("<A@b.de>", (Paragraph((Text("A@b.de", link="mailto:A@b.de"),)),)),
        ("<DIV>\na\n</DIV>\n\nb", (Raw("<DIV>\na\n</DIV>"), B)),
        ("<table>\nno", (Raw("<table>\nno"),)),
        ("<table></table>", (Raw("<table></table>"),)),
        ("a <B>b</b> c", (Paragraph((Text("a "), Text("b", BOLD), Text(" c"))),)),
        ("a <b>b", (Paragraph((Text("a <b>b"),)),)),
        ("a </b>b", (Paragraph((Text("a </b>b"),)),)),
        ("a <b x=y>b</b>", (Paragraph((Text("a <b x=y>b</b>"),)),)),
        ("a <q>b</q>", (Paragraph((Text("a <q>b</q>"),)),)),
        ("a<br />b", (Paragraph((Text("a"), HardBreak(), Text("b"))),)),
        ("<u>\na</u>", (Paragraph((Text(" a", frozenset({Mark.UNDERLINE})),)),)),
        ("[ ] a", (Paragraph((Text("[ ] a"),)),)),
        (
            "- a\n- [X] b\n- [y] c",
            (
                BulletList((ListItem((A,)),)),
                TaskList((TaskItem(True, (B,)),)),
                BulletList((ListItem((Paragraph((Text("[y] c"),)),)),)),
            ),
        ),
        ("- [ ]\n  a", (TaskList((TaskItem(False, (A,)),)),)),
        ("1. [ ] a", (OrderedList((ListItem((Paragraph((Text("[ ] a"),)),)),)),)),
        (
            "- [x] a\n\n[x]: https://a.de",
            (BulletList((ListItem((Paragraph((Text("x", link="https://a.de"), Text(" a"))),)),)),),
        ),
        ("- # a", (BulletList((ListItem((BLANK, Heading(1, (Text("a"),)))),)),)),
    ],
)
def test_markdown_of_others_is_understood(markdown: str, blocks: Blocks) -> None:
    assert read_markdown(markdown) == blocks


@pytest.mark.parametrize(
    "markdown",
    [
        "[a](javascript:alert(1))",
        "[a](/relative)",
        "![a](data:image/png;base64,AAAA)",
        "<javascript:alert(1)>",
        "[a](vbscript:b 'c')",
    ],
)
def test_addresses_that_may_be_no_links_stay_text(markdown: str) -> None:
    assert read_markdown(markdown) == (Paragraph((Text(markdown),)),)


def test_too_much_and_too_deep_is_refused() -> None:
    for markdown in ("a" * (MAX_TEXT_BYTES + 1), ">" * 60 + "a", "- " * 30 + "a"):
        with pytest.raises(MarkupTooLarge):
            read_markdown(markdown)
    assert read_markdown("> " * 48 + "a")


SIZE = 2_500
TRIES = 4
ENDLESS = [
    "[", "]", "![", "*", "**a", "a**", "_", "_a", "*_a ", "~~a", "~", "`", "` `` ", "<", "<a ",
    "<!--", "<?", "<!A", "<u>", "</u>", "&", "&amp", "\\", "[a](", "[a](<b", "[![a](", "[](a)[",
    "[a][b]", "[a]: b\n", "<http://a", "(", "***a ", "| a ", "# a\n", "= ", "<b a='", "\t",
    "<![CDATA[", "**x* ", "[a]: <b\n\"c", "    a\n\n", "```\n", "<div>\n\n", "a\n", "> a\n\n",
    "> - ", "- ", "1. ", ">",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("piece", ENDLESS)
def test_time_grows_with_the_length_of_the_text(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        began = time.process_time()
        try:
            write_markdown(read_markdown(text))
        except MarkupTooLarge:
            return 0
        return time.process_time() - began

    def grows_evenly() -> bool:
        return seconds(8 * SIZE) < 24 * (min(seconds(SIZE) for _ in range(3)) + 0.01)

    # Eight times the text: eight times as long, sixty-four where it is quadratic. Neighbours can
    # make one measurement worse, never all of them better.
    assert any(grows_evenly() for _ in range(TRIES))
