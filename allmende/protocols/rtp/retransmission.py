"""Retransmissions in a stream of their own. RFC 4588, 4."""

from typing import Final

from allmende.protocols.rtp.packet import Header, RtpMalformed

ORIGINAL_NUMBER_BYTES: Final = 2


def original_number(packet: bytes, header: Header) -> int:
    """Return the sequence number that ``packet`` repeats, -1 for mere padding."""
    if header.payload_end - header.payload_start < ORIGINAL_NUMBER_BYTES:
        return -1
    at = header.payload_start
    return packet[at] << 8 | packet[at + 1]


def unwrap_retransmission(packet: bytes, header: Header, payload_type: int, ssrc: int) -> bytes:
    """Return the packet that was lost: without padding, CSRC and extensions.

    ``header`` belongs to ``packet``; ``payload_type`` and ``ssrc`` are the original stream's.
    Raises RtpMalformed if there is no original number.
    """
    number = original_number(packet, header)
    if number < 0:
        raise RtpMalformed("retransmission without original number")
    fixed = bytearray(packet[:12])
    fixed[0] = 0x80
    fixed[1] = header.marker | payload_type
    fixed[2:4] = number.to_bytes(2, "big")
    fixed[8:12] = ssrc.to_bytes(4, "big")
    at = header.payload_start + ORIGINAL_NUMBER_BYTES
    return bytes(fixed) + packet[at : header.payload_end]
