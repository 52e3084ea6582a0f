"""An assembly and a pad in a browser that runs no script."""

from pathlib import Path

import pytest

from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]


@pytest.mark.parametrize(("language", "size"), [("en", "desktop"), ("de", "phone")])
def test_an_assembly_and_a_pad_work_without_scripts(
    tmp_path: Path, tell: Tell, language: str, size: str
) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        facts = {
            "url": server.url,
            "invite": server.invite,
            "language": language,
            "size": size,
        }
        tell("plain.mjs", facts, 240)
