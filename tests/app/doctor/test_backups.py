"""Backups, with and without the fault each check is for."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from allmende.app.doctor import backups
from allmende.app.doctor.situation import Situation
from allmende.config import Backup
from allmende.core.findings import State
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.recipients import RECIPIENTS_NAME, make_recipient
from allmende.storage.runs import Run, note_run
from tests.app.doctor.wounds import BROKEN, GOOD, WARNING, remedy, told, with_config

Result = Literal["good", "undrilled", "failed"]


def run(here: Situation, hours: float, result: Result = "good") -> None:
    at = here.clock.now() - timedelta(hours=hours)
    note_run(here.data, Run(at=at, file="x.allmende.age", result=result))


def test_before_the_first_night_all_is_well(here: Situation) -> None:
    for check in (backups.newest, backups.drill, backups.place, backups.key):
        assert told(check(here))[0] is GOOD


def test_without_a_key_nothing_is_backed_up(here: Situation) -> None:
    finding = backups.recipients(here)
    assert told(finding)[0] is WARNING
    assert remedy(finding) == "allmende backup key"
    make_recipient(here.data)
    assert told(backups.recipients(here)) == (GOOD, "Backups are made every night (keys: 1).")
    off = with_config(here, backup=Backup(nightly=False))
    assert told(backups.recipients(off))[0] is WARNING


def test_a_key_that_is_none_is_found(here: Situation) -> None:
    (here.data / RECIPIENTS_NAME).write_text("age1nonsense\n")
    assert told(backups.recipients(here))[0] is BROKEN


@pytest.mark.parametrize(("hours", "state"), [(2, GOOD), (25.9, GOOD), (27, BROKEN)])
def test_an_old_backup_is_found(here: Situation, hours: float, state: State) -> None:
    run(here, hours)
    run(here, 0.1, "failed")
    assert told(backups.newest(here))[0] is state


def test_a_server_without_a_backup_is_found(here: Situation) -> None:
    (here.data / SQLITE_NAME).touch()
    finding = backups.newest(here)
    assert told(finding) == (WARNING, "There is no backup.")
    assert remedy(finding) == "allmende backup --drill"


@pytest.mark.parametrize(("hours", "state"), [(2, GOOD), (47, GOOD), (51, BROKEN)])
def test_a_drill_too_long_ago_is_found(here: Situation, hours: float, state: State) -> None:
    run(here, hours)
    assert told(backups.drill(here))[0] is state


def test_a_backup_that_nobody_tried_or_that_failed_is_found(here: Situation) -> None:
    run(here, 2, "undrilled")
    assert told(backups.drill(here))[0] is WARNING
    run(here, 1, "failed")
    assert told(backups.drill(here))[0] is BROKEN


def test_a_copy_on_the_same_disk_is_found(here: Situation) -> None:
    (here.data / "backups").mkdir()
    assert told(backups.place(here))[0] is WARNING
    there = with_config(here, backup=Backup(folder="/proc"))
    assert told(backups.place(there))[0] is GOOD


@pytest.mark.parametrize("place", ["data", "backups", "etc"])
def test_the_key_beside_its_backups_is_found(
    here: Situation, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    copies = tmp_path / "copies"
    here = replace(here, root=tmp_path / "root")
    here = with_config(here, backup=Backup(folder=str(copies)))
    folder = {"data": here.data, "backups": copies, "etc": here.root / "etc/allmende"}[place]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "other.txt").write_text("nothing of interest")
    assert told(backups.key(here))[0] is GOOD
    (folder / "kit.txt").write_text("# made today\nAGE-SECRET-KEY-1QQQ\n")
    state, says = told(backups.key(here))
    assert state is BROKEN
    assert str(folder / "kit.txt") in says
