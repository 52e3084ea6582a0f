"""The scripts: both say the same play, every line can be done, the words are plain."""

import re
from typing import Any

import pytest

from allmende.cli.demo.script import (
    FEWEST,
    LANGUAGES,
    MOST,
    Act,
    Deed,
    ScriptWrong,
    cast,
    load,
    read_script,
)

LOOK = {"pitch_hz": 100, "wall": "ffffff", "shirt": "000000", "skin": "112233", "hair": "000000"}
PEOPLE = [{"name": name, **LOOK} for name in ("Mara", "Juno")]


def told(acts: str) -> dict[str, Any]:
    topic = {"title": "One", "minutes": 1, "kind": "info", "acts": acts}
    words = dict.fromkeys(("group", "room", "title", "guests_label", "facilitators_label"), "x")
    return {**words, "people": PEOPLE, "topics": [topic], "ending": ""}


def acts_of(text: str) -> list[Act]:
    return list(read_script(told(text)).topics[0].acts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_script_has_four_items_and_twelve_people_with_names_of_their_own(language: str) -> None:
    script = load(language)
    assert len(script.topics) == 4
    assert len({person.name for person in script.people}) == MOST
    assert len({person.pitch_hz for person in script.people}) == MOST
    assert {topic.kind for topic in script.topics} <= {"info", "discussion", "decision", "break"}
    assert [dict(item)["title"] for item in script.agenda()] == [
        topic.title for topic in script.topics
    ]


def test_both_languages_play_the_same_with_other_words() -> None:
    german, english = (load(language) for language in LANGUAGES)
    assert german.seconds() == english.seconds()
    for one, other in zip(german.topics, english.topics, strict=True):
        assert (one.minutes, one.kind) == (other.minutes, other.kind)
        assert [(act.deed, act.who) for act in one.acts] == [
            (act.deed, act.who) for act in other.acts
        ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_round_is_short_and_something_happens_in_every_item(language: str) -> None:
    script = load(language)
    assert 60 < script.seconds() < 240
    for topic in script.topics:
        deeds = {act.deed for act in topic.acts}
        assert {Deed.NEXT, Deed.HAND, Deed.SAYS, Deed.WRITES} <= deeds
        calls = sum(act.deed is Deed.NEXT for act in topic.acts)
        assert calls == sum(act.deed is Deed.HAND for act in topic.acts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_least_two_write_the_minutes(language: str) -> None:
    script = load(language)
    acts = [act for topic in script.topics for act in topic.acts]
    writers = {cast(act.who, FEWEST) for act in acts if act.deed is Deed.WRITES}
    assert len(writers) >= 2
    assert 0 not in writers, "who facilitates has enough to do"


def test_the_german_words_are_neutral() -> None:
    script = load("de")
    words = " ".join(act.text for topic in script.topics for act in topic.acts)
    assert not re.search(r"\b(man|frau|jeder|alle Teilnehmer)\b|:innen|_innen", words)


def test_lines_are_read_as_deeds() -> None:
    assert acts_of("next 8\nwait 0.5\nJuno hand\nMara says Hello.\n\nJuno writes A: b.\n") == [
        Act(Deed.NEXT, seconds=8),
        Act(Deed.WAIT, seconds=0.5),
        Act(Deed.HAND, 1),
        Act(Deed.SAYS, 0, "Hello."),
        Act(Deed.WRITES, 1, "A: b."),
    ]


@pytest.mark.parametrize(
    "line", ["next", "wait long", "Nobody hand", "Juno", "Juno says", "Juno hand up", "Juno next 3"]
)
def test_a_line_that_says_nothing_is_refused(line: str) -> None:
    with pytest.raises(ScriptWrong, match=line):
        acts_of(line)


@pytest.mark.parametrize("present", range(FEWEST, MOST + 1))
def test_who_is_not_there_is_played_by_somebody_who_is(present: int) -> None:
    played = [cast(person, present) for person in range(MOST)]
    assert played[:present] == list(range(present))
    assert all(0 < one < present for one in played[1:])
