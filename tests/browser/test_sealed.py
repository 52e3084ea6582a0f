"""A locked house in a browser: two pages, a passphrase, and in."""

from pathlib import Path

import pytest

from allmende.storage.vault import Cost, key_path, make_key
from tests.browser.stories import Tell, needs
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]

WORDS = "ofen wolke sieben tasse regal moos"


def test_somebody_unlocks_a_locked_house(tmp_path: Path, tell: Tell, quiet_media: None) -> None:
    data = tmp_path / "data"
    cheap = Cost(memory_kib=1024, passes=1, lanes=1)
    make_key(key_path(data), mode="sealed", passphrase=WORDS, cost=cheap)
    server = Server(data, "--port", "0", says="is locked")
    try:
        tell("sealed.mjs", {"url": server.url, "passphrase": WORDS}, 60)
        assert server.stop() == 0
    finally:
        server.close()
