"""Makes one row of any table of the house, with the rows that it refers to."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import BinaryExpression, Boolean, Column, Connection, LargeBinary, Table, insert
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from allmende.storage.types import Choice, RowId, UtcTime

FAR = timedelta(days=20_000)
_numbers = count(1_000_000)


def add_row(db: Connection, table: Table, now: datetime, given: dict[str, Any]) -> dict[str, Any]:
    """Add a row that ends in no time soon but for what is ``given``; return it."""
    row = {column.name: _value(db, column, now) for column in table.columns}
    if table.primary_key.columns.keys() == ["id"]:
        row["id"] = next(_numbers)
    row |= given
    db.execute(insert(table), row)
    return row


def _value(db: Connection, column: Column[Any], now: datetime) -> Any:
    kind, number = column.type, next(_numbers)
    for key in column.foreign_keys:
        owner = key.column.table
        return add_row(db, owner, now, {})[key.column.name]
    if isinstance(kind, UtcTime):
        return now + FAR
    if isinstance(kind, Choice):
        return next(iter(kind.members))
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, LargeBinary):
        return f"{number}".encode()
    return number if kind is RowId or kind.python_type is int else f"9999-{number}"


def wanted_by(only: ColumnElement[bool] | None) -> dict[str, Any]:
    """Return what a row must have, where a promise is for rows of one state."""
    if not isinstance(only, BinaryExpression) or not isinstance(only.right, BindParameter):
        return {}
    assert isinstance(only.left, Column)
    return {only.left.name: only.right.value}
