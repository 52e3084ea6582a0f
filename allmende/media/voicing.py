"""What the main process and worker 0 say about Mumble legs, slots and who talks.

Part of the unions in `control`. A leg is named by its sid as all legs are; ``session`` is the
number that Mumble clients know it by.
"""

import msgspec

from allmende.media.message import Message


class VoiceStart(msgspec.Struct, frozen=True, kw_only=True):
    """How worker 0 carries Mumble's voice. ``port`` 0: any free one.

    ``bind_addresses`` empty: all, both families. ``public_count``: tell strangers who ask how
    many are here.
    """

    port: int
    bind_addresses: tuple[str, ...] = ()
    slots: int = 8
    public_count: bool = False


# --- main -> worker -----------------------------------------------------------------------


class OpenMumble(Message, frozen=True, kw_only=True):
    """Make a native leg that stands in no room. ``source``: host of its control connection.

    ``key``, ``client_nonce``, ``server_nonce``: 16 bytes each. Refused where that session is.
    """

    id: int
    leg: str
    session: int
    source: str
    key: bytes
    client_nonce: bytes
    server_nonce: bytes
    protobuf: bool
    tcp_only: bool
    bandwidth_bps: int


class CloseMumble(Message, frozen=True, kw_only=True):
    """End a native leg."""

    id: int
    leg: str


class PlaceMumble(Message, frozen=True, kw_only=True):
    """Let it stand in another room, or in none (``room`` empty), with these rights at once.

    Its own end of speech is sent to the room that it leaves. ``may_whisper``: targets 1 to 30.
    ``first``: facilitates or has the floor; takes the slot of another where none is free.
    """

    id: int
    leg: str
    room: str
    sources: tuple[str, ...] = ()
    suppressed: bool = False
    may_whisper: bool = False
    first: bool = False


class FlagMumble(Message, frozen=True, kw_only=True):
    """``silent``: its packets end at the first check (mute or self mute). ``deaf``: hears none."""

    id: int
    leg: str
    silent: bool
    deaf: bool


class LimitMumble(Message, frozen=True, kw_only=True):
    """What it may send in a second, with overhead; it was told before this is in force."""

    id: int
    leg: str
    bandwidth_bps: int


class ListenMumble(Message, frozen=True, kw_only=True):
    """Rooms that it hears besides the one where it stands. Those that are not there count not."""

    id: int
    leg: str
    rooms: tuple[str, ...]


class FormatMumble(Message, frozen=True, kw_only=True):
    """Packets to it are in protobuf form from now on, or legacy."""

    id: int
    leg: str
    protobuf: bool


class AimMumble(Message, frozen=True, kw_only=True):
    """Who hears ``target`` (1 to 30); no legs: nobody. ``whisper``: else it is a shout."""

    id: int
    leg: str
    target: int
    legs: tuple[str, ...]
    whisper: bool


class TunnelIn(Message, frozen=True, kw_only=True):
    """A voice packet that came over the control connection, in the form of this leg."""

    id: int
    leg: str
    packet: bytes


class ResyncMumble(Message, frozen=True, kw_only=True):
    """Take ``client_nonce`` (16 bytes, or none); Done has ``nonce``, ours of now."""

    id: int
    leg: str
    client_nonce: bytes


class NumberLeg(Message, frozen=True, kw_only=True):
    """Give a leg of a browser its session, that native clients see on its packets.

    ``first``: as in PlaceMumble. Said again when that changes.
    """

    id: int
    leg: str
    session: int
    first: bool = False


class OpenSlots(Message, frozen=True, kw_only=True):
    """Sound of the room comes through slots: these ups, in their order.

    Open already: only ``direct`` is taken, which may go from true to false. ``AddDown`` sends
    them to legs as it does other ups. ``direct``: sources of LiveKit legs are not put into
    slots, since every LiveKit leg has a down of each. ``loopback``: legs hear their own sound.
    """

    id: int
    room: str
    ups: tuple[str, ...]
    direct: bool
    loopback: bool = False


class PublicCount(Message, frozen=True, kw_only=True):
    """What the server-list ping tells."""

    id: int
    users: int
    most: int
    bandwidth_bps: int


# --- worker -> main -----------------------------------------------------------------------


class Talks(Message, frozen=True, kw_only=True):
    """The sound of a leg begins or ends. ``aim``: talk, shout or whisper."""

    room: str
    leg: str
    talking: bool
    aim: str


class TunnelOut(Message, frozen=True, kw_only=True):
    """A voice packet for native legs without UDP, the same bytes for all of ``legs``."""

    legs: tuple[str, ...]
    packet: bytes


class ResyncNeeded(Message, frozen=True, kw_only=True):
    """Nothing good came from this leg for 5 s, though something came."""

    leg: str


class SlotFilled(Message, frozen=True, kw_only=True):
    """From the next packet on slot ``slot`` carries ``leg`` (empty: free again).

    ``slot`` is a place in ``OpenSlots.ups``, counted from 0. ``to``: a whisper or shout, which
    only these legs hear and are told of; empty: all.
    """

    room: str
    slot: int
    leg: str
    to: tuple[str, ...] = ()


class MumbleCount(msgspec.Struct, frozen=True):
    """Datagrams of one leg as Mumble counts them; packets by UDP and through the tunnel."""

    leg: str
    good: int
    late: int
    lost: int
    resync: int
    udp_packets: int
    tcp_packets: int


class MumbleCounts(Message, frozen=True, kw_only=True):
    """Each second: those whose counts changed."""

    counts: tuple[MumbleCount, ...]
