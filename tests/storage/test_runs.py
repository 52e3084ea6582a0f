"""What became of the last backups."""

from datetime import timedelta
from pathlib import Path

from allmende.storage.runs import FOLDER, MOST, BackupState, Run, last_runs, note_run
from tests.storage.notes import NOON


def test_runs_are_remembered_the_last_sixty_of_them(tmp_path: Path) -> None:
    assert last_runs(tmp_path) is None
    for day in range(MOST + 5):
        at, file = NOON + timedelta(days=day), f"{day}.age"
        failed = Run(at=at, file=file, result="failed")
        note_run(tmp_path, Run(at=at, file=file, result="good") if day < 30 else failed)
    state = last_runs(tmp_path)
    assert state is not None
    assert len(state.runs) == MOST
    assert state.last is not None
    assert state.last.file == f"{MOST + 4}.age"
    assert state.last_good is not None
    assert state.last_good.at == NOON + timedelta(days=29)
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["state.json"]
    assert (tmp_path / FOLDER / "state.json").stat().st_mode & 0o777 == 0o600


def test_a_state_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    for body in (b"", b"{", b"\xff", b'{"runs": [{}]}'):
        (tmp_path / FOLDER / "state.json").write_bytes(body)
        assert last_runs(tmp_path) is None
    note_run(tmp_path, Run(at=NOON, file="x", result="undrilled"))
    assert last_runs(tmp_path) == BackupState(runs=[Run(at=NOON, file="x", result="undrilled")])


def test_without_runs_there_is_neither_a_last_nor_a_good_one() -> None:
    assert BackupState(runs=[]).last is None
    assert BackupState(runs=[]).last_good is None
