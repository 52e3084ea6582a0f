"""How a command comes by a sealed key."""

import asyncio
from pathlib import Path

import pytest

from allmende.app.lodge import Ask, Lodge, Told
from allmende.cli.asking import (
    FROM_FILE,
    asked,
    keys_of_running,
    new_passphrase,
    passphrase_for,
    require_good,
)
from allmende.core.errors import AllmendeError, InvalidInput
from allmende.storage.vault import Cost, Sealed, key_path, load_keys, make_key
from allmende.transports.control import listening

WORDS = "ofen wolke sieben tasse regal moos"
FILE = Path("keys/house.key")


def test_a_running_server_lends_its_keys_and_a_locked_one_has_none(tmp_path: Path) -> None:
    file = key_path(tmp_path)
    make_key(file, mode="sealed", passphrase=WORDS, cost=Cost(64, 1, 1))
    assert keys_of_running(tmp_path) is None

    async def story() -> None:
        lodge = Lodge(file, tmp_path, "sealed")
        async with listening(tmp_path, lodge.answer):
            with pytest.raises(Sealed) as refused:
                await asyncio.to_thread(keys_of_running, tmp_path)
            assert refused.value.message_id == "storage.server-locked"
            lodge.ready.set()
            told = await asyncio.to_thread(asked, tmp_path, Ask("unlock", WORDS))
            assert told == Told("open")
            keys = await asyncio.to_thread(keys_of_running, tmp_path)
            assert keys == load_keys(file, passphrase=WORDS)

    asyncio.run(story())


def test_a_file_may_say_the_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "said").write_text(f"{WORDS}\n")
    monkeypatch.setenv(FROM_FILE, str(tmp_path / "said"))
    assert passphrase_for(FILE) == new_passphrase("a proposal") == WORDS


def test_where_nobody_can_be_asked_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FROM_FILE, raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    with pytest.raises(Sealed):
        passphrase_for(FILE)
    with pytest.raises(InvalidInput):
        new_passphrase("a proposal")


def test_what_the_server_refuses_is_raised() -> None:
    require_good(Told("open"))
    with pytest.raises(AllmendeError) as refused:
        require_good(Told("locked", "storage.wrong-passphrase"))
    assert refused.value.message_id == "storage.wrong-passphrase"
