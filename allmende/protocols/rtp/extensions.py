"""RTP header extensions: the elements of a block, read and written. RFC 8285, 4.2 and 4.3."""

import struct
from collections.abc import Iterable, Mapping
from typing import Final

from allmende.protocols.rtp.packet import RtpMalformed

ONE_BYTE: Final = 0xBEDE
TWO_BYTE: Final = 0x1000

MID_URI: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID_URI: Final = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID_URI: Final = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
LEVEL_URI: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
TRANSPORT_NUMBER_URI: Final = (
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)

# Places in the list that `read_extensions` fills.
MID: Final = 1
RID: Final = 2
REPAIRED_RID: Final = 3
LEVEL: Final = 4
TRANSPORT_NUMBER: Final = 5
PLACES: Final = 6
_NOTHING: Final = (b"",) * PLACES

PLACE_OF_URI: Final[Mapping[str, int]] = {
    MID_URI: MID,
    RID_URI: RID,
    REPAIRED_RID_URI: REPAIRED_RID,
    LEVEL_URI: LEVEL,
    TRANSPORT_NUMBER_URI: TRANSPORT_NUMBER,
}


def places_of(negotiated: Iterable[tuple[int, str]]) -> bytes:
    """Return the table from id to place (0: of no interest) for (id, URI) as negotiated."""
    table = bytearray(256)
    for number, uri in negotiated:
        table[number & 0xFF] = PLACE_OF_URI.get(uri, 0)
    table[0] = 0
    return bytes(table)


def read_extensions(
    packet: bytes, start: int, end: int, profile: int, places: bytes, values: list[bytes]
) -> None:
    """Put each known element of the block into its place of ``values``, b"" where there is none.

    A block of another profile has no elements. Raises RtpMalformed if one runs past the end.
    """
    values[:] = _NOTHING
    if profile != ONE_BYTE:
        if profile & 0xFFF0 == TWO_BYTE:
            _read_two_byte(packet, start, end, places, values)
        return
    at = start
    while at < end:
        head = packet[at]
        at += 1
        if head == 0:  # padding
            continue
        number = head >> 4
        if number == 15:  # RFC 8285, 4.2: stop reading here
            return
        after = at + (head & 0x0F) + 1
        if after > end:
            raise RtpMalformed("extension element past the end")
        place = places[number]
        if place:
            values[place] = packet[at:after]
        at = after


def _read_two_byte(packet: bytes, at: int, end: int, places: bytes, values: list[bytes]) -> None:
    while at < end:
        number = packet[at]
        at += 1
        if number == 0:  # padding
            continue
        if at >= end:
            raise RtpMalformed("extension element without a length")
        after = at + 1 + packet[at]
        if after > end:
            raise RtpMalformed("extension element past the end")
        place = places[number]
        if place:
            values[place] = packet[at + 1 : after]
        at = after


def write_extensions(elements: Iterable[tuple[int, bytes]]) -> bytes:
    """Return a block with the elements, in two-byte form only if an id or a length needs it.

    ``elements``: id 1..255 and at most 255 bytes each. Nothing gives b"".
    """
    items = list(elements)
    if not items:
        return b""
    short = all(number < 15 and 1 <= len(value) <= 16 for number, value in items)
    if short:
        body = b"".join(bytes((n << 4 | len(v) - 1,)) + v for n, v in items)
    else:
        body = b"".join(bytes((n, len(v))) + v for n, v in items)
    body += bytes(-len(body) % 4)
    return struct.pack("!HH", ONE_BYTE if short else TWO_BYTE, len(body) // 4) + body
