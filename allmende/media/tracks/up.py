"""A track that comes in: its layers, their packets, and the downs that get them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from allmende.media.control import AddUp, Report, UpBound, UpSilent, Wanted
from allmende.media.fanout.streams import Flock, pack_incoming
from allmende.media.tracks import layers as rules
from allmende.media.tracks.down import CODECS, RED, UNKNOWN, VP8, AudioDown, Down, VideoDown
from allmende.media.tracks.incoming import Incoming
from allmende.media.tracks.keyframes import AFTER_ANSWER_S, KeyframeAsking
from allmende.media.tracks.outlet import Outlet
from allmende.media.tracks.sequence import Arrivals
from allmende.protocols.codecs import red, vp8
from allmende.protocols.rtcp import feedback
from allmende.protocols.rtcp.reports import ReceptionBlock, SenderReport
from allmende.protocols.rtp.unwrapping import Unwrapper

AMPLITUDES: Final = (*(10 ** (-level / 20) for level in range(127)), 0.0)
"""Of each level of RFC 6464; -127 dBov is silence."""
_PICTURE_BITS: Final = 15


class Layer:
    """One encoding of an up. ``ssrc`` 0: nothing came yet. ``alive``: packets come."""

    __slots__ = ("alive", "arrivals", "arrived_s", "asking", "fps", "frames", "index",
                 "picture_bits", "pictures", "rid", "ssrc")  # fmt: skip

    def __init__(self, index: int, rid: str) -> None:
        self.index = index
        self.rid = rid
        self.asking = KeyframeAsking()
        self.fps = rules.DEFAULT_FPS
        self.ssrc = 0
        self.alive = False
        self.arrived_s = 0.0
        self.begin(0, 1, repair=False)

    def begin(self, ssrc: int, clock_hz: int, *, repair: bool) -> None:
        """Take packets of ``ssrc`` from now on; nothing of another is remembered."""
        self.ssrc = ssrc
        self.arrivals = Arrivals(clock_hz, repair=repair)
        self.pictures = Unwrapper(_PICTURE_BITS)
        self.picture_bits = _PICTURE_BITS
        self.frames = 0


class Up(ABC):
    """What audio and video have in common.

    ``allowed``: the rights of the leg let this source pass; ``muted``: its own flag. Only a
    packet of an open up goes any further than the statistics of its stream.
    """

    video = False

    def __init__(self, asked: AddUp, report: Callable[[Report], None]) -> None:
        self.asked = asked
        self.sid, self.leg, self.mid, self.source = asked.up, asked.leg, asked.mid, asked.source
        self._report = report
        self.codecs, self.repairs = _payload_types(asked)
        self.clock_hz = max((c.clock_hz for c in asked.codecs if c.name != "rtx"), default=1)
        self.layers = [Layer(i, rid) for i, rid in enumerate(asked.rids or ("",))]
        self.muted = asked.muted
        self.allowed = True
        self.open = False
        self._flock: Flock | None = None  # the downs that C may forward to by itself
        self._in_flock: Sequence[Down] = ()
        self._others: Sequence[Down] = ()

    @abstractmethod
    def downs_of(self) -> Sequence[Down]:
        """All downs of this track."""

    @abstractmethod
    def remove_down(self, down: Down) -> None:
        """Send no more to ``down``."""

    @abstractmethod
    def added(self, down: Down, now_s: float) -> None:
        """``down`` was added: its receiver can decode only after it read our answer."""

    @abstractmethod
    def receive(self, layer: Layer, p: Incoming) -> None:
        """Take a packet of the stream of ``layer``."""

    @abstractmethod
    def steer(self, down: Down, now_s: float) -> None:
        """Decide anew which layer ``down`` gets."""

    @abstractmethod
    def want_keyframe(self, down: Down, now_s: float) -> None:
        """The receiver of ``down`` lost its picture."""

    def regroup(self) -> None:
        """The downs are others, or leave by another way."""
        in_flock, others, streams = [], [], []
        for down in self.downs_of():
            if down.stream is None:
                others.append(down)
                continue
            down.grouped = True
            in_flock.append(down)
            streams.append(down.stream)
        self._in_flock, self._others = in_flock, others
        self._flock = Flock(streams) if streams else None

    def bind(self, layer: Layer, ssrc: int, now_s: float) -> None:
        """The stream ``ssrc`` carries ``layer`` from now on."""
        layer.begin(ssrc, self.clock_hz, repair=self.video)
        layer.arrived_s = now_s
        for down in self.downs_of():
            if down.current == layer.index:
                down.interrupted()
        self._report(UpBound(up=self.sid, rid=layer.rid, ssrc=ssrc))

    def revive(self, layer: Layer, now_s: float) -> None:
        """Packets of ``layer`` come, for the first time or again."""
        layer.alive = True
        self.steer_all(now_s)

    def set_flags(self, now_s: float, *, allowed: bool, muted: bool) -> None:
        """Open or close the track for everybody, from the next packet on."""
        self.allowed, self.muted = allowed, muted
        opened = allowed and not muted
        if opened == self.open:
            return
        self.open = opened
        if not opened:
            for layer in self.layers:
                layer.arrivals.holes.clear()
        for down in self.downs_of():
            down.interrupted()
        self.steer_all(now_s)

    def steer_all(self, now_s: float) -> None:
        """Decide anew which layer each down gets."""
        for down in self.downs_of():
            self.steer(down, now_s)

    @abstractmethod
    def second_passed(self, now_s: float) -> None:
        """Each second."""

    @abstractmethod
    def ask(self, now_s: float) -> None:
        """Each tick: send what is to be asked for now."""

    def find_silent(self, now_s: float) -> None:
        """Notice the layers of which nothing came for SILENT_AFTER_S."""
        silent = [
            layer
            for layer in self.layers
            if layer.alive and now_s - layer.arrived_s > rules.SILENT_AFTER_S
        ]
        for layer in silent:
            layer.alive = False
            if self.open:
                self._report(UpSilent(up=self.sid, rid=layer.rid))
        if silent:
            self.steer_all(now_s)

    def sender_reported(self, layer: Layer, report: SenderReport, now_s: float) -> None:
        """Pass the sender's clock on to all who get this layer."""
        layer.arrivals.sender_reported(report.ntp, now_s)
        for down in self.downs_of():
            if down.current == layer.index and self.open:
                down.sender_reported(report.ntp, report.timestamp)

    def receptions(self, now_s: float) -> Iterator[ReceptionBlock]:
        """Yield what receiver reports say of our streams. Once a second."""
        for layer in self.layers:
            if layer.alive:
                yield layer.arrivals.report(layer.ssrc, now_s)


class Listening(Protocol):
    """Hears what an open up of sound sends, besides its downs."""

    def heard(self, p: Incoming, opus: bytes) -> None:
        """A packet came; ``opus`` is empty where it is none."""

    def closed(self, now_s: float) -> None:
        """Nothing more comes until the up is open again."""


class AudioUp(Up):
    """Opus or RED. Collects the level of speech for `speakers`."""

    def __init__(
        self, asked: AddUp, outlet: Outlet | None, report: Callable[[Report], None]
    ) -> None:
        """``outlet`` is not needed: sound asks its sender for nothing."""
        super().__init__(asked, report)
        self.downs: list[AudioDown] = []
        self.listening: Listening | None = None
        self._amplitude_sum = 0.0
        self._amplitudes = 0

    def downs_of(self) -> Sequence[AudioDown]:
        """All downs of this track."""
        return self.downs

    def remove_down(self, down: Down) -> None:
        """Send no more to ``down``."""
        self.downs = [kept for kept in self.downs if kept is not down]
        self.regroup()

    def receive(self, layer: Layer, p: Incoming) -> None:
        """Send the packet to everybody who listens."""
        p.number = layer.arrivals.add(p.sequence, p.timestamp, p.arrived_s)
        layer.arrived_s = p.arrived_s
        if not layer.alive:
            self.revive(layer, p.arrived_s)
        if not self.open:
            return
        self._amplitude_sum += AMPLITUDES[p.level & 0x7F]
        self._amplitudes += 1
        codec = self.codecs[p.payload_type]
        payload = primary = p.packet[p.payload_start : p.payload_end]
        if codec == RED:
            try:
                primary = p.packet[
                    red.primary_start(p.packet, p.payload_start, p.payload_end) : p.payload_end
                ]
            except red.RedMalformed:
                payload = primary = b""
        elif codec == UNKNOWN:
            payload = primary = b""
        if self.listening is not None:
            self.listening.heard(p, primary)
        self.forward(p, codec, payload, primary)

    def forward(self, p: Incoming, codec: int, payload: bytes, primary: bytes) -> None:
        """Send a packet to all downs. Both are the end of ``p.packet``, or empty."""
        downs: Sequence[AudioDown] = self.downs
        if self._flock is not None and payload:
            downs = self._left_over(self._flock, p, codec, len(payload), len(primary))
        for down in downs:
            down.forward(p, codec, payload, primary)

    def _left_over(
        self, flock: Flock, p: Incoming, codec: int, payload_bytes: int, primary_bytes: int
    ) -> Sequence[AudioDown]:
        """Let C forward where nothing is to be decided; return the others."""
        end = p.payload_end
        incoming = pack_incoming(
            p.number, -1, p.arrived_s,
            p.timestamp, end - payload_bytes, end, end - primary_bytes,
            0, 0, 0, 0, 0, -1, p.marker, p.level, codec, False, False,
        )  # fmt: skip
        places = flock.forward(p.packet, incoming)
        if not places and not self._others:
            return ()
        downs = [self._in_flock[place] for place in places]
        return [down for down in (*downs, *self._others) if isinstance(down, AudioDown)]

    def steer(self, down: Down, now_s: float) -> None:
        """Audio is sent wherever it may be sent."""
        down.wanted = 0 if down.may_send and not down.setting.disabled else rules.NONE
        down.steer(0 if self.open and down.wanted != rules.NONE else rules.NONE)

    def added(self, down: Down, now_s: float) -> None:
        """Sound needs no beginning."""

    def set_flags(self, now_s: float, *, allowed: bool, muted: bool) -> None:
        """Open or close the track for everybody, from the next packet on."""
        super().set_flags(now_s, allowed=allowed, muted=muted)
        if self.listening is not None and not self.open:
            self.listening.closed(now_s)

    def want_keyframe(self, down: Down, now_s: float) -> None:
        """Sound has none."""

    def second_passed(self, now_s: float) -> None:
        """Sound counts nothing by the second."""

    def ask(self, now_s: float) -> None:
        """Lost sound comes too late."""

    def take_amplitude(self) -> float:
        """Return the mean amplitude, 0 to 1, since the last time; silence if nothing came."""
        mean = self._amplitude_sum / self._amplitudes if self._amplitudes else 0.0
        self._amplitude_sum, self._amplitudes = 0.0, 0
        return mean


class VideoUp(Up):
    """VP8, in one layer or as simulcast."""

    video = True

    def __init__(self, asked: AddUp, outlet: Outlet, report: Callable[[Report], None]) -> None:
        super().__init__(asked, report)
        self._outlet = outlet
        self.downs: list[VideoDown] = []
        self._demand = rules.Demand(len(self.layers))

    def downs_of(self) -> Sequence[VideoDown]:
        """All downs of this track."""
        return self.downs

    def remove_down(self, down: Down) -> None:
        """Send no more to ``down``."""
        self.downs = [kept for kept in self.downs if kept is not down]
        self.regroup()

    def receive(self, layer: Layer, p: Incoming) -> None:
        """Send the packet to everybody who gets ``layer``."""
        newest = layer.arrivals.newest
        p.number = layer.arrivals.add(p.sequence, p.timestamp, p.arrived_s)
        layer.arrived_s = p.arrived_s
        if not layer.alive:
            self.revive(layer, p.arrived_s)
        if self.open:
            self._forward(layer, p, in_order=p.number > newest)

    def receive_repaired(self, layer: Layer, p: Incoming) -> None:
        """The same for a packet that came as a retransmission and was unwrapped."""
        number = layer.arrivals.add_repaired(p.sequence, p.arrived_s)
        if number >= 0 and self.open:
            p.number = number
            self._forward(layer, p, in_order=False)

    def _forward(self, layer: Layer, p: Incoming, *, in_order: bool) -> None:
        p.layer = layer.index
        descriptor = p.vp8
        try:
            if self.codecs[p.payload_type] != VP8:
                raise vp8.Vp8Malformed("another codec")
            descriptor.read(p.packet, p.payload_start, p.payload_end)
        except vp8.Vp8Malformed:  # mere padding, most of the time
            self._leave_out(layer, p.number)
            return
        p.key = in_order and descriptor.key
        p.picture = -1
        if descriptor.picture >= 0:
            self._extend_picture(layer, p)
        downs: Sequence[VideoDown] = self.downs
        if self._flock is not None:
            downs = self._left_over(self._flock, p)
            if not downs:
                return
        p.descriptor = p.packet[p.payload_start : descriptor.end]
        p.frame = p.packet[descriptor.end : p.payload_end]
        for down in downs:
            down.forward(p)

    def _left_over(self, flock: Flock, p: Incoming) -> Sequence[VideoDown]:
        """Let C forward where nothing is to be decided; return the others."""
        read = p.vp8
        incoming = pack_incoming(
            p.number, p.picture, p.arrived_s,
            p.timestamp, p.payload_start, p.payload_end, 0,
            read.end, read.level_zero_at, read.picture_bits,
            p.layer, read.temporal, read.level_zero, p.marker, 0, VP8, p.key, True,
        )  # fmt: skip
        places = flock.forward(p.packet, incoming)
        if not places and not self._others:
            return ()
        downs = [self._in_flock[place] for place in places]
        return [down for down in (*downs, *self._others) if isinstance(down, VideoDown)]

    def _extend_picture(self, layer: Layer, p: Incoming) -> None:
        if p.vp8.picture_bits != layer.picture_bits:
            layer.picture_bits = p.vp8.picture_bits
            layer.pictures = Unwrapper(layer.picture_bits)
            for down in self.downs:
                if down.current == layer.index:
                    down.interrupted()
        newest = layer.pictures.newest
        p.picture = layer.pictures.extend(p.vp8.picture)
        if p.picture > newest:
            layer.frames += 1

    def _leave_out(self, layer: Layer, number: int) -> None:
        for down in self.downs:
            if down.current == layer.index:
                down.leave_out(number)

    def steer(self, down: Down, now_s: float) -> None:
        """Choose a layer; where it is not the current one, a key frame is asked for."""
        down.wanted = self._wanted(down)
        if down.wanted >= self._demand.told:
            self._tell_demand(down.wanted + 1, now_s)
        if not self.open or down.wanted == rules.NONE:
            down.steer(rules.NONE)
            return
        target = rules.layer_to_send(down.wanted, [layer.alive for layer in self.layers])
        down.steer(target)
        self._limit_temporal(down)
        if down.target != down.current:
            self.layers[target].asking.want(now_s)

    def _wanted(self, down: Down) -> int:
        setting = down.setting
        if not down.may_send or setting.disabled or setting.quality >= rules.QUALITY_OFF:
            return rules.NONE
        full = (self.asked.width, self.asked.height)
        tile = (setting.width, setting.height)
        return rules.wanted_layer(len(self.layers), full, tile, setting.quality)

    def want_keyframe(self, down: Down, now_s: float) -> None:
        """The receiver of ``down`` lost its picture."""
        if down.current != rules.NONE:
            self.layers[down.current].asking.want(now_s)

    def added(self, down: Down, now_s: float) -> None:
        """``down`` was added: its receiver can decode only after it read our answer."""
        if down.target != rules.NONE:
            self.layers[down.target].asking.want_again(now_s + AFTER_ANSWER_S)

    def ask(self, now_s: float) -> None:
        """Each tick: send what is to be asked for now, key frames and missing packets."""
        for down in self.downs:
            if down.waits:
                self.layers[down.target].asking.want_still(now_s)
        for layer in self.layers:
            if not (layer.alive and self.open and self._outlet.up):
                continue
            if layer.arrivals.holes:
                self._nack(layer, now_s)
            if layer.arrivals.take_much_lost():
                layer.asking.want(now_s)
            if layer.asking.take_due(now_s):
                lost = feedback.write_picture_loss(self._outlet.ssrc, layer.ssrc)
                self._outlet.transport.send_rtcp(lost)

    def _nack(self, layer: Layer, now_s: float) -> None:
        numbers = layer.arrivals.due(now_s)
        if numbers:
            self._outlet.transport.send_rtcp(
                feedback.write_nack(self._outlet.ssrc, layer.ssrc, numbers)
            )

    def second_passed(self, now_s: float) -> None:
        """Tell the demand of layers, and fit temporal layers to frame rates."""
        for layer in self.layers:
            if layer.frames:
                layer.fps = float(layer.frames)
            layer.frames = 0
        for down in self.downs:
            self._limit_temporal(down)
        needed = rules.layers_in_use([down.wanted for down in self.downs])
        self._tell_demand(needed, now_s)

    def _limit_temporal(self, down: Down) -> None:
        if down.target != rules.NONE:
            fps = self.layers[down.target].fps
            down.limit_temporal(rules.temporal_limit(down.setting.fps, fps))

    def _tell_demand(self, needed: int, now_s: float) -> None:
        if self._demand.changes(needed, now_s):
            rids = tuple(layer.rid for layer in self.layers[:needed])
            self._report(Wanted(up=self.sid, rids=rids))


def _payload_types(asked: AddUp) -> tuple[bytes, dict[int, int]]:
    """Return what each payload type (0..127) is, and what each of rtx repairs."""
    codecs = bytearray(128)
    repairs = {}
    for codec in asked.codecs:
        codecs[codec.payload_type & 0x7F] = CODECS.get(codec.name, UNKNOWN)
        if codec.name == "rtx" and codec.apt is not None:
            repairs[codec.payload_type] = codec.apt & 0x7F
    return bytes(codecs), repairs
