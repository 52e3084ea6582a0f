"""All rows of all tables, as plain values: how they leave a database and enter another.

The tables are read from the database itself and not from the program, so a backup of an older
release can be restored into the schema of its time and then migrated.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
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
    Insert,
    Inspector,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    case,
    collate,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

from allmende.storage.sqlite import driver

ROWS_AT_ONCE: Final = 500
FEWEST_ROWS: Final = 32
MOST_ROWS: Final = 4096
SMALL_BYTES: Final = 256 * 1024
LARGE_BYTES: Final = 1024 * 1024
_SAME_IN_SQLITE: Final = frozenset({"number", "text", "truth"})
"""What SQLite itself writes as JSON to the byte as msgspec does."""
_NOT_DATA: Final = frozenset({"schema_migration"})

_KINDS: Final[dict[str, TypeEngine[Any]]] = {
    "number": BigInteger(),
    "text": sqlalchemy.Text(),
    "truth": Boolean(),
    "bytes": LargeBinary(),
    "float": Float(),
}
_CLASSES: Final[dict[str, type]] = {
    "number": int,
    "text": str,
    "truth": bool,
    "bytes": bytes,
    "float": float,
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

    def fits(self, row: Sequence[Any]) -> bool:
        """Whether the values are of the kinds of the columns. SQLite would keep any."""
        kinds = (_CLASSES[kind] for _, kind in self.columns)
        pairs = zip(row, kinds, strict=True)
        return all(value is None or isinstance(value, class_) for value, class_ in pairs)

    def decoder(self) -> msgspec.json.Decoder[tuple[Any, ...]]:
        """Return what reads such a line strictly."""
        kinds = tuple(_PYTHON[kind] for _, kind in self.columns)
        return msgspec.json.Decoder(tuple.__class_getitem__(kinds))


def shapes(db: Connection) -> Sequence[Shape]:
    """Return all tables; those that others refer to come first."""
    inspector = inspect(db)
    names = [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name is not None]
    return [_shape(inspector, name) for name in names if name not in _NOT_DATA]


def lines_of(db: Connection, shape: Shape) -> Iterator[tuple[bytes, int]]:
    """Yield all rows as lines, some at a time, with how many; few where rows are large.

    They come in the order of the key, which is the same on both databases.
    """
    fetch, count = _lines(db, shape), FEWEST_ROWS
    while (found := fetch(count))[1]:
        yield found
        size_bytes = len(found[0])
        if size_bytes < SMALL_BYTES:
            count = min(MOST_ROWS, count * 2)
        elif size_bytes > LARGE_BYTES:
            count = max(1, count // 2)


def _lines(db: Connection, shape: Shape) -> Callable[[int], tuple[bytes, int]]:
    """Return what fetches some rows as lines."""
    if db.dialect.name == "sqlite" and {kind for _, kind in shape.columns} <= _SAME_IN_SQLITE:
        return _sqlite_lines(db, shape)
    fetch = _sqlite_rows(db, shape) if db.dialect.name == "sqlite" else _postgres_rows(db, shape)
    encoder = msgspec.json.Encoder()

    def lines(count: int) -> tuple[bytes, int]:
        rows = fetch(count)
        return encoder.encode_lines(rows), len(rows)

    return lines


def _sqlite_lines(db: Connection, shape: Shape) -> Callable[[int], tuple[bytes, int]]:
    """Let SQLite write the lines: the same bytes for half the work, since no row becomes values."""
    table = shape.table()
    values = [
        func.json(case((column.is_(None), "null"), (column, "true"), else_="false"))
        if isinstance(column.type, Boolean)
        else column
        for column in table.columns
    ]
    statement = select(func.json_array(*values)).order_by(*table.primary_key)
    options = {"literal_binds": True}
    found = driver(db).execute(str(statement.compile(dialect=db.dialect, compile_kwargs=options)))

    def lines(count: int) -> tuple[bytes, int]:
        rows = found.fetchmany(count)
        return "".join([f"{line}\n" for (line,) in rows]).encode(), len(rows)

    return lines


def _sqlite_rows(db: Connection, shape: Shape) -> Callable[[int], Sequence[tuple[Any, ...]]]:
    """Ask the driver itself: its values are those of the house, but for truth."""
    table = shape.table()
    statement = select(table).order_by(*table.primary_key)
    found = driver(db).execute(str(statement.compile(dialect=db.dialect)))
    truths = [number for number, (_, kind) in enumerate(shape.columns) if kind == "truth"]

    def fetch(count: int) -> Sequence[tuple[Any, ...]]:
        rows: Sequence[tuple[Any, ...]] = found.fetchmany(count)
        return [_with_truth(row, truths) for row in rows] if truths else rows

    return fetch


def _with_truth(row: tuple[Any, ...], truths: Sequence[int]) -> tuple[Any, ...]:
    values = list(row)
    for number in truths:
        values[number] = None if values[number] is None else bool(values[number])
    return tuple(values)


def _postgres_rows(db: Connection, shape: Shape) -> Callable[[int], Sequence[tuple[Any, ...]]]:
    table = shape.table()
    order: list[ColumnElement[Any]] = [
        collate(column, "C") if isinstance(column.type, sqlalchemy.Text) else column
        for column in table.primary_key
    ]
    asked = db.execution_options(yield_per=FEWEST_ROWS)
    found = asked.execute(select(table).order_by(*order))
    return lambda count: [tuple(row) for row in found.fetchmany(count)]


def clear(db: Connection, all_shapes: Sequence[Shape]) -> None:
    """Delete what migrations put into tables."""
    for shape in reversed(all_shapes):
        db.execute(delete(shape.table()))


def add_rows(db: Connection, shape: Shape, lines: Iterable[bytes]) -> int:
    """Add rows from lines of JSON; return how many. msgspec.DecodeError for a wrong one."""
    add = _sqlite_adding(db, shape) if db.dialect.name == "sqlite" else _adding(db, shape)
    decoder, rows, count, size_bytes = shape.decoder(), [], 0, 0
    for line in lines:
        rows.append(decoder.decode(line))
        size_bytes += len(line)
        if len(rows) >= ROWS_AT_ONCE or size_bytes >= LARGE_BYTES:
            add(rows)
            count += len(rows)
            rows, size_bytes = [], 0
    if rows:
        add(rows)
    return count + len(rows)


def _sqlite_adding(db: Connection, shape: Shape) -> Callable[[Sequence[tuple[Any, ...]]], Any]:
    statement = str(_insert(shape).compile(dialect=db.dialect))
    return lambda rows: driver(db).executemany(statement, rows)


def _adding(db: Connection, shape: Shape) -> Callable[[Sequence[tuple[Any, ...]]], Any]:
    names, statement = [name for name, _ in shape.columns], _insert(shape)

    def add(rows: Sequence[tuple[Any, ...]]) -> None:
        db.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])

    return add


def _insert(shape: Shape) -> Insert:
    return insert(shape.table()).values({name: bindparam(name) for name, _ in shape.columns})


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
