"""Publishing and reading items of nodes: the part of XEP-0060 that XEP-0163 needs.

Requests are read into values; what is of no use in a node of a person (subscribing by hand,
affiliations, pending requests) is refused by name, as XEP-0060 wants.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp import forms
from allmende.protocols.xmpp.errors import StanzaError

PUBSUB: Final = "http://jabber.org/protocol/pubsub"
OWNER: Final = f"{PUBSUB}#owner"
EVENT: Final = f"{PUBSUB}#event"
ERRORS: Final = f"{PUBSUB}#errors"
NODE_CONFIG: Final = f"{PUBSUB}#node_config"
PUBLISH_OPTIONS: Final = f"{PUBSUB}#publish-options"
NAME: Final = f"{PUBSUB} pubsub"
OWNER_NAME: Final = f"{OWNER} pubsub"
NOTIFY: Final = "+notify"
"""Behind the name of a node in what a client announces: it wants to be told of it."""

MAX_AT_ONCE: Final = 100
"""Items in one request."""

FEATURES: Final = tuple(
    f"{PUBSUB}#{feature}"
    for feature in (
        "access-open", "access-presence", "access-roster", "access-whitelist", "auto-create",
        "auto-subscribe", "config-node", "config-node-max", "create-and-configure",
        "create-nodes", "delete-items", "delete-nodes", "filtered-notifications", "item-ids",
        "last-published", "multi-items", "persistent-items", "presence-notifications", "publish",
        "publish-options", "purge-nodes", "retract-items", "retrieve-default", "retrieve-items",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """An item: its name, "" where the server gives one, and what is in it."""

    name: str
    payload: Element | None = None


@dataclass(frozen=True, slots=True)
class Publish:
    """Publish ``items``; ``terms``: what the node has to be like, None for as it is."""

    node: str
    items: tuple[Entry, ...]
    terms: forms.Form | None = None


@dataclass(frozen=True, slots=True)
class Retract:
    """Delete items. ``notify``: tell others."""

    node: str
    names: tuple[str, ...]
    notify: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """Read the items of these names, or the newest ``most``; None for all."""

    node: str
    names: tuple[str, ...] = ()
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Create:
    """Make a node; ``node`` is "" where the server shall name it."""

    node: str
    options: forms.Form | None = None


@dataclass(frozen=True, slots=True)
class Configure:
    """Ask how a node is set; with ``options`` set it."""

    node: str
    options: forms.Form | None = None


@dataclass(frozen=True, slots=True)
class Defaults:
    """Ask how a new node is set."""


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a node."""

    node: str


@dataclass(frozen=True, slots=True)
class Purge:
    """Delete the items of a node."""

    node: str


Asked = Publish | Retract | Items | Create | Configure | Defaults | Delete | Purge


def read(payload: Element, *, is_set: bool) -> Asked:
    """Return what a request asks for.

    Raises StanzaError ``bad-request``, ``feature-not-implemented`` with the name of the feature.
    """
    actions = list(payload)
    if not actions:
        raise StanzaError("bad-request")
    reader = _READERS.get((actions[0].name, is_set))
    if reader is None:
        feature = _UNSUPPORTED.get(actions[0].local, actions[0].local)
        more = element(ERRORS, "unsupported", feature=feature)
        raise StanzaError("feature-not-implemented", more=more)
    return reader(actions[0], payload)


def _publish(action: Element, payload: Element) -> Publish:
    items: list[Entry] = []
    for item in action.children(f"{PUBSUB} item"):
        inside = list(item)
        if len(inside) > 1:
            raise problem("bad-request", "invalid-payload")
        items.append(Entry(item.get("id"), inside[0] if inside else None))
    if len(items) > MAX_AT_ONCE:
        raise problem("not-allowed", "max-items-exceeded")
    terms = payload.child(f"{PUBSUB} publish-options")
    form = None if terms is None else terms.child(forms.NAME)
    return Publish(_node(action), tuple(items), None if form is None else forms.read(form))


def _retract(action: Element, _: Element) -> Retract:
    names = tuple(item.get("id") for item in action.children(f"{PUBSUB} item"))
    if not names or "" in names or len(names) > MAX_AT_ONCE:
        raise problem("bad-request", "item-required")
    return Retract(_node(action), names, action.get("notify") in ("1", "true"))


def _items(action: Element, _: Element) -> Items:
    names = tuple(item.get("id") for item in action.children(f"{PUBSUB} item"))
    if "" in names or len(names) > MAX_AT_ONCE:
        raise StanzaError("bad-request")
    most = action.get("max_items")
    if not most:
        return Items(_node(action), names)
    if not most.isascii() or not most.isdecimal():
        raise StanzaError("bad-request")
    return Items(_node(action), names, min(int(most[:9]), 10**6))


def _create(action: Element, payload: Element) -> Create:
    configure = payload.child(f"{PUBSUB} configure")
    form = None if configure is None else configure.child(forms.NAME)
    return Create(action.get("node"), None if form is None else forms.read(form))


def _configure(action: Element, _: Element) -> Configure:
    return Configure(_node(action))


def _set_options(action: Element, _: Element) -> Configure:
    form = action.child(forms.NAME)
    if form is None:
        raise StanzaError("bad-request")
    return Configure(_node(action), forms.read(form))


def _defaults(_: Element, __: Element) -> Defaults:
    return Defaults()


def _delete(action: Element, _: Element) -> Delete:
    return Delete(_node(action))


def _purge(action: Element, _: Element) -> Purge:
    return Purge(_node(action))


def _node(action: Element) -> str:
    name = action.get("node")
    if not name:
        raise problem("bad-request", "nodeid-required")
    return name


_READERS: Final[Mapping[tuple[str, bool], Callable[[Element, Element], Asked]]] = {
    (f"{PUBSUB} publish", True): _publish,
    (f"{PUBSUB} retract", True): _retract,
    (f"{PUBSUB} items", False): _items,
    (f"{PUBSUB} create", True): _create,
    (f"{PUBSUB} default", False): _defaults,
    (f"{OWNER} configure", False): _configure,
    (f"{OWNER} configure", True): _set_options,
    (f"{OWNER} default", False): _defaults,
    (f"{OWNER} delete", True): _delete,
    (f"{OWNER} purge", True): _purge,
}
_UNSUPPORTED: Final[Mapping[str, str]] = {
    "subscriptions": "retrieve-subscriptions",
    "affiliations": "retrieve-affiliations",
    "unsubscribe": "subscribe",
    "options": "subscription-options",
}


def problem(condition: str, inner: str, text: str = "") -> StanzaError:
    """Return an error with the condition that XEP-0060 gives it."""
    return StanzaError(condition, text, more=element(ERRORS, inner))


# --- answers and events -----------------------------------------------------------------


def published(node: str, names: Iterable[str]) -> Element:
    """Return the answer to publishing: the names that the items have now."""
    items = [element(PUBSUB, "item", id=name) for name in names]
    return element(PUBSUB, "pubsub", element(PUBSUB, "publish", *items, node=node))


def items_of(node: str, items: Iterable[Entry]) -> Element:
    """Return the answer to reading."""
    written = [_entry(PUBSUB, item) for item in items]
    return element(PUBSUB, "pubsub", element(PUBSUB, "items", *written, node=node))


def created(node: str) -> Element:
    """Return the answer to making a node."""
    return element(PUBSUB, "pubsub", element(PUBSUB, "create", node=node))


def configuration(node: str, form: forms.Form) -> Element:
    """Return the answer to asking how a node is set."""
    inner = element(OWNER, "configure", forms.write(form), node=node)
    return element(OWNER, "pubsub", inner)


def defaults(form: forms.Form) -> Element:
    """Return the answer to asking how a new node is set."""
    return element(OWNER, "pubsub", element(OWNER, "default", forms.write(form)))


def told_items(node: str, items: Iterable[Entry]) -> Element:
    """Return the event that tells of items."""
    written = [_entry(EVENT, item) for item in items]
    return element(EVENT, "event", element(EVENT, "items", *written, node=node))


def told_retracted(node: str, names: Iterable[str]) -> Element:
    """Return the event that tells of items that are gone."""
    gone = [element(EVENT, "retract", id=name) for name in names]
    return element(EVENT, "event", element(EVENT, "items", *gone, node=node))


def told_purged(node: str) -> Element:
    """Return the event that tells that all items are gone."""
    return element(EVENT, "event", element(EVENT, "purge", node=node))


def told_deleted(node: str) -> Element:
    """Return the event that tells that a node is gone."""
    return element(EVENT, "event", element(EVENT, "delete", node=node))


def _entry(namespace: str, item: Entry) -> Element:
    return element(
        namespace, "item", *([] if item.payload is None else [item.payload]), id=item.name
    )
