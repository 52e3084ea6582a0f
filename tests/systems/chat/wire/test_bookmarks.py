"""One list of rooms: whoever writes it, in whichever way, all others read the same."""

import pytest

from allmende.core.errors import NotFound
from allmende.protocols.xmpp.errors import StanzaError
from allmende.systems.chat.wire.iq import Where
from tests.systems.chat.conftest import Square
from tests.systems.chat.wire.street import JUNO, MARA, Street
from tests.systems.chat.wire.test_pep import pubsub, read

NEW, OLD = "urn:xmpp:bookmarks:1", "storage:bookmarks"
CHOR = "<conference jid='chor@r.example' name='Chor' autojoin='1'><nick>Rabe</nick></conference>"
RAD = "<conference jid='rad@r.example' name='Rad' autojoin='0'/>"
URL = "<url name='W' url='https://w.example'/>"


def storage(inner: str) -> str:
    return f"<storage xmlns='{OLD}'>{inner}</storage>"


def private(inner: str) -> str:
    return f"<query xmlns='jabber:iq:private'>{inner}</query>"


def old_item(inner: str) -> str:
    return pubsub(f"<items node='{OLD}'><item id='current'>{storage(inner)}</item></items>")


def publish(address: str, inner: str) -> str:
    room = f"<conference xmlns='{NEW}' {inner}"
    return pubsub(f"<publish node='{NEW}'><item id='{address}'>{room}</item></publish>")


@pytest.fixture
def street(square: Square) -> Street:
    return Street(square)


def test_an_old_list_is_the_new_one(street: Street) -> None:
    street.ask(MARA, "set", private(storage(URL + CHOR + RAD)))
    assert street.ask(MARA, "get", private(storage(""))) == private(storage(URL + CHOR + RAD))
    found = street.ask(MARA, "get", read(NEW))
    assert (
        f"<item id='chor@r.example'><conference xmlns='{NEW}' name='Chor' autojoin='1'>"
        "<nick>Rabe</nick></conference></item>"
    ) in found
    street.ask(MARA, "set", publish("neu@r.example", "name='Neu' autojoin='true'/>"))
    neu = "<conference jid='neu@r.example' name='Neu' autojoin='1'/>"
    assert neu in street.ask(MARA, "get", private(storage("")))
    street.ask(MARA, "set", pubsub(f"<retract node='{NEW}'><item id='rad@r.example'/></retract>"))
    assert street.ask(MARA, "get", read(OLD)) == old_item(URL + CHOR + neu)


def test_the_old_node_is_written_and_told_of_without_a_loop(street: Street) -> None:
    street.wanted = {MARA: {NEW, OLD}, JUNO: {NEW, OLD}}
    item = f"<item id='x'>{storage(CHOR)}</item>"
    answer = street.ask(MARA, "set", pubsub(f"<publish node='{OLD}'>{item}</publish>"))
    assert answer == pubsub(f"<publish node='{OLD}'><item id='current'/></publish>")
    told = street.told()
    assert [to for to, _ in told] == [MARA, MARA]
    assert f"<items node='{NEW}'><item id='chor@r.example'>" in told[0][1]
    assert f"<items node='{OLD}'><item id='current'>{storage(CHOR)}</item>" in told[1][1]
    street.ask(MARA, "set", private(storage(CHOR)))
    assert street.told() == []


def test_a_room_that_leaves_the_old_list_is_retracted(street: Street) -> None:
    street.ask(MARA, "set", private(storage(CHOR + RAD)))
    street.wanted = {MARA: {NEW}}
    street.ask(MARA, "set", private(storage(RAD)))
    assert [text for _, text in street.told() if "<retract id='chor@r.example'/>" in text]
    assert street.ask(MARA, "get", private(storage(""))) == private(storage(RAD))


def test_what_only_the_new_writing_says_outlives_the_old_one(street: Street) -> None:
    pinned = "<extensions><pinned xmlns='urn:p'/></extensions>"
    street.ask(MARA, "set", publish("chor@r.example", f"name='C'>{pinned}</conference>"))
    street.ask(MARA, "set", private(storage(CHOR)))
    assert "<pinned xmlns='urn:p'/>" in street.ask(MARA, "get", read(NEW))


def test_nobody_else_reads_which_rooms_somebody_keeps_in_mind(street: Street) -> None:
    with pytest.raises(NotFound):
        street.ask(MARA, "get", read(OLD))
    street.ask(MARA, "set", publish("chor@r.example", "name='C'/>"))
    for node in (NEW, OLD):
        with pytest.raises(NotFound, match=r"chat\.no-node"):
            street.ask(JUNO, "get", read(node), "mara@x.example")


def test_what_is_no_list_is_refused_and_a_deleted_node_is_an_empty_one(street: Street) -> None:
    for item in ("<item id='x'/>", "<item id='x'><other xmlns='urn:o'/></item>"):
        with pytest.raises(StanzaError, match="bad-request"):
            street.ask(MARA, "set", pubsub(f"<publish node='{OLD}'>{item}</publish>"))
    street.ask(MARA, "set", private(storage(CHOR)))
    street.ask(MARA, "set", pubsub(f"<delete node='{NEW}'/>", "#owner"))
    empty = f"<query xmlns='jabber:iq:private'><storage xmlns='{OLD}'/></query>"
    assert street.ask(MARA, "get", private(storage(""))) == empty


def test_accounts_announce_that_both_writings_are_one(street: Street) -> None:
    assert f"{NEW}#compat" in set(street.table.features(Where.ACCOUNT))
