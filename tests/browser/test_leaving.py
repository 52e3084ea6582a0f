"""Somebody takes their data along, leaves, stays after all, and leaves for good."""

from pathlib import Path

import pytest

from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]


@pytest.mark.parametrize(
    ("language", "size", "theme"), [("de", "phone", "dark"), ("en", "desktop", "light")]
)
def test_taking_along_leaving_and_staying(
    tmp_path: Path, tell: Tell, language: str, size: str, theme: str
) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        facts = {"url": server.url, "invite": server.invite}
        tell("leaving.mjs", {**facts, "language": language, "size": size, "theme": theme}, 120)
