"""Passwords: hashed as promised, on few threads, in the same time for everybody."""

import asyncio
import threading
import time
from collections.abc import Callable
from statistics import median
from typing import TypeVar

import pytest

from allmende.core.errors import InvalidInput, Unavailable
from allmende.identity.service.passwords import AT_ONCE, Passwords
from allmende.transports.threads import open_threads
from tests.identity.town import GOOD, Inline

T = TypeVar("T")


def test_a_password_is_kept_as_argon2id_with_19_mib() -> None:
    hashed = asyncio.run(Passwords(Inline()).new_hash(GOOD, "mara"))
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_same_password_fits_however_its_letters_are_spelt() -> None:
    passwords = Passwords(Inline())
    hashed = asyncio.run(passwords.new_hash("drei grüne bäume im märz", "mara"))
    spelt_otherwise = "drei gru\u0308ne ba\u0308ume im ma\u0308rz"
    assert asyncio.run(passwords.fits(hashed, spelt_otherwise))
    assert not asyncio.run(passwords.fits(hashed, GOOD))
    assert not asyncio.run(passwords.fits(hashed, "\ud800" * 5_000))
    assert not asyncio.run(passwords.fits("", GOOD))
    assert not asyncio.run(passwords.fits(None, "nobody has this one"))


def test_a_weak_password_is_refused_with_its_field() -> None:
    with pytest.raises(InvalidInput) as refused:
        asyncio.run(Passwords(Inline()).new_hash("mara" * 4, "mara", "new"))
    assert refused.value.values["field"] == "new"


class Counting:
    """Threads that note how many work at once and wait for a gate."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.gate, self.busy = asyncio.Event(), asyncio.Event()

    async def run(self, work: Callable[[], T]) -> T:
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now == AT_ONCE:
            self.busy.set()
        await self.gate.wait()
        self.now -= 1
        return work()


@pytest.mark.slow
def test_at_most_two_are_hashed_at_a_time() -> None:
    async def story() -> int:
        threads = Counting()
        passwords = Passwords(threads)
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(passwords.fits(None, "x"))
            await threads.busy.wait()
            threads.gate.set()
        return threads.most

    assert asyncio.run(story()) == AT_ONCE


def test_who_would_wait_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allmende.identity.service.passwords.QUEUE_S", 0.0)

    async def story() -> None:
        threads = Counting()
        passwords = Passwords(threads)
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(passwords.fits(None, "x"))
            await threads.busy.wait()
            with pytest.raises(Unavailable, match="busy"):
                await passwords.fits(None, "x")
            threads.gate.set()

    asyncio.run(story())


def test_the_work_is_done_beside_the_loop() -> None:
    async def story() -> bool:
        with open_threads(size=1, waiting=2) as threads:
            return await Passwords(threads).fits(None, "x")

    assert not asyncio.run(story())
    assert threading.current_thread() is threading.main_thread()


@pytest.mark.slow
def test_unknown_names_take_as_long_as_wrong_passwords() -> None:
    passwords = Passwords(Inline())
    hashed = asyncio.run(passwords.new_hash(GOOD, "mara"))

    def cpu_of(stored: str | None) -> float:
        begun = time.process_time()
        asyncio.run(passwords.fits(stored, "wrong"))
        return time.process_time() - begun

    cpu_of(None)
    pairs = [(cpu_of(hashed), cpu_of(None)) for _ in range(15)]
    known, unknown = (median(times) for times in zip(*pairs, strict=True))
    assert abs(known - unknown) / known < 0.5
