"""What is kept says why, and holds no names of people."""

from allmende.systems.plenum.store.tables import KEPT, assemblies, entries, items


def test_every_table_has_a_promise() -> None:
    assert {kept.table for kept in KEPT} == {assemblies, items, entries}
    assert all(kept.why for kept in KEPT)


def test_nobody_is_named_by_an_account_or_a_guest() -> None:
    columns = {column.name for table in (assemblies, items, entries) for column in table.c}
    assert not {name for name in columns if "account" in name or "guest" in name}
