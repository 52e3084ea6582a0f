"""Taking back what was said, by its author or by moderators. XEP-0424, 0425 (`:0` and `:1`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.delay import stamp_of
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.stanza import Stanza

RETRACT: Final = "urn:xmpp:message-retract:1"
RETRACT_NAME: Final = f"{RETRACT} retract"
_RETRACT_0: Final = "urn:xmpp:message-retract:0"
MODERATE: Final = "urn:xmpp:message-moderate:1"
MODERATE_NAME: Final = f"{MODERATE} moderate"
MODERATE_0: Final = "urn:xmpp:message-moderate:0"
_FASTEN: Final = "urn:xmpp:fasten:0"
APPLY_NAME: Final = f"{_FASTEN} apply-to"
FEATURES: Final = (RETRACT, f"{RETRACT}#tombstone", MODERATE, MODERATE_0)
_MAX_REASON_CHARS: Final = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which message is to go, and why."""

    uid: str
    reason: str = ""


def retracted(stanza: Stanza) -> str:
    """Return which message its author takes back, "" for none."""
    found = stanza.child(RETRACT_NAME)
    if found is not None:
        return found.get("id")
    older = stanza.child(APPLY_NAME)
    if older is not None and older.child(f"{_RETRACT_0} retract") is not None:
        return older.get("id")
    return ""


def moderated(payload: Element) -> Wanted:
    """Return what a moderator wants gone; either writing. Raises StanzaError."""
    inner: Element | None = payload
    retract = f"{RETRACT} retract"
    namespace = MODERATE
    if payload.name == APPLY_NAME:
        inner = payload.child(f"{MODERATE_0} moderate")
        retract, namespace = f"{_RETRACT_0} retract", MODERATE_0
    if inner is None or inner.child(retract) is None or not payload.get("id"):
        raise StanzaError("bad-request")
    return Wanted(payload.get("id"), inner.child_text(f"{namespace} reason")[:_MAX_REASON_CHARS])


def announcement(wanted: Wanted, by: str, author: Element) -> tuple[Element, Element]:
    """Return what the room says when a moderator took something back, in both writings.

    ``by``: the moderator's address in the room; ``author``: their occupant-id.
    """
    newer = element(
        RETRACT,
        "retract",
        element(MODERATE, "moderated", author, by=by),
        *_reason(RETRACT, wanted.reason),
        id=wanted.uid,
    )
    older = element(
        _FASTEN,
        "apply-to",
        element(
            MODERATE_0,
            "moderated",
            element(_RETRACT_0, "retract"),
            *_reason(MODERATE_0, wanted.reason),
            by=by,
        ),
        id=wanted.uid,
    )
    return newer, older


def tombstone(at: datetime, by: str = "", reason: str = "") -> Element:
    """Return what stands in the place of what is gone. ``by``: a moderator, "" for its author."""
    content = [element(MODERATE, "moderated", by=by)] if by else []
    return element(RETRACT, "retracted", *content, *_reason(RETRACT, reason), stamp=stamp_of(at))


def _reason(namespace: str, reason: str) -> list[Element]:
    return [element(namespace, "reason", reason)] if reason else []
