"""The lists of those who are here follow the store, and are forgotten with the last device."""

from collections.abc import Iterator

import pytest

from allmende.protocols.xmpp.jid import parse
from allmende.systems.chat.model.contacts import Contact, Standing
from allmende.systems.chat.wire.sight import item_of
from tests.databases import Place
from tests.systems.chat.wire.neighbours import Street


@pytest.fixture
def street(sqlite_place: Place) -> Iterator[Street]:
    database = sqlite_place.open()
    yield Street(database)
    database.close()


def test_a_list_is_known_while_a_device_is_there(street: Street) -> None:
    bare = parse("anna@x.example")
    street.run(street.sight.refresh(bare))
    assert street.sight.circle(bare) is None
    phone, laptop = street.here(street.anna, "phone"), street.here(street.anna, "laptop")
    assert street.sight.circle(bare) is street.circle(street.anna)
    street.leave(phone)
    assert street.sight.circle(bare) is not None
    street.leave(laptop)
    assert street.sight.circle(bare) is None


def test_a_list_that_outlived_its_devices_is_forgotten_when_it_changes(street: Street) -> None:
    phone = street.here(street.anna, "phone")
    street.sessions.remove(phone)
    street.run(street.sight.refresh(phone.jid.bare))
    assert street.sight.circle(phone.jid.bare) is None


def test_what_did_not_change_is_not_pushed(street: Street) -> None:
    phone = street.here(street.anna, "phone")
    street.put(street.anna, "cleo@y.example", "Cleo")
    street.run(street.sight.refresh_those([street.id_of(street.anna)]))
    assert len(street.heard(phone)) == 1
    street.contacts.forget()
    street.run(street.sight.refresh_those([street.id_of(street.anna)]))
    street.run(street.contacts.accept(street.id_of(street.anna), "dora@y.example"))
    street.run(street.sight.refresh_those())
    street.run(street.sight.refresh_those([street.id_of(street.bea)]))
    assert street.heard(phone) == []


def test_an_account_that_is_gone_leaves_every_list(street: Street) -> None:
    street.befriend()
    phone = street.here(street.anna, "phone")
    street.run(street.contacts.account_gone(street.id_of(street.bea)))
    street.run(street.sight.refresh_those())
    (push,) = street.heard(phone)
    assert "<item jid='bea@x.example' subscription='remove'/>" in push


def test_a_contact_is_written_as_the_protocol_says_it() -> None:
    both = item_of(Contact("a@x", standing=Standing(sees=True, seen=True)))
    assert both is not None
    assert both.subscription == "both"
    assert item_of(Contact("@x")) is None
