import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.webkit.language import own_path
from tests.webkit.house import Build


def test_the_switch_returns_to_the_page_without_scripts(house: Build) -> None:
    client = house().client()
    assert '<html lang="de">' in client.get("/-/patterns?x=1").text
    assert 'name="page" value="/-/patterns?x=1"' in client.get("/-/patterns?x=1").text
    answer = client.post("/language", data={"lang": "en", "page": "/-/patterns?x=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/-/patterns?x=1")
    assert "Secure" in answer.headers["set-cookie"]
    assert '<html lang="en">' in client.get("/-/patterns").text


def test_a_language_that_does_not_exist_is_refused(house: Build) -> None:
    assert house().client().post("/language", data={"lang": "xx"}).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https://evil.example", "", "x", "/a\r\nb", "/ä", "/\\"],
)
def test_nobody_is_sent_to_another_site(path: str) -> None:
    assert own_path(path) == "/"


def test_paths_of_our_own_are_kept() -> None:
    for path in ("/", "/g/blaue-eiche", "/r/a/call?g=x&y=%2F", "/-/patterns"):
        assert own_path(path) == path


@given(st.text(max_size=60))
def test_whatever_was_sent_the_answer_is_a_path_of_this_site(text: str) -> None:
    path = own_path("/" + text)
    assert path.startswith("/")
    assert path[1:2] not in {"/", "\\"}
    assert path.isascii()
