"""A plenum from the start page to the minutes, without a mouse."""

from pathlib import Path

import pytest

from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]


@pytest.mark.parametrize(("language", "size"), [("de", "desktop"), ("en", "phone")])
def test_a_plenum_with_agenda_and_minutes_is_held_with_keys_alone(
    tmp_path: Path, tell: Tell, language: str, size: str
) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        tell("plenum_keys.mjs", {"url": server.url, "language": language, "size": size}, 300)
