import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.markup.markdown.reading import read_markdown
from allmende.protocols.markup.plain import MAX_TITLE_CHARS, read_text, title_of, write_text
from allmende.protocols.markup.schema import clean_text
from allmende.protocols.markup.tree import MAX_TEXT_BYTES, Blocks, MarkupTooLarge, Paragraph
from tests.protocols.markup.trees import trees

MARKDOWN = """\
# Plenum

Text **fett** [Link](https://a.de)\\
neue Zeile

Absatz

- eins
  - innen
  - noch
- zwei

9. neun
10. zehn

- [ ] offen
- [x] getan

> Zitat
>
> mehr

---

```py
code
```

| a | b |
| - | - |
| c | d |
"""
TEXT = """\
Plenum

Text fett Link
neue Zeile
Absatz

* eins
  * innen
  * noch
* zwei

9. neun
10. zehn

[ ] offen
[x] getan

> Zitat
> mehr

----------------------------------------

code

a\tb
c\td
"""


def test_a_document_is_readable_as_text() -> None:
    assert write_text(read_markdown(MARKDOWN)) == TEXT


def test_nothing_is_no_text() -> None:
    assert read_text("") == read_text("\n") == ()
    assert write_text(()) == ""


def test_each_line_is_a_paragraph() -> None:
    assert write_text(read_text("a\n\n  b\n")) == "a\n\n  b\n"
    assert len(read_text("\ufeffa\r\n\r\nb")) == 3
    assert read_text("a\n\nb")[1] == Paragraph()


@given(st.text())
def test_text_reads_back_as_it_is(text: str) -> None:
    lines = clean_text(text).removesuffix("\n")
    assert write_text(read_text(text)) == (lines + "\n" if lines else "")


@pytest.mark.slow
@given(trees)
def test_any_tree_has_a_text_and_a_title(blocks: Blocks) -> None:
    assert write_text(blocks).endswith("\n") or write_text(blocks) == ""
    assert len(title_of(blocks)) <= MAX_TITLE_CHARS


def test_too_much_text_is_refused() -> None:
    with pytest.raises(MarkupTooLarge):
        read_text("a" * (MAX_TEXT_BYTES + 1))


@pytest.mark.parametrize(
    ("markdown", "title"),
    [
        ("", ""),
        ("---", ""),
        ("erste Zeile\\\nzweite", "erste Zeile"),
        ("Text\n\n## \n\n# **Plenum**  am `1. Mai`", "Plenum am 1. Mai"),
        ("- [ ] Brot\n- [ ] Milch", "[ ] Brot"),
        ("```\n\n# Plan\n```", "Plan"),
        ("a" * 121, "a" * 119 + "…"),
        ("a" * 120, "a" * 120),
    ],
)
def test_the_title_is_the_first_heading_or_the_first_line(markdown: str, title: str) -> None:
    assert title_of(read_markdown(markdown)) == title
