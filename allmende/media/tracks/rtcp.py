"""RTCP of one leg: what it says to us, handed to its tracks, and what we say each second."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from allmende.media.tracks.down import Down
from allmende.media.tracks.up import Layer, Up
from allmende.protocols.rtcp import reports
from allmende.protocols.rtcp.feedback import FullIntraRequest, Nack, PictureLoss
from allmende.protocols.rtcp.packet import RtcpMalformed
from allmende.protocols.rtcp.parsing import Value, parse
from allmende.protocols.rtcp.reports import Goodbye, ReceiverReport, ReceptionBlock, SenderReport


class Tracks(Protocol):
    """What the leg looks up for its RTCP."""

    def find_layer(self, ssrc: int) -> tuple[Up, Layer] | None:
        """The layer that comes in as ``ssrc``."""

    def find_down(self, ssrc: int) -> tuple[Up, Down] | None:
        """The down that goes out as ``ssrc``, and the up that feeds it."""

    def unbind(self, ssrc: int) -> None:
        """Nothing more comes as ``ssrc``."""


def handle(tracks: Tracks, compound: bytes, now_s: float) -> bool:
    """Do what ``compound`` asks; False if its end was broken. Unknown sources are ignored."""
    try:
        for value in parse(compound):
            _handle_one(tracks, value, now_s)
    except RtcpMalformed:
        return False
    return True


def _handle_one(tracks: Tracks, value: Value, now_s: float) -> None:
    match value:
        case SenderReport():
            found = tracks.find_layer(value.ssrc)
            if found is not None:
                found[0].sender_reported(found[1], value, now_s)
            _take_blocks(tracks, value.blocks)
        case ReceiverReport():
            _take_blocks(tracks, value.blocks)
        case Nack():
            asked = tracks.find_down(value.media)
            if asked is not None:
                asked[1].nacked(value.numbers)
        case PictureLoss():
            _want_keyframes(tracks, (value.media,), now_s)
        case FullIntraRequest():
            _want_keyframes(tracks, value.sources, now_s)
        case Goodbye():
            for ssrc in value.ssrcs:
                tracks.unbind(ssrc)
        case _:  # descriptions, and transport feedback, from which nothing follows yet
            return


def _take_blocks(tracks: Tracks, blocks: Iterable[ReceptionBlock]) -> None:
    for block in blocks:
        found = tracks.find_down(block.ssrc)
        if found is not None:
            found[1].fraction_lost = block.fraction_lost


def _want_keyframes(tracks: Tracks, sources: Iterable[int], now_s: float) -> None:
    for ssrc in sources:
        found = tracks.find_down(ssrc)
        if found is not None:
            found[0].want_keyframe(found[1], now_s)


def write_report(ssrc: int, cname: str, blocks: Sequence[ReceptionBlock]) -> bytes:
    """Return a compound of receiver reports with ``blocks`` and our description."""
    size = reports.MAX_BLOCKS
    parts = [
        reports.write_receiver_report(ReceiverReport(ssrc, tuple(blocks[at : at + size])))
        for at in range(0, max(1, len(blocks)), size)
    ]
    return b"".join(parts) + reports.write_description(ssrc, cname)
