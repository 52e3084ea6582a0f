"""When an authority is asked: with a clock that a hand turns and an authority that is a list."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from allmende.core.clock import Clock
from allmende.transports.acme.files import AcmeFiles
from allmende.transports.acme.keeping import ASK_AGAIN, TRIES_PER_HOUR, Keeping
from allmende.transports.acme.problems import NotIssued
from allmende.transports.certificates import Certificates
from allmende.transports.threads import open_threads
from allmende.transports.tls import fingerprint_of, own_certificate
from tests.transports.test_tls import HandClock

NAMES = ("example.org",)
MINUTE, HOUR, DAY = 60, 3600, 86400


class FakeAuthority:
    """Gives certificates of a year, unless it has a reason not to."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.problem = ""
        self.content: bytes | None = None
        self.wanted: datetime | None = None
        self.asked = 0
        self.stopped = False
        self._folder = folder
        self._clock = clock

    def issue(self, names: Sequence[str]) -> bytes:
        self.asked += 1
        if self.problem:
            raise NotIssued(self.problem)
        made = own_certificate(self._folder / str(self.asked), names, self._clock)
        return self.content or made.key.read_bytes() + made.certificate.read_bytes()

    def renewal_time(self, certificate: bytes) -> datetime | None:
        if self.problem:
            raise NotIssued(self.problem)
        return self.wanted

    def stop(self) -> None:
        self.stopped = True


class Town:
    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.files = AcmeFiles(folder / "acme")
        self.authority = FakeAuthority(folder / "authority", self.clock)
        self.store = Certificates()
        own = own_certificate(folder / "own", NAMES, self.clock)
        self.store.put(NAMES, own.certificate, own.key)
        self.woken = False

    def turn(self) -> float:
        async def once() -> float:
            with open_threads(size=1, waiting=2) as threads:
                keeping = Keeping(
                    self.authority, self.files, self.store, NAMES, self.clock, threads
                )
                if self.woken:
                    keeping.wake()
                return await keeping.turn()

        return asyncio.run(once())

    def shown(self) -> str:
        return fingerprint_of(self.store.files[0][0])


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_failures_wait_longer_and_longer_and_our_own_stays(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.authority.problem = "dns"
    before = town.shown()
    waits = []
    for _ in range(7):
        waits.append(town.turn())
        town.clock.at += timedelta(seconds=waits[-1])
    assert waits == [MINUTE, 10 * MINUTE, HOUR, 4 * HOUR, DAY, DAY, DAY]
    assert town.shown() == before
    first = caplog.records[0].getMessage()
    assert first.startswith("no new certificate: the name does not lead here; next try at ")
    assert town.files.standing().problem == "dns"


def test_nobody_makes_us_ask_more_than_five_times_an_hour(town: Town) -> None:
    town.authority.problem, town.woken = "connection", True
    waits = [town.turn() for _ in range(TRIES_PER_HOUR + 3)]
    assert town.authority.asked == TRIES_PER_HOUR
    assert waits[-1] == HOUR
    town.clock.at += timedelta(hours=1)
    town.turn()
    assert town.authority.asked == TRIES_PER_HOUR + 1


def test_after_a_success_nothing_is_left_of_the_failures(town: Town) -> None:
    town.authority.problem = "dns"
    town.turn()
    town.authority.problem = ""
    town.turn()
    standing = town.files.standing()
    assert (standing.failures, standing.problem, standing.next_try) == (0, "", None)
    assert town.store.files[0][0] == town.files.bundle("example.org")


def test_a_certificate_is_renewed_at_two_thirds(town: Town) -> None:
    assert town.turn() == ASK_AGAIN.total_seconds()
    town.clock.at += timedelta(days=240)
    town.turn()
    assert town.authority.asked == 1
    town.clock.at += timedelta(days=7)
    town.turn()
    assert town.authority.asked == 2


def test_the_authority_may_want_it_earlier_and_never_too_late(town: Town) -> None:
    town.turn()
    town.authority.wanted = town.clock.at + timedelta(days=30, hours=2)
    town.clock.at += timedelta(days=30)
    assert town.turn() == 2 * HOUR
    assert town.files.standing().renew_at == town.authority.wanted
    town.clock.at += timedelta(hours=2)
    town.turn()
    assert town.authority.asked == 2
    town.authority.wanted = town.clock.at + timedelta(days=9999)
    town.clock.at += timedelta(days=340)
    town.turn()
    assert town.authority.asked == 3


def test_an_authority_that_cannot_be_asked_is_asked_at_two_thirds(town: Town) -> None:
    town.turn()
    town.authority.problem = "unreachable"
    assert town.turn() == ASK_AGAIN.total_seconds()
    assert town.authority.asked == 1


def test_a_renewal_that_failed_waits_its_turn_unless_somebody_mended_it(town: Town) -> None:
    town.turn()
    first = town.shown()
    town.clock.at += timedelta(days=300)
    town.authority.problem = "limited"
    assert town.turn() == MINUTE
    assert town.turn() == MINUTE
    assert town.authority.asked == 2
    assert town.shown() == first
    town.woken = True
    town.turn()
    assert town.authority.asked == 3


def test_the_old_certificate_stays_until_the_new_one_can_be_read(town: Town) -> None:
    town.turn()
    first = town.shown()
    town.clock.at += timedelta(days=300)
    town.authority.content = b"nonsense"
    town.turn()
    assert town.shown() == first
    assert town.files.standing().problem == "refused"


def test_a_certificate_without_a_new_name_or_past_its_end_is_replaced(town: Town) -> None:
    town.turn()
    town.clock.at += timedelta(days=398)
    town.turn()
    assert town.authority.asked == 2
    other = own_certificate(town.files.folder / "x", ["other.example"], town.clock)
    town.files.bundle("example.org").write_bytes(other.certificate.read_bytes())
    town.turn()
    assert town.authority.asked == 3


def test_it_goes_on_until_it_is_stopped_and_can_be_woken(town: Town) -> None:
    async def run() -> list[float]:
        waits: list[float] = []

        async def pause(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 2:
                raise asyncio.CancelledError

        with open_threads(size=1, waiting=2) as threads:
            keeping = Keeping(town.authority, town.files, town.store, NAMES, town.clock, threads)
            with pytest.raises(asyncio.CancelledError):
                await keeping.run(pause)
            keeping.wake()
            await keeping._pause(DAY)
            keeping._woken.clear()
            await keeping._pause(0)
        return waits

    assert len(asyncio.run(run())) == 2
    assert town.authority.stopped
