"""The picture goes into the card and out of it; presence says which one it is."""

import pytest

from allmende.protocols.xml.tree import parse, write
from allmende.protocols.xmpp import vcard
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza

CARD = b"<vCard xmlns='vcard-temp'><FN>Mara</FN></vCard>"


def test_a_picture_goes_into_a_card_and_out_of_it() -> None:
    card = parse(CARD)
    full = vcard.with_photo(card, "image/png", b"bild")
    assert write(full) == (
        b"<vCard xmlns='vcard-temp'><FN>Mara</FN><PHOTO><TYPE>image/png</TYPE>"
        b"<BINVAL>YmlsZA==</BINVAL></PHOTO></vCard>"
    )
    assert vcard.photo_of(full) == b"bild"
    assert write(vcard.without_photo(full)) == CARD
    assert vcard.photo_of(card) is None


def test_a_picture_may_be_empty_but_not_unreadable() -> None:
    def card(text: str) -> bytes | None:
        inside = f"<PHOTO><BINVAL>{text}</BINVAL></PHOTO>"
        return vcard.photo_of(parse(f"<vCard xmlns='vcard-temp'>{inside}</vCard>".encode()))

    assert card(" ") is None
    assert card("Ym ls\nZA==") == b"bild"
    with pytest.raises(StanzaError, match="bad-request"):
        card("!")


def test_presence_says_which_picture_it_is_whatever_the_client_said() -> None:
    presence = Stanza("presence", CLIENT, {}).adding(
        parse(b"<x xmlns='vcard-temp:x:update'><photo>old</photo></x>"),
        parse(b"<priority xmlns='jabber:client'>1</priority>"),
    )
    for photo, written in (("abc", b"<photo>abc</photo>"), ("", b"<photo/>")):
        assert vcard.stamped(presence, photo).bytes_for() == (
            b"<presence><priority>1</priority><x xmlns='vcard-temp:x:update'>"
            + written
            + b"</x></presence>"
        )
