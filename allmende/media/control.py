"""What the main process and a media worker say to each other (spec meet, 3).

A frame is a uint32 (network order) length and that many bytes of MessagePack: one tagged
union per direction. Each command carries a number ``id`` and is answered by ``Done`` or
``Refused`` with that number. Rights and mutes are applied before they are answered.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from allmende.media.message import Message
from allmende.media.voicing import (
    AimMumble,
    CloseMumble,
    FlagMumble,
    FormatMumble,
    LimitMumble,
    ListenMumble,
    MumbleCounts,
    NumberLeg,
    OpenMumble,
    OpenSlots,
    PlaceMumble,
    PublicCount,
    ResyncMumble,
    ResyncNeeded,
    SlotFilled,
    Talks,
    TunnelIn,
    TunnelOut,
    VoiceStart,
)

MAX_FRAME_BYTES: Final = 1024 * 1024


class ControlFrameTooLarge(Exception):
    """A frame announces more than MAX_FRAME_BYTES: the stream cannot be trusted any more."""


# --- values -----------------------------------------------------------------------------


class LegRights(msgspec.Struct, frozen=True):
    """``sources``: LiveKit source words. Packets of other sources end at the first check."""

    sources: tuple[str, ...]
    data: bool = True
    subscribe: bool = True
    suppressed: bool = False


class Extension(msgspec.Struct, frozen=True):
    """A header extension as negotiated in one direction: RFC 8285 id and URI."""

    id: int
    uri: str


class Codec(msgspec.Struct, frozen=True):
    """``name`` in lower case: opus, red, vp8, rtx. ``apt``: payload type that rtx repairs."""

    payload_type: int
    name: str
    clock_hz: int
    apt: int | None = None
    fmtp: str = ""


# --- main -> worker -----------------------------------------------------------------------


class Start(Message, frozen=True, kw_only=True):
    """First command of a worker, answered by Ready, or by Refused before it exits.

    ``udp_port`` 0: any free one; ``tcp_port`` 0: no TCP. ``bind_addresses`` empty: all, both
    families. ``public_addresses`` replace what candidates are made of. ``measure``: take 0.5 s
    to measure packets per second, else ``packets_per_second`` is announced as it is.
    ``fanout``: auto, c, numpy or python. ``voice``: this worker carries Mumble's voice too.
    """

    id: int = 0
    udp_port: int
    tcp_port: int
    bind_addresses: tuple[str, ...] = ()
    public_addresses: tuple[str, ...] = ()
    workers_index: int = 0
    measure: bool = True
    packets_per_second: int = 0
    fanout: str = "auto"
    voice: VoiceStart | None = None


class OpenRoom(Message, frozen=True, kw_only=True):
    """Make a room. Open already: nothing."""

    id: int
    room: str


class CloseRoom(Message, frozen=True, kw_only=True):
    """Close a room with all its legs."""

    id: int
    room: str


class OpenLeg(Message, frozen=True, kw_only=True):
    """Make a leg; answered by Done with ufrag, pwd and fingerprint. ``leg`` is the participant sid.

    ``identity`` and ``name`` are put into data packets of this leg.
    """

    id: int
    leg: str
    room: str
    identity: str
    rights: LegRights


class CloseLeg(Message, frozen=True, kw_only=True):
    """Close a leg with its ups and downs."""

    id: int
    leg: str


class SetRemote(Message, frozen=True, kw_only=True):
    """The offer: sha-256 fingerprint (``AB:CD:..``) and sctp port (0: no data)."""

    id: int
    leg: str
    fingerprint: str
    ufrag: str
    sctp_port: int
    max_message_bytes: int


class RestartIce(Message, frozen=True, kw_only=True):
    """New ufrag and pwd, in Done. The old pair is valid until the first check with the new one."""

    id: int
    leg: str


class AddUp(Message, frozen=True, kw_only=True):
    """A section that the client sends on is answered recvonly.

    ``rids`` in order q, h, f (empty: no simulcast); ``ssrcs`` where the offer has a=ssrc.
    ``source`` is LiveKit's word. ``dimensions``: (width, height) per rid of the largest first
    announced by the client, () if unknown.
    """

    id: int
    leg: str
    up: str
    mid: str
    kind: str
    source: str
    codecs: tuple[Codec, ...]
    extensions: tuple[Extension, ...]
    rids: tuple[str, ...] = ()
    ssrcs: tuple[int, ...] = ()
    width: int = 0
    height: int = 0
    muted: bool = False


class CloseUp(Message, frozen=True, kw_only=True):
    """The track is gone. Its downs must have been closed before."""

    id: int
    up: str


class AddDown(Message, frozen=True, kw_only=True):
    """Track ``up`` goes to ``leg`` in section ``mid`` with our random ``ssrc``.

    ``codecs``: what this leg calls the codecs (payload types of the receiver); ``strip_red``:
    the receiver has no RED.
    """

    id: int
    leg: str
    down: str
    up: str
    mid: str
    ssrc: int
    codecs: tuple[Codec, ...]
    extensions: tuple[Extension, ...]
    strip_red: bool = False


class CloseDown(Message, frozen=True, kw_only=True):
    """Stop sending; the section goes inactive. A BYE is sent for the ssrc."""

    id: int
    down: str


class SetDown(Message, frozen=True, kw_only=True):
    """What the receiver wants to see. width, height 0: not said. priority: larger is first."""

    id: int
    down: str
    disabled: bool
    width: int = 0
    height: int = 0
    fps: int = 0
    quality: int = 2
    priority: int = 0


class SetRights(Message, frozen=True, kw_only=True):
    """Change rights; packets without the right are dropped from this moment."""

    id: int
    leg: str
    rights: LegRights


class SetMuted(Message, frozen=True, kw_only=True):
    """Packets of a muted up are dropped."""

    id: int
    up: str
    muted: bool


class SendData(Message, frozen=True, kw_only=True):
    """A whole serialised DataPacket to legs of the room (``to`` empty: all)."""

    id: int
    room: str
    to: tuple[str, ...]
    reliable: bool
    packet: bytes


class ResendData(Message, frozen=True, kw_only=True):
    """After a resume: send leg ``leg`` the reliable data that it missed.

    ``heard``: (sid of the sender, last sequence that arrived) of the client's sync_state. Of
    senders not in it nothing is sent.
    """

    id: int
    leg: str
    heard: tuple[tuple[str, int], ...]


class Ping(Message, frozen=True, kw_only=True):
    """Answered by Done. For the supervisor and tests."""

    id: int


Command = (
    Start | OpenRoom | CloseRoom | OpenLeg | CloseLeg | SetRemote | RestartIce | AddUp | CloseUp
    | AddDown | CloseDown | SetDown | SetRights | SetMuted | SendData | ResendData | Ping
    | OpenMumble | CloseMumble | PlaceMumble | FlagMumble | FormatMumble | AimMumble | TunnelIn
    | ResyncMumble | NumberLeg | OpenSlots | PublicCount | LimitMumble | ListenMumble
)  # fmt: skip


# --- worker -> main -----------------------------------------------------------------------


class Done(Message, frozen=True, kw_only=True):
    """The command ``id`` is carried out. The texts are filled where the command says so."""

    id: int
    ufrag: str = ""
    pwd: str = ""
    fingerprint: str = ""
    nonce: bytes = b""


class Refused(Message, frozen=True, kw_only=True):
    """The command ``id`` is not carried out; nothing changed."""

    id: int
    why: str


class Ready(Message, frozen=True, kw_only=True):
    """First message. ``addresses``: what candidates are made of; ports as bound (tcp 0: off).

    ``fanout``: which one is in use. ``voice_port``: of Mumble's UDP, 0 where there is none.
    """

    pid: int
    addresses: tuple[str, ...]
    udp_port: int
    tcp_port: int
    packets_per_second: int
    data_channels: bool
    fanout: str = ""
    voice_port: int = 0


class LegUp(Message, frozen=True, kw_only=True):
    """DTLS is done and SRTP keys are there."""

    leg: str
    srtp_profile: str


class LegDown(Message, frozen=True, kw_only=True):
    """The leg lost its media. Main decides what happens.

    ``why``: consent (comes back with the next good check: LegUp again), dtls, fingerprint,
    closed (the client said goodbye), data (its reliable queue is longer than 1 MiB).
    """

    leg: str
    why: str


class UpBound(Message, frozen=True, kw_only=True):
    """First valid packet of this up and rid (rid empty: no simulcast)."""

    up: str
    rid: str
    ssrc: int


class UpSilent(Message, frozen=True, kw_only=True):
    """No packet for 1.5 s of an up that is not muted, or of one layer (``rid``)."""

    up: str
    rid: str


class Wanted(Message, frozen=True, kw_only=True):
    """Dynacast: the layers somebody wants; off after 10 s, on at once."""

    up: str
    rids: tuple[str, ...]


class Speaker(msgspec.Struct, frozen=True):
    """``level`` 0.0 to 1.0 = 10^(-dBov/20)."""

    leg: str
    level: float
    active: bool


class Speakers(Message, frozen=True, kw_only=True):
    """What changed, at most every 300 ms and room."""

    room: str
    changes: tuple[Speaker, ...]


class Quality(Message, frozen=True, kw_only=True):
    """Connection quality of a leg, when changed, every 5 s: 0 poor, 1 good, 2 excellent, 3 lost."""

    leg: str
    quality: int
    score: float


class Overrun(Message, frozen=True, kw_only=True):
    """A leg sent more than it may (6 Mbit/s, 1500 packets/s) for 10 s; the excess is dropped."""

    leg: str


class Data(Message, frozen=True, kw_only=True):
    """A data packet of a topic that main asked for (topics that begin with ``allmende.``)."""

    room: str
    leg: str
    topic: str
    payload: bytes


class Load(Message, frozen=True, kw_only=True):
    """Each second. ``cpu``: share of one core; ``late_ms``: how late the loop was at most."""

    cpu: float
    rss_bytes: int
    packets_in: int
    packets_out: int
    late_ms: float
    legs: int


class LogLine(Message, frozen=True, kw_only=True):
    """What the worker wants in the log; never an address, a name or content."""

    level: str
    text: str


Report = (
    Done | Refused | Ready | LegUp | LegDown | UpBound | UpSilent | Wanted | Speakers | Quality
    | Overrun | Data | Load | LogLine | Talks | TunnelOut | ResyncNeeded | SlotFilled | MumbleCounts
)  # fmt: skip

_encoder = msgspec.msgpack.Encoder()


def frame(message: Command | Report) -> bytes:
    """Return the bytes of one message with its length in front."""
    body = _encoder.encode(message)
    return len(body).to_bytes(4, "big") + body


class _Framing:
    def __init__(self) -> None:
        self._buffer = bytearray()

    def bodies(self, data: bytes) -> Iterator[bytes]:
        self._buffer += data
        while len(self._buffer) >= 4:
            length = int.from_bytes(self._buffer[:4], "big")
            if length > MAX_FRAME_BYTES:
                raise ControlFrameTooLarge(f"{length} bytes")
            if len(self._buffer) < 4 + length:
                return
            body = bytes(self._buffer[4 : 4 + length])
            del self._buffer[: 4 + length]
            yield body


class CommandReader:
    """Cuts the bytes from the main process into commands."""

    def __init__(self) -> None:
        self._framing = _Framing()
        self._decoder = msgspec.msgpack.Decoder(Command)

    def receive(self, data: bytes) -> Iterator[Command]:
        """Yield every command that is now whole. Raises ControlFrameTooLarge."""
        for body in self._framing.bodies(data):
            yield self._decoder.decode(body)


class ReportReader:
    """Cuts the bytes from a worker into reports."""

    def __init__(self) -> None:
        self._framing = _Framing()
        self._decoder = msgspec.msgpack.Decoder(Report)

    def receive(self, data: bytes) -> Iterator[Report]:
        """Yield every report that is now whole. Raises ControlFrameTooLarge."""
        for body in self._framing.bodies(data):
            yield self._decoder.decode(body)
