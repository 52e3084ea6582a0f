"""Binding: a client may ask for a resource, and is told what it has."""

import pytest

from allmende.protocols.xml.tree import element, write
from allmende.protocols.xmpp.binding import bound, wanted_resource
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import parse
from allmende.protocols.xmpp.names import BIND


def test_a_client_asks_for_a_resource_or_for_any() -> None:
    assert wanted_resource(element(BIND, "bind")) == ""
    assert wanted_resource(element(BIND, "bind", element(BIND, "resource", "phone"))) == "phone"
    for wrong in ("\u202e", "x" * 1024):
        with pytest.raises(StanzaError, match="bad-request"):
            wanted_resource(element(BIND, "bind", element(BIND, "resource", wrong)))


def test_a_client_is_told_its_address() -> None:
    assert write(bound(parse("a@x/r"))) == (
        b"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>a@x/r</jid></bind>"
    )
