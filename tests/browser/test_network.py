"""Over HTTPS and a network of our own, which is cut and mended."""

from pathlib import Path

import pytest

from tests.browser.network import key_hash, network, served_over
from tests.browser.stories import Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone, needs("ip", "nft")]


def test_everybody_is_back_after_a_cut_and_calls_work_without_udp(
    tmp_path: Path, tell: Tell
) -> None:
    with network() as between, served_over(between, tmp_path) as server:
        facts = {"url": server.url, "key": key_hash(server), "breaks": between.facts()}
        tell("network.mjs", facts, 400, between.inside(between.people))
