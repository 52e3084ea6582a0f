"""Copies for the other apps of the same person."""

import pytest

from allmende.protocols.xml.tree import Element, element, parse
from allmende.protocols.xmpp import carbons, hints
from allmende.protocols.xmpp.forwarding import content_of
from allmende.protocols.xmpp.jid import parse as jid
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza

BODY = element(CLIENT, "body", "hi")


def message(kind: str, *content: Element) -> Stanza:
    return Stanza("message", CLIENT, {"type": kind} if kind else {}).adding(*content)


@pytest.mark.parametrize(
    ("stanza", "copied"),
    [
        (message("chat"), True),
        (message("", BODY), True),
        (message("normal"), False),
        (message("groupchat", BODY), False),
        (message("headline", BODY), False),
        (message("error", BODY), False),
        (message("chat", Element(carbons.PRIVATE)), False),
        (message("chat", BODY, Element(hints.NO_COPY)), False),
    ],
)
def test_what_is_copied(stanza: Stanza, copied: bool) -> None:
    assert carbons.is_copied(stanza) is copied


@pytest.mark.parametrize("name", [carbons.SENT, carbons.RECEIVED])
def test_a_copy_comes_from_the_account_itself(name: str) -> None:
    content = content_of(message("chat", BODY))
    made = carbons.copy(name, content, "chat", jid("a@x/phone"), jid("a@x/laptop"))
    assert made.attributes == {"from": "a@x", "to": "a@x/laptop", "type": "chat"}
    assert "type" not in carbons.copy(name, content, "", jid("a@x"), jid("a@x/l")).attributes
    wrapped = made.child(name)
    assert wrapped is not None
    inner = wrapped.child("urn:xmpp:forward:0 forwarded")
    assert inner is not None
    assert inner.child("jabber:client message") is not None
    assert parse(made.bytes_for(CLIENT)).child(name) == wrapped
