"""Who is here, for those who may see it. RFC 6121, 3 and 4, by two people and their devices."""

from collections.abc import Iterator

import pytest

from allmende.core.errors import InvalidInput
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import parse
from allmende.systems.chat.wire import presence as module
from tests.databases import Place
from tests.systems.chat.wire.neighbours import ROOMS, Street

GONE = "<presence from='{}' type='unavailable' to='{}'/>"


@pytest.fixture
def street(sqlite_place: Place) -> Iterator[Street]:
    database = sqlite_place.open()
    yield Street(database)
    database.close()


def test_contacts_and_own_devices_see_who_comes_and_goes(street: Street) -> None:
    street.befriend()
    bea, phone = street.here(street.bea, "tv"), street.here(street.anna, "phone")
    assert street.heard(bea) == ["<presence from='anna@x.example/phone' to='bea@x.example'/>"]
    laptop = street.device(street.anna, "laptop")
    assert street.send(laptop, "<presence ><priority>5</priority><show>away</show></presence>") == 1
    assert laptop.priority == 5
    inner = "<priority>5</priority><show>away</show></presence>"
    shown = f"<presence from='anna@x.example/laptop' to='anna@x.example'>{inner}"
    assert street.heard(phone) == [shown]
    assert street.heard(laptop) == [
        shown,
        "<presence from='anna@x.example/phone' to='anna@x.example'/>",
        "<presence from='bea@x.example/tv' to='anna@x.example'/>",
    ]
    assert street.heard(bea) == [shown.replace("to='anna", "to='bea")]
    street.send(laptop, "<presence type='unavailable'/>")
    street.leave(laptop)
    assert street.heard(bea) == [
        "<presence type='unavailable' from='anna@x.example/laptop' to='bea@x.example'/>"
    ]
    street.leave(phone)
    assert street.heard(bea) == [GONE.format("anna@x.example/phone", "bea@x.example")]
    assert ("laptop", True) in street.came


def test_strangers_are_shown_nothing(street: Street) -> None:
    bea, anna = street.here(street.bea, "tv"), street.here(street.anna, "phone")
    street.send(anna, "<presence ><show>dnd</show></presence>")
    street.send(bea, "<presence type='probe' to='anna@x.example'/>")
    assert street.heard(bea) == []
    assert not street.run(street.presence.may_see(bea.jid, anna.jid))
    assert not street.run(street.presence.may_see(bea.jid, parse("nobody@x.example")))
    assert [name for name, first in street.came if first] == ["tv", "phone"]


def test_a_subscription_is_asked_allowed_and_taken_back(street: Street) -> None:
    anna, bea = street.here(street.anna, "phone"), street.here(street.bea, "tv")
    more = "<status>ich</status><x xmlns='y'/>"
    asked = f"<presence type='subscribe' to='bea@x.example'>{more}</presence>"
    assert street.send(anna, asked) == 1
    assert street.heard(bea) == [
        "<presence from='anna@x.example' to='bea@x.example' type='subscribe'>"
        "<status>ich</status></presence>"
    ]
    assert street.heard(anna) == [
        "<iq type='set' id='list1' to='anna@x.example/phone'><query xmlns='jabber:iq:roster' "
        f"ver='{street.circle(street.anna).version}'><item jid='bea@x.example' "
        "subscription='none' ask='subscribe'/></query></iq>"
    ]
    street.send(bea, "<presence type='subscribed' to='anna@x.example'/>")
    told, pushed, shown = street.heard(anna)
    assert told == "<presence from='bea@x.example' to='anna@x.example' type='subscribed'/>"
    assert "<item jid='bea@x.example' subscription='to'/>" in pushed
    assert shown == "<presence from='bea@x.example/tv' to='anna@x.example'/>"
    assert "subscription='from'" in street.heard(bea)[0]
    assert street.run(street.presence.may_see(anna.jid, bea.jid))
    street.send(anna, "<presence type='probe' to='bea@x.example'/>")
    assert street.heard(anna) == ["<presence from='bea@x.example/tv' to='anna@x.example/phone'/>"]
    street.send(bea, "<presence type='unsubscribed' to='anna@x.example'/>")
    told, pushed, left = street.heard(anna)
    assert "type='unsubscribed'" in told
    assert "subscription='none'" in pushed
    assert left == GONE.format("bea@x.example/tv", "anna@x.example")


def test_a_question_waits_for_who_is_not_here(street: Street) -> None:
    anna = street.here(street.anna, "phone")
    street.send(
        anna, "<presence type='subscribe' to='bea@x.example'><status>ich</status></presence>"
    )
    bea = street.device(street.bea, "tv")
    street.send(bea, "<presence />")
    assert street.heard(bea)[1] == (
        "<presence type='subscribe' from='anna@x.example' to='bea@x.example'>"
        "<status>ich</status></presence>"
    )


def test_who_approved_in_advance_answers_at_once(street: Street) -> None:
    anna, bea = street.here(street.anna, "phone"), street.here(street.bea, "tv")
    street.send(bea, "<presence type='subscribed' to='anna@x.example'/>")
    assert "approved='true'" in street.heard(bea)[0]
    assert street.heard(anna) == []
    street.send(anna, "<presence type='subscribe' to='bea@x.example'/>")
    assert "type='subscribed'" in street.heard(anna)[0]
    assert ["type='subscribe'" in one for one in street.heard(bea)] == [False]


def test_directed_presence_reaches_one_and_ends_with_the_device(street: Street) -> None:
    anna, bea = street.here(street.anna, "phone"), street.here(street.bea, "tv")
    assert street.send(anna, "<presence to='bea@x.example/tv'/>") == 1
    assert street.heard(bea) == ["<presence to='bea@x.example/tv' from='anna@x.example/phone'/>"]
    assert street.send(anna, f"<presence to='room@{ROOMS}/Anna'/>") == 1
    street.send(anna, "<presence type='error' to='bea@x.example/tv'/>")
    assert "type='error'" in street.heard(bea)[0]
    street.leave(anna)
    assert street.heard(bea) == [GONE.format("anna@x.example/phone", "bea@x.example/tv")]
    assert [(one.type, one.to) for one in street.to_rooms] == [
        ("", f"room@{ROOMS}/Anna"),
        ("unavailable", f"room@{ROOMS}/Anna"),
    ]


def test_who_took_directed_presence_back_is_told_nothing_more(street: Street) -> None:
    anna, bea = street.here(street.anna, "phone"), street.here(street.bea, "tv")
    street.send(anna, "<presence to='bea@x.example'/>")
    street.send(anna, "<presence type='unavailable' to='bea@x.example'/>")
    assert len(street.heard(bea)) == 2
    street.leave(anna)
    assert street.heard(bea) == []


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("<presence type='online'/>", "bad-request"),
        ("<presence ><priority>128</priority></presence>", "bad-request"),
        ("<presence ><priority>high</priority></presence>", "bad-request"),
        ("<presence to='cleo@y.example'/>", "remote-server-not-found"),
        ("<presence type='subscribe' to='cleo@y.example'/>", "remote-server-not-found"),
    ],
)
def test_other_presence_is_refused(street: Street, text: str, condition: str) -> None:
    with pytest.raises(StanzaError) as refused:
        street.send(street.device(street.anna, "phone"), text)
    assert refused.value.condition == condition


def test_nobody_subscribes_to_themselves_and_not_to_a_thousand_rooms(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = street.here(street.anna, "phone")
    with pytest.raises(InvalidInput, match=r"chat\.contact-self"):
        street.send(anna, "<presence type='subscribe' to='anna@x.example'/>")
    monkeypatch.setattr(module, "MAX_DIRECTED", 1)
    street.send(anna, f"<presence to='one@{ROOMS}/Anna'/>")
    street.send(anna, f"<presence to='one@{ROOMS}/Anna'/>")
    with pytest.raises(StanzaError, match="resource-constraint"):
        street.send(anna, f"<presence to='two@{ROOMS}/Anna'/>")
