"""A person in the call and one on the light page hear each other."""

from pathlib import Path

import pytest

from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone, needs()]


def test_call_and_light_page_hear_each_other(tmp_path: Path, tell: Tell) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        tell("voice.mjs", {"url": server.url}, 240)
