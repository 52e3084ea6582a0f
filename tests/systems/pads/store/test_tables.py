"""Tables: rows become values by position, and each table says how long it is kept."""

from dataclasses import fields

import pytest
from sqlalchemy import Table

from allmende.systems.pads.model.pad import Author, Pad, Row
from allmende.systems.pads.store import tables


@pytest.mark.parametrize(
    ("table", "value"), [(tables.pads, Pad), (tables.updates, Row), (tables.authors, Author)]
)
def test_columns_stand_in_the_order_of_the_fields(table: Table, value: type) -> None:
    assert [column.name for column in table.columns] == [field.name for field in fields(value)]


def test_every_table_is_promised_and_only_tombstones_end_by_themselves() -> None:
    own = {table for table in vars(tables).values() if isinstance(table, Table)}
    assert {kept.table for kept in tables.KEPT} == own
    assert [kept.table for kept in tables.KEPT if kept.days is not None] == [tables.tombstones]
    assert all(kept.why for kept in tables.KEPT)
