"""What its sender wants done with a message, and what is worth keeping. XEP-0334."""

from typing import Final

from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza

HINTS: Final = "urn:xmpp:hints"
NO_STORE: Final = f"{HINTS} no-store"
NO_PERMANENT_STORE: Final = f"{HINTS} no-permanent-store"
NO_COPY: Final = f"{HINTS} no-copy"
STORE: Final = f"{HINTS} store"

BODY: Final = f"{CLIENT} body"
SUBJECT: Final = f"{CLIENT} subject"
ENCRYPTED: Final = frozenset(
    (
        "eu.siacs.conversations.axolotl encrypted",  # XEP-0384, 0.3
        "urn:xmpp:omemo:2 encrypted",
        "urn:xmpp:openpgp:0 openpgp",  # XEP-0373
    )
)
EPHEMERAL: Final = "urn:xmpp:ephemeral:0 ephemeral"  # XEP-0466
_LASTING: Final = ENCRYPTED | {
    BODY,
    STORE,
    "urn:xmpp:message-retract:1 retract",  # XEP-0424
    "urn:xmpp:message-retract:0 retract",
    "urn:xmpp:fasten:0 apply-to",
    "urn:xmpp:reactions:0 reactions",  # XEP-0444
    "urn:xmpp:chat-markers:0 displayed",  # XEP-0333
    "urn:xmpp:chat-markers:0 received",
    "urn:xmpp:chat-markers:0 acknowledged",
}
_TALK: Final = frozenset(("", "normal", "chat"))
_STATES: Final = "http://jabber.org/protocol/chatstates "  # XEP-0085
_MAX_TIMER_DIGITS: Final = 10


def is_talk(stanza: Stanza) -> bool:
    """Whether it is of type normal or chat: what one says to another."""
    return stanza.type in _TALK


def is_encrypted(stanza: Stanza) -> bool:
    """Whether it carries ciphertext."""
    return any(child.name in ENCRYPTED for child in stanza.children)


def is_lasting(stanza: Stanza) -> bool:
    """Whether it belongs into archives."""
    names = {child.name for child in stanza.children}
    return (
        is_talk(stanza)
        and not names.isdisjoint(_LASTING)
        and NO_STORE not in names
        and NO_PERMANENT_STORE not in names
    )


def may_wait(stanza: Stanza) -> bool:
    """Whether it waits for a receiver who is not there. XEP-0160, 3."""
    names = {child.name for child in stanza.children}
    return is_talk(stanza) and not names.isdisjoint(_LASTING) and NO_STORE not in names


def is_state(stanza: Stanza) -> bool:
    """Whether it says nothing but that somebody is writing."""
    return bool(stanza.children) and all(
        child.name.startswith(_STATES) or child.name.startswith(f"{HINTS} ")
        for child in stanza.children
    )


def timer_s(stanza: Stanza) -> int | None:
    """Return after how many seconds a message is to disappear, None if it is not."""
    found = stanza.child(EPHEMERAL)
    text = found.get("timer") if found is not None else ""
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_TIMER_DIGITS):
        return None
    return int(text) or None
