"""A native leg: one connection of a Mumble client, as the worker knows it."""

from typing import Final

from allmende.media.fanout.addresses import Remote
from allmende.media.fanout.interface import Crypt
from allmende.media.voice.audience import Audience
from allmende.media.voice.bridge import NATIVE_ENDS_AFTER_S
from allmende.media.voice.budget import Budget
from allmende.media.voice.space import VoiceSpace
from allmende.media.voice.talker import Talker
from allmende.media.voice.udp import VoicePort
from allmende.media.voicing import MumbleCount, OpenMumble, PlaceMumble

MAX_AIM: Final = 30
MAX_PINGS_A_SECOND: Final = 20
_MICROPHONE: Final = "microphone"


class NativeLeg(Talker):
    """Flat state. ``port``, ``remote``, ``local``: where its datagrams come from and go to.

    ``tunnelled``: it sent through its control connection last, so it listens there.
    ``silenced``: muted or suppressed, its packets end at the first check.
    """

    __slots__ = ("_counted_packets", "_resynced", "_silent", "_suppressed", "aims", "asked_s",
                 "budget", "cipher", "deaf", "dropped", "jumped_s", "listens", "local",
                 "may_talk", "may_whisper", "pings", "port", "protobuf", "remote", "silenced",
                 "source", "space", "tcp_only", "tcp_packets", "tunnelled")  # fmt: skip

    def __init__(self, asked: OpenMumble, crypt: Crypt, now_s: float) -> None:
        super().__init__(asked.leg, asked.session, NATIVE_ENDS_AFTER_S, crypt)
        self.cipher = crypt
        self.source = plain_host(asked.source)
        self.protobuf, self.tcp_only = asked.protobuf, asked.tcp_only
        self.budget = Budget(asked.bandwidth_bps, self.run)
        self.port: VoicePort | None = None
        self.remote: Remote = ("", 0)
        self.local = b""
        self.space: VoiceSpace | None = None
        self.aims: dict[int, Audience] = {}
        self.listens: tuple[VoiceSpace, ...] = ()
        self.tunnelled = self.deaf = self.silenced = False
        self.may_talk = self.may_whisper = False
        self._silent = self._suppressed = False
        self.run.good_s = self.asked_s = now_s
        self.jumped_s = float("-inf")
        self.tcp_packets = self.dropped = self.pings = 0
        self._counted_packets, self._resynced = 0, False

    @property
    def by_udp(self) -> bool:
        """Whether packets to it are datagrams."""
        return self.port is not None and not self.tunnelled and not self.tcp_only

    def set_flags(self, *, silent: bool, deaf: bool) -> None:
        """Take mute and deafness."""
        self._silent, self.deaf = silent, deaf
        self.silenced = silent or self._suppressed

    def set_rights(self, asked: PlaceMumble) -> None:
        """Take what it may do where it stands."""
        self._suppressed = asked.suppressed
        self.silenced = self._silent or asked.suppressed
        self.may_talk = bool(asked.room) and _MICROPHONE in asked.sources
        self.may_whisper, self.first = asked.may_whisper, asked.first

    def resync(self, client_nonce: bytes) -> None:
        """Go on from what the client says; that is counted, too."""
        self.cipher.resync(client_nonce)
        self._resynced = True

    def take_count(self) -> MumbleCount | None:
        """Return what was counted, None if it is the same as the last time."""
        packets = self.run.packets + self.tcp_packets
        if packets == self._counted_packets and not self._resynced:
            return None  # most legs listen: nothing came that would be counted
        self._counted_packets, self._resynced = packets, False
        crypt = self.cipher
        return MumbleCount(
            self.leg, crypt.good, crypt.late, crypt.lost, crypt.resyncs,
            self.run.packets, self.tcp_packets,
        )  # fmt: skip


def plain_host(host: str) -> str:
    """Return an address as both kinds of sockets would name it: no mapping, no interface."""
    return host.removeprefix("::ffff:").partition("%")[0]
