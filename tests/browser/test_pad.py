"""A pad for two people, from the start page to its end, with clipboards of strangers."""

from pathlib import Path

import pytest

from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]


@pytest.mark.parametrize(("language", "size"), [("de", "desktop"), ("en", "phone")])
def test_two_people_write_a_pad(tmp_path: Path, tell: Tell, language: str, size: str) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        tell("pad.mjs", {"url": server.url, "language": language, "size": size}, 300)
