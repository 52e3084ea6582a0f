"""What the server says of itself, and of accounts to those who may know."""

import asyncio
from datetime import UTC, datetime

import pytest

from allmende.protocols.xml.tree import Element, element, write
from allmende.protocols.xmpp.disco import INFO, ITEMS, Item, read_features, read_identities
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid, parse
from allmende.protocols.xmpp.names import CLIENT, SESSION
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.house import PING, TIME, VERSION, About, House
from allmende.systems.chat.wire.iq import IqTable, Request, Where

ABOUT = About(
    title="Küche",
    release="1.2",
    services=[Item("rooms.x.example", "Räume")],
    contacts=[("abuse-addresses", "mailto:a@x"), ("abuse-addresses", "xmpp:a@x")],
)


class Friends:
    async def may_see(self, asker: Jid, account: Jid) -> bool:
        return asker.local == "friend"


@pytest.fixture
def table() -> IqTable:
    made = IqTable()
    House(ABOUT, made, Friends(), lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)).join()
    return made


def asked(
    table: IqTable, where: Where, payload: Element, target: str = "x.example", who: str = "anna"
) -> Element | None:
    stanza = Stanza("iq", CLIENT, {"type": "get", "id": "1"})
    request = Request(parse(f"{who}@x.example/r"), parse(target), None, stanza, payload)
    return asyncio.run(table.answer(where, request))


def test_the_server_tells_what_it_can_and_whom_to_write(table: IqTable) -> None:
    table.announce(Where.SERVER, "urn:more")
    query = asked(table, Where.SERVER, element(INFO, "query"))
    assert query is not None
    (identity,) = read_identities(query)
    assert (identity.category, identity.type, identity.name) == ("server", "im", "Küche")
    assert {INFO, ITEMS, PING, VERSION, TIME, "urn:more"} == set(read_features(query))
    written = write(query).decode()
    assert "<value>mailto:a@x</value><value>xmpp:a@x</value>" in written
    assert "serverinfo" in written


def test_the_server_tells_its_services(table: IqTable) -> None:
    query = asked(table, Where.SERVER, element(ITEMS, "query"))
    assert query is not None
    assert b"jid='rooms.x.example'" in write(query)
    other = asked(table, Where.SERVER, element(ITEMS, "query", node="x"))
    assert other is not None
    assert other.content == []


def test_a_version_without_the_platform_and_the_time(table: IqTable) -> None:
    version = asked(table, Where.SERVER, element(VERSION, "query"))
    assert version is not None
    assert [child.local for child in version] == ["name", "version"]
    time = asked(table, Where.SERVER, element(TIME, "time"))
    assert time is not None
    assert time.child_text(f"{TIME} utc") == "2026-01-02T03:04:05Z"


@pytest.mark.parametrize("payload", [element(PING, "ping"), element(INFO, "query")])
def test_an_account_is_known_to_itself_and_to_friends(table: IqTable, payload: Element) -> None:
    for who in ("anna", "friend"):
        asked(table, Where.ACCOUNT, payload, "anna@x.example", who)
    with pytest.raises(StanzaError, match="service-unavailable"):
        asked(table, Where.ACCOUNT, payload, "anna@x.example", "stranger")


def test_an_unknown_node_is_not_found_and_no_session_is_opened_for_others(table: IqTable) -> None:
    with pytest.raises(StanzaError, match="item-not-found"):
        asked(table, Where.SERVER, element(INFO, "query", node="x"))
    assert asked(table, Where.SERVER, element(SESSION, "session")) is None
    assert asked(table, Where.ACCOUNT, element(SESSION, "session"), "anna@x.example") is None
    with pytest.raises(StanzaError, match="forbidden"):
        asked(table, Where.ACCOUNT, element(SESSION, "session"), "bert@x.example")
    assert asked(table, Where.SERVER, element(PING, "ping")) is None
