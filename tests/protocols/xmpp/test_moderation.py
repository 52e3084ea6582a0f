"""Taking back is read in both writings, and said in both."""

from datetime import UTC, datetime

import pytest

from allmende.protocols.xml.tree import parse, write
from allmende.protocols.xmpp import moderation, muc
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.moderation import Wanted
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import stanza_of

NEWER = (
    "<moderate xmlns='urn:xmpp:message-moderate:1' id='u'>"
    "<retract xmlns='urn:xmpp:message-retract:1'/><reason>no</reason></moderate>"
)
OLDER = (
    "<apply-to xmlns='urn:xmpp:fasten:0' id='u'><moderate xmlns='urn:xmpp:message-moderate:0'>"
    "<retract xmlns='urn:xmpp:message-retract:0'/><reason>no</reason></moderate></apply-to>"
)


@pytest.mark.parametrize(
    ("inner", "uid"),
    [
        ("<retract xmlns='urn:xmpp:message-retract:1' id='u'/>", "u"),
        (
            "<apply-to xmlns='urn:xmpp:fasten:0' id='u'>"
            "<retract xmlns='urn:xmpp:message-retract:0'/></apply-to>",
            "u",
        ),
        ("<apply-to xmlns='urn:xmpp:fasten:0' id='u'><edit xmlns='urn:x'/></apply-to>", ""),
        ("<body>u</body>", ""),
    ],
)
def test_an_author_takes_back(inner: str, uid: str) -> None:
    stanza = stanza_of(parse(f"<message xmlns='{CLIENT}'>{inner}</message>".encode()))
    assert moderation.retracted(stanza) == uid


@pytest.mark.parametrize("written", [NEWER, OLDER])
def test_a_moderator_takes_back(written: str) -> None:
    assert moderation.moderated(parse(written.encode())) == Wanted("u", "no")
    for wrong in (written.replace(" id='u'", ""), written.replace("retract xmlns", "x xmlns")):
        with pytest.raises(StanzaError, match="bad-request"):
            moderation.moderated(parse(wrong.encode()))


def test_what_is_taken_back_is_said_in_both_writings() -> None:
    author = muc.occupant_id(b"s", "a@x")
    newer, older = moderation.announcement(Wanted("u", "no"), "r@x/anna", author)
    for one in (newer, older):
        said = write(one).decode()
        assert one.get("id") == "u"
        assert "by='r@x/anna'" in said
        assert "<reason>no</reason>" in said


def test_a_tombstone_says_when_and_by_whom() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert "moderated" not in write(moderation.tombstone(at)).decode()
    said = write(moderation.tombstone(at, "r@x/anna", "no")).decode()
    assert "stamp='2026-01-01T00:00:00.000000Z'" in said
    assert "by='r@x/anna'" in said
