"""A backup every night, by a clock that the test turns."""

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from allmende.app.ground import Ground
from allmende.app.nightly import LOOK_S, Nightly, apart, folder_of, is_due, nightly_job, order_of
from allmende.config import Config
from allmende.config.sections import Backup
from allmende.core.errors import Unavailable
from allmende.storage.age import new_identity
from allmende.storage.night import Order
from allmende.storage.recipients import make_recipient
from allmende.storage.runs import BackupState, Run, note_run
from tests.app.test_ground import ground
from tests.databases import KEYS
from tests.identity.town import HandClock
from tests.storage.filled import filled_place

IDENTITY, RECIPIENT = new_identity()
BERLIN = ZoneInfo("Europe/Berlin")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def state(at: str, result: str = "good") -> BackupState:
    run = Run(at=local(at), file="x", result="good" if result == "good" else "failed")
    return BackupState(runs=[run])


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2026-11-23T12:00", True),
        (state("2026-11-22T03:00:10"), "2026-11-23T02:59", False),
        (state("2026-11-22T03:00:10"), "2026-11-23T03:00", True),
        (state("2026-11-23T03:00:00"), "2026-11-23T23:59", False),
        (state("2026-11-22T15:00:00"), "2026-11-23T02:59", False),
        (state("2026-11-20T03:00:00"), "2026-11-23T01:00", True),
        (state("2026-11-23T03:00:00", "failed"), "2026-11-23T03:59", False),
        (state("2026-11-23T03:00:00", "failed"), "2026-11-23T04:00", True),
        # The clock is put back from 3 to 2, and forward from 2 to 3.
        (state("2026-10-24T03:00:10"), "2026-10-25T03:00", True),
        (state("2026-10-25T03:00:10"), "2026-10-25T04:00", False),
        (state("2026-03-28T03:00:10"), "2026-03-29T03:00", True),
    ],
)
def test_a_night_is_due_once(last: BackupState | None, now: str, due: bool) -> None:
    assert is_due(last, local(now), 3) is due


class Worker:
    """Makes backups that are good, without any work."""

    def __init__(self, data: Path) -> None:
        self.orders: list[Order] = []
        self._data = data

    async def work(self, order: Order) -> Run:
        return self.done(order)

    def done(self, order: Order) -> Run:
        self.orders.append(order)
        Path(order.target).parent.mkdir(parents=True, exist_ok=True)
        Path(order.target).touch()
        run = Run(at=order.at, file=order.target, result="good")
        note_run(self._data, run)
        return run


def house_of(data: Path, backup: Backup, clock: HandClock) -> Ground:
    config = Config(data=str(data), backup=backup)
    return dataclasses.replace(ground(config, data), clock=clock, keys=KEYS)


def turned(nightly: Nightly, clock: HandClock, *, hours: int) -> None:
    for _ in range(hours):
        asyncio.run(nightly.turn())
        clock.turn(hours=1)


def test_each_night_has_its_backup_and_old_ones_go(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    clock, worker = HandClock(datetime(2026, 11, 1, tzinfo=UTC)), Worker(data)
    nightly = Nightly(house_of(data, Backup(recipients=(RECIPIENT,)), clock), worker.work)
    turned(nightly, clock, hours=24 * 40)
    # The first one soon after the start, then one at three each night.
    assert len(worker.orders) == 41
    assert {order.at.hour for order in worker.orders[1:]} == {3}
    assert all(order.at.utcoffset() == timedelta(hours=1) for order in worker.orders)
    assert worker.orders[0].database_key == KEYS.database
    assert worker.orders[0].recipients == [RECIPIENT]
    kept = list((data / "backups").glob("*.allmende.age"))
    assert 10 <= len(kept) <= 11


@pytest.mark.parametrize("backup", [Backup(), Backup(recipients=(RECIPIENT,), nightly=False)])
def test_without_a_recipient_or_switched_off_nothing_happens(
    tmp_path: Path, backup: Backup
) -> None:
    clock, worker = HandClock(), Worker(tmp_path)
    turned(Nightly(house_of(tmp_path, backup, clock), worker.work), clock, hours=48)
    assert worker.orders == []
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_made_later_counts_from_then_on(tmp_path: Path) -> None:
    clock, worker = HandClock(), Worker(tmp_path)
    nightly = Nightly(house_of(tmp_path, Backup(), clock), worker.work)
    turned(nightly, clock, hours=2)
    make_recipient(tmp_path)
    turned(nightly, clock, hours=2)
    assert len(worker.orders) == 1


def test_what_was_kept_for_a_way_back_goes_after_a_week_also_without_backups(
    tmp_path: Path,
) -> None:
    kept = tmp_path / "before-0007.db"
    kept.touch()
    made = datetime.fromtimestamp(kept.stat().st_mtime, UTC)
    clock, worker = HandClock(made), Worker(tmp_path)
    nightly = Nightly(house_of(tmp_path, Backup(), clock), worker.work)
    turned(nightly, clock, hours=7 * 24)
    assert kept.exists()
    turned(nightly, clock, hours=2)
    assert not kept.exists()


def test_the_folder_may_be_elsewhere(tmp_path: Path) -> None:
    assert folder_of(Config(data="d")) == Path("d/backups")
    elsewhere = Config(data=str(tmp_path), backup=Backup(folder="/srv/backups"))
    assert folder_of(elsewhere) == Path("/srv/backups")
    order = order_of(elsewhere, tmp_path, None, local("2026-11-23T03:00"))
    assert order.target == "/srv/backups/2026-11-23-030000.allmende.age"
    assert order.keys is None


@pytest.mark.slow
def test_the_work_is_done_by_another_process(tmp_path: Path) -> None:
    data = tmp_path / "data"
    filled_place(data, KEYS)
    config = Config(data=str(data), backup=Backup(recipients=(RECIPIENT,)))
    order = order_of(config, data, KEYS, local("2026-11-23T03:00"))
    assert asyncio.run(apart(order)).result == "good"
    again = asyncio.run(apart(order))
    assert (again.result, again.message_id) == ("failed", "storage.backup-exists")


@pytest.mark.slow
def test_a_process_that_dies_is_a_failed_night(tmp_path: Path) -> None:
    order = Order(data=str(tmp_path), url="nonsense", target="x", recipients=[RECIPIENT],
                  at=local("2026-11-23T03:00"))  # fmt: skip
    with pytest.raises(Unavailable) as refused:
        asyncio.run(apart(order))
    assert refused.value.message_id == "storage.backup-failed"


@pytest.mark.slow
def test_a_house_that_closes_takes_the_process_along(tmp_path: Path) -> None:
    data = tmp_path / "data"
    filled_place(data, KEYS, rows=400)
    config = Config(data=str(data), backup=Backup(recipients=(RECIPIENT,)))
    order = order_of(config, data, KEYS, local("2026-11-23T03:00"))

    async def story() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await apart(order)

    asyncio.run(story())
    assert not Path(order.target).exists()


def test_the_job_looks_every_five_minutes(tmp_path: Path) -> None:
    job = nightly_job(ground(Config(), tmp_path))
    assert (job.name, job.every_s) == ("backup", LOOK_S)
