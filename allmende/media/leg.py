"""The media end of one participant: its packets find their tracks here."""

from collections.abc import Callable
from typing import Final, Protocol

from allmende.media.congestion.feedback import ArrivalLog
from allmende.media.congestion.quality import QualityMeter
from allmende.media.control import Extension, LegDown, LegRights, LegUp, Overrun, Quality, Report
from allmende.media.tracks import rtcp
from allmende.media.tracks.binding import Stream, Streams
from allmende.media.tracks.down import Down
from allmende.media.tracks.incoming import Incoming
from allmende.media.tracks.outlet import Outlet
from allmende.media.tracks.pace import Pace
from allmende.media.tracks.up import Layer, Up, VideoUp
from allmende.media.webrtc.transport import LegTransport
from allmende.protocols.rtcp.reports import ReceptionBlock
from allmende.protocols.rtp import extensions
from allmende.protocols.rtp.packet import RtpMalformed
from allmende.protocols.rtp.retransmission import unwrap_retransmission

_MICROPHONE: Final = "microphone"


class LegRoom(Protocol):
    """What a leg sees of its room."""

    def find_up(self, sid: str) -> Up | None:
        """The up with this sid."""

    def data_received(self, leg: str, payload: bytes, *, reliable: bool) -> None:
        """The leg sent a data packet."""


class Leg:
    """Ups, downs and streams of one participant. Told of its transport as `LegEvents`."""

    def __init__(
        self,
        sid: str,
        identity: str,
        rights: LegRights,
        room: LegRoom,
        incoming: Incoming,
        report: Callable[[Report], None],
        clock_s: Callable[[], float],
    ) -> None:
        self.sid, self.identity, self.rights = sid, identity, rights
        self.ups: dict[str, Up] = {}
        self.downs: dict[str, Down] = {}
        self.dropped = 0
        self.opened_s = clock_s()
        self._room = room
        self._incoming = incoming
        self._report = report
        self._clock_s = clock_s
        self._streams = Streams()
        self._downs_by_ssrc: dict[int, Down] = {}
        self._negotiated: dict[int, str] = {}
        self._places = bytes(256)
        self._pace = Pace()
        self._quality = QualityMeter()
        self._arrivals = ArrivalLog(clock_s())

    def attach(self, transport: LegTransport, ssrc: int) -> None:
        """Take the transport that tells this leg its events. ``ssrc``: our own, random."""
        self.outlet = Outlet(transport, ssrc)

    # --- told by the transport ----------------------------------------------------------

    def transport_up(self, srtp_profile: str) -> None:
        """Keys are there: downs begin."""
        self.outlet.up = True
        self.steer_downs()
        self._report(LegUp(leg=self.sid, srtp_profile=srtp_profile))

    def transport_down(self, why: str) -> None:
        """Nothing reaches the participant: its downs stop."""
        self.outlet.up = False
        self.steer_downs()
        self._report(LegDown(leg=self.sid, why=why))

    def rtp_received(self, packet: bytes, arrived_s: float) -> None:
        """Count the packet, find its stream and hand it on."""
        p = self._incoming
        try:
            if not self._pace.admits(len(packet)):
                raise RtpMalformed("too much")
            p.take(packet, arrived_s, self._places)
        except RtpMalformed:
            self.dropped += 1
            return
        number = p.values[extensions.TRANSPORT_NUMBER]
        if len(number) == 2:
            self._arrivals.add(number[0] << 8 | number[1], len(packet), arrived_s)
        stream = self._streams.by_ssrc.get(p.ssrc) or self._streams.bind(p)
        if stream is None:
            self.dropped += 1
        elif stream.repairs:
            self._receive_repair(stream, p)
        else:
            stream.up.receive(stream.layer, p)

    def _receive_repair(self, stream: Stream, p: Incoming) -> None:
        payload_type = stream.up.repairs.get(p.payload_type, -1)
        up = stream.up
        if payload_type < 0 or not isinstance(up, VideoUp):
            return
        try:
            packet = unwrap_retransmission(p.packet, p, payload_type, stream.layer.ssrc)
            p.take(packet, p.arrived_s, self._places)
        except RtpMalformed:  # mere padding, most of the time
            return
        up.receive_repaired(stream.layer, p)

    def rtcp_received(self, packet: bytes, arrived_s: float) -> None:
        """Do what the reports and the feedback ask."""
        if not rtcp.handle(self, packet, arrived_s):
            self.dropped += 1

    def data_received(self, payload: bytes, *, reliable: bool) -> None:
        """Hand a message to the room."""
        self._room.data_received(self.sid, payload, reliable=reliable)

    # --- looked up by RTCP --------------------------------------------------------------

    def find_layer(self, ssrc: int) -> tuple[Up, Layer] | None:
        """The layer that comes in as ``ssrc``."""
        stream = self._streams.by_ssrc.get(ssrc)
        return (stream.up, stream.layer) if stream is not None and not stream.repairs else None

    def find_down(self, ssrc: int) -> tuple[Up, Down] | None:
        """The down that goes out as ``ssrc``, and the up that feeds it."""
        down = self._downs_by_ssrc.get(ssrc)
        up = self._room.find_up(down.up) if down is not None else None
        return (up, down) if up is not None and down is not None else None

    def unbind(self, ssrc: int) -> None:
        """Nothing more comes as ``ssrc``."""
        self._streams.forget(ssrc)

    # --- commands -----------------------------------------------------------------------

    def negotiate(self, negotiated: tuple[Extension, ...]) -> None:
        """Learn the ids of header extensions; an id means the same in all sections."""
        self._negotiated.update((e.id, e.uri) for e in negotiated)
        self._places = extensions.places_of(self._negotiated.items())

    def add_up(self, up: Up) -> None:
        """Let packets find ``up``."""
        self.ups[up.sid] = up
        self.negotiate(up.asked.extensions)
        self._streams.add(up)
        self._set_flags(up)

    def close_up(self, up: Up) -> None:
        """Packets of ``up`` are unknown from now on."""
        self.ups.pop(up.sid, None)
        self._streams.remove(up)

    def set_rights(self, rights: LegRights) -> None:
        """Packets without the right end from now on, in both directions."""
        self.rights = rights
        for up in self.ups.values():
            self._set_flags(up)
        self.steer_downs()

    def _set_flags(self, up: Up) -> None:
        allowed = up.source in self.rights.sources
        if self.rights.suppressed and up.source == _MICROPHONE:
            allowed = False
        up.set_flags(self._clock_s(), allowed=allowed, muted=up.muted)

    def add_down(self, down: Down) -> None:
        """Let RTCP find ``down``."""
        self.downs[down.sid] = down
        self._downs_by_ssrc[down.ssrc] = down

    def close_down(self, down: Down) -> None:
        """Say goodbye for ``down`` and forget it."""
        self.downs.pop(down.sid, None)
        self._downs_by_ssrc.pop(down.ssrc, None)
        down.say_goodbye()

    def steer_downs(self) -> None:
        """Decide anew what each down gets: rights, transport or wishes have changed."""
        for down in self.downs.values():
            self.steer_down(down)

    def steer_down(self, down: Down) -> None:
        """Decide anew what ``down`` gets."""
        up = self._room.find_up(down.up)
        if up is None:
            return
        if self.outlet.up and down.attach():
            up.regroup()
        down.may_send = self.rights.subscribe and self.outlet.up
        up.steer(down, self._clock_s())

    # --- time passes --------------------------------------------------------------------

    def tick(self, now_s: float) -> None:
        """Each 20 ms: feedback to the sender, missing packets, key frames."""
        if not self.outlet.up:
            return
        if self._arrivals.waits:
            media = self._streams.some_media()
            for packet in self._arrivals.due(self.outlet.ssrc, media, now_s):
                self.outlet.transport.send_rtcp(packet)
        for up in self.ups.values():
            up.ask(now_s)

    def second_passed(self, now_s: float) -> None:
        """Each second: receiver reports, silence, caches, and counters of the pace."""
        blocks: list[ReceptionBlock] = []
        for up in self.ups.values():
            blocks += up.receptions(now_s)
            up.second_passed(now_s)
        if self.outlet.up and (blocks or self.downs):
            packet = rtcp.write_report(self.outlet.ssrc, self.sid, blocks)
            self.outlet.transport.send_rtcp(packet)
        for down in self.downs.values():
            down.second_passed()
        self._quality.add(block.fraction_lost for block in blocks)
        self._quality.add(down.take_loss() for down in self.downs.values())
        if self._pace.second_passed():
            self._report(Overrun(leg=self.sid))

    def tell_quality(self) -> None:
        """Each 5 s: tell the quality of the connection, if it changed."""
        told = self._quality.changed(up=self.outlet.up)
        if told is not None:
            self._report(Quality(leg=self.sid, quality=told[0], score=told[1]))

    def close(self) -> None:
        """Let the transport go."""
        self.outlet.up = False
        self.outlet.transport.close()
