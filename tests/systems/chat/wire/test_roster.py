"""The list of contacts over XMPP: every device of its owner has the same one. RFC 6121, 2."""

from collections.abc import Iterator

import pytest

from allmende.core.errors import NotFound
from allmende.protocols.xmpp.errors import StanzaError
from tests.databases import Place
from tests.systems.chat.wire.neighbours import Street

GET = "<query xmlns='jabber:iq:roster'/>"
GET_SINCE = "<query xmlns='jabber:iq:roster' ver='{}'/>"
SET = "<query xmlns='jabber:iq:roster'>{}</query>"


@pytest.fixture
def street(sqlite_place: Place) -> Iterator[Street]:
    database = sqlite_place.open()
    yield Street(database)
    database.close()


def test_what_one_device_changes_is_pushed_to_those_that_asked(street: Street) -> None:
    phone, laptop = street.here(street.anna, "phone"), street.here(street.anna, "laptop")
    deaf = street.device(street.anna, "deaf")
    street.heard(phone)
    item = "<item jid='Cleo@y.example/x' name='Cleo'><group>Chor</group></item>"
    assert street.ask(phone, SET.format(item), "set") == ""
    kept = "<item jid='cleo@y.example' subscription='none' name='Cleo'><group>Chor</group></item>"
    for device in (phone, laptop):
        assert [kept in one for one in street.heard(device)] == [True]
    assert street.heard(deaf) == []
    assert street.ask(deaf, GET) == SET.format(kept)
    street.ask(phone, SET.format("<item jid='cleo@y.example' subscription='remove'/>"), "set")
    for device in (phone, laptop, deaf):
        pushes = street.heard(device)
        assert ["<item jid='cleo@y.example' subscription='remove'/>" in one for one in pushes] == [
            True
        ]
    with pytest.raises(NotFound, match=r"chat\.contact-unknown"):
        street.ask(phone, SET.format("<item jid='cleo@y.example' subscription='remove'/>"), "set")


def test_a_client_that_has_the_newest_list_is_sent_none(street: Street) -> None:
    phone = street.device(street.anna, "phone")
    street.put(street.anna, "cleo@y.example")
    version = street.circle(street.anna).version
    assert f"ver='{version}'" in street.ask(phone, GET_SINCE.format(""))
    assert street.ask(phone, GET_SINCE.format(version)) == ""
    street.put(street.anna, "cleo@y.example", "Cleo")
    assert "name='Cleo'" in street.ask(phone, GET_SINCE.format(version))


def test_nobody_reads_or_changes_the_list_of_somebody_else(street: Street) -> None:
    phone, bea = street.device(street.anna, "phone"), street.device(street.bea, "tv")
    for kind in ("get", "set"):
        with pytest.raises(StanzaError, match="forbidden"):
            street.ask(phone, GET, kind, to=bea.jid.bare)


def test_who_is_taken_off_sees_nothing_more(street: Street) -> None:
    street.befriend()
    anna, bea = street.here(street.anna, "phone"), street.here(street.bea, "tv")
    street.heard(anna)
    street.ask(anna, SET.format("<item jid='bea@x.example' subscription='remove'/>"), "set")
    unsubscribe, unsubscribed, pushed, left = street.heard(bea)
    assert "type='unsubscribe'" in unsubscribe
    assert "type='unsubscribed'" in unsubscribed
    assert "<item jid='anna@x.example' subscription='none'/>" in pushed
    assert "type='unavailable'" in left
    push, gone = street.heard(anna)
    assert "subscription='remove'" in push
    assert "<presence from='bea@x.example/tv' type='unavailable'" in gone


def test_a_closed_group_brings_its_members_onto_the_list_at_once(street: Street) -> None:
    anna, bea = street.here(street.anna, "phone"), street.here(street.bea, "tv")
    group = street.group(street.callers["anna"], member=street.callers["bea"])
    street.contacts.forget()
    street.run(street.sight.refresh_those(street.run(street.contacts.members(group.id))))
    pushed, shown = street.heard(anna)
    assert "subscription='both' name='bea'><group>Küche für alle</group></item>" in pushed
    assert shown == "<presence from='bea@x.example/tv' to='anna@x.example'/>"
    assert len(street.heard(bea)) == 2
    street.run(street.identity.leave(street.callers["bea"], group.id))
    street.contacts.forget()
    street.run(street.sight.refresh_those())
    pushed, left = street.heard(anna)
    assert "<item jid='bea@x.example' subscription='remove'/>" in pushed
    assert "type='unavailable'" in left
