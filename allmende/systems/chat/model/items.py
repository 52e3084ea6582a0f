"""Nodes of a person: each holds items that others may read or be told of.

A node is what one app writes for others of its kind: an avatar, keys, bookmarks.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from allmende.core.errors import InvalidInput, QuotaExceeded
from allmende.core.ids import AccountId

MAX_NODES: Final = 200
"""Of one account."""

MAX_ITEMS: Final = 1_000
"""Of one account in all its nodes; a node that wants more than this wants as many."""

MAX_ITEM_BYTES: Final = 128 * 1024
MAX_NAME_BYTES: Final = 1023
MAX_TITLE_CHARS: Final = 200
MAX_CONTACT_GROUPS: Final = 50

NodeId = NewType("NodeId", int)


class Access(StrEnum):
    """Who reads a node besides its owner."""

    OPEN = "open"
    PRESENCE = "presence"
    """Who sees the owner's presence."""
    ROSTER = "roster"
    """Contacts in one of the named groups of the owner's."""
    WHITELIST = "whitelist"
    """Nobody else."""


class SendLast(StrEnum):
    """When somebody is told of the newest item without asking."""

    NEVER = "never"
    ON_SUB = "on_sub"
    ON_PRESENCE = "on_sub_and_presence"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeOptions:
    """How a node behaves. ``contact_groups``: for `Access.ROSTER`.

    Not ``persistent``: an item is told of and not kept. ``payloads``: tell what is in an item.
    ``kind``: the namespace of what the items hold.
    """

    access: Access = Access.PRESENCE
    contact_groups: tuple[str, ...] = ()
    max_items: int = 1
    persistent: bool = True
    send_last: SendLast = SendLast.ON_PRESENCE
    payloads: bool = True
    notify_retract: bool = True
    notify_delete: bool = False
    title: str = ""
    kind: str = ""


USUAL: Final = NodeOptions()
"""What a node has that is made by publishing (XEP-0163, 3)."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node of an account."""

    id: NodeId
    account_id: AccountId
    name: str
    options: NodeOptions


@dataclass(frozen=True, slots=True)
class Item:
    """One item: what its publisher called it, and what was published as it is written."""

    name: str
    payload: bytes
    published_at: datetime


def clean_options(options: NodeOptions) -> NodeOptions:
    """Return options within their limits. Raises InvalidInput ``chat.options-refused``."""
    if (
        options.max_items < 1
        or len(options.title) > MAX_TITLE_CHARS
        or len(options.kind.encode()) > MAX_NAME_BYTES
        or len(options.contact_groups) > MAX_CONTACT_GROUPS
        or any(len(group.encode()) > MAX_NAME_BYTES for group in options.contact_groups)
    ):
        raise InvalidInput("chat.options-refused")
    return options


def clean_name(name: str) -> str:
    """Return the name of a node or an item. Raises InvalidInput ``chat.name-refused``."""
    if not 0 < len(name.encode()) <= MAX_NAME_BYTES:
        raise InvalidInput("chat.name-refused", limit=MAX_NAME_BYTES)
    return name


def clean_payload(payload: bytes) -> bytes:
    """Return what is kept as one item. Raises QuotaExceeded ``chat.item-too-large``."""
    if len(payload) > MAX_ITEM_BYTES:
        raise QuotaExceeded("chat.item-too-large", limit_kib=MAX_ITEM_BYTES // 1024)
    return payload
