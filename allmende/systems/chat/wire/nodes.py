"""How a node is set, as a form says it. XEP-0060, 16.4.3 and 16.4.4."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from allmende.protocols.xmpp import forms, pubsub
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.forms import Field, Form
from allmende.systems.chat.model.items import MAX_ITEMS, Access, NodeOptions, SendLast
from allmende.systems.chat.service.items import Terms

_PREFIX: Final = "pubsub#"
_MOST: Final = "max"
_MAX_DIGITS: Final = 9
_FIXED: Final[Mapping[str, tuple[str, ...]]] = {
    "deliver_notifications": ("1", "true"),
    "itemreply": ("owner", "publisher"),
    "notification_type": ("headline",),
    "notify_config": ("0", "false"),
    "notify_sub": ("0", "false"),
    "presence_based_delivery": ("0", "1", "false", "true"),
    "publish_model": ("publishers",),
    "purge_offline": ("0", "false"),
    "subscribe": ("1", "true"),
}
"""What is the same for every node, in all its spellings."""


class _Impossible(ValueError):
    """No node can be set like this."""


def terms_of(form: Form | None) -> Terms | None:
    """Return what a publisher wants a node to be like, None for no matter.

    Raises StanzaError with ``precondition-not-met`` for what no node is like (XEP-0060, 7.1.5).
    """
    if form is None or not form.fields:
        return None
    try:
        changes = _changes(form, strict=True)
    except _Impossible:
        raise differs() from None
    return lambda options: replace(options, **changes)


def settings_of(form: Form | None) -> Terms:
    """Return what a form sets; fields that we do not know change nothing.

    Raises StanzaError ``not-acceptable``.
    """
    if form is None or form.kind == "cancel":
        return lambda options: options
    try:
        changes = _changes(form, strict=False)
    except _Impossible:
        raise StanzaError("not-acceptable") from None
    return lambda options: replace(options, **changes)


def differs() -> StanzaError:
    """Return the error for a node that is not as its publisher wants it."""
    return pubsub.problem("conflict", "precondition-not-met")


def form_of(options: NodeOptions) -> Form:
    """Return how a node is set, as questions."""
    most = _MOST if options.max_items >= MAX_ITEMS else str(options.max_items)
    return Form(
        "form",
        [
            forms.hidden(pubsub.NODE_CONFIG),
            _text("title", options.title),
            _text("type", options.kind),
            _choice("access_model", options.access.value, [one.value for one in Access]),
            _field("roster_groups_allowed", "list-multi", *options.contact_groups),
            _text("max_items", most),
            _yes("persist_items", options.persistent),
            _choice("send_last_published_item", options.send_last.value, [*map(str, SendLast)]),
            _yes("deliver_payloads", options.payloads),
            _yes("notify_retract", options.notify_retract),
            _yes("notify_delete", options.notify_delete),
            _choice("publish_model", "publishers", ["publishers"]),
            _choice("notification_type", "headline", ["headline"]),
        ],
    )


def _changes(form: Form, *, strict: bool) -> dict[str, Any]:
    """Return the options that a form names. Raises _Impossible."""
    changes: dict[str, Any] = {}
    for name, values in form.values().items():
        if not name.startswith(_PREFIX):
            continue
        short = name.removeprefix(_PREFIX)
        reader = _READ.get(short)
        if reader is not None:
            field, read = reader
            changes[field] = _read(read, values)
        elif strict and values[0] not in _FIXED.get(short, ()):
            raise _Impossible(short)
    return changes


def _read(read: Callable[[tuple[str, ...]], Any], values: tuple[str, ...]) -> Any:
    try:
        return read(values)
    except (ValueError, StanzaError):
        raise _Impossible from None


def _number(values: tuple[str, ...]) -> int:
    text = values[0]
    if text == _MOST:
        return MAX_ITEMS
    if not text.isascii() or not text.isdecimal() or len(text) > _MAX_DIGITS or not int(text):
        raise ValueError("no number of items")
    return min(int(text), MAX_ITEMS)


def _boolean(values: tuple[str, ...]) -> bool:
    return forms.boolean(values[0])


def _first(values: tuple[str, ...]) -> str:
    return values[0]


_READ: Final[Mapping[str, tuple[str, Callable[[tuple[str, ...]], Any]]]] = {
    "title": ("title", _first),
    "type": ("kind", _first),
    "access_model": ("access", lambda values: Access(values[0])),
    "roster_groups_allowed": ("contact_groups", lambda values: values),
    "max_items": ("max_items", _number),
    "persist_items": ("persistent", _boolean),
    "send_last_published_item": ("send_last", lambda values: SendLast(values[0])),
    "deliver_payloads": ("payloads", _boolean),
    "notify_retract": ("notify_retract", _boolean),
    "notify_delete": ("notify_delete", _boolean),
}


def _field(name: str, kind: str, *values: str) -> Field:
    return Field(name=_PREFIX + name, kind=kind, values=values)


def _text(name: str, value: str) -> Field:
    return _field(name, "text-single", *([value] if value else []))


def _yes(name: str, value: bool) -> Field:
    return _field(name, "boolean", forms.said(value))


def _choice(name: str, value: str, among: list[str]) -> Field:
    options = tuple((one, one) for one in among)
    return Field(name=_PREFIX + name, kind="list-single", values=(value,), options=options)
