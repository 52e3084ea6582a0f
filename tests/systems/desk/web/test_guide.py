"""The guide: complete in both languages, plain, with pictures that are there."""

import re
from pathlib import Path

import pytest

from allmende.systems.desk.web.guide import GUIDE, TOPICS, read_topic, read_topics
from tests.systems.desk.hall import Hall

LANGUAGES = ("de", "en")
PICTURES = Path(__file__).parents[4] / "frontend" / "guide"
MOST_BYTES = 60_000
JARGON = re.compile(
    r"\b(SFU|OMEMO|JID|TURN|Yjs|(?i:webrtc|websocket|instanz|federated|föderiert|sync|pad))\b"
)
SENTENCE_END = re.compile(r"[.?:]+(?:\s|$)|\n\n")


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


def plain(language: str, name: str) -> str:
    """The text of a topic without what only Markdown knows, pictures included."""
    text = (GUIDE / language / f"{name}.md").read_text("utf-8")
    text = re.sub(r"!\[([^\]]+)\]\([^)]+\)", r"\1", text)
    return re.sub(r"^(#+|\*|\d+\.) *", "", text, flags=re.MULTILINE).replace("**", "")


def syllables(word: str, language: str) -> int:
    """Groups of vowels; in English not a silent e at the end."""
    found = len(re.findall(r"[aeiouyäöü]+", word.lower()))
    silent = language == "en" and re.search(r"[^aeiouyl]e$", word.lower()) is not None
    return max(1, found - silent)


def ease(text: str, language: str) -> float:
    """Flesch (1948) for English, Amstad (1978) for German: higher is easier."""
    words = words_of(text)
    sentences = [one for one in SENTENCE_END.split(text) if words_of(one)]
    length = len(words) / len(sentences)
    weight = sum(syllables(word, language) for word in words) / len(words)
    return (
        180 - length - 58.5 * weight
        if language == "de"
        else 206.835 - 1.015 * length - 84.6 * weight
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_is_there_with_a_title_and_a_lead(language: str) -> None:
    topics = read_topics(language)
    assert tuple(topics) == TOPICS
    for topic in topics.values():
        assert topic.title
        assert not topic.title.startswith("#")
        assert topic.about.endswith(".")
        assert "<h2>" in "".join(piece.text for piece in topic.pieces)


@pytest.mark.parametrize("name", TOPICS)
def test_both_languages_have_the_same_parts_and_pictures(name: str) -> None:
    german, english = (read_topics(language)[name] for language in LANGUAGES)
    assert [piece.picture for piece in german.pieces] == [piece.picture for piece in english.pieces]
    parts = [
        ["".join(piece.text).count("<h2>") for piece in topic.pieces] for topic in (german, english)
    ]
    assert parts[0] == parts[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_there_is_small_and_is_told_in_words(language: str) -> None:
    shown = [
        piece for topic in read_topics(language).values() for piece in topic.pieces if piece.picture
    ]
    assert 4 <= len({piece.picture for piece in shown}) <= 6
    for piece in shown:
        file = PICTURES / piece.picture.removeprefix("guide-")
        assert file.stat().st_size <= MOST_BYTES
        assert len(words_of(piece.alt)) >= 5


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TOPICS)
def test_the_words_are_plain(language: str, name: str) -> None:
    text = plain(language, name)
    assert ease(text, language) >= {"de": 50, "en": 60}[language]
    assert not JARGON.search(text)
    assert "!" not in text
    longest = max(SENTENCE_END.split(text), key=lambda one: len(words_of(one)))
    assert len(words_of(longest)) <= 20, longest


def test_the_measure_tells_easy_from_hard() -> None:
    assert ease("Das ist gut. Komm her.", "de") > 90
    assert ease("Die Berücksichtigung datenschutzrechtlicher Erfordernisse.", "de") < 0
    assert ease("This is good. Come in.", "en") > 90
    assert ease("Organisational considerations necessitate documentation.", "en") < 0


@pytest.mark.parametrize(
    ("language", "title"), [("de", "Du kommst als Gast"), ("en", "You come as a guest")]
)
def test_the_guide_is_read_in_ones_own_language(hall: Hall, language: str, title: str) -> None:
    visitor = hall.visitor(language)
    assert title in visitor.get("/guide")
    assert f"<h1>{title}</h1>" in visitor.get("/guide/guests")


def test_pictures_are_shown_with_their_words(hall: Hall) -> None:
    page = hall.visitor().get("/guide/guests")
    shown = re.findall(r'<img src="/static/(guide-[a-z]+\.webp)" alt="([^"]+)">', page)
    assert [name for name, _ in shown] == ["guide-join.webp", "guide-plenum.webp"]
    assert shown[0][1].startswith("Die Seite vor dem Gespräch")


def test_every_link_of_the_guide_leads_somewhere(hall: Hall) -> None:
    visitor = hall.visitor()
    for page in ("/guide", *(f"/guide/{name}" for name in TOPICS)):
        links = set(re.findall(r'href="(/guide[^"]*)"', visitor.get(page)))
        assert len(links) >= len(TOPICS)
        for link in links:
            visitor.get(link)


def test_every_page_leads_to_the_guide(hall: Hall) -> None:
    assert '<a href="/guide">Hilfe</a>' in hall.visitor().get("/")
    assert '<a href="/guide">Help</a>' in hall.visitor("en").get("/privacy")


def test_a_topic_that_does_not_exist_is_not_found(hall: Hall) -> None:
    hall.visitor().get("/guide/everything", status=404)


def test_a_picture_stands_where_its_line_stands() -> None:
    text = '# T\n\nA.\n\nOne *b*.\n\n![Two "q" <b>.](../frontend/guide/two.webp)\n\nThree.\n'
    topic = read_topic("x", text)
    assert (topic.title, topic.about) == ("T", "A.")
    assert [piece.picture for piece in topic.pieces] == ["", "guide-two.webp", ""]
    assert topic.pieces[0].text == "<p>One <em>b</em>.</p>"
    assert topic.pieces[1].alt == 'Two "q" <b>.'
