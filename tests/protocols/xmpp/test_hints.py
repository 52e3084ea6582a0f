"""What is worth keeping, and what its sender wants done with a message."""

import pytest

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp import hints
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza

BODY = element(CLIENT, "body", "hi")
OMEMO = element("eu.siacs.conversations.axolotl", "encrypted")
TYPING = element("http://jabber.org/protocol/chatstates", "composing")


def named(name: str) -> Element:
    return Element(name)


def message(kind: str, *content: Element) -> Stanza:
    return Stanza("message", CLIENT, {"type": kind} if kind else {}).adding(*content)


@pytest.mark.parametrize(
    ("stanza", "lasting", "waits"),
    [
        (message("chat", BODY), True, True),
        (message("", BODY), True, True),
        (message("chat", OMEMO), True, True),
        (message("chat", TYPING), False, False),
        (message("chat", TYPING, named(hints.STORE)), True, True),
        (message("chat", BODY, named(hints.NO_STORE)), False, False),
        (message("chat", BODY, named(hints.NO_PERMANENT_STORE)), False, True),
        (message("headline", BODY), False, False),
        (message("groupchat", BODY), False, False),
        (message("error", BODY), False, False),
        (message("chat", named("urn:xmpp:reactions:0 reactions")), True, True),
        (message("chat", named("urn:xmpp:receipts received")), False, False),
        (message("chat"), False, False),
    ],
)
def test_what_lasts_and_what_waits(stanza: Stanza, lasting: bool, waits: bool) -> None:
    assert hints.is_lasting(stanza) is lasting
    assert hints.may_wait(stanza) is waits


def test_only_that_somebody_writes_is_a_state() -> None:
    assert hints.is_state(message("chat", TYPING, named(hints.NO_STORE)))
    assert not hints.is_state(message("chat", TYPING, BODY))
    assert not hints.is_state(message("chat"))


def test_ciphertext_is_known() -> None:
    assert hints.is_encrypted(message("chat", BODY, OMEMO))
    assert not hints.is_encrypted(message("chat", BODY))


@pytest.mark.parametrize(
    ("timer", "seconds"), [("60", 60), ("0", None), ("-1", None), ("x", None), ("9" * 11, None)]
)
def test_a_timer_is_a_number_of_seconds(timer: str, seconds: int | None) -> None:
    assert (
        hints.timer_s(message("chat", element("urn:xmpp:ephemeral:0", "ephemeral", timer=timer)))
        == seconds
    )
    assert hints.timer_s(message("chat")) is None
