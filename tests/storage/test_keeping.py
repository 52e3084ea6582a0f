"""Which backups are kept."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from allmende.storage.keeping import LONGEST_DAYS, file_dates, names_to_remove

TODAY = date(2026, 11, 23)  # a Monday


def names(*ages: int) -> Mapping[str, date]:
    days = [TODAY - timedelta(days=age) for age in ages]
    return {f"{day}-030000.allmende.age": day for day in days}


def kept_of(
    files: Mapping[str, date], results: Mapping[str, str], *, daily: int = 7, weekly: int = 4
) -> list[int]:
    gone = names_to_remove(files, results=results, today=TODAY, daily=daily, weekly=weekly)
    return sorted((TODAY - day).days for name, day in files.items() if name not in gone)


def test_seven_days_and_four_weeks_stay() -> None:
    files = names(*range(40))
    kept = kept_of(files, dict.fromkeys(files, "good"))
    # The Sundays of the weeks before.
    assert kept == [0, 1, 2, 3, 4, 5, 6, 8, 15, 22, 29]
    assert kept_of(files, dict.fromkeys(files, "good"), weekly=0) == [0, 1, 2, 3, 4, 5, 6]


def test_night_after_night_the_weeks_before_have_their_backup() -> None:
    """What stands for a week is not removed before its time."""
    files: dict[str, date] = {}
    for night in range(90):
        today = TODAY + timedelta(days=night)
        files[f"{today}-030000.allmende.age"] = today
        for name in names_to_remove(
            files, results=dict.fromkeys(files, "good"), today=today, daily=7, weekly=4
        ):
            del files[name]
        if night > 40:
            ages = sorted((today - day).days for day in files.values())
            assert ages[:7] == list(range(7))
            assert len(ages) in (10, 11)
            assert ages[-1] >= 22


def test_of_several_on_a_day_the_newest_stays() -> None:
    files = {f"2026-11-23-0{hour}0000.allmende.age": TODAY for hour in range(5)}
    gone = names_to_remove(
        files, results=dict.fromkeys(files, "good"), today=TODAY, daily=7, weekly=4
    )
    assert set(files) - set(gone) == {"2026-11-23-040000.allmende.age"}


def test_what_failed_never_stands_for_a_good_one() -> None:
    files = names(*range(10))
    results = {name: "good" if (TODAY - day).days >= 5 else "failed" for name, day in files.items()}
    # What failed goes after two days, and the good ones stay however many nights failed since.
    assert kept_of(files, results, daily=3, weekly=0) == [0, 1, 2, 5, 6, 7]


def test_one_made_by_hand_that_nobody_tried_stays_its_thirty_days() -> None:
    assert kept_of(names(0, 12, 30, 31), {}) == [0, 12, 30]


@given(
    ages=st.sets(st.integers(0, 60), max_size=40),
    daily=st.integers(1, 30),
    weekly=st.integers(0, 4),
)
def test_nothing_is_older_than_thirty_days_and_the_newest_stays(
    ages: set[int], daily: int, weekly: int
) -> None:
    files = names(*sorted(ages))
    kept = kept_of(files, dict.fromkeys(files, "good"), daily=daily, weekly=weekly)
    assert all(age <= LONGEST_DAYS for age in kept)
    assert len(kept) <= daily + weekly
    young = sorted(age for age in ages if age <= LONGEST_DAYS)
    assert kept[:1] == young[:1]
    assert set(young[:daily]) <= set(kept)


def test_only_files_that_are_named_by_us_count(tmp_path: Path) -> None:
    for name in ("2026-11-23-030000.allmende.age", "mine.allmende.age", "2026-11-23.tar"):
        (tmp_path / name).touch()
    assert file_dates(tmp_path) == {"2026-11-23-030000.allmende.age": TODAY}
