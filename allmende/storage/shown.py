"""Rows as people see them when they take their data along: names and values, no secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, select

from allmende.core.exports import instant_text

Row = dict[str, object]


@dataclass(frozen=True, eq=False)
class Shown:
    """The rows of ``table`` whose column ``by`` is somebody or something.

    ``hidden`` names the columns that are left out: secrets, and numbers of the house.
    """

    table: Table
    by: str
    hidden: str = ""
    statement: Select[Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Build the statement once."""
        hidden = {*self.hidden.split(), self.by}
        columns = [column for column in self.table.c if column.name not in hidden]
        found = select(*columns).where(self.table.c[self.by] == bindparam("key"))
        statement = found.order_by(*self.table.primary_key.columns)
        object.__setattr__(self, "statement", statement)

    def rows(self, db: Connection, key: int) -> Sequence[Row]:
        """Return the rows in the order of their keys."""
        found = db.execute(self.statement, {"key": key}).mappings()
        return [plain(row) for row in found]


def plain(row: Mapping[Any, Any]) -> Row:
    """Return a row with values that JSON has."""
    return {str(name): _plain_value(value) for name, value in row.items()}


def _plain_value(value: Any) -> object:
    if isinstance(value, datetime):
        return instant_text(value)
    return value.value if isinstance(value, StrEnum) else value
