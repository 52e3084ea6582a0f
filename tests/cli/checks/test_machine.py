"""Each check with and without the fault it is for."""

import os
import resource
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from allmende.cli.checks.finding import Situation, State
from allmende.cli.checks.machine import (
    clock,
    disk,
    file_descriptors,
    kernel_synchronised,
    permissions,
)

GIB = 2**30


def usage(free_share: float) -> Callable[[Path], tuple[int, int, int]]:
    return lambda _: (100 * GIB, 0, round(100 * GIB * free_share))


@pytest.mark.parametrize(
    ("free", "state"),
    [(0.5, State.GOOD), (0.19, State.WARNING), (0.04, State.BROKEN), (0.0, State.BROKEN)],
)
def test_a_full_disk_is_found(here: Situation, free: float, state: State) -> None:
    finding = disk(here, usage(free))
    assert finding.state is state
    assert bool(finding.remedy) is (state is not State.GOOD)


def test_the_disk_of_a_folder_that_is_not_there_yet_is_looked_at(here: Situation) -> None:
    finding = disk(replace(here, data=here.data / "a/b"))
    assert "% of the disk is free" in finding.sentence


def test_a_disk_without_size_is_full(here: Situation) -> None:
    assert disk(here, lambda _: (0, 0, 0)).state is State.BROKEN


def test_a_clock_behind_what_was_kept_is_found(here: Situation) -> None:
    (here.data / "allmende.db").touch()
    assert clock(here, lambda: True).state is State.GOOD
    later = (here.clock.now() + timedelta(minutes=5)).timestamp()
    os.utime(here.data / "allmende.db", (later, later))
    finding = clock(here, lambda: True)
    assert finding.state is State.BROKEN
    assert "300 s behind" in finding.sentence
    assert "timedatectl" in finding.remedy


def test_a_clock_that_nobody_keeps_right_is_found(here: Situation) -> None:
    assert clock(here, lambda: False).state is State.WARNING
    assert clock(here, lambda: None).state is State.GOOD


def test_the_kernel_is_asked() -> None:
    assert kernel_synchronised() in (True, False, None)


@pytest.mark.parametrize(
    ("allowed", "state"),
    [
        (resource.RLIM_INFINITY, State.GOOD),
        (65536, State.GOOD),
        (1024, State.WARNING),
        (256, State.BROKEN),
    ],
)
def test_too_few_file_descriptors_are_found(here: Situation, allowed: int, state: State) -> None:
    finding = file_descriptors(here, lambda: allowed)
    assert finding.state is state
    assert ("LimitNOFILE" in finding.remedy) is (state is not State.GOOD)


def test_the_limit_of_this_process_is_asked(here: Situation) -> None:
    assert file_descriptors(here).sentence


def test_a_data_folder_that_others_can_read_is_found(here: Situation) -> None:
    assert permissions(here).state is State.GOOD
    here.data.chmod(0o750)
    finding = permissions(here)
    assert finding.state is State.WARNING
    assert "chmod" in finding.remedy


def test_a_database_that_others_can_read_is_found(here: Situation) -> None:
    file = here.data / "allmende.db"
    file.touch()
    file.chmod(0o644)
    assert str(file) in permissions(here).sentence


def test_a_data_folder_that_cannot_be_written_is_found(here: Situation) -> None:
    (here.data / "data").touch()
    finding = permissions(replace(here, data=here.data / "data"))
    assert finding.state is State.BROKEN
    assert "chown" in finding.remedy


def test_a_data_folder_that_is_not_there_yet_is_no_fault(here: Situation) -> None:
    assert permissions(replace(here, data=here.data / "none")).state is State.GOOD
