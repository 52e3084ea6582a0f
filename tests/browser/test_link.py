"""From a shared link to typing without an account: one action, soon also on a slow machine.

The aim is 3 s with the processor slowed four times, on a machine that has nothing else to do; the
figure is shown. The bound here only finds what is broken, as tests share their machine.
"""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs
from tests.interop.pads.crowd import make_pad

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone, needs()]
MOST_MS: Final = 12_000


@pytest.mark.parametrize("kind", ["rich", "text"])
def test_one_action_leads_from_a_link_to_typing(tmp_path: Path, tell: Tell, kind: str) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        pad = asyncio.run(make_pad(server.url, kind))
        facts = {"slower": 4, "times": 5, "most_ms": MOST_MS, "kind": kind}
        tell("link.mjs", {**facts, "url": server.url + pad.path}, 200)
