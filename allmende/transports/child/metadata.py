"""The job that takes out of a picture what is not seen: where, when and by what it was made.

Nothing is decoded, so that nothing is lost: of each format only the parts go on that are needed
to show it, and how it is to be turned. A picture without anything else comes out as it went in.
What does not keep to its format is refused, and what stands behind its end is left out.
"""

import re
import struct
from collections.abc import Iterator
from typing import Final

MAX_BYTES: Final = 32 * 1024 * 1024

_JPEG: Final = b"\xff\xd8\xff"
_JPEG_KEPT: Final = (frozenset(range(0xC0, 0xD0)) - {0xC8}) | {0xDA, 0xDB, 0xDC, 0xDD}
_JPEG_NEXT: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SCAN, _END, _JFIF, _EXIF, _ADOBE = 0xDA, 0xD9, 0xE0, 0xE1, 0xEE
_JFIF_BYTES: Final = 14
_ADOBE_BYTES: Final = 12
_EXIF_NAME: Final = b"Exif\0\0"

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"sBIT",
     b"bKGD", b"acTL", b"fcTL", b"fdAT")
)  # fmt: skip
_PNG_LENGTH: Final = struct.Struct(">L")
_LOWER_CASE: Final = 0x20

_GIF: Final = (b"GIF87a", b"GIF89a")
_GIF_HEAD: Final = 13
_GIF_LOOPS: Final = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")

_WEBP_KEPT: Final = frozenset((b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"))
_WEBP_LENGTH: Final = struct.Struct("<L")
_WEBP_FRAME: Final = 16
_WEBP_UNSAID: Final = 0xFF ^ (0x20 | 0x08 | 0x04)  # no colour profile, EXIF, XMP
_WEBP_EXIF: Final = 0x08

_TURNED: Final = 0x0112
_SHORT: Final = 3


class PictureRefused(ValueError):
    """It does not keep to its format, or is of none that is known here."""


def prepare() -> None:
    """There is nothing to load."""


def work(payload: bytes) -> bytes:
    """Return the picture without what is not seen. Raises PictureRefused."""
    if len(payload) > MAX_BYTES:
        raise PictureRefused("too many bytes")
    try:
        if payload.startswith(_JPEG):
            return b"".join(_jpeg(payload))
        if payload.startswith(_PNG):
            return b"".join(_png(payload))
        if payload.startswith(_GIF):
            return b"".join(_gif(payload))
        if payload[:4] == b"RIFF" and payload[8:12] == b"WEBP":
            return _webp(payload)
    except (struct.error, IndexError):
        raise PictureRefused("ends too soon") from None
    raise PictureRefused("no picture")


# --- JPEG -------------------------------------------------------------------------------


def _jpeg(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    at = 2
    while True:
        if data[at] != 0xFF:
            raise PictureRefused("no marker")
        while data[at + 1] == 0xFF:
            at += 1
        marker = data[at + 1]
        if marker == _END:
            yield b"\xff\xd9"
            return
        after = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker < 0xC0 or 0xD0 <= marker <= 0xD8 or not at + 4 <= after <= len(data):
            raise PictureRefused("no segment")
        yield _segment(marker, data[at + 4 : after])
        at = after
        if marker == _SCAN:
            found = _JPEG_NEXT.search(data, at)
            if found is None:
                raise PictureRefused("no end")
            yield data[at : found.start()]
            at = found.start()


def _segment(marker: int, content: bytes) -> bytes:
    """Return what goes on of a segment."""
    if marker == _JFIF:
        if not content.startswith(b"JFIF\0") or len(content) < _JFIF_BYTES:
            return b""
        content = content[: _JFIF_BYTES - 2] + b"\0\0"  # no small picture of the picture
    elif marker == _EXIF:
        turn = _turn(content.removeprefix(_EXIF_NAME)) if content[:6] == _EXIF_NAME else 1
        if turn == 1:
            return b""
        content = _EXIF_NAME + _turned(turn)
    elif marker == _ADOBE:
        if not content.startswith(b"Adobe"):
            return b""
        content = content[:_ADOBE_BYTES]
    elif marker not in _JPEG_KEPT:
        return b""
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


# --- PNG --------------------------------------------------------------------------------


def _png(data: bytes) -> Iterator[bytes]:
    yield _PNG
    at, kind = len(_PNG), b""
    while kind != b"IEND":
        (length,) = _PNG_LENGTH.unpack_from(data, at)
        first, kind = not kind, data[at + 4 : at + 8]
        after = at + 12 + length
        if after > len(data) or (first and kind != b"IHDR"):
            raise PictureRefused("no chunk")
        if kind in _PNG_KEPT:
            yield data[at:after]
        elif not kind[0] & _LOWER_CASE:
            raise PictureRefused("a chunk that is needed and unknown")
        at = after


# --- GIF --------------------------------------------------------------------------------


def _gif(data: bytes) -> Iterator[bytes]:
    at = _GIF_HEAD + _colours(data[10])
    yield data[:at]
    while data[at] != 0x3B:
        start, block = at, data[at]
        if block == 0x2C:
            at = _blocks_end(data, at + 11 + _colours(data[at + 9]))
            yield data[start:at]
        elif block == 0x21:
            at = _blocks_end(data, at + 2)
            loops = data[start + 1] == 0xFF and data[start + 2 : start + 14] in _GIF_LOOPS
            if loops or data[start + 1] == 0xF9:
                yield data[start:at]
        else:
            raise PictureRefused("no block")
    yield b";"


def _colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


# --- WebP -------------------------------------------------------------------------------


def _webp(data: bytes) -> bytes:
    end = 8 + _WEBP_LENGTH.unpack_from(data, 4)[0]
    if end > len(data):
        raise PictureRefused("ends too soon")
    turn, kept = 1, []
    for kind, content in _chunks(data[12:end]):
        if kind == b"EXIF":
            turn = _turn(content.removeprefix(_EXIF_NAME))
        elif kind == b"ANMF":
            inner = (_chunk(*one) for one in _chunks(content[_WEBP_FRAME:]) if one[0] in _WEBP_KEPT)
            kept.append((kind, content[:_WEBP_FRAME] + b"".join(inner)))
        elif kind in _WEBP_KEPT:
            kept.append((kind, content))
    if not kept:
        raise PictureRefused("nothing to see")
    if kept[0][0] == b"VP8X":
        flags = kept[0][1][0] & _WEBP_UNSAID | (_WEBP_EXIF if turn != 1 else 0)
        kept[0] = (b"VP8X", bytes((flags,)) + kept[0][1][1:])
        if turn != 1:
            kept.append((b"EXIF", _turned(turn)))
    body = b"WEBP" + b"".join(_chunk(*one) for one in kept)
    return b"RIFF" + _WEBP_LENGTH.pack(len(body)) + body


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        (length,) = _WEBP_LENGTH.unpack_from(data, at + 4)
        if at + 8 + length > len(data):
            raise PictureRefused("no chunk")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + _WEBP_LENGTH.pack(len(content)) + content + bytes(len(content) % 2)


# --- how it is turned -------------------------------------------------------------------


def _turn(exif: bytes) -> int:
    """Return how a picture is to be turned: 1 to 8, 1 for not at all."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(f"{order}L", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, at)
        for number in range(count):
            tag, kind, _, turn = struct.unpack_from(f"{order}HHLH", exif, at + 2 + number * 12)
            if (tag, kind) == (_TURNED, _SHORT):
                return turn if 1 <= turn <= 8 else 1
    except struct.error:
        return 1
    return 1


def _turned(turn: int) -> bytes:
    """Return an EXIF that says nothing else."""
    return struct.pack(">2sHLHHHLHHL", b"MM", 42, 8, 1, _TURNED, _SHORT, 1, turn, 0, 0)
