"""Data packets of a room: checked, signed with their sender, passed on, kept for resume.

Spec meet, 5.2 Data and 17.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from google.protobuf.message import DecodeError
from livekit.protocol.models import DataPacket

from allmende.media.control import Data, LegRights, Report
from allmende.media.tracks.outlet import Outlet

MAX_PACKET_BYTES: Final = 64_000
PACKETS_PER_S: Final = 30
BYTES_PER_S: Final = 1_000_000 // 8
MAX_WAITING_BYTES: Final = 4 * 1024 * 1024
"""Reliable data of one leg that is above the rate waits; more than this is dropped."""
KEPT_S: Final = 10.0
KEPT_BYTES: Final = 256 * 1024
OUR_TOPICS: Final = "allmende."
_NOT_FOR_OTHERS: Final = frozenset({None, "speaker", "metrics"})


class DataLeg(Protocol):
    """What data needs of a leg."""

    sid: str
    identity: str
    rights: LegRights
    outlet: Outlet
    opened_s: float


class _Sender:
    """What one leg sent: tokens of its rate, what waits, and the newest number."""

    __slots__ = ("bytes_left", "filled_s", "packets_left", "sequence", "waiting", "waiting_bytes")

    def __init__(self, now_s: float) -> None:
        self.packets_left = float(PACKETS_PER_S)
        self.bytes_left = float(BYTES_PER_S)
        self.filled_s = now_s
        self.sequence = 0
        self.waiting: deque[bytes] = deque()
        self.waiting_bytes = 0

    def admits(self, size_bytes: int, now_s: float) -> bool:
        """Whether a packet may pass now; if so, it is counted."""
        elapsed_s = now_s - self.filled_s
        self.filled_s = now_s
        self.packets_left = min(PACKETS_PER_S, self.packets_left + elapsed_s * PACKETS_PER_S)
        self.bytes_left = min(BYTES_PER_S, self.bytes_left + elapsed_s * BYTES_PER_S)
        if self.packets_left < 1 or self.bytes_left < size_bytes:
            return False
        self.packets_left -= 1
        self.bytes_left -= size_bytes
        return True


class _Kept:
    __slots__ = ("at_s", "packet", "sender", "sequence", "to")

    def __init__(
        self, at_s: float, sender: str, sequence: int, to: frozenset[str], packet: bytes
    ) -> None:
        self.at_s = at_s
        self.sender = sender
        self.sequence = sequence
        self.to = to
        self.packet = packet


class DataRelay:
    """The data of one room."""

    def __init__(
        self, room: str, legs: Mapping[str, DataLeg], report: Callable[[Report], None]
    ) -> None:
        """``legs``: those of the room by sid; looked at anew each time."""
        self._room = room
        self._legs = legs
        self._report = report
        self._senders: dict[str, _Sender] = {}
        self._kept: deque[_Kept] = deque()
        self._kept_bytes = 0
        self.dropped = 0

    def received(self, leg: DataLeg, payload: bytes, *, reliable: bool, now_s: float) -> None:
        """Take what ``leg`` sent: pass it on, let it wait, or drop it."""
        sender = self._senders.get(leg.sid)
        if sender is None:
            sender = self._senders[leg.sid] = _Sender(now_s)
        if not leg.rights.data or len(payload) > MAX_PACKET_BYTES:
            self.dropped += 1
        elif not sender.waiting and sender.admits(len(payload), now_s):
            self._pass_on(leg, sender, payload, reliable=reliable, now_s=now_s)
        elif reliable and sender.waiting_bytes + len(payload) <= MAX_WAITING_BYTES:
            sender.waiting.append(payload)
            sender.waiting_bytes += len(payload)
        else:
            self.dropped += 1

    def tick(self, now_s: float) -> None:
        """Pass on what waited long enough, and forget what nobody will miss any more."""
        for sid, sender in self._senders.items():
            leg = self._legs.get(sid)
            while leg and sender.waiting and sender.admits(len(sender.waiting[0]), now_s):
                payload = sender.waiting.popleft()
                sender.waiting_bytes -= len(payload)
                if leg.rights.data:
                    self._pass_on(leg, sender, payload, reliable=True, now_s=now_s)
        while self._kept and (now_s - self._kept[0].at_s > KEPT_S or self._kept_bytes > KEPT_BYTES):
            self._kept_bytes -= len(self._kept.popleft().packet)

    def _pass_on(
        self, leg: DataLeg, sender: _Sender, payload: bytes, *, reliable: bool, now_s: float
    ) -> None:
        try:
            packet = DataPacket.FromString(payload)
        except DecodeError:
            self.dropped += 1
            return
        kind = packet.WhichOneof("value")
        repeated = reliable and 0 < packet.sequence <= sender.sequence
        if kind in _NOT_FOR_OTHERS or repeated:
            self.dropped += 1
            return
        if reliable and packet.sequence:
            sender.sequence = packet.sequence
        to = _sign(packet, leg, is_user=kind == "user")
        written = packet.SerializeToString()
        if reliable and packet.sequence:
            self._kept.append(_Kept(now_s, leg.sid, packet.sequence, to, written))
            self._kept_bytes += len(written)
        self._send(self._receivers(to, leg.sid), written, reliable=reliable)
        if kind == "user" and packet.user.topic.startswith(OUR_TOPICS):
            topic, content = packet.user.topic, packet.user.payload
            self._report(Data(room=self._room, leg=leg.sid, topic=topic, payload=content))

    def _receivers(self, to: frozenset[str], sender: str) -> list[DataLeg]:
        return [leg for leg in self._legs.values() if leg.sid != sender and _is_for(leg, to)]

    def _send(self, legs: Iterable[DataLeg], packet: bytes, *, reliable: bool) -> None:
        for leg in legs:
            if leg.outlet.up:
                leg.outlet.transport.send_data(packet, reliable=reliable)

    def send(self, to: Iterable[str], packet: bytes, *, reliable: bool) -> None:
        """Send a packet of the main process; ``to``: sids or identities, none means all."""
        self._send(self._receivers(frozenset(to), ""), packet, reliable=reliable)

    def resend(self, leg: DataLeg, heard: Mapping[str, int]) -> None:
        """Send ``leg`` the reliable packets since its join that it has not heard.

        ``heard``: sid of a sender to the newest sequence that arrived; others count as 0.
        """
        for kept in self._kept:
            if kept.sender == leg.sid or kept.at_s < leg.opened_s or not _is_for(leg, kept.to):
                continue
            if kept.sequence > heard.get(kept.sender, 0):
                self._send([leg], kept.packet, reliable=True)

    def left(self, sid: str) -> None:
        """Forget a leg; what it sent is kept for the others."""
        self._senders.pop(sid, None)


def _is_for(leg: DataLeg, to: frozenset[str]) -> bool:
    return not to or leg.identity in to or leg.sid in to


def _sign(packet: DataPacket, leg: DataLeg, *, is_user: bool) -> frozenset[str]:
    """Write the sender into ``packet``, whatever it says; return to whom it shall go."""
    packet.participant_identity = leg.identity
    packet.participant_sid = leg.sid
    to = set(packet.destination_identities)
    if is_user:
        packet.user.participant_identity = leg.identity
        packet.user.participant_sid = leg.sid
        to.update(packet.user.destination_identities, packet.user.destination_sids)
    return frozenset(to)
