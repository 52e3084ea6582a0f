"""What is written into the minutes, and that a title stays a title."""

import html
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from allmende.core.errors import InvalidInput
from allmende.systems.plenum.model.agenda import Edited
from allmende.systems.plenum.model.assembly import Language, Opened
from allmende.systems.plenum.model.minutes import entry, escaped, head, isolated, pad_name
from allmende.systems.plenum.model.texts import clean_title
from tests.systems.plenum.model.test_assembly import RUNNING

BERLIN = ZoneInfo("Europe/Berlin")
LATE = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)


def test_a_pad_is_named_by_the_day_in_the_zone_and_counted() -> None:
    assert pad_name(LATE, BERLIN, []) == "minutes-2026-11-24"
    assert pad_name(LATE, BERLIN, ["minutes-2026-11-24"]) == "minutes-2026-11-24-2"
    taken = ["minutes-2026-11-24", "minutes-2026-11-24-2", "minutes-2026-11-01"]
    assert pad_name(LATE, BERLIN, taken) == "minutes-2026-11-24-3"


def test_the_head_names_the_day_and_the_facilitation() -> None:
    assert head("Plenum #1", Language.EN, LATE, BERLIN, ["ana_b", "ben"]) == (
        "# Plenum \\#1, 24 November 2026\n\n- Facilitation: ana\\_b, ben\n- Minutes:\n"
    )


def test_what_is_not_for_the_minutes_is_not_written() -> None:
    for happening in (Opened(), Edited()):
        assert entry(RUNNING, happening, BERLIN, LATE) is None


def titles() -> st.SearchStrategy[str]:
    def clean(text: str) -> str:
        try:
            return clean_title(text)
        except InvalidInput:
            return ""

    some = st.text(max_size=40) | st.text(st.sampled_from("#*_`[]()<>&!|~^\\-+=1. a:/@"))
    return some.map(clean).filter(bool)


@given(titles())
@example("1. Juli")
@example("- x")
@example("![x](javascript:y)")
@example("&copy;")
@example("--- ")
def test_a_title_stays_what_was_typed_wherever_it_stands(title: str) -> None:
    reader = MarkdownIt("commonmark")
    shown = html.escape(isolated(title.strip()))
    for before, around in (("## 1. ", "<h2>1. {}</h2>"), ("- ", "<li>{}</li>")):
        rendered = reader.render(f"{before}{escaped(title.strip())}\n").replace("&quot;", '"')
        text = rendered.replace("<ul>\n", "").replace("\n</ul>", "").strip()
        assert html.unescape(text) == html.unescape(around.format(shown))


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("plain", "plain"),
        ("\u202eevil", "\u2068\u202eevil\u2069"),
        ("\u2067open", "\u2068\u2067open\u2069\u2069"),
        ("\u2069out", "\u2068out\u2069"),
        ("\u2066in\u2069", "\u2068\u2066in\u2069\u2069"),
    ],
)
def test_what_turns_the_direction_ends_with_the_title(text: str, closed: str) -> None:
    assert isolated(text) == closed
