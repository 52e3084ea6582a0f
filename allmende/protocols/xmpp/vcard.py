"""The old card of a person, with their picture in it, and its hash in presence: XEP-0054, 0153."""

from base64 import b64encode
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.avatar import decoded
from allmende.protocols.xmpp.stanza import Stanza

VCARD: Final = "vcard-temp"
NAME: Final = f"{VCARD} vCard"
UPDATE: Final = "vcard-temp:x:update"
CONVERSION: Final = "urn:xmpp:pep-vcard-conversion:0"
"""The picture of the card and the published one are the same (XEP-0398)."""

EMPTY: Final = element(VCARD, "vCard")
_PHOTO: Final = f"{VCARD} PHOTO"
_UPDATE_NAME: Final = f"{UPDATE} x"


def photo_of(card: Element) -> bytes | None:
    """Return the picture in a card. Raises StanzaError ``bad-request`` if it is not readable."""
    photo = card.child(_PHOTO)
    text = "" if photo is None else photo.child_text(f"{VCARD} BINVAL")
    return decoded(text) if text.strip() else None


def without_photo(card: Element) -> Element:
    """Return a card without its pictures."""
    return element(VCARD, "vCard", *(one for one in card if one.name != _PHOTO))


def with_photo(card: Element, kind: str, data: bytes) -> Element:
    """Return a card with this picture behind all else."""
    photo = element(
        VCARD,
        "PHOTO",
        element(VCARD, "TYPE", kind),
        element(VCARD, "BINVAL", b64encode(data).decode()),
    )
    return element(VCARD, "vCard", *card, photo)


def stamped(presence: Stanza, photo: str) -> Stanza:
    """Return presence with the hash of the picture instead of what a client said about it.

    ``photo``: "" says that there is none.
    """
    plain = presence.without(lambda child: child.name == _UPDATE_NAME)
    hashed = element(UPDATE, "photo", *([photo] if photo else []))
    return plain.adding(element(UPDATE, "x", hashed))
