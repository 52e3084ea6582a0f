"""Who publishes, who reads, and what ends at a limit."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from allmende.core.accounts import STRANGER, Caller, Scope
from allmende.core.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    QuotaExceeded,
)
from allmende.core.ids import AppPasswordId
from allmende.systems.chat.model.items import (
    MAX_ITEM_BYTES,
    MAX_ITEMS,
    MAX_NAME_BYTES,
    MAX_NODES,
    USUAL,
    Access,
    NodeOptions,
    SendLast,
)
from allmende.systems.chat.service.items import (
    MAX_ANSWER_BYTES,
    OWNER,
    ItemService,
    OptionsDiffer,
    Published,
    Reader,
)
from allmende.systems.chat.store import items as store
from tests.systems.chat.conftest import Square
from tests.systems.chat.store.test_items import account

STRANGE = Reader()
SEES = Reader(sees=True)
COOKS = Reader(groups=frozenset(("Küche",)))


class Shelf:
    """The service, and mara who publishes."""

    def __init__(self, square: Square) -> None:
        self.square = square
        self.items = ItemService(square.database, square.clock)
        self.mara = square.person("mara")

    def publish(
        self, node: str, *names: str, options: NodeOptions | None = None, payload: bytes = b"<x/>"
    ) -> Published:
        terms = None if options is None else lambda _: options
        new = [(name, payload) for name in names]
        return self.square.run(self.items.publish(self.mara, node, new, terms))

    def read(self, node: str, reader: Reader = OWNER, most: int | None = None) -> list[str]:
        found = self.square.run(self.items.items(account(self.mara), reader, node, most=most))
        return [item.name for item in found]


@pytest.fixture
def shelf(square: Square) -> Shelf:
    return Shelf(square)


def test_publishing_makes_the_node_and_keeps_the_newest_item(shelf: Shelf) -> None:
    first, second = shelf.publish("urn:x", "a"), shelf.publish("urn:x", "b")
    assert (first.made, second.made) == (True, False)
    assert second.node.options == USUAL
    assert [item.name for item in second.items] == ["b"]
    assert shelf.read("urn:x") == ["b"]


def test_a_node_is_read_by_whom_its_access_lets(shelf: Shelf) -> None:
    readers = (OWNER, SEES, COOKS, STRANGE)
    may = {
        Access.OPEN: (True, True, True, True),
        Access.PRESENCE: (True, True, False, False),
        Access.ROSTER: (True, False, True, False),
        Access.WHITELIST: (True, False, False, False),
    }
    for access, expected in may.items():
        options = replace(USUAL, access=access, contact_groups=("Küche",))
        shelf.publish(access.value, "a", options=options)
        for reader, allowed in zip(readers, expected, strict=True):
            if allowed:
                assert shelf.read(access.value, reader) == ["a"]
            else:
                with pytest.raises(NotFound, match=r"chat\.no-node"):
                    shelf.read(access.value, reader)
    seen = shelf.square.run(shelf.items.nodes(account(shelf.mara), COOKS))
    assert [node.name for node in seen] == ["open", "roster"]


def test_a_node_that_is_not_as_its_publisher_wants_it_takes_nothing(shelf: Shelf) -> None:
    wanted = replace(USUAL, access=Access.WHITELIST, max_items=9)
    shelf.publish("urn:x", "a", options=wanted)
    shelf.publish("urn:x", "b", options=wanted)
    with pytest.raises(OptionsDiffer, match=r"chat\.options-differ"):
        shelf.publish("urn:x", "c", options=USUAL)
    assert shelf.read("urn:x") == ["b", "a"]
    assert shelf.read("urn:x", most=1) == ["b"]


def test_items_that_are_not_kept_are_still_told_of(shelf: Shelf) -> None:
    told = shelf.publish("urn:x", "a", options=replace(USUAL, persistent=False))
    assert [item.name for item in told.items] == ["a"]
    assert shelf.read("urn:x") == []


def test_items_are_retracted_and_nodes_emptied_and_deleted(shelf: Shelf) -> None:
    run, items, mara = shelf.square.run, shelf.items, shelf.mara
    shelf.publish("urn:x", "a", "b", "c", options=replace(USUAL, max_items=9))
    assert run(items.retract(mara, "urn:x", ["b"])).name == "urn:x"
    with pytest.raises(NotFound, match=r"chat\.no-item"):
        run(items.retract(mara, "urn:x", ["b"]))
    assert shelf.read("urn:x") == ["c", "a"]
    run(items.empty(mara, "urn:x"))
    assert shelf.read("urn:x") == []
    assert [node.name for node in run(items.own_nodes(mara))] == ["urn:x"]
    run(items.delete(mara, "urn:x"))
    for ask in (items.delete, items.empty, items.node):
        with pytest.raises(NotFound, match=r"chat\.no-node"):
            run(ask(mara, "urn:x"))


def test_a_node_is_made_once_and_changed_later(shelf: Shelf) -> None:
    run, items, mara = shelf.square.run, shelf.items, shelf.mara
    many = replace(USUAL, max_items=5)
    assert run(items.make(mara, "urn:x", many)).options == many
    with pytest.raises(Conflict, match=r"chat\.node-exists"):
        run(items.make(mara, "urn:x", many))
    shelf.publish("urn:x", "a", "b", "c")
    changed = run(items.configure(mara, "urn:x", lambda now: replace(now, max_items=2)))
    assert changed.options.max_items == 2
    assert run(items.node(mara, "urn:x")) == changed
    assert shelf.read("urn:x") == ["c", "b"]
    run(items.configure(mara, "urn:x", lambda now: replace(now, persistent=False)))
    assert shelf.read("urn:x") == []
    with pytest.raises(InvalidInput, match=r"chat\.options-refused"):
        run(items.configure(mara, "urn:x", lambda now: replace(now, max_items=0)))


def test_all_items_are_replaced_by_those_that_are_there_now(shelf: Shelf) -> None:
    def put(*names: str, payload: bytes) -> tuple[list[str], list[str]]:
        new = [(name, payload) for name in names]
        many = replace(USUAL, max_items=MAX_ITEMS)
        told, gone = shelf.square.run(shelf.items.replace_all(shelf.mara, "urn:x", new, many))
        return [item.name for item in told.items], list(gone)

    assert put("a", "b", payload=b"1") == (["a", "b"], [])
    assert put("b", "c", payload=b"1") == (["c"], ["a"])
    assert put("c", payload=b"2") == (["c"], ["b"])
    assert put("c", payload=b"2") == ([], [])
    assert shelf.read("urn:x") == ["c"]


def test_items_by_name_come_in_the_order_asked_for(shelf: Shelf) -> None:
    shelf.publish("urn:x", "a", "b", "c", options=replace(USUAL, max_items=9))
    ask = shelf.items.items(account(shelf.mara), OWNER, "urn:x", names=["c", "x", "a"])
    assert [item.name for item in shelf.square.run(ask)] == ["c", "a"]


def test_an_answer_ends_where_it_is_large(shelf: Shelf) -> None:
    names = [f"{number:02}" for number in range(12)]
    many = replace(USUAL, max_items=99)
    shelf.publish("urn:x", *names, options=many, payload=b"x" * MAX_ITEM_BYTES)
    assert shelf.read("urn:x") == names[:3:-1]
    ask = shelf.items.items(account(shelf.mara), OWNER, "urn:x", names=names)
    assert [item.name for item in shelf.square.run(ask)] == names[:8]
    assert MAX_ANSWER_BYTES == 8 * MAX_ITEM_BYTES


def test_newcomers_are_told_the_last_item_where_the_node_wants_it(shelf: Shelf) -> None:
    shelf.publish("told", "a")
    shelf.publish("quiet", "a", options=replace(USUAL, send_last=SendLast.NEVER))
    shelf.publish("hidden", "a", options=replace(USUAL, access=Access.WHITELIST))
    shelf.square.run(shelf.items.make(shelf.mara, "empty", USUAL))

    def told(reader: Reader) -> list[str]:
        wanted = ["told", "quiet", "hidden", "empty", "missing"]
        last = shelf.items.last_items(account(shelf.mara), reader, wanted)
        return [one.node.name for one in shelf.square.run(last)]

    assert told(SEES) == ["told"]
    assert told(OWNER) == ["hidden", "told"]
    assert told(STRANGE) == []


def test_what_is_too_large_or_too_long_is_refused(shelf: Shelf) -> None:
    with pytest.raises(QuotaExceeded, match=r"chat\.item-too-large"):
        shelf.publish("urn:x", "a", payload=b"x" * (MAX_ITEM_BYTES + 1))
    for node, name in (("", "a"), ("n" * (MAX_NAME_BYTES + 1), "a"), ("n", "")):
        with pytest.raises(InvalidInput, match=r"chat\.name-refused"):
            shelf.publish(node, name)
    assert shelf.square.run(shelf.items.own_nodes(shelf.mara)) == []


def test_an_account_has_only_so_many_nodes_and_items(shelf: Shelf) -> None:
    mara, all_of_them = account(shelf.mara), replace(USUAL, max_items=MAX_ITEMS)
    names = [str(number) for number in range(MAX_ITEMS)]
    shelf.publish("full", *names, options=all_of_them)
    with pytest.raises(QuotaExceeded, match=r"chat\.too-many-items"):
        shelf.publish("urn:x", "a")
    shelf.publish("full", "newest")
    shelf.square.run(shelf.items.empty(shelf.mara, "full"))

    def fill(db: Connection) -> None:
        for number in range(MAX_NODES - 1):
            store.add_node(db, mara, f"n{number}", USUAL)

    shelf.square.run(shelf.square.database.write(fill))
    with pytest.raises(QuotaExceeded, match=r"chat\.too-many-nodes"):
        shelf.publish("one more", "a")


def test_only_accounts_and_their_chat_apps_publish(shelf: Shelf) -> None:
    def app(*scopes: Scope) -> Caller:
        return replace(
            shelf.mara, session_id=None, app_password_id=AppPasswordId(1), scopes=frozenset(scopes)
        )

    run, items = shelf.square.run, shelf.items
    with pytest.raises(NotSignedIn):
        run(items.own_nodes(STRANGER))
    for scope in (Scope.PADS, Scope.CHAT_READ):
        with pytest.raises(NotAllowed):
            run(items.publish(app(scope), "urn:x", [], None))
    assert run(items.publish(app(Scope.CHAT), "urn:x", [], None)).made


def test_an_account_that_is_gone_leaves_nothing(shelf: Shelf) -> None:
    shelf.publish("urn:x", "a")
    shelf.square.run(shelf.items.account_gone(account(shelf.mara)))
    assert shelf.square.run(shelf.items.own_nodes(shelf.mara)) == []
