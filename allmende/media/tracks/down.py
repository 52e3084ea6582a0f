"""A track on its way to one leg: flat state, and the loop over packets that must be fast."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Final

from allmende.media.control import AddDown, SetDown
from allmende.media.fanout.streams import Lane, Stream
from allmende.media.tracks.cache import Allowance, Cache
from allmende.media.tracks.incoming import SILENT, Incoming
from allmende.media.tracks.layers import ALL_TEMPORAL, NONE
from allmende.media.tracks.outlet import Outlet
from allmende.media.tracks.way import PlainWay, StreamWay, Way
from allmende.protocols.codecs import vp8
from allmende.protocols.rtcp import reports
from allmende.protocols.rtp.extensions import LEVEL, MID, PLACE_OF_URI, TRANSPORT_NUMBER
from allmende.protocols.rtp.sequence_map import OffsetMap, SequenceMap
from allmende.protocols.rtp.template import HeaderTemplate

AUDIO_SLOTS: Final = 64
VIDEO_SLOTS: Final = 256
_WRITTEN: Final = (MID, LEVEL, TRANSPORT_NUMBER)

# What a payload type stands for; also the places in the ``types`` of a down.
UNKNOWN: Final = 0
OPUS: Final = 1
RED: Final = 2
VP8: Final = 3
RTX: Final = 4
CODECS: Final = {"opus": OPUS, "red": RED, "vp8": VP8, "rtx": RTX}


class Down(ABC):
    """What audio and video have in common: number, write, protect, send, keep.

    ``current``: the layer that is sent, NONE while closed. A timestamp goes out as it came
    in plus a shift. ``may_send``: rights and transport of the receiver allow it. ``setting``:
    what the receiver asks for, and ``wanted`` the layer that follows from it, NONE if it
    shall get nothing. ``fraction_lost``: of 256, as last reported, -1 since it was read.
    """

    __slots__ = (
        "_attached",
        "_clock_hz",
        "_outlet",
        "_sent_at_s",
        "_sequence",
        "_shift_ticks",
        "_template",
        "_timestamp",
        "_types",
        "_video",
        "_way",
        "asked",
        "cname",
        "current",
        "dropped",
        "fraction_lost",
        "grouped",
        "leg",
        "may_send",
        "octets",
        "packets",
        "setting",
        "sid",
        "ssrc",
        "stream",
        "target",
        "up",
        "wanted",
    )

    def __init__(
        self, asked: AddDown, outlet: Outlet, clock_hz: int, allowance: Allowance, first: int
    ) -> None:
        """``first``: the first sequence number, random below 2^15."""
        ids = {PLACE_OF_URI.get(e.uri, 0): e.id for e in asked.extensions if 0 < e.id < 256}
        ids = {place: number for place, number in ids.items() if place in _WRITTEN}
        self._template = HeaderTemplate(asked.ssrc, asked.mid, ids)
        self._outlet = outlet
        self._types = types_of(asked)
        self._clock_hz = clock_hz
        self._video = bool(self._types[VP8])
        cache = Cache(allowance, self._slots)
        self._way: Way = PlainWay(self._template, outlet, cache, video=self._video)
        self._attached = self.grouped = False
        self.stream: Stream | None = None
        self._sequence = SequenceMap(first)
        self._shift_ticks = self._timestamp = 0
        self._sent_at_s = 0.0
        self.asked = asked
        self.sid, self.leg, self.up, self.ssrc = asked.down, asked.leg, asked.up, asked.ssrc
        self.cname = asked.leg
        self.current = self.target = self.wanted = NONE
        self.may_send = False
        self.setting = SetDown(id=0, down=asked.down, disabled=False)
        self.packets = self.octets = self.dropped = 0
        self.fraction_lost = -1

    @property
    def _slots(self) -> int:
        return VIDEO_SLOTS if self._video else AUDIO_SLOTS

    def attach(self) -> bool:
        """The leg has its keys: choose how packets leave. Returns whether that is new."""
        if self._attached:
            return False
        self._attached = True
        transport = self._outlet.transport
        if transport.fan is not None:
            header = self._template.write(0, 0, 0, 0, 0)
            self.stream = Stream(
                transport.fan, header, *self._template.places, self._types, self._slots
            )
            self._way = StreamWay(self.stream, transport.send_protected, video=self._video)
        return True

    # --- C forwards by itself what simply follows -------------------------------------------

    def _follow(self) -> None:
        """Let C go on from here, if the next packet will need no decision."""
        if self.stream is None or not self.grouped or not self._may_follow():
            return
        lane = self.stream.lane
        lane.next, lane.offset = self._sequence.next, self._sequence.offset
        lane.layer, lane.shift = self.current, self._shift_ticks & 0xFFFFFFFF
        lane.packets = lane.octets = lane.dropped = lane.taken = 0
        self._follow_more(lane)
        lane.following = 1

    def settle(self) -> None:
        """Take over from C, with all that it did since."""
        if self.stream is None or not self.stream.lane.following:
            return
        lane = self.stream.lane
        lane.following = 0
        if not lane.taken:
            return
        self._sequence.advance(lane.taken)
        self.packets += lane.packets
        self.octets += lane.octets
        self.dropped += lane.dropped
        if lane.packets:
            self._timestamp, self._sent_at_s = lane.timestamp, lane.arrived_s
        self._settle_more(lane)

    def _may_follow(self) -> bool:
        return self._sequence.in_step

    @abstractmethod
    def _follow_more(self, lane: Lane) -> None:
        """Tell C what else it needs."""

    @abstractmethod
    def _settle_more(self, lane: Lane) -> None:
        """Learn what else C did."""

    def _begin(self, p: Incoming) -> None:
        """Let ``p`` follow what was sent so far, in number and time, whatever it says."""
        self._sequence.begin(p.number)
        if self.packets:
            elapsed_ticks = max(1, int((p.arrived_s - self._sent_at_s) * self._clock_hz))
            self._shift_ticks = self._timestamp + elapsed_ticks - p.timestamp

    def leave_out(self, number: int) -> None:
        """Nothing of packet ``number`` is sent; the numbers close up over it."""
        self.settle()
        self._sequence.leave_out(number)
        self._follow()

    def _emit(self, p: Incoming, out: int, marked_type: int, level: int, payload: bytes) -> None:
        timestamp = (p.timestamp + self._shift_ticks) & 0xFFFFFFFF
        if not self._way.emit(marked_type, out, timestamp, level, payload):
            self.dropped += 1
            return
        self.packets += 1
        self.octets += len(payload)
        if out == self._sequence.highest:
            self._timestamp = timestamp
            self._sent_at_s = p.arrived_s

    def nacked(self, numbers: Iterable[int]) -> None:
        """Send again what the receiver misses, in the bytes of the first time."""
        if not self.may_send:
            return
        for number in numbers:
            self._way.repeat(number)

    def sender_reported(self, ntp: int, timestamp: int) -> None:
        """The sender of the current layer said that ``timestamp`` is at ``ntp``; say it too."""
        self.settle()
        self._follow()
        if not self.packets or not self._outlet.up:
            return
        shifted = (timestamp + self._shift_ticks) & 0xFFFFFFFF
        report = reports.SenderReport(self.ssrc, ntp, shifted, self.packets, self.octets)
        described = reports.write_description(self.ssrc, self.cname)
        self._outlet.transport.send_rtcp(reports.write_sender_report(report) + described)

    def say_goodbye(self) -> None:
        """Tell the receiver that nothing more comes. RFC 3550, 6.6."""
        if self._outlet.up:
            nothing = reports.write_receiver_report(reports.ReceiverReport(self.ssrc))
            self._outlet.transport.send_rtcp(nothing + reports.write_goodbye([self.ssrc]))

    def take_loss(self) -> int:
        """Return what the receiver last reported, of 256, -1 if nothing new."""
        lost, self.fraction_lost = self.fraction_lost, -1
        return lost

    def second_passed(self) -> None:
        """Forget what nobody will ask for any more."""
        self._way.second_passed()

    @abstractmethod
    def interrupted(self) -> None:
        """The source stopped or became another one: begin anew with what comes next."""

    @abstractmethod
    def limit_temporal(self, limit: int) -> None:
        """Leave out temporal layers above ``limit`` from the next frame on."""

    @abstractmethod
    def steer(self, layer: int) -> None:
        """Send ``layer`` from the next possible packet on; NONE: nothing, from now on."""


class AudioDown(Down):
    """Opus or RED. Where the receiver has no RED it gets the primary block alone."""

    __slots__ = ("_restart",)

    def __init__(
        self, asked: AddDown, outlet: Outlet, clock_hz: int, allowance: Allowance, first: int
    ) -> None:
        super().__init__(asked, outlet, clock_hz, allowance, first)
        self._restart = True

    def forward(self, p: Incoming, codec: int, payload: bytes, primary: bytes) -> None:
        """Send one packet. ``primary`` is ``payload`` itself where the codec is not RED."""
        self.settle()
        if self.current != NONE:
            self._send(p, codec, payload, primary)
        self._follow()

    def _send(self, p: Incoming, codec: int, payload: bytes, primary: bytes) -> None:
        payload_type = self._types[codec]
        if not payload_type:
            payload_type = self._types[OPUS]
            payload = primary
        if self._restart:
            self._begin(p)
            self._restart = False
        if not payload:
            self._sequence.leave_out(p.number)
            return
        out = self._sequence.take(p.number)
        if out >= 0:
            self._emit(p, out, p.marker | payload_type, p.level, payload)

    def _may_follow(self) -> bool:
        return self.current == NONE or (not self._restart and self._sequence.in_step)

    def _follow_more(self, lane: Lane) -> None:
        """Sound has numbers of packets only."""

    def _settle_more(self, lane: Lane) -> None:
        """Likewise."""

    def interrupted(self) -> None:
        """Begin anew with what comes next."""
        self.settle()
        self._restart = True

    def steer(self, layer: int) -> None:
        """Audio has one layer; what is missed while closed leaves no hole."""
        if self.current != layer:
            self.settle()
            self.current = self.target = layer
            self._restart = True
            self._follow()

    def limit_temporal(self, limit: int) -> None:
        """Sound has none."""


class VideoDown(Down):
    """VP8. A layer begins only with its key frame; temporal layers above a limit are left out.

    PictureID and TL0PICIDX are continuous over all that (RFC 7741, 4.2): decoders wait for
    pictures whose numbers are missing.
    """

    __slots__ = ("_level_zero", "_level_zero_shift", "_limit", "_pictures", "_temporal")

    def __init__(
        self, asked: AddDown, outlet: Outlet, clock_hz: int, allowance: Allowance, first: int
    ) -> None:
        super().__init__(asked, outlet, clock_hz, allowance, first)
        self._pictures = OffsetMap()
        self._level_zero = self._level_zero_shift = 0
        self._limit = self._temporal = ALL_TEMPORAL

    def forward(self, p: Incoming) -> None:
        """Send one packet of ``p.layer``, or not."""
        self.settle()
        self._send(p)
        self._follow()

    def _send(self, p: Incoming) -> None:
        if p.layer != self.current:
            if p.layer != self.target or not p.key:
                return
            self._switch(p)
        descriptor = p.descriptor
        picture = p.picture
        if picture >= 0:
            pictures = self._pictures
            if picture > pictures.newest and p.vp8.temporal > self._temporal:
                self._meet_temporal(p)
            out_picture = pictures.place(picture)
            if out_picture < 0:
                self._sequence.leave_out(p.number)
                return
            level_zero = p.vp8.level_zero + self._level_zero_shift
            descriptor = vp8.rewrite(descriptor, p.vp8, out_picture, level_zero)
            if picture == pictures.newest:
                self._level_zero = level_zero
        out = self._sequence.take(p.number)
        if out >= 0:
            self._emit(p, out, p.marker | self._types[VP8], SILENT, descriptor + p.frame)

    def _may_follow(self) -> bool:
        pictures = self._pictures
        return self.current == NONE or (
            self._sequence.in_step and pictures.start <= pictures.newest
        )

    def _follow_more(self, lane: Lane) -> None:
        lane.picture, lane.picture_offset = self._pictures.newest, self._pictures.offset
        lane.level_zero, lane.level_zero_shift = self._level_zero, self._level_zero_shift
        lane.temporal = self._temporal

    def _settle_more(self, lane: Lane) -> None:
        self._pictures.newest = lane.picture
        self._level_zero = lane.level_zero

    def _switch(self, p: Incoming) -> None:
        self._begin(p)
        pictures = self._pictures
        pictures.begin(p.picture, pictures.newest + pictures.offset + 1)
        self._level_zero_shift = self._level_zero + 1 - p.vp8.level_zero
        self._temporal = self._limit
        self.current = p.layer

    def _meet_temporal(self, p: Incoming) -> None:
        """A new frame above the temporal layer of now: go up where frames allow it."""
        if p.vp8.temporal <= self._limit and p.vp8.synced:
            self._temporal = p.vp8.temporal
        else:
            self._pictures.leave_out(p.picture)

    def limit_temporal(self, limit: int) -> None:
        """Leave out temporal layers above ``limit`` from the next frame on."""
        if limit == self._limit:
            return
        self.settle()
        self._limit = limit
        self._temporal = min(self._temporal, limit)
        self._follow()

    def interrupted(self) -> None:
        """Wait for a key frame."""
        self.settle()
        self.current = NONE
        self._follow()

    def steer(self, layer: int) -> None:
        """Wait for a key frame of ``layer``, and send the current layer until then."""
        self.target = layer
        if layer == NONE:
            self.settle()
            self.current = NONE
            self._follow()

    @property
    def waits(self) -> bool:
        """Whether a key frame of the target is missing."""
        return self.target != self.current


def types_of(asked: AddDown) -> bytes:
    """Return the receiver's payload type per codec, 0 for one that it does not have."""
    types = bytearray(len(CODECS) + 1)
    for codec in asked.codecs:
        place = CODECS.get(codec.name, UNKNOWN)
        if place and not (place == RED and asked.strip_red) and not types[place]:
            types[place] = codec.payload_type & 0x7F
    types[UNKNOWN] = 0
    return bytes(types)
