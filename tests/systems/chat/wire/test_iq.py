"""Every iq has one who answers, or an error."""

import asyncio

import pytest

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import parse
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.iq import IqTable, Request, Where


def request(name: str, kind: str = "get", target: str = "a@x") -> Request:
    stanza = Stanza("iq", CLIENT, {"type": kind, "id": "1"})
    return Request(parse("a@x/r"), parse(target), None, stanza, Element(name))


async def pong(asked: Request) -> Element | None:
    return element("urn:pong", "set" if asked.is_set else "get")


def test_a_handler_answers_where_it_was_added() -> None:
    table = IqTable()
    table.add(Where.SERVER, "urn:ping ping", pong, "urn:ping")
    table.announce(Where.SERVER, "urn:a")
    answer = asyncio.run(table.answer(Where.SERVER, request("urn:ping ping", "set")))
    assert answer == element("urn:pong", "set")
    assert list(table.features(Where.SERVER)) == ["urn:a", "urn:ping"]
    assert list(table.features(Where.ROOM)) == []
    with pytest.raises(StanzaError, match="service-unavailable"):
        asyncio.run(table.answer(Where.ROOM, request("urn:ping ping")))


def test_a_name_has_one_handler() -> None:
    table = IqTable()
    table.add(Where.ROOM, "urn:ping ping", pong)
    with pytest.raises(ValueError, match="two handlers"):
        table.add(Where.ROOM, "urn:ping ping", pong)


def test_a_request_knows_whether_it_is_to_oneself() -> None:
    assert request("urn:a b").is_own
    assert not request("urn:a b", target="b@x").is_own
