"""What a client keeps for itself, nobody else reads."""

import pytest

from allmende.protocols.xmpp.errors import StanzaError
from tests.systems.chat.conftest import Square
from tests.systems.chat.wire.street import JUNO, MARA, Street

QUERY = "<query xmlns='jabber:iq:private'>{}</query>"
NOTE = "<note xmlns='urn:n'>{}</note>"


def test_what_is_kept_comes_back_and_what_is_not_comes_back_empty(square: Square) -> None:
    street = Street(square)
    assert street.ask(MARA, "get", QUERY.format("<note xmlns='urn:n'/>")) == QUERY.format(
        "<note xmlns='urn:n'/>"
    )
    for text in ("eins", "zwei"):
        assert street.ask(MARA, "set", QUERY.format(NOTE.format(text))) == ""
    asked = QUERY.format("<note xmlns='urn:n'/>")
    assert street.ask(MARA, "get", asked) == QUERY.format(NOTE.format("zwei"))
    assert street.ask(JUNO, "get", asked) == asked


def test_others_and_bad_questions_are_refused(square: Square) -> None:
    street = Street(square)
    for inner, condition in (
        ("", "not-acceptable"),
        ("<a xmlns='urn:n'/><b xmlns='urn:n'/>", "bad-request"),
        ("<a xmlns=''/>", "bad-request"),
    ):
        with pytest.raises(StanzaError, match=condition):
            street.ask(MARA, "get", QUERY.format(inner))
    with pytest.raises(StanzaError, match="forbidden"):
        street.ask(JUNO, "get", QUERY.format("<note xmlns='urn:n'/>"), "mara@x.example")
