"""Sender and receiver reports, descriptions and goodbyes. RFC 3550, 6.4 to 6.6."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from allmende.protocols.rtcp import packet
from allmende.protocols.rtcp.packet import RtcpMalformed

MAX_BLOCKS: Final = 31
_SENDER: Final = struct.Struct("!IQIII")


@dataclass(frozen=True, slots=True)
class ReceptionBlock:
    """What one receiver says of one stream.

    ``fraction_lost``: of 256, since the last report. ``lost``: in all, 24 bits signed.
    ``jitter``: ticks. ``last_report``, ``delay``: middle of the NTP time of the last sender
    report and the time since, in 1/65536 s; 0 if there was none.
    """

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_report: int = 0
    delay: int = 0


@dataclass(frozen=True, slots=True)
class SenderReport:
    """``ntp``: 64 bits, seconds since 1900 in 1/2^32; ``timestamp``: the same in ticks."""

    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReceptionBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    """Blocks of a receiver; none says only that it is there."""

    ssrc: int
    blocks: tuple[ReceptionBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """The cname of one source."""

    ssrc: int
    cname: str


@dataclass(frozen=True, slots=True)
class Goodbye:
    """These sources send no more."""

    ssrcs: tuple[int, ...]


def parse_sender_report(count: int, body: bytes) -> SenderReport:
    """Raises RtcpMalformed if ``body`` is too short for ``count`` blocks."""
    if len(body) < _SENDER.size:
        raise RtcpMalformed("short sender report")
    ssrc, ntp, timestamp, packets, octets = _SENDER.unpack_from(body)
    blocks = _parse_blocks(count, body, _SENDER.size)
    return SenderReport(ssrc, ntp, timestamp, packets, octets, blocks)


def parse_receiver_report(count: int, body: bytes) -> ReceiverReport:
    """Raises RtcpMalformed if ``body`` is too short for ``count`` blocks."""
    if len(body) < 4:
        raise RtcpMalformed("short receiver report")
    return ReceiverReport(int.from_bytes(body[:4], "big"), _parse_blocks(count, body, 4))


def _parse_blocks(count: int, body: bytes, at: int) -> tuple[ReceptionBlock, ...]:
    if at + 24 * count > len(body):
        raise RtcpMalformed("report blocks past the end")
    return tuple(_parse_block(body, at + 24 * i) for i in range(count))


def _parse_block(body: bytes, at: int) -> ReceptionBlock:
    ssrc, highest, jitter, last_report, delay = struct.unpack_from("!I4xIIII", body, at)
    lost = int.from_bytes(body[at + 5 : at + 8], "big", signed=True)
    return ReceptionBlock(ssrc, body[at + 4], lost, highest, jitter, last_report, delay)


def parse_goodbye(count: int, body: bytes) -> Goodbye:
    """Raises RtcpMalformed if ``body`` is too short for ``count`` sources."""
    if 4 * count > len(body):
        raise RtcpMalformed("sources past the end")
    return Goodbye(struct.unpack_from(f"!{count}I", body))


def parse_description(count: int, body: bytes) -> tuple[SourceDescription, ...]:
    """Return the sources that say their cname. Raises RtcpMalformed past the end."""
    found, at = [], 0
    for _ in range(count):
        if at + 4 > len(body):
            raise RtcpMalformed("chunk past the end")
        ssrc = int.from_bytes(body[at : at + 4], "big")
        cname, at = _parse_items(body, at + 4)
        if cname is not None:
            found.append(SourceDescription(ssrc, cname))
    return tuple(found)


def _parse_items(body: bytes, at: int) -> tuple[str | None, int]:
    cname = None
    while at < len(body) and body[at] != 0:
        if at + 2 > len(body) or at + 2 + body[at + 1] > len(body):
            raise RtcpMalformed("item past the end")
        end = at + 2 + body[at + 1]
        if body[at] == 1:
            cname = body[at + 2 : end].decode(errors="replace")
        at = end
    if at >= len(body):
        raise RtcpMalformed("items without an end")
    return cname, at + 4 - at % 4


def write_sender_report(report: SenderReport) -> bytes:
    """Return the packet; numbers are taken modulo their width, at most MAX_BLOCKS blocks."""
    head = _SENDER.pack(
        report.ssrc,
        report.ntp,
        report.timestamp & 0xFFFFFFFF,
        report.packets & 0xFFFFFFFF,
        report.octets & 0xFFFFFFFF,
    )
    return _with_blocks(packet.SENDER_REPORT, head, report.blocks)


def write_receiver_report(report: ReceiverReport) -> bytes:
    """Return the packet; at most MAX_BLOCKS blocks."""
    return _with_blocks(packet.RECEIVER_REPORT, report.ssrc.to_bytes(4, "big"), report.blocks)


def _with_blocks(packet_type: int, head: bytes, blocks: Sequence[ReceptionBlock]) -> bytes:
    if len(blocks) > MAX_BLOCKS:
        raise ValueError(f"{len(blocks)} blocks")
    return packet.write(packet_type, len(blocks), head + b"".join(map(_write_block, blocks)))


def _write_block(block: ReceptionBlock) -> bytes:
    lost = max(-0x800000, min(0x7FFFFF, block.lost))
    return struct.pack(
        "!IB3sIIII",
        block.ssrc,
        min(block.fraction_lost, 255),
        lost.to_bytes(3, "big", signed=True),
        block.highest & 0xFFFFFFFF,
        min(block.jitter, 0xFFFFFFFF),
        block.last_report,
        min(block.delay, 0xFFFFFFFF),
    )


def write_description(ssrc: int, cname: str) -> bytes:
    """Return a description with the cname, of which at most 255 bytes are told."""
    text = cname.encode()[:255]
    items = bytes((1, len(text))) + text
    body = ssrc.to_bytes(4, "big") + items
    return packet.write(packet.SOURCE_DESCRIPTION, 1, body + bytes(4 - len(body) % 4))


def write_goodbye(ssrcs: Sequence[int]) -> bytes:
    """Return the packet; at most 31 sources."""
    return packet.write(packet.GOODBYE, len(ssrcs), struct.pack(f"!{len(ssrcs)}I", *ssrcs))
