"""What native legs send, from datagram or tunnel to those who hear it. Spec voice, 5 and 14."""

from collections.abc import Callable
from typing import Final

from allmende.media.control import Report
from allmende.media.fanout.addresses import Remote
from allmende.media.fanout.interface import MAX_DATAGRAM_BYTES
from allmende.media.voice.audience import Audience, Changes
from allmende.media.voice.binding import Bindings
from allmende.media.voice.bridge import (
    JUMP_EVERY_S,
    MAX_JUMP,
    MAX_OPUS_BYTES,
    MIN_OPUS_BYTES,
    SINGLE_EVERY_S,
)
from allmende.media.voice.leg import MAX_PINGS_A_SECOND, NativeLeg, plain_host
from allmende.media.voice.ping import ServerPings
from allmende.media.voice.space import VoiceSpace
from allmende.media.voice.talker import TALK, Sound
from allmende.media.voice.udp import Ancillary, VoicePort
from allmende.media.voicing import TunnelOut
from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.voice import (
    LOOPBACK,
    VoicePacket,
    VoicePing,
    legacy,
    legacy_ping,
    opus_duration_10ms,
    parse_legacy,
    parse_protobuf,
    protobuf,
    protobuf_ping,
)

MIN_DATAGRAM_BYTES: Final = 5
MAX_PACKET_BYTES: Final = MAX_DATAGRAM_BYTES - 4
MAX_FRAME: Final = 1 << 32
"""Of 10 ms: more than a year. With it a packet of any receiver's form stays below a datagram."""
_PROTOBUF_KINDS: Final = 2


class Receiving:
    """Checks packets in the order that lets the least through, and hands sound to its room."""

    def __init__(
        self,
        bindings: Bindings,
        pings: ServerPings,
        changes: Changes,
        report: Callable[[Report], None],
        clock_s: Callable[[], float],
    ) -> None:
        self._bindings = bindings
        self._pings = pings
        self._changes = changes
        self._report = report
        self._clock_s = clock_s

    def received(
        self, datagram: bytes, remote: Remote, ancillary: Ancillary, port: VoicePort
    ) -> None:
        """Take a datagram of anybody."""
        if not MIN_DATAGRAM_BYTES <= len(datagram) <= MAX_DATAGRAM_BYTES:
            self._bindings.dropped += 1
            return
        now_s = self._clock_s()
        leg = self._bindings.leg_at(remote)
        packet = leg.cipher.decrypt(datagram) if leg is not None else None
        if leg is None or packet is None:
            if leg is None and self._answers_stranger(datagram, remote, ancillary, port):
                return
            found = self._bindings.find(datagram, remote, ancillary, port, now_s)
            if found is None:
                return
            leg, packet = found
        leg.run.good_s = now_s
        leg.run.packets += 1
        self._take(leg, packet, now_s, tunnelled=False)

    def _answers_stranger(
        self, datagram: bytes, remote: Remote, ancillary: Ancillary, port: VoicePort
    ) -> bool:
        """Answer somebody who looks at a list of servers; False: it is no question."""
        answer = self._pings.answer(datagram, plain_host(remote[0]))
        if answer is not None:
            port.send(answer, remote, port.local_of(remote, ancillary))
        return answer is not None

    def tunnelled(self, leg: NativeLeg, packet: bytes) -> None:
        """Take a packet that came through the control connection: there it listens, too."""
        leg.tcp_packets += 1
        if len(packet) > MAX_PACKET_BYTES:
            leg.dropped += 1
            return
        if not leg.tunnelled:
            leg.tunnelled = True
            self._changes.happened()
        self._take(leg, packet, self._clock_s(), tunnelled=True)

    def _take(self, leg: NativeLeg, packet: bytes, now_s: float, *, tunnelled: bool) -> None:
        kind = packet[0] if packet else -1
        is_ping = kind == 1 or kind >> 5 == 1
        if leg.silenced and not is_ping:
            return
        try:
            # Both forms are known by their first byte; a client may change over any time.
            value = (parse_protobuf if kind < _PROTOBUF_KINDS else parse_legacy)(packet)
        except MumbleMalformed:
            leg.dropped += 1
            return
        if isinstance(value, VoicePing):
            self._echo(leg, value, protobuf_form=kind == 1, tunnelled=tunnelled)
            return
        if leg.tunnelled and not tunnelled:
            leg.tunnelled = False
            self._changes.happened()
        if not leg.budget.admits(len(packet), now_s) or not self._speak(leg, value, now_s):
            leg.dropped += 1

    # --- pings and echoes ---------------------------------------------------------------

    def _echo(
        self, leg: NativeLeg, ping: VoicePing, *, protobuf_form: bool, tunnelled: bool
    ) -> None:
        leg.pings += 1
        if leg.pings > MAX_PINGS_A_SECOND:
            return
        if not protobuf_form:
            answer = legacy_ping(ping)
        elif ping.extended:
            answer = self._pings.extended(ping.timestamp)
        else:
            answer = protobuf_ping(ping)
        self._answer(leg, answer, tunnelled=tunnelled)

    def _answer(self, leg: NativeLeg, packet: bytes, *, tunnelled: bool) -> None:
        """Send something to the leg that just sent something, by the same way."""
        if tunnelled or leg.port is None:
            self._report(TunnelOut(legs=(leg.leg,), packet=packet))
        else:
            leg.port.send(leg.cipher.encrypt(packet), leg.remote, leg.local)

    # --- sound --------------------------------------------------------------------------

    def _speak(self, leg: NativeLeg, packet: VoicePacket, now_s: float) -> bool:
        """Let those hear it who may; False: it is dropped."""
        if packet.frame > MAX_FRAME:
            return False
        if packet.target == LOOPBACK:
            return self._loop_back(leg, packet)
        space = leg.space
        if space is None or not leg.may_talk:
            return False
        audience: Audience | None = space.everyone
        if packet.target != TALK:
            audience = leg.aims.get(packet.target) if leg.may_whisper else None
        if audience is None:
            return False
        if len(packet.opus) < MIN_OPUS_BYTES:
            if packet.last:
                space.end(leg, now_s)
            return packet.last
        return self._carry(leg, space, audience, packet, now_s)

    def _carry(
        self,
        leg: NativeLeg,
        space: VoiceSpace,
        audience: Audience,
        packet: VoicePacket,
        now_s: float,
    ) -> bool:
        duration = opus_duration_10ms(packet.opus)
        if duration is None or len(packet.opus) > MAX_OPUS_BYTES:
            return False
        if leg.audience is None:
            if packet.last and now_s - leg.ended_s < SINGLE_EVERY_S:
                return False
        elif not -MAX_JUMP <= packet.frame - leg.run.next_frame <= MAX_JUMP:
            if now_s - leg.jumped_s < JUMP_EVERY_S:
                return False
            leg.jumped_s = now_s
            leg.run.begin(packet.frame, 0)
        space.carry(
            Sound(leg, packet.frame, duration, packet.opus, now_s, last=packet.last), audience
        )
        count = self._changes.count
        if leg.run.opened not in (count, -count):
            leg.run.opened = count if self._may_run(leg, space) else -count
        return True

    def _may_run(self, leg: NativeLeg, space: VoiceSpace) -> bool:
        """May C take what follows this packet, as long as nothing changes?"""
        port, everyone = leg.port, space.everyone
        if port is None or port.express is None or not leg.by_udp or leg.audience is not everyone:
            return False
        found = everyone.express(leg.session)
        count = self._changes.count
        return found is not None and port.express.run(
            leg.run, leg.cipher, leg.remote, *found, count
        )

    def _loop_back(self, leg: NativeLeg, packet: VoicePacket) -> bool:
        """Let a leg hear itself, and nobody else."""
        form = protobuf if leg.protobuf else legacy
        echo = VoicePacket(leg.session, packet.frame, packet.opus, packet.last, TALK)
        self._answer(leg, form(echo), tunnelled=not leg.by_udp)
        return True
