"""A plenum in fast motion: agenda, hands, minutes by two, chat, and the minutes as a file."""

from pathlib import Path

import pytest

from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]
GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize(("language", "size"), [("de", "desktop"), ("en", "phone")])
def test_a_group_holds_its_plenum(tmp_path: Path, tell: Tell, language: str, size: str) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        facts = {
            "url": server.url,
            "invite": server.invite,
            "language": language,
            "size": size,
            "golden": str(GOLDEN / f"minutes.{language}.md"),
        }
        tell("plenum.mjs", facts, 400)
