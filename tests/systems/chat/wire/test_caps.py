"""Devices are asked once what they can do, and believed only if it makes their name."""

import asyncio

import pytest

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId
from allmende.protocols.xmpp.jid import parse
from allmende.storage.database import Database
from allmende.systems.chat.wire import caps as module
from allmende.systems.chat.wire.caps import DeviceAudience, DeviceCaps
from allmende.systems.chat.wire.session import Session
from tests.protocols.xmpp.test_caps import SIMPLE
from tests.systems.chat.wire.neighbours import Device, Street, stanza

VER = "QgayPKawpkPSDYmwT/WM94uAlu0="
MUC = "http://jabber.org/protocol/muc"


def device(name: str) -> Session:
    return Session(parse(f"anna@x/{name}"), Caller(account_id=AccountId(1)), Device())


def come(caps: DeviceCaps, session: Session, ver: str = VER) -> list[str]:
    """A device shows its name; return what it is asked."""
    c = f"<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='{ver}'/>"
    session.presence = stanza(f"<presence >{c if ver else ''}</presence>")
    asyncio.run(caps.present(session, first=True))
    outlet = session.outlet
    assert isinstance(outlet, Device)
    sent, outlet.sent = outlet.sent, []
    return sent


def answer(caps: DeviceCaps, session: Session, question: str, info: str = SIMPLE) -> bool:
    number = question.partition("id='")[2].partition("'")[0]
    query = f"<query xmlns='http://jabber.org/protocol/disco#info'>{info}</query>"
    return caps.answered(session, stanza(f"<iq type='result' id='{number}'>{query}</iq>"))


def test_one_device_is_asked_for_all_of_its_kind() -> None:
    caps, phone, tablet = DeviceCaps("x"), device("phone"), device("tablet")
    (question,) = come(caps, phone)
    assert f"node='n#{VER}'" in question
    assert come(caps, phone) == []
    assert caps.features(phone.jid) == frozenset()
    assert answer(caps, phone, question)
    assert not answer(caps, phone, question)
    assert come(caps, tablet) == []
    assert MUC in caps.features(tablet.jid)
    asyncio.run(caps.left(tablet, ()))
    assert caps.features(tablet.jid) == frozenset()
    come(caps, phone, "")
    assert caps.features(phone.jid) == frozenset()


def test_who_lies_spoils_the_name_for_nobody() -> None:
    caps, liar, honest = DeviceCaps("x"), device("liar"), device("honest")
    (question,) = come(caps, liar)
    assert answer(caps, liar, question, SIMPLE + "<feature var='urn:evil'/>")
    assert caps.features(liar.jid) == frozenset()
    (question,) = come(caps, honest)
    assert answer(caps, honest, question)
    assert len(caps.features(honest.jid)) == 4


def test_an_error_answers_too_and_strange_answers_do_not() -> None:
    caps, phone = DeviceCaps("x"), device("phone")
    assert not caps.answered(phone, stanza("<iq type='result' id='1'/>"))
    (question,) = come(caps, phone)
    number = question.partition("id='")[2].partition("'")[0]
    assert not caps.answered(phone, stanza("<iq type='result' id='other'/>"))
    assert caps.answered(phone, stanza(f"<iq type='error' id='{number}'/>"))
    assert caps.features(phone.jid) == frozenset()


def test_the_oldest_names_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 1)
    caps, phone, tablet = DeviceCaps("x"), device("phone"), device("tablet")
    (question,) = come(caps, phone)
    answer(caps, phone, question)
    (question,) = come(caps, tablet, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    assert answer(caps, tablet, question, "")
    assert caps.features(phone.jid) != frozenset()
    (question,) = come(caps, device("tv"), "2jmj7l5rSw0yVb/vlWAYkK/YBwk=")
    assert answer(caps, device("tv"), question, "")
    assert caps.features(phone.jid) == frozenset()


def test_devices_of_contacts_hear_of_what_they_asked_for(database: Database) -> None:
    street = Street(database)
    street.befriend()
    caps = DeviceCaps("x")
    audience = DeviceAudience(street.sight, caps)
    tv, phone = street.here(street.bea, "tv"), street.here(street.anna, "phone")
    assert set(audience.watchers(phone.jid)) == {tv.jid, phone.jid}
    street.heard(tv)
    info = "<feature var='urn:tune+notify'/>"
    (question,) = come(caps, tv, "9LItLLhliw1QjiEdwAbSLANFHc8=")
    assert answer(caps, tv, question, info)
    assert [audience.wants(tv.jid, node) for node in ("urn:tune", "urn:mood")] == [True, False]
    assert not audience.wants(phone.jid, "urn:tune")
