"""The media worker dies under a call."""

from pathlib import Path

import pytest

from bench.processes import worker_of
from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone, needs()]


def test_everybody_hears_again_after_the_worker_was_killed(tmp_path: Path, tell: Tell) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        worker = worker_of(server.process.pid)
        tell("worker.mjs", {"url": server.url, "worker": worker.pid}, 200)
