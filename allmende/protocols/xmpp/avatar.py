"""Pictures of people: data and metadata in two nodes (XEP-0084), and what a picture says of itself.

Only the header of a picture is read here: its type and its sides, so that none is unpacked that
would be a bomb.
"""

import binascii
import hashlib
import struct
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.errors import StanzaError

DATA: Final = "urn:xmpp:avatar:data"
METADATA: Final = "urn:xmpp:avatar:metadata"
MAX_BYTES: Final = 95 * 1024
"""Of a picture; written as text it is a third larger, and has to fit into an item."""

UNKNOWN: Final = "application/octet-stream"
MAX_SIDE: Final = 2048
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_SIDES: Final = struct.Struct(">4x4s2L")
_GIF_SIDES: Final = struct.Struct("<2H")
_JPEG_SIDES: Final = struct.Struct(">x2H")
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE: Final = frozenset(range(0xD0, 0xDA)) | {0x01}


@dataclass(frozen=True, slots=True)
class Info:
    """What is said of a picture. ``id``: SHA-1 of its bytes, as the documents want it."""

    id: str
    type: str
    size: int
    width: int = 0
    height: int = 0


def info_of(data: bytes) -> Info:
    """Return what a picture is, by its first bytes; of an unknown format only how long it is.

    Raises StanzaError ``not-acceptable`` for one that is broken, or has sides that are too long;
    ``resource-constraint`` for too many bytes.
    """
    if len(data) > MAX_BYTES:
        raise StanzaError("resource-constraint", kind="modify")
    if data.lstrip()[:1] in (b"", b"<"):  # nothing, or a picture that is a program
        raise StanzaError("not-acceptable")
    if not is_known(data):
        return Info(number_of(data), UNKNOWN, len(data))
    try:
        kind, width, height = _header(data)
    except (struct.error, IndexError):
        raise StanzaError("not-acceptable") from None
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise StanzaError("not-acceptable")
    return Info(number_of(data), kind, len(data), width, height)


def number_of(data: bytes) -> str:
    """Return by what a picture is called."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def is_known(data: bytes) -> bool:
    """Return whether it begins like a picture whose header can be read here."""
    return data.startswith((_PNG, b"GIF87a", b"GIF89a", b"\xff\xd8\xff"))


def _header(data: bytes) -> tuple[str, int, int]:
    if data.startswith(_PNG):
        name, width, height = _PNG_SIDES.unpack_from(data, len(_PNG))
        if name != b"IHDR":
            raise StanzaError("not-acceptable")
        return "image/png", width, height
    if data[:6] in (b"GIF87a", b"GIF89a"):
        width, height = _GIF_SIDES.unpack_from(data, 6)
        return "image/gif", width, height
    if data[:3] == b"\xff\xd8\xff":
        return _jpeg(data)
    raise StanzaError("not-acceptable")


def _jpeg(data: bytes) -> tuple[str, int, int]:
    at = 2
    while True:
        if data[at] != 0xFF:
            raise StanzaError("not-acceptable")
        marker = data[at + 1]
        if marker in _JPEG_FRAMES:
            height, width = _JPEG_SIDES.unpack_from(data, at + 4)
            return "image/jpeg", width, height
        at += 2 if marker in _JPEG_BARE else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:
            raise StanzaError("not-acceptable")


def decoded(text: str) -> bytes:
    """Return bytes that were written as base64, with whatever blanks. Raises StanzaError."""
    try:
        return b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise StanzaError("bad-request") from None


def data_of(data: bytes) -> Element:
    """Return a picture as it is published."""
    return element(DATA, "data", b64encode(data).decode())


def metadata_of(info: Info | None) -> Element:
    """Return what is published about a picture; None: there is none any more."""
    if info is None:
        return element(METADATA, "metadata")
    about = {"id": info.id, "type": info.type, "bytes": str(info.size)}
    if info.width:
        about |= {"width": str(info.width), "height": str(info.height)}
    return element(METADATA, "metadata", Element(f"{METADATA} info", about))


def picture_in(published: Element) -> bytes:
    """Return the picture that is published. Raises StanzaError ``bad-request``."""
    if published.name != f"{DATA} data":
        raise StanzaError("bad-request")
    return decoded(published.text)


def current(metadata: Element) -> tuple[str, str]:
    """Return the id and type of the picture that the data node holds, "" for none.

    A picture that lies elsewhere has a ``url``.
    """
    for one in metadata.children(f"{METADATA} info"):
        if not one.get("url") and one.get("id"):
            return one.get("id").lower(), one.get("type") or "image/png"
    return "", ""
