"""The work of a night, also as a process of its own."""

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from allmende.core.errors import Conflict, InvalidInput, Unavailable
from allmende.storage import night
from allmende.storage.drill import SCRATCH
from allmende.storage.night import Order, carry_out, clear_stale, name_at, remove_old
from allmende.storage.restore import checked
from allmende.storage.runs import FOLDER, Run, last_runs, note_run
from tests.databases import KEYS
from tests.storage.notes import NOON
from tests.storage.test_backup import IDENTITY, RECIPIENT, furnished

pytestmark = pytest.mark.slow


@pytest.fixture
def order(tmp_path: Path) -> Order:
    data = tmp_path / "data"
    furnished(data, KEYS)
    return Order(
        data=str(data),
        url="",
        target=str(data / FOLDER / name_at(NOON)),
        recipients=[RECIPIENT],
        database_key=KEYS.database,
        blobs_key=KEYS.blobs,
        at=NOON,
    )


def test_a_good_night_is_remembered(order: Order) -> None:
    run = carry_out(order)
    assert run.result == "good"
    assert Path(run.file).name == "2026-11-23-120000.allmende.age"
    assert run.size_bytes == Path(run.file).stat().st_size
    assert (run.blobs, run.message_id) == (3, "")
    assert run.rows > 100
    assert run.drill_s > 0
    state = last_runs(Path(order.data))
    assert state is not None
    assert state.runs == [run]
    assert checked(Path(run.file), [IDENTITY]).migration > 0
    left = {path.name for path in (Path(order.data) / FOLDER).iterdir()}
    assert left == {Path(run.file).name, "state.json"}


def test_without_a_drill_it_does_not_count(order: Order) -> None:
    assert carry_out(msgspec.structs.replace(order, drill=False)).result == "undrilled"
    state = last_runs(Path(order.data))
    assert state is not None
    assert state.last_good is None


def test_a_bad_night_is_remembered_and_told(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> str:
        state = last_runs(Path(order.data))
        assert state is not None
        assert state.last is not None
        assert state.last.result == "failed"
        return state.last.message_id

    with pytest.raises(Conflict):
        carry_out(msgspec.structs.replace(order, recipients=[]))
    assert told() == "storage.no-recipient"

    def fail(*_: object) -> None:
        raise InvalidInput("storage.backup-damaged")

    with monkeypatch.context() as patched:
        patched.setattr(night, "drill", fail)
        with pytest.raises(InvalidInput):
            carry_out(order)
    assert told() == "storage.backup-damaged"
    Path(order.target).unlink()
    for blob in (Path(order.data) / "blobs").glob("??/??/*"):
        blob.unlink()
    with pytest.raises(Unavailable):
        carry_out(order)
    assert told() == "storage.blob-damaged"


def test_what_was_left_by_killed_work_is_cleared(tmp_path: Path) -> None:
    scratch = tmp_path / FOLDER / SCRATCH
    scratch.mkdir(parents=True)
    stale, fresh = (tmp_path / f"{n}.allmende.age.unfinished" for n in ("stale", "fresh"))
    stale.touch()
    fresh.touch()
    os.utime(stale, (0, 0))
    clear_stale(tmp_path, tmp_path, fresh.stat().st_mtime)
    assert not scratch.exists()
    assert not stale.exists()
    assert fresh.exists()


def test_old_backups_go_by_what_is_known_of_them(tmp_path: Path) -> None:
    for age in range(12):
        at = NOON - timedelta(days=age)
        (tmp_path / name_at(at)).touch()
        note_run(tmp_path, Run(at=at, file=f"/elsewhere/{name_at(at)}", result="good"))
    gone = remove_old(tmp_path, tmp_path, date(2026, 11, 23), daily=3, weekly=2)
    kept = {path.name[:10] for path in tmp_path.glob("*.age")}
    assert kept == {"2026-11-23", "2026-11-22", "2026-11-21", "2026-11-15"}
    assert len(gone) == 8


def test_as_a_process_it_is_modest_and_answers(order: Order) -> None:
    line = msgspec.json.encode(order) + b"\n"
    with subprocess.Popen(
        [sys.executable, "-m", "allmende.storage.night"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(line)
        child.stdin.flush()
        answer = child.stdout.readline()
        child.stdin.close()
    assert msgspec.json.decode(answer, type=Run).result == "good"


def test_it_ends_with_its_input_so_it_never_outlives_the_server(order: Order) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "allmende.storage.night"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as child:  # fmt: skip
        said, _ = child.communicate(msgspec.json.encode(order) + b"\n", timeout=30)
    assert child.returncode == 1
    assert said == b""
