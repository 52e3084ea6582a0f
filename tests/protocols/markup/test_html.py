import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.markup.html import page_html, write_html
from allmende.protocols.markup.html.builder import Builder
from allmende.protocols.markup.html.reading import read_html
from allmende.protocols.markup.html.taming import MAX_OPEN, tamed
from allmende.protocols.markup.html.tokens import Characters, End, HtmlToken, Start, html_tokens
from allmende.protocols.markup.markdown.reading import read_markdown
from allmende.protocols.markup.schema import normalised
from allmende.protocols.markup.tree import (
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
from tests.protocols.markup.trees import SIGNS, trees

BOLD = frozenset({Mark.BOLD})
A, B = Paragraph((Text("a"),)), Paragraph((Text("b"),))
BLANK = Paragraph()
TAGS = (
    *(
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<ul>",
        "</ul>",
        "<ol start=3>",
        "<li>",
        "</li>",
        "<table>",
    ),
    *(
        "</table>",
        "<tr>",
        "<td>",
        "<th colspan=2>",
        "</td>",
        "<b>",
        "</b>",
        "<a href=https://a.de>",
    ),
    *("</a>", "<pre>", "</pre>", "<code class=language-py>", "</code>", "<blockquote>", "<h1>"),
    *("</h1>", "<br>", "<hr>", "<img src=https://a.de/b alt=c>", "<input type=checkbox>", "<svg>"),
    *(
        "</svg>",
        "<script>",
        "</script>",
        "<style>",
        "<!--",
        "-->",
        "<span class=spaces>",
        "</span>",
    ),
    *(
        "a",
        " ",
        "&lt;",
        "&nbsp;",
        "<caption>",
        "<select>",
        "<textarea>",
        "<form>",
        "<math>",
        "<title>",
    ),
)


@pytest.mark.slow
@given(trees)
def test_any_tree_reads_back_as_it_is(blocks: Blocks) -> None:
    assert read_html(write_html(blocks)) == normalised(blocks)


@pytest.mark.slow
@given(st.one_of(st.text(alphabet=SIGNS), st.lists(st.sampled_from(TAGS)).map("".join)))
def test_any_text_is_some_document_and_that_reads_back(text: str) -> None:
    blocks = read_html(text)
    assert read_html(write_html(blocks)) == blocks


@pytest.mark.parametrize(
    ("block", "html"),
    [
        (Paragraph((Text("<&>"),)), "<p>&lt;&amp;&gt;</p>"),
        (BLANK, "<p></p>"),
        (Paragraph((Text("a", BOLD | {Mark.ITALIC}),)), "<p><strong><em>a</em></strong></p>"),
        (
            Paragraph((Text("a", link="https://a.de/?b&c"),)),
            '<p><a href="https://a.de/?b&amp;c" rel="nofollow noopener noreferrer ugc">a</a></p>',
        ),
        (Paragraph((Text("a b", BOLD), Text(" c"))), "<p><strong>a b</strong> c</p>"),
        (
            Paragraph((Text("a  b "),)),
            '<p>a<span class="spaces">  </span>b<span class="spaces"> </span></p>',
        ),
        (Heading(2, (Text("a"), HardBreak(), Text("b"))), "<h2>a<br>b</h2>"),
        (CodeBlock("<a>\n", "py"), '<pre><code class="language-py">&lt;a&gt;\n\n</code></pre>'),
        (Raw("<b>"), '<pre class="raw" data-raw=""><code>&lt;b&gt;\n</code></pre>'),
        (OrderedList((ListItem((A,)),), 3), '<ol start="3">\n<li><p>a</p></li>\n</ol>'),
        (
            TaskList((TaskItem(True, (A,)), TaskItem(False, (B,)))),
            '<ul data-type="taskList">\n'
            '<li data-type="taskItem" data-checked="true"><span class="tick">☑</span>'
            "<div><p>a</p></div></li>\n"
            '<li data-type="taskItem" data-checked="false"><span class="tick">☐</span>'
            "<div><p>b</p></div></li>\n</ul>",
        ),
        (
            Table((Row((Cell((A,), True, 2),)), Row((Cell((B,)), Cell((A,)))))),
            '<table><tbody>\n<tr><th colspan="2"><p>a</p></th></tr>\n'
            "<tr><td><p>b</p></td><td><p>a</p></td></tr>\n</tbody></table>",
        ),
        (Blockquote((A, HorizontalRule())), "<blockquote>\n<p>a</p>\n<hr>\n</blockquote>"),
    ],
)
def test_a_block_is_written_so(block: Block, html: str) -> None:
    assert write_html((block,)) == html
    assert read_html(html) == (block,)


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("", ()),
        ("\ufeff<!doctype html><html><head><title>x</title></head><body>a", (A,)),
        ("a<p>b", (A, B)),
        (" <p> a\n </p>\n<p>b</p> ", (A, B)),
        ("<p>a<br>\n b</p>", (Paragraph((Text("a"), HardBreak(), Text("b"))),)),
        ("<p>a <b> b</b></p>", (Paragraph((Text("a "), Text("b", BOLD))),)),
        ("<div>a<div>b</div></div>", (A, B)),
        ("<custom-tag>a</custom-tag><p>b", (A, B)),
        ("<b>a<p>b</b>", (Paragraph((Text("a", BOLD),)), Paragraph((Text("b", BOLD),)))),
        ("<h1><p>a</p></h1>b", (Heading(1, (Text("a"),)), B)),
        ("<h1></h1><h1>a<hr>b</h1>",
            (Heading(1), Heading(1, (Text("a"),)), HorizontalRule(), Heading(1, (Text("b"),)))),
        ("<a href='/b'>a</a>", (A,)),
        ("<a href=https://a.de><p>a</p></a>", (Paragraph((Text("a", link="https://a.de"),)),)),
        ("<img src=https://a.de alt='x y'>", (Paragraph((Text("x y", link="https://a.de"),)),)),
        ("<img src=https://a.de>", (Paragraph((Text("https://a.de", link="https://a.de"),)),)),
        ("<img src=data:image/png;base64,A alt=a><img src=b>", (A,)),
        ("<pre>\na<br>b\n</pre>", (CodeBlock("a\nb"),)),
        ("<pre><code class='x language-py'>a</code><code class=language-b>b",
            (CodeBlock("ab", "py"),)),
        ("<pre>a<pre>b</pre>c</pre>d", (CodeBlock("abc"), Paragraph((Text("d"),)))),
        ("<ul><li>a<ul><li>b</ul></ul>",
            (BulletList((ListItem((A, BulletList((ListItem((B,)),)))),)),)),
        ("<ul><li>a</li><ul><li>b</ul></ul>",
            (BulletList((ListItem((A, BulletList((ListItem((B,)),)))),)),)),
        ("<ul>a<li>b</ul>", (BulletList((ListItem((A,)), ListItem((B,)))),)),
        ("<li>a</li>b", (A, B)),
        ("<ul><li><input type=checkbox checked> a<li>b</ul>",
            (TaskList((TaskItem(True, (A,)),)), BulletList((ListItem((B,)),)))),
        ("<ul><li>a<input type=checkbox></ul>", (BulletList((ListItem((A,)),)),)),
        ("<input type=checkbox>a", (A,)),
        ("<ol start=x><li>a</ol>", (OrderedList((ListItem((A,)),)),)),
        ("<table><tr><td>a<td></table>", (Table((Row((Cell((A,)), Cell((BLANK,)))),)),)),
        ("<table><caption>a</caption><tr><th>b</table>", (A, Table((Row((Cell((B,), True),)),)))),
        ("<td>a</td><tr>b</tr>", (Paragraph((Text("ab"),)),)),
        ("<table>a<tr><td>b</table>", (A, Table((Row((Cell((B,)),)),)))),
        ("<details><summary>a</summary>b</details>", (A, B)),
        ("<p>a</p><svg><text>x</text></svg><p>b", (A, B)),
        ("<object><object>x</object>y</object>a</object>", (A,)),
        ("</p>a</br>", (BLANK, Paragraph((Text("a"), HardBreak())))),
        ("&lt;b&gt;", (Paragraph((Text("<b>"),)),)),
    ],
)  # fmt: skip
def test_html_of_others_is_understood(html: str, blocks: Blocks) -> None:
    assert read_html(html) == blocks


def test_a_page_reads_back_and_needs_nothing_besides_itself() -> None:
    blocks = read_markdown("# a\n\n- [x] b")
    page = page_html("<a> & b", blocks, 'de"')
    assert read_html(page) == blocks
    assert "<title>&lt;a&gt; &amp; b</title>" in page
    assert 'lang="de&quot;"' in page
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_builder_ends_what_is_open_and_takes_rows_without_a_table() -> None:
    builder = Builder()
    builder.feed("<tr><td>a</td><td>b</td></tr></li><ul><li><pre>c")
    assert builder.end() == (A, B, BulletList((ListItem((CodeBlock("c"),)),)))


@pytest.mark.slow
@pytest.mark.parametrize(
    "html",
    [
        "a" * (MAX_TEXT_BYTES + 1),
        "<br>" * 500_001,
        "<blockquote>" * 60 + "a",
        "<hr>" * (MAX_NODES + 1),
    ],
    ids=["long", "many tags", "deep", "many blocks"],
)
def test_too_much_and_too_deep_is_refused(html: str) -> None:
    with pytest.raises(MarkupTooLarge):
        read_html(html)


def test_blocks_as_deep_as_the_limit_are_read() -> None:
    assert read_html("<blockquote>" * 48 + "a")


@pytest.mark.parametrize(
    ("html", "tokens"),
    [
        ("a<b>c</B >", [Characters("a"), Start("b", {}), Characters("c"), End("b")]),
        ("<a B='c d' b=e f=g h>", [Start("a", {"b": "c d", "f": "g", "h": ""})]),
        ('<a b="&lt;>" c = d/>', [Start("a", {"b": "<>", "c": "d/"})]),
        ("<a b='>", [Start("a", {"b": ">"})]),
        ("<a", [Start("a", {})]),
        ("1 < 2 << &amp; <1>", [Characters("1 < 2 << & <1>")]),
        ("</><//a>b</1", [Characters("b")]),
        ("<!-- a --!>b<!-->c<!--->d<!-- e", [Characters("b"), Characters("c"), Characters("d")]),
        ("<!a><?b?>c<!d", [Characters("c")]),
        (
            "<script>a</b></scriptx></SCRIPT >b",
            [Start("script", {}), End("script"), Characters("b")],
        ),
        ("<style>a", [Start("style", {}), End("style")]),
        ("<plaintext>a</plaintext>", [Start("plaintext", {}), End("plaintext")]),
    ],
)
def test_html_is_cut_into_tags_and_text(html: str, tokens: list[HtmlToken]) -> None:
    assert list(html_tokens(html)) == tokens


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<div><b>a</div>b</b>", "<div><b>a</b></div>b"),
        ("<div x=y href='<'>", "<div>"),
        ("<a href='<\"' x>a", '<a href="&lt;&quot;">a'),
        ("<q>a</q></div><p>b</p></p>", "a<p>b</p></p>"),
        ("<svg><svg><b></svg>a</svg>b</svg><svg>c", "b"),
        ("<br></br><hr></hr>", "<br></br><hr>"),
        ("<div>" * (MAX_OPEN + 2) + "a" + "</div>" * MAX_OPEN,
            "<div>" * MAX_OPEN + "a" + "</div>" * MAX_OPEN),
    ],
)  # fmt: skip
def test_html_is_tamed(html: str, found: str) -> None:
    wanted = {"div": set[str](), "b": set[str](), "p": set[str](), "a": {"href"}}
    assert tamed(html, wanted | {"br": set(), "hr": set()}, {"svg"}) == found


SIZE = 5_000
TRIES = 4
ENDLESS = [
    "<div>", "<b>", "<b><p>", "<ul><li>", "<", "<table><tr><td>", "<table><b>x", "<blockquote>",
    "<div><form>", "<a><b><p></a>", "<div></b>", "<div><table><td></div></table>", "<b><i></b>",
    "<p>", "<li>", "<td>", "<dd><div>", "<h1><h2>", "<pre>", "<div><!--</div>-->",
    "<div title='</div>'>", "<br>", "<table><div><td></div></table>", "<ul></li><p>", "</p>",
    "</x>", "<a ", "<a href='", "<a =\"\" ' ", "&", "&lt", "<!--", "<!-- -- ", "<?", "<svg>",
    "<script>", "<script></script", "<select>",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("piece", ENDLESS)
def test_time_grows_with_the_length_of_the_text(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        began = time.process_time()
        try:
            write_html(read_html(text))
        except MarkupTooLarge:
            return 0
        return time.process_time() - began

    def grows_evenly() -> bool:
        return seconds(8 * SIZE) < 24 * (min(seconds(SIZE) for _ in range(3)) + 0.005)

    # Eight times the text: eight times as long, sixty-four where it is quadratic. Neighbours can
    # make one measurement worse, never all of them better.
    assert any(grows_evenly() for _ in range(TRIES))
