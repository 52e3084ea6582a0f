"""Signing in as people do it, with Chromium's virtual authenticators, oathtool and zbarimg."""

from pathlib import Path

import pytest

from bench.served import served
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs("oathtool", "zbarimg")]


def test_people_sign_in_by_passkey_code_and_recovery_kit(tmp_path: Path, tell: Tell) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    with served(tmp_path, settings=SETTINGS) as server:
        facts = {"url": server.url, "invite": server.invite, "folder": str(pictures)}
        tell("account.mjs", facts, 120)
