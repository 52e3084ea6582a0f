"""Somebody makes an app password for a program, and ends it."""

from pathlib import Path

import pytest

from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs("zbarimg")]


@pytest.mark.parametrize(
    ("language", "size", "theme"), [("de", "phone", "dark"), ("en", "desktop", "light")]
)
def test_an_app_password_is_made_used_and_ended(
    tmp_path: Path, tell: Tell, language: str, size: str, theme: str
) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        facts = {"url": server.url, "invite": server.invite}
        tell("programs.mjs", {**facts, "language": language, "size": size, "theme": theme}, 60)
