"""The tables of identity: few columns about a person, each row with its end."""

from sqlalchemy import Table

from allmende.identity.store import tables
from allmende.identity.store.tables import accounts, groups, handouts, proofs


def all_tables() -> list[Table]:
    return [
        value
        for module in (accounts, proofs, groups, handouts)
        for value in vars(module).values()
        if isinstance(value, Table)
    ]


def test_every_table_says_how_long_it_is_kept() -> None:
    kept = {promise.table.name for promise in tables.KEPT}
    assert kept == {table.name for table in all_tables()}
    assert all(promise.why for promise in tables.KEPT)


def test_an_account_has_eight_columns_and_no_address_or_time() -> None:
    names = [column.name for column in accounts.accounts.c]
    assert names == ["id", "name", "password", "state", "role", "since", "seen", "settings"]


def test_every_secret_is_kept_as_a_hash_that_is_found_by_an_index() -> None:
    holders = [table for table in all_tables() if "hash" in table.c]
    assert len(holders) == 10
    for table in holders:
        indexed = [index for index in table.indexes if "hash" in index.columns and index.unique]
        assert table.c.hash.unique or indexed
