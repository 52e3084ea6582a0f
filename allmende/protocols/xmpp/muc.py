"""Rooms in which many talk: what is said to them and by them. XEP-0045, 0421; pure."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.delay import instant_of
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid, JidMalformed, parse
from allmende.protocols.xmpp.stanza import Stanza

MUC: Final = "http://jabber.org/protocol/muc"
USER: Final = f"{MUC}#user"
ADMIN: Final = f"{MUC}#admin"
OWNER: Final = f"{MUC}#owner"
REGISTER: Final = "jabber:iq:register"
JOIN: Final = f"{MUC} x"
USER_X: Final = f"{USER} x"
ADMIN_QUERY: Final = f"{ADMIN} query"
OWNER_QUERY: Final = f"{OWNER} query"
OCCUPANT: Final = "urn:xmpp:occupant-id:0"
OCCUPANT_ID: Final = f"{OCCUPANT} occupant-id"
STABLE_ID: Final = f"{MUC}#stable_id"
SELF_PING: Final = f"{MUC}#self-ping-optimization"

NON_ANONYMOUS: Final = 100
AFFILIATION_CHANGED: Final = 101
CONFIG_CHANGED: Final = 104
SELF: Final = 110
LOGGED: Final = 170
CREATED: Final = 201
NICK_SET: Final = 210
BANNED: Final = 301
NEW_NICK: Final = 303
KICKED: Final = 307
NO_AFFILIATION: Final = 321
NOW_MEMBERS_ONLY: Final = 322

MAX_ITEMS: Final = 200
MAX_REASON_CHARS: Final = 500
_MAX_DIGITS: Final = 9
_ID_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class HistoryWish:
    """How much of what was said before somebody wants. None: as the room likes."""

    stanzas: int | None = None
    chars: int | None = None
    since: datetime | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Joining:
    """What somebody says who comes in."""

    password: str = ""
    history: HistoryWish = HistoryWish()


@dataclass(frozen=True, slots=True)
class Item:
    """Who somebody is in a room; in orders: who they are to be."""

    affiliation: str = ""
    role: str = ""
    jid: Jid | None = None
    nick: str = ""
    reason: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """``to``: who is invited, or in a refusal who invited."""

    to: Jid
    reason: str = ""


def joining(stanza: Stanza) -> Joining | None:
    """Return what presence says about joining, None if it says nothing. Raises StanzaError."""
    found = stanza.child(JOIN)
    if found is None:
        return None
    wish = found.child(f"{MUC} history")
    return Joining(
        found.child_text(f"{MUC} password"),
        HistoryWish() if wish is None else _wish(wish),
    )


def _wish(found: Element) -> HistoryWish:
    since = found.get("since")
    instant = instant_of(since) if since else None
    if since and instant is None:
        raise StanzaError("bad-request")
    return HistoryWish(
        _number(found.get("maxstanzas")),
        _number(found.get("maxchars")),
        instant,
        _number(found.get("seconds")),
    )


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise StanzaError("bad-request")
    return int(text[:_MAX_DIGITS])


def shown(items: Iterable[Item], codes: Iterable[int] = (), *more: Element) -> Element:
    """Return <x/> of presence: who somebody is, and what has happened."""
    content = [_item(USER, item) for item in items]
    content += more
    content += [element(USER, "status", code=str(code)) for code in codes]
    return Element(USER_X, {}, content)


def _item(namespace: str, item: Item) -> Element:
    attributes = {}
    for name, value in (("affiliation", item.affiliation), ("role", item.role),
                        ("jid", "" if item.jid is None else str(item.jid)),
                        ("nick", item.nick)):  # fmt: skip
        if value:
            attributes[name] = value
    content = []
    if item.actor:
        content.append(element(namespace, "actor", nick=item.actor))
    if item.reason:
        content.append(element(namespace, "reason", item.reason))
    return Element(f"{namespace} item", attributes, content)


def listed(items: Iterable[Item]) -> Element:
    """Return the answer to a question for a list."""
    return Element(ADMIN_QUERY, {}, [_item(ADMIN, item) for item in items])


def ordered(query: Element) -> Sequence[Item]:
    """Return the items of an order or a question. Raises StanzaError."""
    found = [_ordered(one) for one in query.children(f"{ADMIN} item")]
    if not found:
        raise StanzaError("bad-request")
    if len(found) > MAX_ITEMS:
        raise StanzaError("resource-constraint")
    return found


def _ordered(found: Element) -> Item:
    return Item(
        found.get("affiliation"),
        found.get("role"),
        _address(found.get("jid")) if found.get("jid") else None,
        found.get("nick"),
        found.child_text(f"{ADMIN} reason")[:MAX_REASON_CHARS],
    )


def invitations(stanza: Stanza) -> Sequence[Invitation]:
    """Return whom a message to a room invites. Raises StanzaError."""
    return _invitations(stanza, "invite")


def refusals(stanza: Stanza) -> Sequence[Invitation]:
    """Return whose invitations a message to a room refuses. Raises StanzaError."""
    return _invitations(stanza, "decline")


def _invitations(stanza: Stanza, local: str) -> Sequence[Invitation]:
    found = stanza.child(USER_X)
    if found is None:
        return ()
    some = list(found.children(f"{USER} {local}"))
    if len(some) > MAX_ITEMS:
        raise StanzaError("resource-constraint")
    return [
        Invitation(_address(one.get("to")), one.child_text(f"{USER} reason")[:MAX_REASON_CHARS])
        for one in some
    ]


def invited(by: Jid, reason: str, password: str = "") -> Element:
    """Return what a room says to somebody who is invited."""
    return _passed_on("invite", by, reason, password)


def refused(by: Jid, reason: str) -> Element:
    """Return what a room says to somebody whose invitation is refused."""
    return _passed_on("decline", by, reason, "")


def _passed_on(local: str, by: Jid, reason: str, password: str) -> Element:
    why = [element(USER, "reason", reason)] if reason else []
    content = [Element(f"{USER} {local}", {"from": str(by)}, why)]
    if password:
        content.append(element(USER, "password", password))
    return Element(USER_X, {}, content)


def destroyed(reason: str, heir: Jid | None) -> Element:
    """Return what stands in the last presence of a room that is gone."""
    attributes = {} if heir is None else {"jid": str(heir)}
    why = [element(USER, "reason", reason)] if reason else []
    return Element(f"{USER} destroy", attributes, why)


def destruction(query: Element) -> tuple[str, Jid | None] | None:
    """Return why and in whose favour a room is to go; None if it is not. Raises StanzaError."""
    found = query.child(f"{OWNER} destroy")
    if found is None:
        return None
    heir = _address(found.get("jid")) if found.get("jid") else None
    return found.child_text(f"{OWNER} reason")[:MAX_REASON_CHARS], heir


def occupant_id(secret: bytes, person: str) -> Element:
    """Return the id somebody has in one room, whatever they are called. XEP-0421."""
    return Element(OCCUPANT_ID, {"id": occupant_key(secret, person)})


def occupant_key(secret: bytes, person: str) -> str:
    """Return the id alone. ``person``: the bare address, so that another app does not help."""
    digest = hmac.digest(secret, person.encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:_ID_BYTES]).decode()


def _address(text: str) -> Jid:
    try:
        return parse(text)
    except JidMalformed as problem:
        raise StanzaError("jid-malformed") from problem
