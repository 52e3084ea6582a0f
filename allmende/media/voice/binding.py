"""Whose datagram it is: addresses of native legs, found by trial. Spec voice, 5, Binding."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from allmende.media.control import Report
from allmende.media.fanout.addresses import Remote
from allmende.media.voice.audience import Changes
from allmende.media.voice.leg import NativeLeg, plain_host
from allmende.media.voice.udp import Ancillary, VoicePort
from allmende.media.voicing import ResyncNeeded

MAX_TRIALS_A_PACKET: Final = 64
MAX_TRIALS_A_SECOND: Final = 2000
MAX_TRIALS_OF_SOURCE: Final = 1500
"""In a second. One source that floods leaves the rest to others who come in."""

RESYNC_AFTER_S: Final = 5.0
MOVED_AFTER_S: Final = 1.0
"""An address whose leg was not heard for so long may be another's by now."""


class Bindings:
    """Addresses live here and in sockets only, and end with their leg."""

    def __init__(self, changes: Changes, report: Callable[[Report], None]) -> None:
        self.dropped = 0
        self._changes = changes
        self._report = report
        self._by_remote: dict[Remote, NativeLeg] = {}
        self._by_source: dict[str, dict[str, NativeLeg]] = {}
        self._trials = 0
        self._trials_of: dict[str, int] = {}

    def add(self, leg: NativeLeg) -> None:
        """Try the key of ``leg`` on datagrams from unknown addresses of its source."""
        if not leg.tcp_only:
            self._by_source.setdefault(leg.source, {})[leg.leg] = leg

    def remove(self, leg: NativeLeg) -> None:
        """Forget the addresses of ``leg``."""
        self._unbind(leg)
        legs = self._by_source.get(leg.source, {})
        legs.pop(leg.leg, None)
        if not legs:
            self._by_source.pop(leg.source, None)

    def leg_at(self, remote: Remote) -> NativeLeg | None:
        """Return the leg that sends from this address."""
        return self._by_remote.get(remote)

    def find(
        self, datagram: bytes, remote: Remote, ancillary: Ancillary, port: VoicePort, now_s: float
    ) -> tuple[NativeLeg, bytes] | None:
        """Return who sent what the leg of this address did not, if there is one, and what it says;

        None: nobody of ours, or not again.
        """
        leg = self._by_remote.get(remote)
        if leg is not None:
            self._ask(leg, now_s)
            if now_s - leg.run.good_s < MOVED_AFTER_S:
                self.dropped += 1
                return None
        return self._try(datagram, remote, ancillary, port, now_s)

    def second_passed(self) -> None:
        """Each second: trials are counted anew."""
        self._trials = 0
        self._trials_of.clear()

    # --- inside -------------------------------------------------------------------------

    def _try(
        self, datagram: bytes, remote: Remote, ancillary: Ancillary, port: VoicePort, now_s: float
    ) -> tuple[NativeLeg, bytes] | None:
        source = plain_host(remote[0])
        legs = self._by_source.get(source)
        known = self._by_remote.get(remote)
        for leg in islice(_in_order(legs) if legs else (), MAX_TRIALS_A_PACKET):
            if leg is known:
                continue
            if not self._may_try(source):
                break
            plain = leg.cipher.decrypt(datagram)
            if plain is not None:
                leg.run.good_s = now_s
                self._bind(leg, remote, port.local_of(remote, ancillary), port)
                return leg, plain
        if legs is not None and len(legs) == 1 and known is None:
            # Nobody else can have sent it: keys or nonces have parted.
            self._ask(next(iter(legs.values())), now_s)
        self.dropped += 1
        return None

    def _may_try(self, source: str) -> bool:
        """Count a trial; False: those of the second are used up, of this source or of all."""
        tried = self._trials_of.get(source, 0)
        if tried >= MAX_TRIALS_OF_SOURCE or self._trials >= MAX_TRIALS_A_SECOND:
            return False
        self._trials_of[source] = tried + 1
        self._trials += 1
        return True

    def _bind(self, leg: NativeLeg, remote: Remote, local: bytes, port: VoicePort) -> None:
        self._unbind(leg)
        before = self._by_remote.get(remote)
        if before is not None:
            self._unbind(before)
        leg.port, leg.remote, leg.local = port, remote, local
        self._by_remote[remote] = leg
        self._changes.happened()

    def _unbind(self, leg: NativeLeg) -> None:
        if leg.port is not None:
            del self._by_remote[leg.remote]
            leg.port = None
            self._changes.happened()

    def _ask(self, leg: NativeLeg, now_s: float) -> None:
        if now_s - leg.run.good_s > RESYNC_AFTER_S and now_s - leg.asked_s > RESYNC_AFTER_S:
            leg.asked_s = now_s
            self._report(ResyncNeeded(leg=leg.leg))


def _in_order(legs: dict[str, NativeLeg]) -> Iterator[NativeLeg]:
    """Yield those without an address, newest first; then those that were silent the longest."""
    bound = []
    for leg in reversed(legs.values()):
        if leg.port is None:
            yield leg
        else:
            bound.append(leg)
    yield from sorted(bound, key=_good_s)


def _good_s(leg: NativeLeg) -> float:
    return leg.run.good_s
