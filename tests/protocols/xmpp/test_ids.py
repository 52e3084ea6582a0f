"""Ids that stay with a message."""

from allmende.protocols.xml.tree import element
from allmende.protocols.xmpp.ids import (
    ORIGIN_ID,
    SID,
    STANZA_ID,
    origin_id,
    stanza_id,
    without_claims,
)
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza


def ours(by: str) -> bool:
    return by.endswith("@x")


EMPTY = Stanza("message", CLIENT, {})


def test_the_sender_says_what_it_calls_a_message() -> None:
    assert origin_id(EMPTY) == ""
    for text, kept in (("o1", "o1"), ("x" * 257, "")):
        assert origin_id(EMPTY.adding(element(SID, "origin-id", id=text))) == kept


def test_nobody_else_says_what_our_archive_calls_it() -> None:
    stanza = EMPTY.adding(stanza_id("1", "a@x"), element(SID, "origin-id", id="o"))
    stanza = stanza.adding(stanza_id("2", "room@y"))
    left = without_claims(stanza, STANZA_ID, "by", ours)
    assert [child.name for child in left.children] == [ORIGIN_ID, STANZA_ID]
    kept = left.child(STANZA_ID)
    assert kept is not None
    assert kept.get("id") == "2"
    assert without_claims(left, STANZA_ID, "by", ours) is left
    assert without_claims(EMPTY, STANZA_ID, "by", ours) is EMPTY
