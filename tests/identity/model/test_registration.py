"""Texts of requests, and the limits of registration."""

import pytest

from allmende.core.errors import InvalidInput
from allmende.identity.model.registration import (
    MAX_REQUEST_CHARS,
    UNDECIDED_PER_HOUR,
    WAVE_SIGN_UPS,
    clean_text,
)


def test_a_text_keeps_its_lines_and_loses_what_hangs_over() -> None:
    assert clean_text("  hallo \r\n\r\nihr  \n", 500, "body") == "hallo\n\nihr"


@pytest.mark.parametrize(
    "text", ["\u0633\u0644\u200c\u0645", "👩\u200d👧 <script>alert(1)</script>", "a\tb", ""]
)
def test_texts_of_people_pass_as_they_are(text: str) -> None:
    assert clean_text(text, 500, "body") == text


@pytest.mark.parametrize("text", ["\0", "\u202eabc", "\ud800", "\x1b[0m"])
def test_invisible_signs_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="text-characters") as refused:
        clean_text(f"a{text}b", 500, "body")
    assert refused.value.values["field"] == "body"


def test_a_text_over_the_limit_is_refused_with_both_numbers() -> None:
    with pytest.raises(InvalidInput, match="text-too-long") as refused:
        clean_text("x" * (MAX_REQUEST_CHARS + 1), MAX_REQUEST_CHARS, "body")
    assert refused.value.values == {"field": "body", "max": 500, "n": 501}


def test_a_wave_ends_after_more_than_become_active_without_a_look() -> None:
    assert UNDECIDED_PER_HOUR < WAVE_SIGN_UPS
