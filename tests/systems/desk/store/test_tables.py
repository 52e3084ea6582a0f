"""The tables of desk: every one says how long it is kept."""

from sqlalchemy import Table

from allmende.systems.desk.store import tables


def test_every_table_says_how_long_it_is_kept() -> None:
    kept = {promise.table.name for promise in tables.KEPT}
    found = {value.name for value in vars(tables).values() if isinstance(value, Table)}
    assert kept == found
    assert all(promise.why for promise in tables.KEPT)
