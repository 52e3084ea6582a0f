"""What is kept of the nodes of people, and of the items in them."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    LargeBinary,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from allmende.core.ids import AccountId
from allmende.storage.retention import Kept
from allmende.storage.types import Choice, RowId, Text, UtcTime, metadata, of
from allmende.systems.chat.model.items import Access, Item, Node, NodeId, NodeOptions, SendLast

nodes: Final = Table(
    "chat_node",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, of("identity_account"), nullable=False),
    Column("name", Text, nullable=False),
    Column("access", Choice(Access), nullable=False),
    Column("contact_groups", Text, nullable=False),
    Column("max_items", BigInteger, nullable=False),
    Column("persistent", Boolean, nullable=False),
    Column("send_last", Choice(SendLast), nullable=False),
    Column("payloads", Boolean, nullable=False),
    Column("notify_retract", Boolean, nullable=False),
    Column("notify_delete", Boolean, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Index("chat_node_by_name", "account_id", "name", unique=True),
)
items: Final = Table(
    "chat_item",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("node_id", BigInteger, of("chat_node"), nullable=False),
    Column("account_id", BigInteger, of("identity_account"), nullable=False),
    Column("name", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("published_at", UtcTime, nullable=False),
    Index("chat_item_by_name", "node_id", "name", unique=True),
    Index("chat_item_by_node", "node_id", "id"),
    Index("chat_item_by_account", "account_id", "id"),
)
KEPT: Final = [
    Kept(
        nodes,
        days=None,
        why="apps of a person keep keys and settings here until they delete them",
        personal="account_id name contact_groups title",
        plain="access max_items persistent send_last payloads notify_retract notify_delete kind",
    ),
    Kept(
        items,
        days=None,
        why="avatars, keys and bookmarks: until the app deletes them, or the account goes",
        personal="account_id name payload published_at",
        plain="node_id",
    ),
]

_SHOWN: Final = (items.c.name, items.c.payload, items.c.published_at)
_ALL: Final = select(nodes).where(nodes.c.account_id == bindparam("account")).order_by(nodes.c.name)
_ONE: Final = select(nodes).where(
    nodes.c.account_id == bindparam("account"), nodes.c.name == bindparam("node")
)
_COUNT_NODES: Final = (
    select(func.count()).select_from(nodes).where(nodes.c.account_id == bindparam("account"))
)
_ADD_NODE: Final = insert(nodes).returning(nodes.c.id)
_SET_NODE: Final = update(nodes).where(nodes.c.id == bindparam("node"))
_DELETE_NODE: Final = delete(nodes).where(nodes.c.id == bindparam("node"))
_FORGET_NODES: Final = delete(nodes).where(nodes.c.account_id == bindparam("account"))
_ADD_ITEM: Final = insert(items)
_NEWEST: Final = (
    select(*_SHOWN)
    .where(items.c.node_id == bindparam("node"))
    .order_by(items.c.id.desc())
    .limit(bindparam("most"))
)
_SIZES: Final = (
    select(func.length(items.c.payload))
    .where(items.c.node_id == bindparam("node"))
    .order_by(items.c.id.desc())
    .limit(bindparam("most"))
)
_NAMED: Final = select(*_SHOWN).where(
    items.c.node_id == bindparam("node"), items.c.name == bindparam("name")
)
_DELETE_ITEM: Final = delete(items).where(
    items.c.node_id == bindparam("node"), items.c.name == bindparam("name")
)
_PURGE: Final = delete(items).where(items.c.node_id == bindparam("node"))
_COUNT_IN_NODE: Final = (
    select(func.count()).select_from(items).where(items.c.node_id == bindparam("node"))
)
_COUNT_ITEMS: Final = (
    select(func.count()).select_from(items).where(items.c.account_id == bindparam("account"))
)
_OLDEST: Final = (
    select(items.c.id)
    .where(items.c.node_id == bindparam("node"))
    .order_by(items.c.id)
    .limit(bindparam("most"))
)
_TRIM: Final = delete(items).where(items.c.id.in_(_OLDEST))
_OF_ACCOUNT: Final = (
    select(items.c.id, nodes.c.name, *_SHOWN)
    .join(nodes, nodes.c.id == items.c.node_id)
    .where(items.c.account_id == bindparam("account"), items.c.id > bindparam("after"))
    .order_by(items.c.id)
    .limit(bindparam("most"))
)


def nodes_of(db: Connection, account_id: AccountId) -> Sequence[Node]:
    """Return the nodes of an account by name. Index: chat_node_by_name."""
    return [_node(*row) for row in db.execute(_ALL, {"account": account_id})]


def find_node(db: Connection, account_id: AccountId, name: str) -> Node | None:
    """Return one node. Index: chat_node_by_name."""
    row = db.execute(_ONE, {"account": account_id, "node": name}).one_or_none()
    return None if row is None else _node(*row)


def count_nodes(db: Connection, account_id: AccountId) -> int:
    """Return how many nodes an account has. Index: chat_node_by_name."""
    return int(db.execute(_COUNT_NODES, {"account": account_id}).scalar_one())


def add_node(db: Connection, account_id: AccountId, name: str, options: NodeOptions) -> Node:
    """Add a node that is not there yet."""
    values = {"account_id": account_id, "name": name, **_columns(options)}
    number = db.execute(_ADD_NODE, values).scalar_one()
    return Node(NodeId(number), account_id, name, options)


def set_options(db: Connection, node: Node, options: NodeOptions) -> None:
    """Change how a node behaves. Index: primary key."""
    db.execute(_SET_NODE, {"node": node.id, **_columns(options)})


def delete_node(db: Connection, node: Node) -> None:
    """Delete a node with its items. Index: primary key."""
    db.execute(_DELETE_NODE, {"node": node.id})


def forget_account(db: Connection, account_id: AccountId) -> int:
    """Delete all nodes of an account; return how many. Index: chat_node_by_name."""
    return db.execute(_FORGET_NODES, {"account": account_id}).rowcount


def put_item(db: Connection, node: Node, item: Item) -> None:
    """Add an item as the newest; one of the same name is gone. Index: chat_item_by_name."""
    delete_item(db, node, item.name)
    values = {
        "node_id": node.id,
        "account_id": node.account_id,
        "name": item.name,
        "payload": item.payload,
        "published_at": item.published_at,
    }
    db.execute(_ADD_ITEM, values)


def newest_items(db: Connection, node: Node, *, most: int) -> Sequence[Item]:
    """Return the newest items, newest first. Index: chat_item_by_node."""
    return [Item(*row) for row in db.execute(_NEWEST, {"node": node.id, "most": most})]


def find_item(db: Connection, node: Node, name: str) -> Item | None:
    """Return the item of this name. Index: chat_item_by_name."""
    row = db.execute(_NAMED, {"node": node.id, "name": name}).one_or_none()
    return None if row is None else Item(*row)


def newest_sizes(db: Connection, node: Node, *, most: int) -> Sequence[int]:
    """Return how many bytes the newest items have, newest first. Index: chat_item_by_node."""
    return db.execute(_SIZES, {"node": node.id, "most": most}).scalars().all()


def delete_item(db: Connection, node: Node, name: str) -> bool:
    """Delete an item; return whether it was there. Index: chat_item_by_name."""
    return db.execute(_DELETE_ITEM, {"node": node.id, "name": name}).rowcount > 0


def delete_items(db: Connection, node: Node) -> int:
    """Delete all items of a node; return how many. Index: chat_item_by_node."""
    return db.execute(_PURGE, {"node": node.id}).rowcount


def count_items(db: Connection, account_id: AccountId) -> int:
    """Return how many items an account has in all nodes. Index: chat_item_by_account."""
    return int(db.execute(_COUNT_ITEMS, {"account": account_id}).scalar_one())


def trim(db: Connection, node: Node, most: int) -> int:
    """Delete the oldest items beyond ``most``; return how many. Index: chat_item_by_node."""
    beyond = int(db.execute(_COUNT_IN_NODE, {"node": node.id}).scalar_one()) - most
    if beyond <= 0:
        return 0
    return db.execute(_TRIM, {"node": node.id, "most": beyond}).rowcount


def items_of(
    db: Connection, account_id: AccountId, after: int, *, most: int
) -> Sequence[tuple[int, str, Item]]:
    """Return items of all nodes with their number and node. Index: chat_item_by_account."""
    rows = db.execute(_OF_ACCOUNT, {"account": account_id, "after": after, "most": most})
    return [(number, node, Item(*rest)) for number, node, *rest in rows]


def _columns(options: NodeOptions) -> dict[str, Any]:
    return {
        "access": options.access,
        "contact_groups": json.dumps(options.contact_groups),
        "max_items": options.max_items,
        "persistent": options.persistent,
        "send_last": options.send_last,
        "payloads": options.payloads,
        "notify_retract": options.notify_retract,
        "notify_delete": options.notify_delete,
        "title": options.title,
        "kind": options.kind,
    }


def _node(number: int, account_id: int, name: str, *rest: Any) -> Node:
    access, groups, max_items, persistent, send_last, payloads, retract, gone, title, kind = rest
    options = NodeOptions(
        access=access,
        contact_groups=tuple(json.loads(groups)),
        max_items=max_items,
        persistent=persistent,
        send_last=send_last,
        payloads=payloads,
        notify_retract=retract,
        notify_delete=gone,
        title=title,
        kind=kind,
    )
    return Node(NodeId(number), AccountId(account_id), name, options)
