"""A group in three clicks, an invite of six words, the chat that says who comes and goes."""

import os
from pathlib import Path

import pytest

from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]


def test_a_group_is_made_joined_by_six_words_and_handed_over(tmp_path: Path, tell: Tell) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        pictures = os.environ.get("ALLMENDE_PICTURES", "")
        facts = {"url": server.url, "invite": server.invite, "pictures": pictures}
        tell("groups.mjs", facts, 120)
