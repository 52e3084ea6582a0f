"""Which backups of the last weeks are kept, and which go."""

import re
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Final

LONGEST_DAYS: Final = 30
FAILED_DAYS: Final = 2
NAME: Final = re.compile(r"(\d{4}-\d{2}-\d{2})-\d{6}\.allmende\.age")


def file_dates(folder: Path) -> Mapping[str, date]:
    """Return the names of the backups in ``folder`` with their days."""
    found = {}
    for path in folder.glob("*.allmende.age"):
        match = NAME.fullmatch(path.name)
        if match is not None:
            found[path.name] = date.fromisoformat(match[1])
    return found


def names_to_remove(
    files: Mapping[str, date],
    *,
    results: Mapping[str, str],
    today: date,
    daily: int,
    weekly: int,
) -> Collection[str]:
    """Return what goes: what is older than 30 days, what failed, what others stand for.

    Of the good ones the newest of each of the last ``daily`` days stay, and of each of the
    ``weekly`` weeks before, of those that have one. One that a person made and nobody tried stays
    its 30 days.
    """
    good = {name: day for name, day in files.items() if results.get(name) == "good"}
    kept = set(_newest(good, daily))
    covered = {_week(good[name]) for name in kept}
    before = {name: _week(day) for name, day in good.items() if _week(day) not in covered}
    kept.update(_newest(before, weekly))
    gone = set()
    for name, day in files.items():
        age = today - day
        failed = results.get(name) == "failed" and age > timedelta(days=FAILED_DAYS)
        if age > timedelta(days=LONGEST_DAYS) or failed or (name in good and name not in kept):
            gone.add(name)
    return gone


def _newest(periods: Mapping[str, date], most: int) -> Collection[str]:
    """Return the newest name of each of the last ``most`` periods. Names sort by their time."""
    newest = {periods[name]: name for name in sorted(periods)}
    return [newest[period] for period in sorted(newest, reverse=True)[:most]]


def _week(day: date) -> date:
    """Return its Monday."""
    return day - timedelta(days=day.weekday())
