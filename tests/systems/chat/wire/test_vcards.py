"""Cards: kept by their owner, read by everybody, with the one picture."""

import pytest

from allmende.protocols.xml.tree import element, write
from allmende.protocols.xmpp import avatar, vcard
from allmende.protocols.xmpp.errors import StanzaError
from tests.protocols.xmpp.test_avatar import png
from tests.systems.chat.conftest import Square
from tests.systems.chat.wire.street import IDA, JUNO, MARA, Street
from tests.systems.chat.wire.test_pep import read

ASK = "<vCard xmlns='vcard-temp'/>"
CARD = "<vCard xmlns='vcard-temp'><FN>Mara</FN></vCard>"
PLAIN = element("vcard-temp", "vCard", element("vcard-temp", "FN", "Mara"))
FULL = write(vcard.with_photo(PLAIN, "image/png", png())).decode()


@pytest.fixture
def street(square: Square) -> Street:
    return Street(square)


def test_a_card_is_its_owners_and_read_by_everybody(street: Street) -> None:
    assert street.ask(MARA, "get", ASK) == ASK
    street.ask(MARA, "set", CARD)
    for who in (MARA, IDA):
        assert street.ask(who, "get", ASK, "mara@x.example") == CARD
    with pytest.raises(StanzaError, match="forbidden"):
        street.ask(JUNO, "set", CARD, "mara@x.example")


def test_no_card_and_nobody_are_the_same(street: Street) -> None:
    for address in ("mara@x.example", "nobody@x.example"):
        with pytest.raises(StanzaError, match="item-not-found"):
            street.ask(IDA, "get", ASK, address)


def test_the_picture_of_a_card_is_published_and_goes_with_it(street: Street) -> None:
    street.wanted = {JUNO: {avatar.METADATA}}
    street.ask(MARA, "set", FULL)
    number = avatar.info_of(png()).id
    assert [to for to, _ in street.told()] == [JUNO]
    assert f"<item id='{number}'>" in street.ask(IDA, "get", read(avatar.DATA), "mara@x.example")
    assert street.ask(IDA, "get", ASK, "mara@x.example") == FULL
    street.ask(MARA, "set", CARD)
    assert "<metadata xmlns='urn:xmpp:avatar:metadata'/>" in street.told()[0][1]
    assert street.ask(IDA, "get", ASK, "mara@x.example") == CARD
    street.ask(MARA, "set", CARD)
    assert street.told() == []


@pytest.mark.parametrize("picture", [b"<svg/>", b"\x89PNG\r\n\x1a\n"])
def test_a_card_with_a_picture_that_is_broken_changes_nothing(
    street: Street, picture: bytes
) -> None:
    street.ask(MARA, "set", CARD)
    bad = write(vcard.with_photo(PLAIN, "image/png", picture)).decode()
    with pytest.raises(StanzaError, match="not-acceptable"):
        street.ask(MARA, "set", bad.replace("Mara", "Other"))
    assert street.ask(MARA, "get", ASK) == CARD
