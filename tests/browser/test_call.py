"""A plenum from start to end, in three browser windows, one of them as small as a phone."""

from pathlib import Path

import pytest

from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]


def test_a_plenum_is_held_with_people_who_come_by_link(tmp_path: Path, tell: Tell) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        tell("call.mjs", {"url": server.url}, 400)
