from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from starlette.requests import Request

from allmende.webkit.i18n import Catalogues, MissingText

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
TEXTS = {
    "de": 'msgid "a.hello"\nmsgstr "Hallo {name}"\n\nmsgid "a.people"\nmsgid_plural "a.people"\n'
    'msgstr[0] "{n} Person"\nmsgstr[1] "{n} Personen"\n',
    "en": 'msgid "a.hello"\nmsgstr "Hello {name}"\n\nmsgid "a.people"\nmsgid_plural "a.people"\n'
    'msgstr[0] "{n} person"\nmsgstr[1] "{n} people"\n',
}


@pytest.fixture
def texts(tmp_path: Path) -> Catalogues:
    for language, body in TEXTS.items():
        (tmp_path / language).mkdir()
        head = HEAD + f'"Language: {language}\\n"\n'
        head += '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        (tmp_path / language / "a.po").write_text(head + body)
    return Catalogues.load(tmp_path)


def asking(accept: str, cookie: str = "") -> Request:
    headers = [(b"accept-language", accept.encode("latin-1")), (b"cookie", cookie.encode())]
    return Request({"type": "http", "path": "/", "headers": headers})


def test_texts_have_their_values_in_place(texts: Catalogues) -> None:
    assert texts.text("de", "a.hello", name="mara") == "Hallo mara"
    assert texts.text("en", "a.hello") == "Hello {name}"


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0 Personen"), (1, "1 Person"), (2, "2 Personen"), (1200, "1.200 Personen")]
)
def test_texts_that_count_follow_the_number(texts: Catalogues, n: int, text: str) -> None:
    assert texts.text("de", "a.people", n=n) == text


def test_html_goes_into_a_text_only_as_markup(texts: Catalogues) -> None:
    assert not isinstance(texts.text("de", "a.hello", name="<b>"), Markup)
    rich = texts.text("de", "a.hello", name=Markup("<bdi>mara</bdi>"))
    assert isinstance(rich, Markup)
    assert rich == "Hallo <bdi>mara</bdi>"


def test_a_value_that_looks_like_a_place_is_not_filled(texts: Catalogues) -> None:
    assert texts.text("de", "a.hello", name="{n}", n=3) == "Hallo {n}"


def test_a_missing_text_is_an_error(texts: Catalogues) -> None:
    with pytest.raises(MissingText, match=r"de: a\.nothing"):
        texts.text("de", "a.nothing")


def test_one_id_in_two_files_is_refused(texts: Catalogues, tmp_path: Path) -> None:
    (tmp_path / "de" / "b.po").write_text((tmp_path / "de" / "a.po").read_text())
    with pytest.raises(ValueError, match=r"a\.hello stands in two"):
        Catalogues.load(tmp_path)


@pytest.mark.parametrize(
    ("accept", "cookie", "language"),
    [
        ("", "", "de"),
        ("en", "", "en"),
        ("en-GB,en;q=0.9,de;q=0.8", "", "en"),
        ("fr,de;q=0.5,en;q=0.7", "", "en"),
        ("en;q=0,de;q=0.1", "", "de"),
        ("fr", "", "de"),
        ("en", "lang=de", "de"),
        ("en", "lang=xx", "en"),
        ("en;q=nan, de;q=1e9", "", "de"),
        ("*", "", "de"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_preferred_one(
    texts: Catalogues, accept: str, cookie: str, language: str
) -> None:
    assert texts.language_of(asking(accept, cookie)) == language


_KNOWN = Catalogues([])


@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_any_accept_language_has_an_answer(header: str) -> None:
    assert _KNOWN.language_of(asking(header)) == "de"


def test_elements_get_the_texts_of_their_systems_by_cldr_category(texts: Catalogues) -> None:
    digest, body = texts.as_json("de", ["a", "unknown"])
    assert msgspec.json.decode(body) == {
        "a.hello": "Hallo {name}",
        "a.people": {"one": "{n} Person", "other": "{n} Personen"},
    }
    assert texts.as_json("de", ["a"])[0] == digest
    assert texts.as_json("en", ["a"])[0] != digest
    assert texts.as_json("de", []) == (texts.as_json("en", [])[0], b"{}")
