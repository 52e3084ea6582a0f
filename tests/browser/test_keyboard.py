"""The whole way from a link to leaving, without a mouse."""

from pathlib import Path

import pytest

from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]


def test_a_plenum_is_held_with_keys_alone(tmp_path: Path, tell: Tell) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        tell("keyboard.mjs", {"url": server.url}, 200)
