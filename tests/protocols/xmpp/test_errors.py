"""Errors of stanzas carry the codes that old clients need."""

import pytest

from allmende.protocols.xml.tree import element, write
from allmende.protocols.xmpp.errors import CONDITIONS, StanzaError, error_of, stream_error
from allmende.protocols.xmpp.names import CLIENT, STANZAS, STREAM
from allmende.protocols.xmpp.stanza import Stanza


def test_an_error_goes_back_to_who_sent() -> None:
    asked = Stanza("iq", CLIENT, {"id": "1", "type": "get", "from": "a@x/r", "to": "b@x"})
    answer = error_of(asked, StanzaError("item-not-found", "nothing"))
    assert answer is not None
    assert answer.attributes == {"type": "error", "id": "1", "to": "a@x/r", "from": "b@x"}
    error = answer.child(f"{CLIENT} error")
    assert error is not None
    assert dict(error.attributes) == {"type": "cancel", "code": "404"}
    assert error.child_text(f"{STANZAS} text") == "nothing"


@pytest.mark.parametrize("kind", ["error", "result"])
def test_an_error_is_never_answered(kind: str) -> None:
    assert error_of(Stanza("iq", CLIENT, {"type": kind}), StanzaError("bad-request")) is None


def test_an_error_may_name_an_address_and_something_of_an_application() -> None:
    problem = StanzaError("gone", value="xmpp:b@x", kind="modify", more=element("urn:a", "b"))
    assert write(problem.element(CLIENT), CLIENT) == (
        b"<error type='modify' code='302'>"
        b"<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>xmpp:b@x</gone>"
        b"<b xmlns='urn:a'/></error>"
    )


def test_every_condition_of_the_document_is_known() -> None:
    assert len(CONDITIONS) == 22


def test_a_stream_error_says_what_and_why() -> None:
    assert write(stream_error("conflict", "again"), CLIENT, {STREAM: "stream"}) == (
        b"<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        b"<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>again</text></stream:error>"
    )
    assert write(stream_error("reset"), CLIENT, {STREAM: "stream"}).endswith(
        b"<reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
    )
