"""All rows of all tables, as plain values: how they leave a database and enter another.

The tables are read from the database itself and not from the program, so a backup of an older
release can be restored into the schema of its time and then migrated.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import msgspec
import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Float,
    Inspector,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    collate,
    delete,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

ROWS_AT_ONCE: Final = 500
_NOT_DATA: Final = frozenset({"schema_migration"})

_KINDS: Final[dict[str, TypeEngine[Any]]] = {
    "number": BigInteger(),
    "text": sqlalchemy.Text(),
    "truth": Boolean(),
    "bytes": LargeBinary(),
    "float": Float(),
}
_PYTHON: Final[dict[str, Any]] = {
    "number": int | None,
    "text": str | None,
    "truth": bool | None,
    "bytes": bytes | None,
    "float": float | None,
}

_SEQUENCE: Final = text(
    "SELECT last_value FROM pg_sequences WHERE format('%I.%I', schemaname, sequencename)"
    " = pg_get_serial_sequence(:name, :key)"
)
_SET_SEQUENCE: Final = text("SELECT setval(pg_get_serial_sequence(:name, :key), :last)")
_COUNTER: Final = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
_FORGET_COUNTER: Final = text("DELETE FROM sqlite_sequence WHERE name = :name")
_SET_COUNTER: Final = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")


@dataclass(frozen=True)
class Shape:
    """A table as it is in this database. ``columns`` are names with their kinds, in order."""

    name: str
    columns: Sequence[tuple[str, str]]
    key: Sequence[str]

    def table(self) -> Table:
        """Return it for statements."""
        columns = [
            Column(name, _KINDS[kind], primary_key=name in self.key, autoincrement=False)
            for name, kind in self.columns
        ]
        return Table(self.name, MetaData(), *columns)

    def line(self, row: Iterable[Any]) -> bytes:
        """Return a row as a line of JSON; bytes as base64."""
        return msgspec.json.encode(tuple(row)) + b"\n"

    def decoder(self) -> msgspec.json.Decoder[tuple[Any, ...]]:
        """Return what reads such a line strictly."""
        kinds = tuple(_PYTHON[kind] for _, kind in self.columns)
        return msgspec.json.Decoder(tuple.__class_getitem__(kinds))


def shapes(db: Connection) -> Sequence[Shape]:
    """Return all tables; those that others refer to come first."""
    inspector = inspect(db)
    names = [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name is not None]
    return [_shape(inspector, name) for name in names if name not in _NOT_DATA]


def rows_of(db: Connection, shape: Shape) -> Iterator[Sequence[Any]]:
    """Yield all rows in the order of the key, which is the same on both databases."""
    table = shape.table()
    order: list[ColumnElement[Any]] = [
        collate(column, "C")
        if db.dialect.name == "postgresql" and isinstance(column.type, sqlalchemy.Text)
        else column
        for column in table.primary_key
    ]
    found = db.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table).order_by(*order))
    for row in found:
        yield tuple(row)


def clear(db: Connection, all_shapes: Sequence[Shape]) -> None:
    """Delete what migrations put into tables."""
    for shape in reversed(all_shapes):
        db.execute(delete(shape.table()))


def add_rows(db: Connection, shape: Shape, lines: Iterable[bytes]) -> int:
    """Add rows from lines of JSON; return how many. msgspec.DecodeError for a wrong one."""
    decoder, names = shape.decoder(), [name for name, _ in shape.columns]
    statement = insert(shape.table()).values({name: bindparam(name) for name in names})
    rows, count = (dict(zip(names, decoder.decode(line), strict=True)) for line in lines), 0
    while some := list(islice(rows, ROWS_AT_ONCE)):
        db.execute(statement, some)
        count += len(some)
    return count


def last_id(db: Connection, shape: Shape) -> int | None:
    """Return the highest number the table ever gave, None if it gives none."""
    if len(shape.key) != 1:
        return None
    if db.dialect.name == "sqlite":
        found = db.execute(_COUNTER, {"name": shape.name}).scalar_one_or_none()
    else:
        found = db.execute(
            _SEQUENCE, {"name": shape.name, "key": shape.key[0]}
        ).scalar_one_or_none()
    return None if found is None else int(found)


def set_last_id(db: Connection, shape: Shape, last: int) -> None:
    """Let the table go on after ``last``: a number is never used twice."""
    if db.dialect.name == "sqlite":
        db.execute(_FORGET_COUNTER, {"name": shape.name})
        db.execute(_SET_COUNTER, {"name": shape.name, "last": last})
    else:
        db.execute(_SET_SEQUENCE, {"name": shape.name, "key": shape.key[0], "last": last})


def _shape(inspector: Inspector, name: str) -> Shape:
    columns = [
        (column["name"], kind_of(column["type"], f"{name}.{column['name']}"))
        for column in inspector.get_columns(name)
    ]
    key = inspector.get_pk_constraint(name)["constrained_columns"]
    if not key:
        raise ValueError(f"table {name} has no primary key")
    return Shape(name, columns, key)


def kind_of(type_: TypeEngine[Any], where: str) -> str:
    """Return the kind of a column's type. ValueError for one that the house does not use."""
    kinds: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
        (Boolean, "truth"),
        (sqlalchemy.Integer, "number"),
        (sqlalchemy.Text, "text"),
        (sqlalchemy.LargeBinary, "bytes"),
        (Float, "float"),
    )
    for class_, kind in kinds:
        if isinstance(type_, class_):
            return kind
    raise ValueError(f"{where} is of type {type_!r}, which the house does not use")
