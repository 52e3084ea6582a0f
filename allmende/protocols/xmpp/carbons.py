"""Copies of messages for the other apps of the same person. XEP-0280."""

from typing import Final

from allmende.protocols.xmpp.forwarding import forwarded
from allmende.protocols.xmpp.hints import BODY, NO_COPY
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Child, Stanza

CARBONS: Final = "urn:xmpp:carbons:2"
RULES: Final = "urn:xmpp:carbons:rules:0"
ENABLE: Final = f"{CARBONS} enable"
DISABLE: Final = f"{CARBONS} disable"
PRIVATE: Final = f"{CARBONS} private"
SENT: Final = f"{CARBONS} sent"
RECEIVED: Final = f"{CARBONS} received"


def is_copied(stanza: Stanza) -> bool:
    """Whether others see it too: a chat, or a message with a body. Rooms decide for themselves."""
    if stanza.has(PRIVATE) or stanza.has(NO_COPY):
        return False
    return stanza.type == "chat" or (stanza.type in ("", "normal") and stanza.has(BODY))


def copy(name: str, content: bytes, kind: str, owner: Jid, to: Jid) -> Stanza:
    """Return a copy (`SENT` or `RECEIVED`) of ``content``, from the account itself.

    ``kind``: the type of the message. A receiver believes it from the own bare address alone
    (XEP-0280, 11).
    """
    namespace, _, local = name.rpartition(" ")
    inner = b"<%s xmlns='%s'>%s</%s>" % (
        local.encode(), namespace.encode(), forwarded(content), local.encode(),
    )  # fmt: skip
    attributes = {"from": str(owner.bare), "to": str(to)}
    if kind:
        attributes["type"] = kind
    return Stanza("message", CLIENT, attributes, inner, [Child(name, 0, len(inner))])
