"""Errors of stanzas and streams. RFC 6120, 4.9 and 8.3; legacy codes of XEP-0086.

The numbers are old, and needed: profanity 0.13 takes a missing node for a failure without them.
"""

from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.names import STANZAS, STREAM, STREAMS
from allmende.protocols.xmpp.stanza import Stanza

CONDITIONS: Final = {
    "bad-request": ("modify", 400),
    "conflict": ("cancel", 409),
    "feature-not-implemented": ("cancel", 501),
    "forbidden": ("auth", 403),
    "gone": ("cancel", 302),
    "internal-server-error": ("wait", 500),
    "item-not-found": ("cancel", 404),
    "jid-malformed": ("modify", 400),
    "not-acceptable": ("modify", 406),
    "not-allowed": ("cancel", 405),
    "not-authorized": ("auth", 401),
    "policy-violation": ("modify", 406),
    "recipient-unavailable": ("wait", 404),
    "redirect": ("modify", 302),
    "registration-required": ("auth", 407),
    "remote-server-not-found": ("cancel", 404),
    "remote-server-timeout": ("wait", 504),
    "resource-constraint": ("wait", 500),
    "service-unavailable": ("cancel", 503),
    "subscription-required": ("auth", 407),
    "undefined-condition": ("cancel", 500),
    "unexpected-request": ("wait", 400),
}
"""Of stanza errors: the usual type, and the legacy code."""

_MAX_TEXT: Final = 1000


class StanzaError(Exception):
    """A stanza is answered with an error. ``more``: an element of the application."""

    def __init__(
        self,
        condition: str,
        text: str = "",
        *,
        kind: str = "",
        value: str = "",
        more: Element | None = None,
    ) -> None:
        super().__init__(condition)
        self.condition, self.text, self.more = condition, text, more
        self.kind = kind or CONDITIONS[condition][0]
        self.value = value
        """What the condition itself holds: an address for ``gone`` and ``redirect``."""

    def element(self, namespace: str) -> Element:
        """Return <error/> for a stream with this default namespace."""
        content = [element(STANZAS, self.condition, *([self.value] if self.value else []))]
        if self.text:
            content.append(element(STANZAS, "text", self.text[:_MAX_TEXT]))
        if self.more is not None:
            content.append(self.more)
        code = str(CONDITIONS[self.condition][1])
        return Element(f"{namespace} error", {"type": self.kind, "code": code}, content)


def error_of(stanza: Stanza, problem: StanzaError) -> Stanza | None:
    """Return the answer to ``stanza``, from whom it was for; None if it must not be answered.

    RFC 6120, 8.3.1: never an error for an error, nor for a result.
    """
    if stanza.type in ("error", "result"):
        return None
    attributes = {"type": "error"}
    for name, given in (("id", stanza.id), ("to", stanza.attributes.get("from", "")),
                        ("from", stanza.to)):  # fmt: skip
        if given:
            attributes[name] = given
    answer = Stanza(stanza.kind, stanza.namespace, attributes)
    return answer.adding(problem.element(stanza.namespace))


def stream_error(condition: str, text: str = "") -> Element:
    """Return <stream:error/>."""
    content = [element(STREAMS, condition)]
    if text:
        content.append(element(STREAMS, "text", text))
    return Element(f"{STREAM} error", {}, content)
