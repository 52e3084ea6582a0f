"""Pictures are known by their headers, and published in two nodes."""

import hashlib
import struct

import pytest

from allmende.protocols.xml.tree import element, write
from allmende.protocols.xmpp import avatar
from allmende.protocols.xmpp.errors import StanzaError

_SUM = bytes(4)
_END = b"\0\0\0\0IEND" + _SUM


def png(width: int = 64, height: int = 32) -> bytes:
    sides = struct.pack(">2L", width, height)
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + sides + b"\x08\x02\0\0\0" + _SUM + _END


def gif(width: int = 64, height: int = 32) -> bytes:
    return b"GIF89a" + struct.pack("<2H", width, height) + b"\0\0\0;"


def jpeg(width: int = 64, height: int = 32) -> bytes:
    app = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    return b"\xff\xd8" + app + b"\xff\xc0\0\x11\x08" + struct.pack(">2H", height, width) + b"\3"


@pytest.mark.parametrize(
    ("data", "kind"), [(png(), "image/png"), (gif(), "image/gif"), (jpeg(), "image/jpeg")]
)
def test_a_picture_says_what_it_is(data: bytes, kind: str) -> None:
    info = avatar.info_of(data)
    assert (info.type, info.width, info.height, info.size) == (kind, 64, 32, len(data))
    assert info.id == hashlib.sha1(data, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<svg/>", png()[:20], gif()[:7], jpeg()[:12], jpeg()[:26], png(50_000, 50_000),
        jpeg(0, 5), gif(avatar.MAX_SIDE + 1, 1), b"\xff\xd8\xff\xff\xff\xff",
        b"\xff\xd8\xff\xe0\0\0\0\0", png().replace(b"IHDR", b"IDAT"), b"\xff\xd8\xff\xd0\xff",
    ],
)  # fmt: skip
def test_what_is_no_picture_or_a_bomb_is_refused(data: bytes) -> None:
    with pytest.raises(StanzaError, match="not-acceptable"):
        avatar.info_of(data)


def test_a_picture_has_an_end() -> None:
    with pytest.raises(StanzaError, match="resource-constraint"):
        avatar.info_of(png() + b"\0" * avatar.MAX_BYTES)


def test_a_picture_is_published_and_found_again() -> None:
    info = avatar.info_of(png())
    assert avatar.picture_in(avatar.data_of(png())) == png()
    metadata = avatar.metadata_of(info)
    assert avatar.current(metadata) == (info.id, "image/png")
    assert write(metadata).decode() == (
        f"<metadata xmlns='urn:xmpp:avatar:metadata'><info id='{info.id}' type='image/png' "
        f"bytes='{info.size}' width='64' height='32'/></metadata>"
    )
    assert avatar.current(avatar.metadata_of(None)) == ("", "")


def test_pictures_that_lie_elsewhere_do_not_count() -> None:
    elsewhere = element(avatar.METADATA, "info", id="a", url="https://x.example/a")
    here = element(avatar.METADATA, "info", id="B")
    both = element(avatar.METADATA, "metadata", elsewhere, here)
    assert avatar.current(both) == ("b", "image/png")


def test_data_that_is_no_base64_is_refused() -> None:
    assert avatar.decoded(" YQ\n == ") == b"a"
    for text in ("YQ", "ä", "Y!=="):
        with pytest.raises(StanzaError, match="bad-request"):
            avatar.decoded(text)
    with pytest.raises(StanzaError, match="bad-request"):
        avatar.picture_in(element("urn:other", "data"))
