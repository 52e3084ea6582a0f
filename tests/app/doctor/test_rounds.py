"""The rounds in a house: at the start, at night, on request; what the log says of them."""

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from allmende.app.doctor.rounds import EVERY_S, FIRST_S, Rounds
from allmende.app.ground import Ground
from allmende.config import Config, Media, Web, places_of
from allmende.storage.vault import key_path
from allmende.transports.threads import open_threads
from tests.app.doctor.wounds import TEXTS, FixedClock
from tests.databases import Place


class Town:
    """A house on a database of a test."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.data: Path = place.data
        self.data.chmod(0o700)
        self.clock = FixedClock(datetime.now(UTC))
        web, media = Web(listen=("127.0.0.1",), port=0), Media(udp_port=0, tcp_port=0)
        config = Config(data=str(place.data), web=web, media=media)
        self.ground = Ground(
            config=config,
            places=places_of(config),
            data=place.data,
            clock=self.clock,
            url="http://localhost",
            keys=place.keys,
        )

    @asynccontextmanager
    async def rounds(self) -> AsyncIterator[Rounds]:
        database = self.place.open()
        try:
            with open_threads(size=1, waiting=2) as threads:
                yield Rounds(self.ground, database, threads, TEXTS)
        finally:
            database.close()


@pytest.fixture
def town(encrypted_place: Place) -> Town:
    return Town(encrypted_place)


@pytest.mark.slow
def test_what_was_found_last_is_remembered(town: Town) -> None:
    async def look() -> int:
        async with town.rounds() as rounds:
            before = rounds.last
            found = await rounds.look()
            assert before is None
            assert rounds.last is found
            assert found.at == town.clock.at
            return len(found.findings)

    assert asyncio.run(look()) > 50


@pytest.mark.slow
def test_the_whole_database_is_read_once_a_week(town: Town) -> None:
    async def said() -> str:
        async with town.rounds() as rounds:
            found = {each.name: each for each in (await rounds.look()).findings}
            return found["storage.integrity"].says

    assert asyncio.run(said()) == "check.integrity-good"
    assert asyncio.run(said()) == "check.integrity-later"
    town.clock.at += timedelta(days=7)
    assert asyncio.run(said()) == "check.integrity-good"
    noted = json.loads((town.data / "check.json").read_bytes())
    assert list(noted) == ["thorough_at"]


@pytest.mark.slow
def test_who_asks_while_somebody_looks_gets_the_same(town: Town) -> None:
    async def both() -> bool:
        async with town.rounds() as rounds:
            one, two = await asyncio.gather(rounds.look(), rounds.look())
            return one is two

    assert asyncio.run(both())


@pytest.mark.slow
def test_the_log_says_what_is_not_good_and_nobody_is_in_it(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise asyncio.CancelledError

    async def run() -> None:
        async with town.rounds() as rounds:
            await rounds.run(sleep)

    town.data.chmod(0o750)
    with (
        caplog.at_level(logging.INFO, "allmende.doctor"),
        pytest.raises(asyncio.CancelledError),
    ):
        asyncio.run(run())
    assert slept == [FIRST_S, EVERY_S, EVERY_S]
    texts = [record.getMessage() for record in caplog.records]
    assert any(text.startswith("warning storage.permissions: Other accounts") for text in texts)
    assert texts[-1].startswith("check: ")


@pytest.mark.slow
@pytest.mark.parametrize("has_key_file", [True, False])
def test_a_look_lets_go_of_no_lock_on_the_open_database(town: Town, has_key_file: bool) -> None:
    """Closing any file drops the locks of the whole process on it, and the next command that
    comes by cuts off what we have mapped (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    key = key_path(town.data, town.ground.config.key_file)
    key.parent.mkdir(mode=0o700, exist_ok=True)
    if has_key_file:
        key.write_text("not a key\n")

    async def look() -> tuple[set[str], set[str]]:
        async with town.rounds() as rounds:
            before = own_locks(town.data)
            await rounds.look()
            return before, own_locks(town.data)

    before, after = asyncio.run(look())
    assert before
    assert before - after == set()


def own_locks(folder: Path) -> set[str]:
    """Names of the files in ``folder`` on which this process holds a lock, as the kernel says."""
    names = {path.stat().st_ino: path.name for path in folder.glob("*")}
    rows = [line.split() for line in Path("/proc/locks").read_text("ascii").splitlines()]
    held = {int(row[5].rpartition(":")[2]) for row in rows if row[4:5] == [str(os.getpid())]}
    return {name for number, name in names.items() if number in held}
