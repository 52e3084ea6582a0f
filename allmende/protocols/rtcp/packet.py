"""The frame of RTCP packets and how they follow one another. RFC 3550, 6.1; RFC 5506."""

from collections.abc import Iterator
from typing import Final

SENDER_REPORT: Final = 200
RECEIVER_REPORT: Final = 201
SOURCE_DESCRIPTION: Final = 202
GOODBYE: Final = 203
TRANSPORT_FEEDBACK: Final = 205
PAYLOAD_FEEDBACK: Final = 206

MAX_PACKETS: Final = 64


class RtcpMalformed(Exception):
    """A packet contradicts itself: wrong version, or a length past its end."""


def split(compound: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (packet type, count or format, body without the 4 bytes of header) of each packet.

    Padding is taken off. At most MAX_PACKETS; what comes after is ignored. Raises
    RtcpMalformed where the chain of lengths breaks.
    """
    at, size = 0, len(compound)
    for _ in range(MAX_PACKETS):
        if at == size:
            return
        if at + 4 > size:
            raise RtcpMalformed(f"{size - at} bytes at the end")
        first = compound[at]
        if first & 0xC0 != 0x80:
            raise RtcpMalformed(f"version {first >> 6}")
        end = at + 4 + 4 * int.from_bytes(compound[at + 2 : at + 4], "big")
        if end > size:
            raise RtcpMalformed("packet past the end")
        body = compound[at + 4 : end]
        if first & 0x20:
            body = _without_padding(body)
        yield compound[at + 1], first & 0x1F, body
        at = end


def _without_padding(body: bytes) -> bytes:
    padding = body[-1] if body else 0
    if padding == 0 or padding > len(body):
        raise RtcpMalformed(f"padding of {padding} bytes")
    return body[:-padding]


def write(packet_type: int, count: int, body: bytes) -> bytes:
    """Return one packet; ``body`` is a multiple of 4 bytes, ``count`` below 32."""
    return bytes((0x80 | count, packet_type)) + (len(body) // 4).to_bytes(2, "big") + body
