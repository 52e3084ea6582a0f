"""How people come: by invite with a passkey, in open registration, without scripts by request."""

import os
from pathlib import Path

import pytest

from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]


def test_people_come_by_invite_by_computing_and_by_asking(tmp_path: Path, tell: Tell) -> None:
    with served(tmp_path, settings=SETTINGS) as server:
        pictures = os.environ.get("ALLMENDE_PICTURES", "")
        facts = {"url": server.url, "invite": server.invite, "pictures": pictures}
        tell("newcomers.mjs", facts, 120)
