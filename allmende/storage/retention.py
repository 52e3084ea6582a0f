"""What is kept, for how long and why; and the sweeping (architecture, A27; product.md, 12)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Delete, Table, bindparam, delete, select, tuple_

from allmende.storage.database import Database
from allmende.storage.types import UtcTime

SWEEP_ROWS: Final = 500


@dataclass(frozen=True, eq=False)
class Kept:
    """One promise about the rows of a table.

    A row goes when the instant in ``column`` is more than ``days`` days past; 0 where the
    column itself says when it ends. NULL never ends. ``days`` None: kept until somebody deletes
    it. ``column`` may be left out if the table has exactly one UtcTime. ``only`` narrows what
    is swept.
    """

    table: Table
    days: float | None
    why: str
    column: str = ""
    only: ColumnElement[bool] | None = None
    statement: Delete | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        """Build the statement once. ValueError if it is not clear which column counts."""
        if self.days is not None:
            object.__setattr__(self, "statement", _sweeping(self))


def _sweeping(kept: Kept) -> Delete:
    ends = _time_column(kept)
    keys = list(kept.table.primary_key.columns)
    key: ColumnElement[Any] = keys[0] if len(keys) == 1 else tuple_(*keys)
    old = select(*keys).where(ends < bindparam("before")).order_by(ends).limit(SWEEP_ROWS)
    if kept.only is not None:
        old = old.where(kept.only)
    return delete(kept.table).where(key.in_(old))


def _time_column(kept: Kept) -> ColumnElement[Any]:
    if kept.column:
        return kept.table.c[kept.column]
    times = [column for column in kept.table.c if isinstance(column.type, UtcTime)]
    if len(times) != 1:
        raise ValueError(f"{kept.table.name} has {len(times)} times: say which column ends it")
    return times[0]


def sweep(db: Connection, kept: Kept, now: datetime) -> int:
    """Delete at most 500 rows that are past their time; return how many. A change."""
    if kept.days is None or kept.statement is None:
        return 0
    before = now - timedelta(days=kept.days)
    return db.execute(kept.statement, {"before": before}).rowcount


async def sweep_all(database: Database, promises: Iterable[Kept], now: datetime) -> int:
    """Sweep in small changes until nothing is past its time, then tidy; return rows deleted."""
    total = 0
    for kept in promises:
        swept = SWEEP_ROWS
        while swept >= SWEEP_ROWS:
            swept = await database.write(partial(sweep, kept=kept, now=now))
            total += swept
    await database.tidy()
    return total
