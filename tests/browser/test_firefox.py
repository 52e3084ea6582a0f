"""Firefox ESR and Chromium in one call."""

from pathlib import Path

import pytest

from tests.browser.network import key_hash, network, served_over
from tests.browser.stories import Tell, needs

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.alone,
    needs("ip", "nft", "firefox-esr"),
]


def test_firefox_and_two_windows_of_chromium_see_and_hear_each_other(
    tmp_path: Path, tell: Tell
) -> None:
    with network() as between, served_over(between, tmp_path) as server:
        facts = {"url": server.url, "key": key_hash(server)}
        tell("firefox.mjs", facts, 400, between.inside(between.people))
