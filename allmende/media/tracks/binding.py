"""Which stream (SSRC) of a leg carries what. RFC 8843, 9.2; RFC 8852, 3; RFC 4588, 5.3."""

from typing import Final

from allmende.media.tracks.down import RTX
from allmende.media.tracks.incoming import Incoming
from allmende.media.tracks.up import Layer, Up
from allmende.protocols.rtp.extensions import MID, REPAIRED_RID, RID
from allmende.protocols.rtp.retransmission import original_number

MAX_STREAMS: Final = 64
"""Streams of one leg; packets of more are dropped."""


class Stream:
    """A layer of an up, or the retransmissions of that layer."""

    __slots__ = ("layer", "repairs", "up")

    def __init__(self, up: Up, layer: Layer, *, repairs: bool) -> None:
        self.up = up
        self.layer = layer
        self.repairs = repairs


class Streams:
    """The streams of one leg. A leg can bind streams to its own ups only."""

    def __init__(self) -> None:
        self.by_ssrc: dict[int, Stream] = {}
        self._by_mid: dict[bytes, Up] = {}
        self._announced: dict[int, Up] = {}

    def add(self, up: Up) -> None:
        """Let packets of this section, or with an announced SSRC, find ``up``."""
        self._by_mid[up.mid.encode()] = up
        for ssrc in up.asked.ssrcs:
            self._announced[ssrc] = up

    def remove(self, up: Up) -> None:
        """Forget ``up`` and its streams."""
        self.by_ssrc = {k: s for k, s in self.by_ssrc.items() if s.up is not up}
        self._by_mid = {k: u for k, u in self._by_mid.items() if u is not up}
        self._announced = {k: u for k, u in self._announced.items() if u is not up}

    def forget(self, ssrc: int) -> None:
        """Nothing more comes as ``ssrc``."""
        self.by_ssrc.pop(ssrc, None)

    def some_media(self) -> int:
        """Return the SSRC of any layer, 0 if there is none."""
        return next((ssrc for ssrc, s in self.by_ssrc.items() if not s.repairs), 0)

    def bind(self, p: Incoming) -> Stream | None:
        """Return what the unknown stream of ``p`` carries, None if nothing says it."""
        up = self._by_mid.get(p.values[MID]) or self._announced.get(p.ssrc)
        if up is None or len(self.by_ssrc) >= MAX_STREAMS:
            return None
        repairs = bool(p.values[REPAIRED_RID]) or up.codecs[p.payload_type] == RTX
        layer = _layer_of_repair(up, p) if repairs else _layer_of(up, p)
        if layer is None:
            return None
        stream = Stream(up, layer, repairs=repairs)
        if not repairs:
            self._replace(layer)
            up.bind(layer, p.ssrc, p.arrived_s)
        self.by_ssrc[p.ssrc] = stream
        return stream

    def _replace(self, layer: Layer) -> None:
        """A layer has one stream: the newest."""
        old = self.by_ssrc.get(layer.ssrc)
        if old is not None and old.layer is layer:
            del self.by_ssrc[layer.ssrc]


def _layer_of(up: Up, p: Incoming) -> Layer | None:
    if len(up.layers) == 1 and not up.layers[0].rid:
        return up.layers[0]
    if p.values[RID]:
        return _named(up, p.values[RID])
    # Announced in the order of the layers, the media streams before their repairs.
    ssrcs = up.asked.ssrcs
    place = ssrcs.index(p.ssrc) if p.ssrc in ssrcs else len(up.layers)
    return up.layers[place] if place < len(up.layers) else None


def _layer_of_repair(up: Up, p: Incoming) -> Layer | None:
    if not up.video:
        return None
    if p.values[REPAIRED_RID]:
        return _named(up, p.values[REPAIRED_RID])
    if len(up.layers) == 1:
        return up.layers[0]
    number = original_number(p.packet, p)
    return next((layer for layer in up.layers if layer.arrivals.is_missing(number)), None)


def _named(up: Up, rid: bytes) -> Layer | None:
    return next((layer for layer in up.layers if layer.rid.encode() == rid), None)
