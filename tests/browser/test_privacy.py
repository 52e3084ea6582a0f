"""Neither the address nor the browser of people is anywhere on disk, in any spelling."""

import base64
from pathlib import Path

import pytest

from tests.browser.network import PEOPLE_ADDRESS, key_hash, network, served_over
from tests.browser.stories import Tell, needs
from tests.spellings import found_in, numbers, spellings
from tests.taken import backup_of, opened

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BROWSER = "Sentinelbrowser/7713.37 (Wachposten)"
CONTROL = "Kontrollwort Hagebutte"
"""Written in the chat, which is kept: a search that does not find it looks in wrong places."""


def test_the_search_finds_every_spelling(tmp_path: Path) -> None:
    for number, needle in enumerate(sorted({*spellings(BROWSER), *numbers(PEOPLE_ADDRESS)})):
        (tmp_path / f"{number}").write_bytes(b"before" + needle + b"after")
        assert found_in(tmp_path, {needle})
    for before in range(3):
        text = base64.b64encode(b"x" * before + PEOPLE_ADDRESS.encode() + b"after")
        assert any(needle in text for needle in spellings(PEOPLE_ADDRESS))


@needs("ip", "nft")
def test_no_file_of_the_server_knows_where_people_were_or_with_what(
    tmp_path: Path, tell: Tell
) -> None:
    wanted = {*spellings(PEOPLE_ADDRESS), *spellings(BROWSER)}
    wanted |= set(numbers(PEOPLE_ADDRESS, raw=False))
    with network() as between, served_over(between, tmp_path) as server:
        facts = {
            "url": server.url,
            "key": key_hash(server),
            "browser": BROWSER,
            "invite": server.invite,
            "control": CONTROL,
        }
        tell("privacy.mjs", facts, 200, between.inside(between.people))
        assert found_in(tmp_path, wanted) == []
        key = backup_of(server, tmp_path / "backups")
        [backup] = list((tmp_path / "backups").iterdir())
        inside = opened(backup, key, tmp_path / "opened")
        assert found_in(inside, {CONTROL.encode()}), "the search looks in the wrong place"
        assert found_in(inside, {*wanted, *numbers(PEOPLE_ADDRESS)}) == []
        assert server.stop() == 0
    assert found_in(tmp_path, wanted) == []
