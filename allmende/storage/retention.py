"""What is kept, for how long and why; and the sweeping (architecture, A27; product.md, 12)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Select,
    Table,
    bindparam,
    delete,
    func,
    select,
    tuple_,
)

from allmende.core.clock import Clock
from allmende.storage.database import Database
from allmende.storage.types import UtcTime

SWEEP_ROWS: Final = 500
FIRST_ROWS: Final = 50
"""How many rows a sweep tries first; it takes more while that is quick, fewer when it is not."""

QUICK_S: Final = 0.010
SLOW_S: Final = 0.025
"""Between these a change of the sweep should take; 50 ms is promised (spec desk, 10)."""

OVERDUE_AFTER: Final = timedelta(hours=24)
"""What was to go must have gone by then (product.md, S4)."""

_LONGEST_DAYS: Final = 4000


@dataclass(frozen=True, eq=False)
class Kept:
    """One promise about the rows of a table.

    A row goes when the instant in ``column`` is more than ``days`` days past; 0 where the
    column itself says when it ends. NULL never ends. ``days`` None: kept until somebody deletes
    it, or until ``ended_by``, a job that has more to do than to delete, sees ``column`` past.
    ``column`` may be left out if the table has exactly one UtcTime. ``only`` narrows what is
    swept. ``rounded``: the column is a text of weeks or quarters, made by this.

    ``at_most``: days that a row with an end of its own is kept at the longest. ``personal`` and
    ``plain`` name the columns that say something about a person, and those that do not.
    """

    table: Table
    days: float | None
    why: str
    column: str = ""
    only: ColumnElement[bool] | None = None
    rounded: Callable[[datetime], str] | None = None
    ended_by: str = ""
    at_most: float | None = None
    personal: str = ""
    plain: str = ""
    statement: Delete | None = field(init=False, default=None, repr=False)
    oldest: Select[Any] | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        """Build the statements once. ValueError if it is not clear which column counts."""
        if self.days is not None:
            object.__setattr__(self, "statement", _sweeping(self))
        if self.days is not None or self.ended_by:
            object.__setattr__(self, "oldest", _oldest(self))

    def before(self, now: datetime) -> datetime | str:
        """Return what a column must lie before, so that its row is past its time."""
        instant = now - timedelta(days=self.days or 0)
        return instant if self.rounded is None else self.rounded(instant)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A row that should be gone: in which table, and since when."""

    table: str
    since: datetime


def _sweeping(kept: Kept) -> Delete:
    ends = _time_column(kept)
    keys = list(kept.table.primary_key.columns)
    key: ColumnElement[Any] = keys[0] if len(keys) == 1 else tuple_(*keys)
    old = select(*keys).where(ends < bindparam("before")).order_by(ends).limit(bindparam("most"))
    if kept.only is not None:
        old = old.where(kept.only)
    return delete(kept.table).where(key.in_(old))


def _oldest(kept: Kept) -> Select[Any]:
    ends = _time_column(kept)
    found = select(func.min(ends, type_=ends.type)).where(ends < bindparam("before"))
    return found if kept.only is None else found.where(kept.only)


def _time_column(kept: Kept) -> ColumnElement[Any]:
    if kept.column:
        return kept.table.c[kept.column]
    times = [column for column in kept.table.c if isinstance(column.type, UtcTime)]
    if len(times) != 1:
        raise ValueError(f"{kept.table.name} has {len(times)} times: say which column ends it")
    return times[0]


def sweep(db: Connection, kept: Kept, now: datetime, most: int = SWEEP_ROWS) -> int:
    """Delete at most ``most`` rows that are past their time; return how many. A change."""
    if kept.statement is None:
        return 0
    values = {"before": kept.before(now), "most": most}
    return db.execute(kept.statement, values).rowcount


async def sweep_all(database: Database, promises: Iterable[Kept], clock: Clock) -> int:
    """Sweep in small changes until nothing is past its time, then tidy; return rows deleted.

    A change that took long is followed by smaller ones, so that nobody waits for the sweep.
    """
    total, now = 0, clock.now()
    for kept in promises:
        most, more = FIRST_ROWS, kept.statement is not None
        while more:
            begun_s = clock.monotonic_s()
            swept = await database.write(partial(sweep, kept=kept, now=now, most=most))
            total, more = total + swept, swept >= most
            most = next_size(most, clock.monotonic_s() - begun_s)
    await database.tidy()
    return total


def next_size(rows: int, took_s: float) -> int:
    """Return how many rows to take next, after ``rows`` took that long."""
    if took_s > SLOW_S:
        return max(1, rows // 2)
    return min(SWEEP_ROWS, rows * 2) if took_s < QUICK_S else rows


def overdue(db: Connection, promises: Iterable[Kept], now: datetime) -> Overdue | None:
    """Return the row that is past its time for longest, if there is any.

    It is asked of every promise with an end, also of those that other jobs keep. Good is
    younger than ``OVERDUE_AFTER``. Indexes: those of the columns.
    """
    found: list[Overdue] = []
    for kept in promises:
        if kept.oldest is None:
            continue
        oldest = db.execute(kept.oldest, {"before": kept.before(now)}).scalar_one()
        if oldest is not None:
            found.append(Overdue(kept.table.name, _since(kept, oldest, now)))
    return min(found, key=lambda one: one.since, default=None)


def _since(kept: Kept, oldest: Any, now: datetime) -> datetime:
    if isinstance(oldest, datetime):
        return oldest + timedelta(days=kept.days or 0)
    days = 0  # a week or a quarter: count back the days on which it was past already
    while days < _LONGEST_DAYS and oldest < kept.before(now - timedelta(days=days + 1)):
        days += 1
    return now - timedelta(days=days)
