"""One picture: published, on the card and in presence."""

from base64 import b64encode

import pytest

from allmende.core.errors import NotFound
from allmende.protocols.xml.tree import write
from allmende.protocols.xmpp import avatar
from allmende.protocols.xmpp.avatar import DATA, METADATA
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.systems.chat.service.items import OWNER
from tests.protocols.xmpp.test_avatar import gif, png
from tests.systems.chat.conftest import Square
from tests.systems.chat.service.depot import photo
from tests.systems.chat.wire.street import IDA, JUNO, MARA, Street
from tests.systems.chat.wire.test_pep import form, pubsub, read


@pytest.fixture
def street(square: Square) -> Street:
    return Street(square)


def publish(node: str, name: str, payload: bytes, options: str = "") -> str:
    terms = f"<publish-options>{options}</publish-options>" if options else ""
    item = f"<item id='{name}'>{payload.decode()}</item>"
    return pubsub(f"<publish node='{node}'>{item}</publish>{terms}")


def wear(street: Street, picture: bytes, options: str = "") -> str:
    """mara publishes a picture as clients do; returns its hash."""
    info = avatar.info_of(picture)
    for node, one in ((DATA, avatar.data_of(picture)), (METADATA, avatar.metadata_of(info))):
        street.ask(MARA, "set", publish(node, info.id, write(one), options))
    return info.id


def shown(street: Street) -> str:
    return street.square.run(street.avatars.hash_of(MARA.bare, street.account(MARA)))


def card(street: Street, who: Jid) -> str:
    return street.ask(who, "get", "<vCard xmlns='vcard-temp'/>", "mara@x.example")


def test_a_published_picture_is_on_the_card_and_in_presence(street: Street) -> None:
    renewed: list[Jid] = []

    async def heard(owner: Jid) -> None:
        renewed.append(owner)

    street.avatars.on_renewal(heard)
    assert shown(street) == ""
    for picture in (png(), gif()):
        number = wear(street, picture)
        assert shown(street) == number
        info = avatar.info_of(picture)
        assert f"<PHOTO><TYPE>{info.type}</TYPE>" in card(street, IDA)
    assert renewed == [MARA.bare] * 2


def test_what_is_not_seen_comes_not_in_and_the_picture_is_called_accordingly(
    street: Street,
) -> None:
    taken = photo()
    street.wanted = {JUNO: {METADATA}}
    number = wear(street, taken)
    called = shown(street)
    assert called != number
    assert f"id='{called}'" in street.told()[-1][1]
    found = street.square.run(street.avatars.picture(street.account(MARA), OWNER))
    assert found is not None
    data = found[1]
    assert b"at home" not in data
    assert avatar.number_of(data) == called


def test_the_picture_of_a_card_is_cleaned_as_well(street: Street) -> None:
    who = street.people["mara"]
    street.square.run(street.avatars.keep(MARA.bare, who, photo()))
    kept = street.square.run(street.avatars.picture(street.account(MARA), OWNER))
    assert kept is not None
    assert kept[0] == "image/jpeg"
    assert b"at home" not in kept[1]


def test_what_is_of_no_known_format_passes_as_it_is(street: Street) -> None:
    for data in (b"coucou coucou", b""):
        number = avatar.number_of(data)
        street.ask(MARA, "set", publish(DATA, number, write(avatar.data_of(data))))
        found = street.ask(MARA, "get", read(DATA, f"<item id='{number}'/>"))
        assert b64encode(data).decode() in found
        assert number in found
    huge = bytes(avatar.MAX_BYTES + 1)
    with pytest.raises(StanzaError, match="resource-constraint"):
        street.ask(MARA, "set", publish(DATA, "a", write(avatar.data_of(huge))))


def test_a_picture_for_contacts_alone_is_on_no_card_of_a_stranger(street: Street) -> None:
    wear(street, png(), form(access_model="presence"))
    assert "PHOTO" in card(street, JUNO)
    with pytest.raises(StanzaError, match="item-not-found"):
        card(street, IDA)
    with pytest.raises(NotFound):
        street.ask(IDA, "get", read(DATA), "mara@x.example")


def test_a_picture_that_is_none_or_has_another_name_is_not_published(street: Street) -> None:
    bomb = write(avatar.data_of(png(60_000, 60_000)))
    with pytest.raises(StanzaError, match="not-acceptable"):
        street.ask(MARA, "set", publish(DATA, "a", bomb))
    with pytest.raises(StanzaError, match="bad-request"):
        street.ask(MARA, "set", publish(DATA, "a", write(avatar.data_of(png()))))


def test_who_takes_the_picture_back_has_none(street: Street) -> None:
    wear(street, png())
    street.ask(MARA, "set", publish(METADATA, "x", write(avatar.metadata_of(None))))
    assert shown(street) == ""
    assert "PHOTO" not in card(street, MARA)
