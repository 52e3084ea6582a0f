"""XEP-0191: who is blocked sees nobody, asks in vain, and finds out only by that."""

from collections.abc import Iterator

import pytest

from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import parse
from tests.databases import Place
from tests.systems.chat.wire.neighbours import Street

LIST = "<blocklist xmlns='urn:xmpp:blocking'/>"
BLOCK = "<block xmlns='urn:xmpp:blocking'><item jid='{}'/></block>"
UNBLOCK = "<unblock xmlns='urn:xmpp:blocking'><item jid='{}'/></unblock>"


@pytest.fixture
def street(sqlite_place: Place) -> Iterator[Street]:
    database = sqlite_place.open()
    yield Street(database)
    database.close()


def test_the_list_is_pushed_to_devices_that_asked_for_it(street: Street) -> None:
    phone, laptop = street.device(street.anna, "phone"), street.device(street.anna, "laptop")
    assert street.ask(phone, LIST) == LIST
    assert street.ask(laptop, BLOCK.format("Spam.example"), "set") == ""
    (push,) = street.heard(phone)
    assert BLOCK.format("spam.example") in push
    assert street.heard(laptop) == []
    assert "<item jid='spam.example'/>" in street.ask(laptop, LIST)
    street.ask(phone, "<unblock xmlns='urn:xmpp:blocking'/>", "set")
    assert street.ask(laptop, LIST) == LIST
    assert len(street.heard(laptop)) == 1
    street.leave(phone)


@pytest.mark.parametrize("form", ["bea@x.example", "x.example", "bea@x.example/tv"])
def test_both_sides_see_each_other_go_and_come_again(street: Street, form: str) -> None:
    street.befriend()
    bea, anna = street.here(street.bea, "tv"), street.here(street.anna, "phone")
    street.heard(bea)
    street.ask(anna, BLOCK.format(form), "set")
    assert "<presence from='anna@x.example/phone' type='unavailable'" in street.heard(bea)[0]
    assert "<presence from='bea@x.example/tv' type='unavailable'" in street.heard(anna)[0]
    street.send(anna, "<presence ><show>chat</show></presence>")
    street.send(bea, "<presence to='anna@x.example/phone'/>")
    assert street.heard(bea) == []
    street.heard(anna)
    street.ask(anna, UNBLOCK.format(form), "set")
    assert "<show>chat</show>" in street.heard(bea)[0]
    assert street.heard(anna) == ["<presence from='bea@x.example/tv' to='anna@x.example'/>"]


def test_who_blocks_somebody_does_not_write_to_them(street: Street) -> None:
    phone = street.device(street.anna, "phone")
    street.run(street.blocking.require_open(phone, parse("bea@x.example/tv")))
    street.ask(phone, BLOCK.format("bea@x.example"), "set")
    with pytest.raises(StanzaError) as refused:
        street.run(street.blocking.require_open(phone, parse("bea@x.example/tv")))
    assert refused.value.condition == "not-acceptable"
    assert refused.value.more is not None
    with pytest.raises(StanzaError, match="not-acceptable"):
        street.send(phone, "<presence type='subscribe' to='bea@x.example'/>")


def test_orders_that_say_nothing_or_are_for_others_are_refused(street: Street) -> None:
    phone = street.device(street.anna, "phone")
    for payload, kind, condition in (
        ("<block xmlns='urn:xmpp:blocking'/>", "set", "bad-request"),
        (BLOCK.format("a@x"), "get", "bad-request"),
        (UNBLOCK.format("a@x"), "get", "bad-request"),
        (LIST, "set", "bad-request"),
        (BLOCK.format("@x"), "set", "jid-malformed"),
    ):
        with pytest.raises(StanzaError, match=condition):
            street.ask(phone, payload, kind)
    with pytest.raises(StanzaError, match="forbidden"):
        street.ask(phone, LIST, to=parse("bea@x.example"))
