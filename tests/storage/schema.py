"""What a schema is, told alike for a database made by migrations and for Table definitions."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Index, MetaData, Table, UniqueConstraint, inspect, text
from sqlalchemy.engine import Inspector
from sqlalchemy.types import BigInteger, TypeDecorator, TypeEngine

from allmende.storage.rows import kind_of
from allmende.storage.types import RowId

Names = tuple[str, ...]


@dataclass(frozen=True)
class ColumnShape:
    """``kind`` is number, text, truth, bytes or float."""

    name: str
    kind: str
    nullable: bool
    numbers_itself: bool


@dataclass(frozen=True)
class TableShape:
    columns: tuple[ColumnShape, ...]
    key: Names
    unique: frozenset[Names]
    indexes: frozenset[tuple[str, Names]]
    references: frozenset[tuple[Names, str, Names, str]]


def defined(metadata: MetaData) -> dict[str, TableShape]:
    """The schema as Table definitions have it."""
    return {name: _defined(table) for name, table in metadata.tables.items()}


def _defined(table: Table) -> TableShape:
    key = tuple(column.name for column in table.primary_key)
    unique: set[Names] = {(column.name,) for column in table.columns if column.unique}
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            unique.add(tuple(column.name for column in constraint.columns))
    indexes = set()
    for index in table.indexes:
        if index.unique:
            unique.add(_names(index))
        elif not any(
            column.index and index.name == f"ix_{column.name}" for column in table.columns
        ):
            indexes.add((str(index.name), _names(index)))
    references = {
        (
            tuple(constraint.column_keys),
            constraint.referred_table.name,
            tuple(element.column.name for element in constraint.elements),
            (constraint.ondelete or "NO ACTION").upper(),
        )
        for constraint in table.foreign_key_constraints
    }
    columns = tuple(_defined_column(column, key) for column in table.columns)
    return TableShape(columns, key, frozenset(unique), frozenset(indexes), frozenset(references))


def _defined_column(column: Column[Any], key: Names) -> ColumnShape:
    return ColumnShape(
        column.name,
        kind_of(_plain(column.type), str(column)),
        bool(column.nullable) and column.name not in key,
        column.type is RowId,
    )


def _plain(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(type_, TypeDecorator):
        return type_.impl_instance
    return BigInteger() if type_ is RowId else type_


def _names(index: Index) -> Names:
    return tuple(column.name for column in index.columns)


def migrated(db: Connection) -> dict[str, TableShape]:
    """The schema as the database has it."""
    inspector = inspect(db)
    return {name: _migrated(db, inspector, name) for name in inspector.get_table_names()}


def _migrated(db: Connection, inspector: Inspector, name: str) -> TableShape:
    key = tuple(inspector.get_pk_constraint(name)["constrained_columns"])
    unique = {tuple(found["column_names"]) for found in inspector.get_unique_constraints(name)}
    indexes = set()
    for index in inspector.get_indexes(name):
        columns = tuple(str(column) for column in index["column_names"])
        if index["unique"]:
            unique.add(columns)
        else:
            indexes.add((str(index["name"]), columns))
    counting = _counting(db, name)
    shapes = tuple(
        ColumnShape(
            column["name"],
            kind_of(column["type"], f"{name}.{column['name']}"),
            bool(column["nullable"]) and column["name"] not in key,
            column["name"] == counting,
        )
        for column in inspector.get_columns(name)
    )
    references = frozenset(_references(db, inspector, name))
    return TableShape(shapes, key, frozenset(unique), frozenset(indexes), references)


def _references(
    db: Connection, inspector: Inspector, name: str
) -> Iterator[tuple[Names, str, Names, str]]:
    deleting = _on_delete(db, name)
    for found in inspector.get_foreign_keys(name):
        columns = tuple(found["constrained_columns"])
        action = deleting.get(columns, found["options"].get("ondelete", "NO ACTION"))
        yield columns, found["referred_table"], tuple(found["referred_columns"]), action.upper()


def _on_delete(db: Connection, table: str) -> dict[Names, str]:
    """What SQLite does on deletion; SQLAlchemy does not see it where it stands by the column."""
    if db.dialect.name == "postgresql":
        return {}
    question = text(
        'SELECT id, "from", on_delete FROM pragma_foreign_key_list(:name) ORDER BY id, seq'
    )
    columns: defaultdict[int, list[str]] = defaultdict(list)
    actions: dict[int, str] = {}
    for number, column, action in db.execute(question, {"name": table}):
        columns[number].append(column)
        actions[number] = action
    return {tuple(columns[number]): actions[number] for number in columns}


def _counting(db: Connection, table: str) -> str | None:
    """The column that numbers itself and never uses a number twice."""
    if db.dialect.name == "postgresql":
        question = text(
            "SELECT column_name FROM information_schema.columns WHERE table_name = :name"
            " AND table_schema = current_schema() AND is_identity = 'YES'"
        )
        return db.execute(question, {"name": table}).scalar_one_or_none()
    made = db.execute(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table})
    for line in str(made.scalar_one()).splitlines():
        if "AUTOINCREMENT" in line.upper():
            return line.split()[0]
    return None
