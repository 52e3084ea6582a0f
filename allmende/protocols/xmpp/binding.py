"""Binding a resource, and the session of RFC 3921 that old clients still ask for. RFC 6120, 7."""

from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid, prepared_resource
from allmende.protocols.xmpp.names import BIND, SESSION

BIND_NAME: Final = f"{BIND} bind"
SESSION_NAME: Final = f"{SESSION} session"
BIND_FEATURE: Final = element(BIND, "bind")
SESSION_FEATURE: Final = element(SESSION, "session", element(SESSION, "optional"))


def wanted_resource(payload: Element) -> str:
    """Return the resource that a client asks for, "" for any. Raises StanzaError."""
    text = payload.child_text(f"{BIND} resource")
    if not text:
        return ""
    try:
        return prepared_resource(text)
    except ValueError as problem:
        raise StanzaError("bad-request") from problem


def bound(jid: Jid) -> Element:
    """Return the payload of the result."""
    return element(BIND, "bind", element(BIND, "jid", str(jid)))
