"""Random trees of the whole schema, for properties."""

from hypothesis import strategies as st

from allmende.protocols.markup.schema import LANGUAGE
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

SIGNS = "*_~`[]()<>!&#|\\-+=:.1 \t\"'{}/^$%@,;?ax\n\xa0\u2003\u200bä漢😀\u0301\u202e\ufeff\x00\r"
TRAPS = (
    "**", "__", "~~", "```", "`", " ", "  ", "\t", "# a", "#", "- ", "-", "+ a", "1. ", "1)",
    "12.", "> a", "[ ] ", "[x] a", "[a](b)", "![a](b)", "<b>", "</b>", "<u>", "<br>", "<!-- a -->",
    "<table>", "<script>", "&amp;", "&#32;", "&nbsp;", "&", "a_b_c", "_a_", "*a*", "| a | b |",
    "|", "---", "===", ":-", "\\", "\\\\", "{=raw}", "http://a.b", "<http://a.b>", "[a]: http://b",
    "a\nb", "\xa0", "\u2028", "!", "-->", "~", "~~~", "a ", " a", "e\u0301", "😀", "\ufeff", "<",
    ">",
)  # fmt: skip
words = st.one_of(
    st.text(alphabet=SIGNS, max_size=8), st.sampled_from(TRAPS), st.text(max_size=5), st.just("a")
)
addresses = st.one_of(
    st.sampled_from(
        [
            "https://a.de/b",
            "http://a.b/c(d)_e|f?g=1&copy=2&amp;h#i",
            "mailto:a@b.de",
            "http://[::1]/",
        ]
    ),
    st.text(alphabet=SIGNS, max_size=8).map("https://a.de/".__add__),
    st.sampled_from(["javascript:alert(1)", "/relative", ""]),
)
texts = st.builds(
    Text,
    words,
    st.frozensets(st.sampled_from(Mark), max_size=3),
    st.one_of(st.none(), st.none(), st.none(), addresses),
)
autolinks = addresses.map(lambda address: Text(address, frozenset(), address))
inlines: st.SearchStrategy[Inlines] = st.lists(
    st.one_of(texts, texts, texts, texts, st.just(HardBreak()), autolinks), max_size=5
).map(tuple)
sources = st.one_of(
    st.text(max_size=12),
    st.text(alphabet=SIGNS, max_size=12),
    st.lists(st.sampled_from([*TRAPS, "\n", "\n\n"]), max_size=6).map("".join),
)
languages = st.one_of(
    st.none(), st.sampled_from(["python", "c++", "{=raw}", "a b", ""]), st.from_regex(LANGUAGE)
)
leaves: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, inlines),
    st.builds(Paragraph, inlines),
    st.builds(Heading, st.integers(0, 7), inlines),
    st.builds(CodeBlock, sources, languages),
    st.builds(Raw, sources),
    st.just(HorizontalRule()),
)


def _tuples(strategy: st.SearchStrategy[Block], most: int = 3) -> st.SearchStrategy[Blocks]:
    return st.lists(strategy, max_size=most).map(tuple)


def _containers(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    items = st.lists(st.builds(ListItem, _tuples(inner)), max_size=3).map(tuple)
    tasks = st.lists(st.builds(TaskItem, st.booleans(), _tuples(inner)), max_size=3).map(tuple)
    spans = st.sampled_from([1, 1, 1, 1, 2, 0, 1000])
    cells = st.builds(Cell, _tuples(inner, 2), st.booleans(), spans, spans)
    rows = st.lists(cells, max_size=3).map(lambda each: Row(tuple(each)))
    return st.one_of(
        st.builds(BulletList, items),
        st.builds(OrderedList, items, st.sampled_from([1, 1, 0, 3, 999_999_998, -1])),
        st.builds(TaskList, tasks),
        st.builds(Blockquote, _tuples(inner)),
        st.lists(rows, max_size=3).map(lambda each: Table(tuple(each))),
        plain_tables(),
    )


def plain_tables() -> st.SearchStrategy[Block]:
    """Tables as GFM knows them."""

    def table(width: int) -> st.SearchStrategy[Block]:
        blocks = inlines.map(lambda content: (Paragraph(content),))
        head = st.lists(st.builds(Cell, blocks, st.just(True)), min_size=width, max_size=width)
        row = st.lists(st.builds(Cell, blocks), min_size=width, max_size=width)
        rows = st.tuples(head, st.lists(row, max_size=2))
        return rows.map(
            lambda found: Table(tuple(Row(tuple(each)) for each in (found[0], *found[1])))
        )

    return st.integers(1, 3).flatmap(table)


trees: st.SearchStrategy[Blocks] = _tuples(st.recursive(leaves, _containers, max_leaves=8), 4)
