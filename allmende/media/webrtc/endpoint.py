"""All transports of a worker behind its ports: whose datagram is this? (RFC 7983)

Strangers get silence: a Binding request is answered only if it names one of our ufrags and
proves its password, and DTLS and SRTP are taken only from addresses that did. An exception
never leaves a packet.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from allmende.media.fanout.streams import SrtpFanout
from allmende.media.webrtc.connection import LegConnection
from allmende.media.webrtc.datalink import OpenData
from allmende.media.webrtc.dtls import Certificate
from allmende.media.webrtc.ice import STALE_AFTER_S, Credentials
from allmende.media.webrtc.paths import Path, Source
from allmende.media.webrtc.transport import LegEvents
from allmende.protocols.stun import binding
from allmende.protocols.stun.attributes import StunMalformed
from allmende.protocols.stun.integrity import StunForged

MAX_HANDSHAKES: Final = 50
MAX_CHECKS_PER_S: Final = 50
# Addresses whose checks are counted in one second, and addresses one leg may use at once.
MAX_COUNTED: Final = 10_000
MAX_ADDRESSES: Final = 16


@dataclass(slots=True)
class _Peer:
    """An address that passed a check: whose it is, and the ways back by address of ours."""

    transport: LegConnection
    paths: dict[bytes, Path]
    checked_s: float


class Endpoint:
    """Demultiplexes, answers checks and owns the table of transports."""

    def __init__(
        self,
        certificate: Certificate,
        clock_s: Callable[[], float],
        open_data: OpenData | None,
        on_bug: Callable[[Exception], None],
    ) -> None:
        self.packets_in = 0
        self._certificate = certificate
        self._clock_s = clock_s
        self._open_data = open_data
        self._on_bug = on_bug
        self._fanout: SrtpFanout | None = None
        self._names: dict[str, LegConnection] = {}
        self._names_of: dict[LegConnection, tuple[str, ...]] = {}
        self._peers: dict[object, _Peer] = {}
        self._shaking: set[LegConnection] = set()
        self._checks: Counter[object] = Counter()
        self._checks_since_s = 0.0

    def __len__(self) -> int:
        return len(self._names_of)

    def protect_by(self, fanout: SrtpFanout | None) -> None:
        """Let C protect the RTP of transports to come, where their profile is AES-128-GCM."""
        self._fanout = fanout

    def open_transport(self, events: LegEvents) -> LegConnection:
        """Make the transport of a leg."""
        return LegConnection(self, events, self._certificate, self._open_data, self._fanout)

    def received(
        self, datagram: bytes, remote: object, source: Source, local: bytes, arrived_s: float
    ) -> None:
        """Take one datagram from whoever it is."""
        self.packets_in += 1
        if not datagram:
            return
        try:
            first = datagram[0]
            if 128 <= first <= 191:
                peer = self._peers.get(remote)
                if peer is not None:
                    peer.transport.srtp_received(datagram, peer.paths.get(local), arrived_s)
            elif 20 <= first <= 63:
                peer = self._peers.get(remote)
                if peer is not None:
                    peer.transport.dtls_received(datagram, arrived_s)
            elif first <= 3:
                self._check(datagram, remote, source, local)
        except Exception as bug:
            self._on_bug(bug)

    def is_known(self, remote: object) -> bool:
        """Did this peer pass a check?"""
        return remote in self._peers

    def tick(self) -> None:
        """Let every transport look at the clock."""
        now_s = self._clock_s()
        for transport in list(self._names_of):
            try:
                transport.tick(now_s)
            except Exception as bug:
                self._on_bug(bug)

    def connection_lost(self, remote: object) -> None:
        """Forget a TCP connection."""
        peer = self._peers.pop(remote, None)
        if peer is not None:
            for path in peer.paths.values():
                peer.transport.path_closed(path)

    def close(self) -> None:
        """Close every transport."""
        for transport in list(self._names_of):
            transport.close()

    # --- for transports: Home --------------------------------------------------------------

    def now_s(self) -> float:
        """Monotonic seconds."""
        return self._clock_s()

    def names_changed(self, transport: LegConnection, valid: Iterable[Credentials]) -> None:
        """Checks for these names, and no others, belong to ``transport``."""
        for name in self._names_of.get(transport, ()):
            del self._names[name]
        names = tuple(credentials.ufrag for credentials in valid)
        self._names_of[transport] = names
        self._names.update(dict.fromkeys(names, transport))

    def may_shake_hands(self, transport: LegConnection) -> bool:
        """At most MAX_HANDSHAKES at once; the client of the next one repeats its hello."""
        if len(self._shaking) >= MAX_HANDSHAKES:
            return False
        self._shaking.add(transport)
        return True

    def hands_shaken(self, transport: LegConnection) -> None:
        """One more may begin."""
        self._shaking.discard(transport)

    def forget(self, transport: LegConnection) -> None:
        """Nothing belongs to ``transport`` any more."""
        for name in self._names_of.pop(transport, ()):
            del self._names[name]
        for remote in [r for r, peer in self._peers.items() if peer.transport is transport]:
            del self._peers[remote]

    # --- inside ----------------------------------------------------------------------------

    def _check(self, datagram: bytes, remote: object, source: Source, local: bytes) -> None:
        try:
            ufrag = binding.addressed_ufrag(datagram)
            transport = self._names.get(ufrag)
            if transport is None or not self._counts(remote):
                return
            password = transport.password(ufrag)
            request = binding.read_request(datagram, password)
        except (StunMalformed, StunForged):
            return
        now_s = self._clock_s()
        path = self._path(transport, remote, source, local, now_s)
        if path is None:
            return
        if request.controlled or request.unknown:
            path.send(_refusal(request, password))
            return
        path.send(binding.write_success(request.transaction, *path.remote, password))
        transport.checked(request, ufrag, path, now_s)

    def _counts(self, remote: object) -> bool:
        now_s = self._clock_s()
        if now_s - self._checks_since_s >= 1:
            self._checks.clear()
            self._checks_since_s = now_s
        if remote not in self._checks and len(self._checks) >= MAX_COUNTED:
            return False
        self._checks[remote] += 1
        return self._checks[remote] <= MAX_CHECKS_PER_S

    def _path(
        self, transport: LegConnection, remote: object, source: Source, local: bytes, now_s: float
    ) -> Path | None:
        """Return the way back to an address that proved whose it is, None if it is another's."""
        peer = self._peers.get(remote)
        if peer is not None and peer.transport is not transport:
            if now_s - peer.checked_s < STALE_AFTER_S:
                return None
            peer = None
        if peer is None:
            self._make_room(transport)
            peer = self._peers[remote] = _Peer(transport, {}, now_s)
        peer.checked_s = now_s
        path = peer.paths.get(local)
        if path is None:
            if len(peer.paths) >= MAX_ADDRESSES:
                peer.paths.clear()
            path = peer.paths[local] = source.path_back(remote, local)
        return path

    def _make_room(self, transport: LegConnection) -> None:
        mine = [r for r, peer in self._peers.items() if peer.transport is transport]
        if len(mine) >= MAX_ADDRESSES:
            del self._peers[min(mine, key=lambda remote: self._peers[remote].checked_s)]


def _refusal(request: binding.BindingRequest, password: bytes) -> bytes:
    """We are always controlled (RFC 8445, 7.3.1.1), and say what we do not understand."""
    if request.unknown:
        code = binding.UNKNOWN_ATTRIBUTE
        return binding.write_error(request.transaction, code, password, request.unknown)
    return binding.write_error(request.transaction, binding.ROLE_CONFLICT, password)
