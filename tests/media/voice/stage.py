"""A stage for voice: real `Rooms`, clients of Mumble with real keys, and a network of the test."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from allmende.media import control, voicing
from allmende.media.fanout.addresses import Remote
from allmende.media.fanout.interface import Crypt, Fanout, Group, Member
from allmende.media.fanout.python import PythonFanout
from allmende.media.voice.bridge import SILENCE
from allmende.media.voice.udp import Ancillary, VoicePort
from allmende.media.voicing import TunnelOut
from allmende.protocols.mumble.voice import (
    VoicePacket,
    VoicePing,
    legacy,
    legacy_ping,
    parse_legacy,
    parse_protobuf,
    protobuf,
    protobuf_ping,
)
from tests.media.stage import Heard, Source
from tests.media.stage import Stage as MediaStage

HOST = "192.0.2.7"
TWENTY = b"\x08"
"""TOC of a frame of 20 ms."""
MASK = 0xFFFFFFFF
HALF = 1 << 31


def opus(text: bytes = b"....", toc: bytes = TWENTY) -> bytes:
    """Something that sounds 20 ms."""
    return toc + b"=" + text


class AirGroup:
    """Sends into the air of the stage."""

    dropped = 0

    def __init__(self, air: "AirPort") -> None:
        self.air = air
        self.members: Sequence[Member] = ()
        self.changes = 0

    def set_members(self, members: Sequence[Member]) -> None:
        self.members = members
        self.changes += 1

    def send(self, variants: Sequence[bytes], skip: Crypt | None = None) -> int:
        self.air.calls += 1
        to = [m for m in self.members if m.crypt is not skip and variants[m.variant]]
        for member in to:
            datagram = member.crypt.encrypt(variants[member.variant])
            self.air.send(datagram, member.remote, member.local)
        return len(to)


class AirPort(VoicePort):
    """A port without a socket. ``calls``: of the fan-out."""

    __slots__ = ("arrived", "calls", "groups")

    def __init__(self) -> None:
        self.arrived: dict[Remote, list[bytes]] = {}
        self.groups: list[AirGroup] = []
        self.calls = 0
        self.dropped = 0
        self.express = None

    def open_group(self) -> Group:
        self.groups.append(AirGroup(self))
        return self.groups[-1]

    def local_of(self, remote: Remote, ancillary: Ancillary) -> bytes:
        return ancillary[0][2] if ancillary else b""

    def send(self, datagram: bytes, remote: Remote, local: bytes) -> None:
        self.arrived.setdefault(remote, []).append(datagram)


@dataclass(eq=False)
class Mumble:
    """A client. ``heard`` gives what came by either way since the last time."""

    stage: "Stage"
    sid: str
    session: int
    crypt: Crypt
    remote: Remote
    modern: bool
    frame: int = 0

    def write(self, packet: VoicePacket) -> bytes:
        """In the form of this client."""
        form = protobuf if self.modern else legacy
        return form(packet, from_client=True)

    def say(
        self, sound: bytes = b"\x08=....", *, last: bool = False, target: int = 0,
        frame: int | None = None, tunnel: bool = False,
    ) -> None:  # fmt: skip
        """Send 20 ms."""
        if frame is not None:
            self.frame = frame
        packet = self.write(VoicePacket(0, self.frame, sound, last, target))
        self.frame += 2
        if tunnel:
            self.stage.do(voicing.TunnelIn(id=1, leg=self.sid, packet=packet))
        else:
            self.send(packet)

    def send(self, packet: bytes) -> bytes:
        """Send any packet as a datagram; return the datagram."""
        datagram = self.crypt.encrypt(packet)
        self.stage.datagram(datagram, self.remote)
        return datagram

    def heard(self) -> list[VoicePacket]:
        """Voice that came since the last time."""
        return [p for p in self.got() if isinstance(p, VoicePacket)]

    def got(self) -> list[VoicePacket | VoicePing]:
        """All that came since the last time."""
        plains = [self.crypt.decrypt(d) for d in self.stage.air.arrived.pop(self.remote, [])]
        assert None not in plains
        plains += self.stage.tunnelled(self.sid)
        parse = parse_protobuf if self.modern else parse_legacy
        return [parse(plain, from_client=False) for plain in plains if plain is not None]

    def texts(self) -> list[bytes]:
        """Opus of what came since the last time, without its head; silence as b"-"."""
        return [b"-" if p.opus == SILENCE else p.opus[2:] for p in self.heard()]


@dataclass
class Stage(MediaStage):
    """Rooms that carry voice, with ``fanout``."""

    fanout: Fanout = field(default_factory=PythonFanout)
    public_count: bool = False
    read: dict[str, int] = field(default_factory=dict)
    clients: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.natives = self.rooms.open_voice(self.fanout, public_count=self.public_count)
        self.air = AirPort()

    def datagram(self, datagram: bytes, remote: Remote, local: bytes = b"") -> None:
        """Let a datagram come in."""
        ancillary = [(0, 0, local)] if local else []
        self.natives.receiving.received(datagram, remote, ancillary, self.air)

    def mumble(
        self, sid: str, room: str = "R", *, host: str = HOST, modern: bool = False,
        bound: bool = True, tcp_only: bool = False, sources: tuple[str, ...] = ("microphone",),
        bandwidth_bps: int = 558_000,
    ) -> Mumble:  # fmt: skip
        """Let a client in; ``bound``: it sent a ping, so that it hears by UDP."""
        self.clients += 1
        number = self.clients.to_bytes(2, "big") * 8
        key, client_nonce, server_nonce = b"K" * 14 + number[:2], b"c" + number[:15], number
        self.do(
            voicing.OpenMumble(
                id=1, leg=sid, session=self.clients, source=host, key=key,
                client_nonce=client_nonce, server_nonce=server_nonce, protobuf=modern,
                tcp_only=tcp_only, bandwidth_bps=bandwidth_bps,
            )
        )  # fmt: skip
        theirs = self.fanout.crypt(key, client_nonce=server_nonce, server_nonce=client_nonce)
        remote = (host, 40_000 + self.clients)
        client = Mumble(self, sid, self.clients, theirs, remote, modern)
        if room:
            self.do(control.OpenRoom(id=1, room=room))
            self.place(sid, room, sources=sources)
        if bound:
            ping = protobuf_ping if modern else legacy_ping
            client.send(ping(VoicePing(timestamp=1)))
            client.got()
        return client

    def place(
        self, sid: str, room: str, *, sources: tuple[str, ...] = ("microphone",),
        suppressed: bool = False, may_whisper: bool = True, first: bool = False,
    ) -> None:  # fmt: skip
        """Let a native leg stand in a room."""
        self.do(
            voicing.PlaceMumble(
                id=1, leg=sid, room=room, sources=sources, suppressed=suppressed,
                may_whisper=may_whisper, first=first,
            )
        )  # fmt: skip

    def slots(
        self, count: int, *listeners: str, room: str = "R", direct: bool = True,
        loopback: bool = False,
    ) -> None:  # fmt: skip
        """Open slots and let legs of browsers hear them."""
        ups = tuple(f"{room}S{n}" for n in range(count))
        self.do(control.OpenRoom(id=1, room=room))
        asked = voicing.OpenSlots(id=1, room=room, ups=ups, direct=direct, loopback=loopback)
        self.do(asked)
        for leg in listeners:
            for n, up in enumerate(ups):
                self.down(leg, up, ssrc=1000 + n)

    def tunnelled(self, sid: str) -> list[bytes]:
        """What came through the tunnel of a leg since the last time."""
        since, self.read[sid] = self.read.get(sid, 0), len(self.reports)
        reports = self.reports[since:]
        return [r.packet for r in reports if isinstance(r, TunnelOut) and sid in r.legs]

    def talk(self, client: Mumble, *sounds: bytes, last: bool = True) -> None:
        """Say sounds of 20 ms each, at their time; the last one ends the spurt."""
        for nth, sound in enumerate(sounds):
            client.say(opus(sound), last=last and nth == len(sounds) - 1)
            self.pass_time(0.02)
        if last:
            self.pass_time(0.1)

    def speak(self, source: Source, *sounds: bytes, level: int = 20) -> None:
        """Let a browser send sounds of 20 ms each, at their time."""
        for sound in sounds:
            self.send(source, source.opus(opus(sound), level=level))
            self.pass_time(0.02)


def is_continuous(heard: list[Heard]) -> bool:
    """Whether numbers follow each other and timestamps never go back."""
    pairs = list(itertools.pairwise(heard))
    return all(
        (b.sequence - a.sequence) & 0xFFFF == 1 and 0 < (b.timestamp - a.timestamp) & MASK < HALF
        for a, b in pairs
    )
