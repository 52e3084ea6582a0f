"""Nodes of people and what is in them: published by their owner, read by whom the node lets."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy import Connection

from allmende.core.accounts import Caller, Scope
from allmende.core.clock import Clock
from allmende.core.errors import Conflict, NotAllowed, NotFound, QuotaExceeded
from allmende.core.ids import AccountId
from allmende.identity.service.needs import account_of
from allmende.storage.database import Database
from allmende.systems.chat.model.items import (
    MAX_ITEMS,
    MAX_NODES,
    USUAL,
    Access,
    Item,
    Node,
    NodeOptions,
    SendLast,
    clean_name,
    clean_options,
    clean_payload,
)
from allmende.systems.chat.store import items as store

MAX_ANSWER_BYTES: Final = 1024 * 1024
"""Of one answer; it ends behind the item that reaches this."""


class OptionsDiffer(Conflict):
    """The node is not as the publisher wants it to be; nothing was published."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How somebody stands to the owner of a node: sees their presence, is in groups of theirs."""

    is_owner: bool = False
    sees: bool = False
    groups: frozenset[str] = frozenset()


OWNER: Final = Reader(is_owner=True, sees=True)


class Knowing(Protocol):
    """Knows how others stand to an account."""

    async def reader(self, owner: AccountId, address: str) -> Reader:
        """Return how ``address`` stands to ``owner``."""
        ...


@dataclass(frozen=True, slots=True)
class Published:
    """Items that are new in a node. ``made``: the node is new as well."""

    node: Node
    items: Sequence[Item]
    made: bool


Terms = Callable[[NodeOptions], NodeOptions]
"""Sets what a publisher asks of a node, and leaves the rest."""


class ItemService:
    """Items of accounts. Names of nodes mean nothing here but to whoever publishes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # --- the owner ----------------------------------------------------------------------

    async def publish(
        self,
        who: Caller,
        node: str,
        items: Collection[tuple[str, bytes]],
        terms: Terms | None,
        usual: NodeOptions = USUAL,
    ) -> Published:
        """Publish ``items`` (name and payload), and make the node if it is not there.

        A new node is ``usual`` in all that ``terms`` leave open.

        Raises OptionsDiffer ``chat.options-differ`` if the node is there and not as ``terms``
        want it, QuotaExceeded ``chat.item-too-large``, ``chat.too-many-nodes``,
        ``chat.too-many-items``, InvalidInput.
        """
        account_id, name, now = owner_of(who), clean_name(node), self._clock.now()
        new = [Item(clean_name(one), clean_payload(payload), now) for one, payload in items]

        def change(db: Connection) -> Published:
            found = store.find_node(db, account_id, name)
            known = found or _made(db, account_id, name, terms(usual) if terms else usual)
            if found is not None and terms is not None and terms(found.options) != found.options:
                raise OptionsDiffer("chat.options-differ")
            if known.options.persistent:
                _put(db, known, new)
            return Published(known, new, found is None)

        return await self._database.write(change)

    async def replace_all(
        self, who: Caller, node: str, items: Collection[tuple[str, bytes]], options: NodeOptions
    ) -> tuple[Published, Sequence[str]]:
        """Let a node hold exactly ``items``; also return the names of those that are gone.

        What is there already as it shall be stays untouched, and is not among the published.
        """
        account_id, name, now = owner_of(who), clean_name(node), self._clock.now()
        wanted = {clean_name(one): clean_payload(payload) for one, payload in items}

        def change(db: Connection) -> tuple[Published, Sequence[str]]:
            found = store.find_node(db, account_id, name)
            known = found or _made(db, account_id, name, options)
            have = {item.name: item for item in store.newest_items(db, known, most=MAX_ITEMS)}
            gone = [one for one in have if one not in wanted]
            for one in gone:
                store.delete_item(db, known, one)
            new = [
                Item(one, payload, now)
                for one, payload in wanted.items()
                if one not in have or have[one].payload != payload
            ]
            _put(db, known, new)
            return Published(known, new, found is None), gone

        return await self._database.write(change)

    async def retract(self, who: Caller, node: str, names: Sequence[str]) -> Node:
        """Delete items. Raises NotFound ``chat.no-node``, ``chat.no-item``, if none was there."""
        account_id = owner_of(who)

        def change(db: Connection) -> Node:
            known = _node(db, account_id, node)
            if not [name for name in names if store.delete_item(db, known, name)]:
                raise NotFound("chat.no-item")
            return known

        return await self._database.write(change)

    async def make(self, who: Caller, node: str, options: NodeOptions) -> Node:
        """Make a node. Raises Conflict ``chat.node-exists``, QuotaExceeded, InvalidInput."""
        account_id, name = owner_of(who), clean_name(node)

        def change(db: Connection) -> Node:
            if store.find_node(db, account_id, name) is not None:
                raise Conflict("chat.node-exists")
            return _made(db, account_id, name, options)

        return await self._database.write(change)

    async def configure(self, who: Caller, node: str, terms: Terms) -> Node:
        """Change how a node behaves. Raises NotFound ``chat.no-node``, InvalidInput."""
        account_id = owner_of(who)

        def change(db: Connection) -> Node:
            known = _node(db, account_id, node)
            options = clean_options(terms(known.options))
            store.set_options(db, known, options)
            if not options.persistent:
                store.delete_items(db, known)
            store.trim(db, known, options.max_items)
            return Node(known.id, account_id, known.name, options)

        return await self._database.write(change)

    async def delete(self, who: Caller, node: str) -> Node:
        """Delete a node with its items. Raises NotFound ``chat.no-node``."""
        account_id = owner_of(who)

        def change(db: Connection) -> Node:
            known = _node(db, account_id, node)
            store.delete_node(db, known)
            return known

        return await self._database.write(change)

    async def empty(self, who: Caller, node: str) -> Node:
        """Delete the items of a node. Raises NotFound ``chat.no-node``."""
        account_id = owner_of(who)

        def change(db: Connection) -> Node:
            known = _node(db, account_id, node)
            store.delete_items(db, known)
            return known

        return await self._database.write(change)

    async def node(self, who: Caller, node: str) -> Node:
        """Return a node of one's own. Raises NotFound ``chat.no-node``."""
        account_id = owner_of(who)
        return await self._database.read(lambda db: _node(db, account_id, node))

    async def own_nodes(self, who: Caller) -> Sequence[Node]:
        """Return all nodes of one's own by name."""
        account_id = owner_of(who)
        return await self._database.read(lambda db: store.nodes_of(db, account_id))

    # --- readers ------------------------------------------------------------------------

    async def nodes(self, owner: AccountId, reader: Reader) -> Sequence[Node]:
        """Return the nodes that a reader may read, by name."""
        found = await self._database.read(lambda db: store.nodes_of(db, owner))
        return [node for node in found if may_read(node.options, reader)]

    async def items(
        self,
        owner: AccountId,
        reader: Reader,
        node: str,
        *,
        names: Sequence[str] = (),
        most: int | None = None,
    ) -> Sequence[Item]:
        """Return the items of these names, or the newest ``most``, newest first.

        There are fewer of them where they are large.

        Raises NotFound ``chat.no-node``: also where the reader may not know of it.
        """

        def question(db: Connection) -> Sequence[Item]:
            known = store.find_node(db, owner, node)
            if known is None or not may_read(known.options, reader):
                raise NotFound("chat.no-node")
            if names:
                return _named(db, known, names)
            sizes = store.newest_sizes(db, known, most=MAX_ITEMS if most is None else most)
            return store.newest_items(db, known, most=_fitting(sizes))

        return await self._database.read(question)

    async def last_items(
        self, owner: AccountId, reader: Reader, wanted: Collection[str]
    ) -> Sequence[Published]:
        """Return the newest item of each wanted node that tells newcomers of it."""

        def question(db: Connection) -> Sequence[Published]:
            found: list[Published] = []
            for node in store.nodes_of(db, owner):
                if node.name not in wanted or not _tells(node.options, reader):
                    continue
                newest = store.newest_items(db, node, most=1)
                if newest:
                    found.append(Published(node, newest, made=False))
            return found

        return await self._database.read(question)

    # --- the end ------------------------------------------------------------------------

    async def account_gone(self, account_id: AccountId) -> None:
        """Delete all that an account kept that is gone."""
        await self._database.write(lambda db: store.forget_account(db, account_id))


def may_read(options: NodeOptions, reader: Reader) -> bool:
    """Return whether a reader may read what is in a node, and be told of it."""
    if reader.is_owner or options.access is Access.OPEN:
        return True
    if options.access is Access.PRESENCE:
        return reader.sees
    if options.access is Access.ROSTER:
        return not reader.groups.isdisjoint(options.contact_groups)
    return False


def _tells(options: NodeOptions, reader: Reader) -> bool:
    return options.send_last is SendLast.ON_PRESENCE and may_read(options, reader)


def owner_of(who: Caller) -> AccountId:
    """Return whose nodes they are; an app password has to be for chat."""
    account_id = account_of(who)
    if who.is_program and not who.opens(Scope.CHAT):
        raise NotAllowed("identity.app-password-not-for-this")
    return account_id


def _node(db: Connection, account_id: AccountId, name: str) -> Node:
    found = store.find_node(db, account_id, name)
    if found is None:
        raise NotFound("chat.no-node")
    return found


def _made(db: Connection, account_id: AccountId, name: str, options: NodeOptions) -> Node:
    if store.count_nodes(db, account_id) >= MAX_NODES:
        raise QuotaExceeded("chat.too-many-nodes", limit=MAX_NODES)
    return store.add_node(db, account_id, name, clean_options(options))


def _put(db: Connection, node: Node, new: Sequence[Item]) -> None:
    for item in new:
        store.put_item(db, node, item)
    store.trim(db, node, node.options.max_items)
    if store.count_items(db, node.account_id) > MAX_ITEMS:
        raise QuotaExceeded("chat.too-many-items", limit=MAX_ITEMS)


def _named(db: Connection, node: Node, names: Sequence[str]) -> Sequence[Item]:
    found: list[Item] = []
    total = 0
    for name in dict.fromkeys(names):
        item = store.find_item(db, node, name) if total < MAX_ANSWER_BYTES else None
        if item is not None:
            found.append(item)
            total += len(item.payload)
    return found


def _fitting(sizes: Sequence[int]) -> int:
    """Return how many items fit into an answer; the first always does."""
    total = 0
    for number, size in enumerate(sizes):
        if total >= MAX_ANSWER_BYTES:
            return number
        total += size
    return len(sizes)
