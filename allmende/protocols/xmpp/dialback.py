"""A server proves its domain by answering at it. XEP-0220; keys: XEP-0185; errors in 0220, 2.5.

Only names are proved, and only as far as name servers and the way to the other server can be
trusted: whoever wants more asks for a certificate.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.names import SERVER, STANZAS

NAMESPACE: Final = "jabber:server:dialback"
RESULT: Final = f"{NAMESPACE} result"
VERIFY: Final = f"{NAMESPACE} verify"
_FEATURES: Final = "urn:xmpp:features:dialback"
FEATURE_NAME: Final = f"{_FEATURES} dialback"
FEATURE: Final = element(_FEATURES, "dialback", element(_FEATURES, "errors"))
MAX_KEY_CHARS: Final = 1024
_TYPES: Final = frozenset(("valid", "invalid", "error"))


@dataclass(frozen=True, slots=True)
class Said:
    """A <result/> or <verify/>. ``key``: "" in an answer, ``type``: "" in a question."""

    sender: str
    receiver: str
    type: str
    key: str
    stream: str


def key_of(secret: bytes, receiver: str, sender: str, stream: str) -> str:
    """Return what ``sender`` shows to ``receiver`` on a stream (XEP-0185, 3)."""
    inner = hashlib.sha256(secret).hexdigest().encode()
    return hmac.new(inner, f"{receiver} {sender} {stream}".encode(), hashlib.sha256).hexdigest()


def is_key(key: str, secret: bytes, receiver: str, sender: str, stream: str) -> bool:
    """Return whether ``key`` is ours."""
    return hmac.compare_digest(key.encode(), key_of(secret, receiver, sender, stream).encode())


def show(sender: str, receiver: str, key: str) -> Element:
    """Return what claims that we are ``sender``."""
    return element(NAMESPACE, "result", key, from_=sender, to=receiver)


def ask(sender: str, receiver: str, stream: str, key: str) -> Element:
    """Return what asks a server whether ``key`` is one of its own."""
    return element(NAMESPACE, "verify", key, from_=sender, to=receiver, id=stream)


def answer_show(said: Said, *, valid: bool) -> Element:
    """Return what tells somebody that we take them for who they say, or not."""
    return element(
        NAMESPACE,
        "result",
        from_=said.receiver,
        to=said.sender,
        type="valid" if valid else "invalid",
    )


def refuse_show(said: Said, condition: str) -> Element:
    """Return what tells somebody that their claim could not be checked."""
    error = element(SERVER, "error", element(STANZAS, condition), type="cancel")
    return element(NAMESPACE, "result", error, from_=said.receiver, to=said.sender, type="error")


def answer_ask(said: Said, *, valid: bool) -> Element:
    """Return what tells a server whether a key is ours."""
    return element(
        NAMESPACE,
        "verify",
        from_=said.receiver,
        to=said.sender,
        id=said.stream,
        type="valid" if valid else "invalid",
    )


def read(root: Element) -> Said | None:
    """Return what a <result/> or <verify/> says; None if it says nothing that can be used."""
    sender, receiver, type_ = root.get("from"), root.get("to"), root.get("type")
    key, stream = "".join(root.text.split()), root.get("id")
    if not sender or not receiver or len(key) > MAX_KEY_CHARS:
        return None
    if type_ and type_ not in _TYPES:
        return None
    if (not type_ and not key) or (root.name == VERIFY and not stream):
        return None
    return Said(sender, receiver, type_, "" if type_ else key, stream)
