"""The tables of identity: few columns about a person, each row with its end."""

from sqlalchemy import Table

from allmende.identity.store import tables


def all_tables() -> list[Table]:
    return [value for value in vars(tables).values() if isinstance(value, Table)]


def test_every_table_says_how_long_it_is_kept() -> None:
    kept = {promise.table.name for promise in tables.KEPT}
    assert kept == {table.name for table in all_tables()}
    assert all(promise.why for promise in tables.KEPT)


def test_an_account_has_eight_columns_and_no_address_or_time() -> None:
    names = [column.name for column in tables.accounts.c]
    assert names == ["id", "name", "password", "state", "role", "since", "seen", "settings"]


def test_every_secret_is_kept_as_a_hash_that_is_found_by_an_index() -> None:
    holders = [table for table in all_tables() if "hash" in table.c]
    assert len(holders) == 4
    assert all(table.c.hash.unique for table in holders)
