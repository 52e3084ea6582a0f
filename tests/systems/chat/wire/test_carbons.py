"""Apps say whether they want copies."""

import asyncio

import pytest

from allmende.protocols.xml.tree import Element
from allmende.protocols.xmpp import carbons
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.storage.database import Database
from allmende.systems.chat.wire.iq import Request, Where
from tests.systems.chat.wire.post import Street

ENABLE, DISABLE = Element(carbons.ENABLE), Element(carbons.DISABLE)


def test_copies_are_switched_on_and_off(sqlite: Database) -> None:
    street = Street(sqlite)
    anna = street.session("anna", "phone")
    for payload, wanted in ((ENABLE, True), (DISABLE, False)):
        assert asyncio.run(street.ask(anna, payload)) is None
        assert anna.carbons is wanted
    assert carbons.CARBONS in street.table.features(Where.SERVER)


def test_only_of_oneself_and_only_as_an_order(sqlite: Database) -> None:
    street = Street(sqlite)
    anna = street.session("anna", "phone")
    with pytest.raises(StanzaError, match="bad-request"):
        asyncio.run(street.ask(anna, ENABLE, "get"))
    stanza = Stanza("iq", CLIENT, {"type": "set", "id": "q"})
    other = Request(anna.jid, Jid("bert", "x.example"), anna, stanza, ENABLE)
    with pytest.raises(StanzaError, match="forbidden"):
        asyncio.run(street.table.answer(Where.ACCOUNT, other))
