"""A stage for forwarding: real `Rooms`, transports that remember, and a clock set by hand."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from allmende.media import control
from allmende.media.control import Codec, Command, Done, Extension, LegRights, Refused, Report
from allmende.media.fanout.streams import SrtpLeg
from allmende.media.rooms import Rooms
from allmende.media.webrtc.transport import LegEvents, SrtpFailure
from allmende.protocols.rtcp.parsing import Value, parse
from allmende.protocols.rtp import extensions
from allmende.protocols.rtp.extensions import write_extensions
from allmende.protocols.rtp.packet import Header, write_packet
from allmende.protocols.rtp.unwrapping import Unwrapper

TAG = b"-protected-by-16"
AUDIO = (Codec(63, "red", 48_000), Codec(111, "opus", 48_000))
VIDEO = (Codec(96, "vp8", 90_000), Codec(97, "rtx", 90_000, apt=96))
IDS = (
    Extension(1, extensions.MID_URI),
    Extension(2, extensions.RID_URI),
    Extension(3, extensions.REPAIRED_RID_URI),
    Extension(4, extensions.LEVEL_URI),
    Extension(5, extensions.TRANSPORT_NUMBER_URI),
)
EVERYTHING = LegRights(
    sources=("microphone", "camera", "screen_share", "screen_share_audio"),
)


class FakeTransport:
    """Protects by adding a tag, once per (ssrc, index), and remembers what it sent."""

    def __init__(self) -> None:
        self.local_ufrag, self.local_pwd = "ufrag", "pwd"
        self.fan: SrtpLeg | None = None
        self.remote: tuple[str, str, int, int] | None = None
        self.sent: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.data: list[tuple[bytes, bool]] = []
        self.protected: set[tuple[int, int]] = set()
        self.closed = False
        self.fails = False
        self.cipher: Callable[[bytes], bytes] | None = None
        self._indexes: dict[int, Unwrapper] = {}

    def set_remote(
        self, fingerprint: str, ufrag: str, sctp_port: int, max_message_bytes: int
    ) -> None:
        self.remote = (fingerprint, ufrag, sctp_port, max_message_bytes)

    def restart_ice(self) -> tuple[str, str]:
        return "ufrag2", "pwd2"

    def protect_rtp(self, packet: bytes) -> bytes:
        sequence, ssrc = struct.unpack_from("!2xH4xI", packet)
        index = self._indexes.setdefault(ssrc, Unwrapper(16)).extend(sequence)
        assert (ssrc, index) not in self.protected, "a number is protected twice"
        self.protected.add((ssrc, index))
        if self.fails:
            raise SrtpFailure("as the test wants")
        return self.cipher(packet) if self.cipher else packet + TAG

    def send_protected(self, packet: bytes, *, video: bool) -> None:
        assert self.cipher or packet.endswith(TAG)
        self.sent.append(packet)

    def send_rtcp(self, packet: bytes) -> None:
        self.rtcp.append(packet)

    def send_data(self, payload: bytes, *, reliable: bool) -> None:
        self.data.append((payload, reliable))

    def close(self) -> None:
        self.closed = True

    def heard(self) -> list["Heard"]:
        """What was sent since the last time."""
        sent, self.sent = self.sent, []
        return [Heard.of(packet) for packet in sent]

    def told(self) -> list[Value]:
        """RTCP since the last time."""
        sent, self.rtcp = self.rtcp, []
        return [value for packet in sent for value in parse(packet)]

    def told_of(self, kind: type) -> list[Value]:
        """RTCP of one kind since the last time."""
        return [value for value in self.told() if isinstance(value, kind)]


@dataclass(frozen=True)
class Heard:
    """One RTP packet as a receiver sees it."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    mid: bytes
    level: bytes
    number: bytes

    @classmethod
    def of(cls, packet: bytes) -> "Heard":
        header, values = Header(), [b""] * extensions.PLACES
        header.read(packet)
        places = extensions.places_of((e.id, e.uri) for e in IDS)
        extensions.read_extensions(
            packet, header.extensions_start, header.extensions_end, header.profile, places, values
        )
        return cls(
            header.payload_type,
            header.marker != 0,
            header.sequence,
            header.timestamp,
            header.ssrc,
            packet[header.payload_start : -len(TAG)],
            values[extensions.MID],
            values[extensions.LEVEL],
            values[extensions.TRANSPORT_NUMBER],
        )


@dataclass
class Source:
    """One outgoing stream of a client. ``number`` of the transport is the stage's."""

    stage: "Stage"
    leg: str
    ssrc: int
    mid: str
    rid: str = ""
    sequence: int = 100
    timestamp: int = 1000
    picture: int = 10
    level_zero: int = 3

    def write(
        self, payload: bytes, *, payload_type: int, marker: bool = False, level: int | None = None,
        rid: bool = True,
    ) -> bytes:  # fmt: skip
        """The next packet."""
        elements = [(1, self.mid.encode())]
        if self.rid and rid:
            elements.append((2, self.rid.encode()))
        if level is not None:
            elements.append((4, bytes([level])))
        elements.append((5, self.stage.next_number(self.leg)))
        packet = write_packet(
            payload_type, self.sequence, self.timestamp, self.ssrc, payload,
            marker=marker, extensions=write_extensions(elements),
        )  # fmt: skip
        self.sequence += 1
        return packet

    def opus(self, payload: bytes = b"opus", level: int = 20) -> bytes:
        """20 ms of speech."""
        packet = self.write(payload, payload_type=111, level=level)
        self.timestamp += 960
        return packet

    def frame(self, *, key: bool = False, temporal: int = 0, packets: int = 1) -> list[bytes]:
        """One VP8 frame with a full descriptor."""
        self.picture += 1
        self.timestamp += 3000
        self.level_zero += temporal == 0
        made = []
        for place in range(packets):
            head = struct.pack(
                "!BBHBB",
                0x90 if place == 0 else 0x80,
                0xE0,
                0x8000 | self.picture & 0x7FFF,
                self.level_zero & 0xFF,
                temporal << 6 | 0x20,
            )
            body = (b"\0" if key else b"\1") + b"frame"
            last = place == packets - 1
            made.append(self.write(head + body, payload_type=96, marker=last))
        return made


@dataclass
class Stage:
    """``now_s`` only moves when a test says so."""

    now_s: float = 50.0
    reports: list[Report] = field(default_factory=list)
    transports: dict[str, FakeTransport] = field(default_factory=dict)
    events: dict[str, LegEvents] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._opened: list[tuple[LegEvents, FakeTransport]] = []
        self.rooms = Rooms(self._open, "AA:BB", self.reports.append, lambda: self.now_s)

    def _open(self, events: LegEvents) -> FakeTransport:
        transport = FakeTransport()
        self._opened.append((events, transport))
        return transport

    def next_number(self, leg: str) -> bytes:
        """Transport-wide, of one leg."""
        self.numbers[leg] = self.numbers.get(leg, 0) + 1
        return (self.numbers[leg] & 0xFFFF).to_bytes(2, "big")

    def do(self, command: Command) -> Done:
        """Carry out what must not be refused."""
        answer = self.rooms.carry_out(command)
        assert isinstance(answer, Done), answer
        return answer

    def refuses(self, command: Command) -> str:
        """Carry out what must be refused; return why."""
        answer = self.rooms.carry_out(command)
        assert isinstance(answer, Refused)
        return answer.why

    def join(self, *legs: str, room: str = "R", rights: LegRights = EVERYTHING) -> None:
        """Open legs with their transports up."""
        self.do(control.OpenRoom(id=1, room=room))
        for leg in legs:
            identity = f"id-{leg}"
            self.do(control.OpenLeg(id=1, leg=leg, room=room, identity=identity, rights=rights))
            self.events[leg], self.transports[leg] = self._opened[-1]
            self.events[leg].transport_up("GCM")

    def audio(self, leg: str, up: str = "A", source: str = "microphone") -> Source:
        """Publish a microphone."""
        self.do(
            control.AddUp(
                id=1, leg=leg, up=up, mid=f"m{up}", kind="audio", source=source,
                codecs=AUDIO, extensions=IDS,
            )
        )  # fmt: skip
        return Source(self, leg, 0xA000 + len(up), f"m{up}")

    def video(
        self, leg: str, up: str = "V", rids: tuple[str, ...] = (), ssrcs: tuple[int, ...] = ()
    ) -> list[Source]:
        """Publish a camera of 1280 x 720; the sources of its layers, smallest first."""
        self.do(
            control.AddUp(
                id=1, leg=leg, up=up, mid=f"m{up}", kind="video", source="camera", codecs=VIDEO,
                extensions=IDS, rids=rids, ssrcs=ssrcs, width=1280, height=720,
            )
        )  # fmt: skip
        return [
            Source(
                self, leg, 0xB000 + i, f"m{up}", rid, sequence=100 + 1000 * i,
                timestamp=77_000 * i, picture=30 * i, level_zero=20 * i,
            )
            for i, rid in enumerate(rids or ("",))
        ]  # fmt: skip

    def down(
        self, leg: str, up: str, *, codecs: tuple[Codec, ...] | None = None, strip: bool = False,
        ssrc: int = 7,
    ) -> str:  # fmt: skip
        """Send ``up`` to ``leg``; returns the sid of the down."""
        sid = f"{up}>{leg}"
        self.do(
            control.AddDown(
                id=1, leg=leg, down=sid, up=up, mid=f"d{up}", ssrc=ssrc,
                codecs=codecs or AUDIO + VIDEO, extensions=IDS, strip_red=strip,
            )
        )  # fmt: skip
        return sid

    def send(self, source: Source, *packets: bytes) -> None:
        """Let packets arrive now."""
        for packet in packets:
            self.events[source.leg].rtp_received(packet, self.now_s)

    def heard(self, leg: str) -> list[Heard]:
        """What this leg got since the last time."""
        return self.transports[leg].heard()

    def pass_time(self, seconds: float, *alive: Source) -> None:
        """Let time pass in ticks of 20 ms."""
        for _ in range(round(seconds / 0.02)):
            self.now_s += 0.02
            for source in alive:
                self.send(source, *source.frame())
            self.rooms.tick(self.now_s)

    def reported(self, kind: type[Report]) -> list[Report]:
        """Reports of one kind since the last time."""
        found = [report for report in self.reports if isinstance(report, kind)]
        self.reports[:] = [report for report in self.reports if not isinstance(report, kind)]
        return found
