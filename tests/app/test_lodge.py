"""Where the key of the house is handed in, lent out and given back."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from allmende.app.lodge import MAX_WAITING, Ask, Lodge, Told
from allmende.core.errors import Conflict, TooManyRequests
from allmende.storage.vault import (
    Cost,
    Sealed,
    WrongPassphrase,
    key_path,
    load_keys,
    seal,
    unseal,
)

WORDS = "ofen wolke sieben tasse regal moos"


def lodge_at(tmp_path: Path, *, sealed: bool) -> Lodge:
    file = key_path(tmp_path)
    load_keys(file)
    if sealed:
        seal(file, WORDS, cost=Cost(memory_kib=64, passes=1, lanes=1))
    return Lodge(file, tmp_path, "key-file")


async def told(lodge: Lodge, ask: Ask) -> Told:
    return msgspec.json.decode(await lodge.answer(msgspec.json.encode(ask)), type=Told)


def test_a_key_that_lies_open_is_taken_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        lodge = lodge_at(tmp_path, sealed=False)
        states = [lodge.state]
        await lodge.look()
        states.append(lodge.state)
        assert lodge.handed_in.is_set()
        assert lodge.keys == load_keys(key_path(tmp_path))
        lodge.ready.set()
        assert [*states, lodge.state] == ["locked", "opening", "open"]

    asyncio.run(story())


def test_a_sealed_key_waits_for_the_passphrase(tmp_path: Path) -> None:
    async def story() -> None:
        lodge = lodge_at(tmp_path, sealed=True)
        await lodge.look()
        assert lodge.state == "locked"
        with pytest.raises(Sealed):
            assert lodge.keys.blobs
        with pytest.raises(WrongPassphrase):
            await lodge.unlock("wrong")
        assert lodge.state == "locked"
        lodge.ready.set()
        await lodge.unlock(WORDS)
        assert lodge.keys == load_keys(key_path(tmp_path), passphrase=WORDS)
        await lodge.unlock("does not matter any more")

    asyncio.run(story())


def test_few_may_try_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        lodge = lodge_at(tmp_path, sealed=True)
        tries = [lodge.unlock("wrong") for _ in range(MAX_WAITING + 2)]
        ends = await asyncio.gather(*tries, return_exceptions=True)
        kinds = [type(end) for end in ends]
        assert kinds.count(WrongPassphrase) == MAX_WAITING
        assert kinds.count(TooManyRequests) == 2
        with pytest.raises(WrongPassphrase):
            await lodge.unlock("wrong")

    asyncio.run(story())


def test_only_a_key_that_does_not_open_by_itself_can_be_given_back(tmp_path: Path) -> None:
    async def story() -> None:
        lodge = lodge_at(tmp_path, sealed=True)
        unseal(key_path(tmp_path), WORDS)
        with pytest.raises(Conflict) as refused:
            lodge.lock()
        assert refused.value.message_id == "storage.not-sealed"
        assert not lodge.locking.is_set()
        assert await told(lodge, Ask("lock")) == Told("locked", "storage.not-sealed")

    asyncio.run(story())


def test_commands_are_answered(tmp_path: Path) -> None:
    async def story() -> None:
        lodge = lodge_at(tmp_path, sealed=True)
        assert await told(lodge, Ask("state")) == Told("locked")
        assert await told(lodge, Ask("keys")) == Told("locked")
        assert await told(lodge, Ask("unlock", "no")) == Told("locked", "storage.wrong-passphrase")
        lodge.ready.set()
        assert await told(lodge, Ask("unlock", WORDS)) == Told("open")
        keys = load_keys(key_path(tmp_path), passphrase=WORDS)
        assert await told(lodge, Ask("keys")) == Told("open", "", keys.database, keys.blobs)
        for nonsense in (b"", b"{}", b'{"want":"more"}', b"\xff"):
            answer = msgspec.json.decode(await lodge.answer(nonsense), type=Told)
            assert answer.refused == "web.invalid-body"

    asyncio.run(story())


def test_who_locks_hears_nothing_until_the_process_has_forgotten(tmp_path: Path) -> None:
    async def story() -> None:
        lodge = lodge_at(tmp_path, sealed=True)
        asking = asyncio.ensure_future(told(lodge, Ask("lock")))
        await lodge.locking.wait()
        assert not asking.done()
        asking.cancel()

    asyncio.run(story())
