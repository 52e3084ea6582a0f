"""Rows of nodes and items."""

import asyncio

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId
from allmende.systems.chat.model.items import (
    USUAL,
    Access,
    Item,
    Node,
    NodeOptions,
    SendLast,
)
from allmende.systems.chat.store import items as store
from tests.databases import Place
from tests.identity.store.plans import full_scans
from tests.identity.town import BEGINNING
from tests.systems.chat.conftest import Square

OTHER = NodeOptions(
    access=Access.ROSTER,
    contact_groups=("Küche", "a, b"),
    max_items=20,
    persistent=False,
    send_last=SendLast.NEVER,
    payloads=False,
    notify_retract=False,
    notify_delete=True,
    title="Titel",
    kind="urn:x",
)


def account(who: Caller) -> AccountId:
    assert who.account_id is not None
    return who.account_id


def item(name: str, payload: bytes = b"<x xmlns='urn:x'/>") -> Item:
    return Item(name, payload, BEGINNING)


def names(db: Connection, node: Node, most: int = 99) -> list[str]:
    return [found.name for found in store.newest_items(db, node, most=most)]


def test_nodes_come_back_as_they_went(square: Square) -> None:
    mara, juno = account(square.person("mara")), account(square.person("juno"))

    def change(db: Connection) -> None:
        first = store.add_node(db, mara, "urn:x", OTHER)
        second = store.add_node(db, mara, "urn:a", USUAL)
        assert store.nodes_of(db, mara) == [second, first]
        assert store.find_node(db, mara, "urn:x") == first
        assert store.find_node(db, juno, "urn:x") is None
        assert (store.count_nodes(db, mara), store.count_nodes(db, juno)) == (2, 0)
        store.set_options(db, first, USUAL)
        assert store.find_node(db, mara, "urn:x") == Node(first.id, mara, "urn:x", USUAL)
        store.delete_node(db, first)
        assert store.forget_account(db, mara) == 1
        assert store.nodes_of(db, mara) == []

    square.run(square.database.write(change))


def test_the_newest_items_come_first_and_the_oldest_are_trimmed(square: Square) -> None:
    mara = account(square.person("mara"))

    def change(db: Connection) -> None:
        node = store.add_node(db, mara, "urn:x", USUAL)
        other = store.add_node(db, mara, "urn:y", USUAL)
        for name in ("a", "b", "c", "a"):
            store.put_item(db, node, item(name, name.encode()))
        store.put_item(db, other, item("a"))
        assert names(db, node) == ["a", "c", "b"]
        assert names(db, node, 1) == ["a"]
        assert store.find_item(db, node, "b") == item("b", b"b")
        assert store.find_item(db, node, "x") is None
        store.put_item(db, other, item("b", b"12345"))
        assert store.newest_sizes(db, other, most=2) == [5, len(item("a").payload)]
        store.delete_item(db, other, "b")
        assert store.count_items(db, mara) == 4
        assert [store.trim(db, node, most) for most in (3, 1)] == [0, 2]
        assert names(db, node) == ["a"]
        assert store.delete_item(db, node, "a")
        assert not store.delete_item(db, node, "a")
        assert store.delete_items(db, other) == 1

    square.run(square.database.write(change))


def test_items_of_an_account_are_read_in_their_order_and_go_with_it(square: Square) -> None:
    mara, juno = account(square.person("mara")), account(square.person("juno"))

    def change(db: Connection) -> None:
        node = store.add_node(db, mara, "urn:x", USUAL)
        store.put_item(db, store.add_node(db, juno, "urn:x", USUAL), item("theirs"))
        for name in ("a", "b"):
            store.put_item(db, node, item(name))
        found = store.items_of(db, mara, 0, most=1)
        assert [(where, one.name) for _, where, one in found] == [("urn:x", "a")]
        rest = store.items_of(db, mara, found[0][0], most=9)
        assert [one.name for _, _, one in rest] == ["b"]
        store.forget_account(db, mara)
        assert store.count_items(db, mara) == 0
        assert store.count_items(db, juno) == 1

    square.run(square.database.write(change))


def test_every_question_has_its_index(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    try:
        assert asyncio.run(database.read(lambda db: full_scans(db, store))) == []
    finally:
        database.close()
