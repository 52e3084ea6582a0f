"""The machine, with and without the fault each check is for."""

import os
from datetime import timedelta
from pathlib import Path

from allmende.app.doctor import machine
from allmende.app.doctor.situation import Situation
from tests.app.doctor.wounds import BROKEN, GOOD, WARNING, remedy, told

KEPT = (True, 0.001)


def test_a_clock_behind_what_was_kept_is_found(here: Situation) -> None:
    (here.data / "allmende.db").touch()
    assert told(machine.clock(here, lambda: KEPT))[0] is GOOD
    later = (here.clock.now() + timedelta(minutes=5)).timestamp()
    os.utime(here.data / "allmende.db", (later, later))
    finding = machine.clock(here, lambda: KEPT)
    assert told(finding)[0] is BROKEN
    assert "300 s behind" in told(finding)[1]
    assert remedy(finding) == "timedatectl set-ntp true"


def test_a_clock_that_nobody_keeps_right_is_found(here: Situation) -> None:
    assert told(machine.clock(here, lambda: (False, 0.0)))[0] is WARNING
    assert told(machine.clock(here, lambda: (True, 1.4)))[1] == "The clock may be 1.4 s off."
    assert told(machine.clock(here, lambda: None))[0] is GOOD


def test_the_kernel_is_asked() -> None:
    told_by_kernel = machine.kernel_discipline()
    assert told_by_kernel is None or told_by_kernel[1] >= 0


def test_pages_that_were_not_built_are_found(here: Situation, tmp_path: Path) -> None:
    finding = machine.web_client(here, tmp_path)
    assert told(finding) == (BROKEN, "The pages were not built.")
    assert "make frontend" in remedy(finding)


def test_a_missing_file_of_the_pages_is_found(here: Situation, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"base.js": "base-1.js"}')
    torn = told(machine.web_client(here, tmp_path))
    assert torn == (BROKEN, "Some files of the pages are missing.")
    (tmp_path / "base-1.js").write_text("")
    assert told(machine.web_client(here, tmp_path))[0] is GOOD
