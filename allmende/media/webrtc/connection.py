"""The transport of one leg: ICE-lite, then DTLS, then SRTP and SCTP (spec meet, 4)."""

from collections.abc import Iterable
from typing import Protocol

from allmende.media.fanout.streams import SrtpFanout, SrtpLeg
from allmende.media.webrtc.datalink import DataLink, OpenData
from allmende.media.webrtc.dtls import HANDSHAKE_TIMEOUT_S, Certificate, DtlsFailed, DtlsServer
from allmende.media.webrtc.ice import Consent, Credentials, IceLite
from allmende.media.webrtc.paths import Path
from allmende.media.webrtc.srtp import GCM, Srtp, SrtpKeys, session_keys
from allmende.media.webrtc.transport import LegEvents, SrtpFailure
from allmende.media.webrtc.udp import UdpPath
from allmende.protocols.stun.binding import BindingRequest


class Home(Protocol):
    """Where transports live: it knows them by their ICE names and by their addresses."""

    def names_changed(self, transport: "LegConnection", valid: Iterable[Credentials]) -> None:
        """Checks for these names, and no others, belong to ``transport``."""

    def may_shake_hands(self, transport: "LegConnection") -> bool:
        """Is one more handshake allowed now? Counted until `hands_shaken`."""

    def hands_shaken(self, transport: "LegConnection") -> None:
        """The handshake ended, well or not."""

    def forget(self, transport: "LegConnection") -> None:
        """Nothing belongs to ``transport`` any more."""

    def now_s(self) -> float:
        """Monotonic seconds."""


class LegConnection:
    """A `LegTransport` and, towards the endpoint, the taker of its datagrams."""

    def __init__(
        self,
        home: Home,
        events: LegEvents,
        certificate: Certificate,
        open_data: OpenData | None,
        fanout: SrtpFanout | None = None,
    ) -> None:
        self._home = home
        self._events = events
        self._certificate = certificate
        self._open_data = open_data
        self._fanout = fanout
        self.fan: SrtpLeg | None = None
        self._ice = IceLite(home.now_s())
        self._remote_fingerprint = ""
        self._sctp: tuple[int, int] | None = None
        self._dtls: DtlsServer | None = None
        self._handshake_began_s = 0.0
        self._srtp: Srtp | None = None
        self._data: DataLink | None = None
        self._path: Path | None = None  # None: nothing may be sent
        self._lost = False
        self._closed = False
        home.names_changed(self, self._ice.valid)

    # --- for forwarding: LegTransport ------------------------------------------------------

    @property
    def local_ufrag(self) -> str:
        """The newest ICE name of this end."""
        return self._ice.newest.ufrag

    @property
    def local_pwd(self) -> str:
        """The password that belongs to it."""
        return self._ice.newest.pwd

    def set_remote(
        self, fingerprint: str, ufrag: str, sctp_port: int, max_message_bytes: int
    ) -> None:
        """Take the values of the offer; ``ufrag`` is not needed, the client proves our password."""
        if not self._remote_fingerprint:
            self._ice.wait_from(self._home.now_s())
        self._remote_fingerprint = fingerprint
        if sctp_port and self._sctp is None:
            self._sctp = (sctp_port, max_message_bytes)
            self._begin_data()

    def restart_ice(self) -> tuple[str, str]:
        """Make a new (ufrag, pwd); the old pair is valid until the first check with the new."""
        fresh = self._ice.restart()
        if not self._closed:
            self._home.names_changed(self, self._ice.valid)
        return fresh.ufrag, fresh.pwd

    def protect_rtp(self, packet: bytes) -> bytes:
        """Protect one RTP packet, once per (ssrc, index). Raises SrtpFailure."""
        if self._srtp is None or self.fan is not None:
            raise SrtpFailure("no keys, or C protects")
        return self._srtp.protect_rtp(packet)

    def send_protected(self, packet: bytes, *, video: bool) -> None:
        """Send protected bytes over the selected path."""
        path = self._path
        if path is None:
            return
        if video:
            path.send_video(packet)
        else:
            path.send(packet)

    def send_rtcp(self, packet: bytes) -> None:
        """Protect and send one compound packet; dropped while there are no keys."""
        if self._srtp is None or self._path is None:
            return
        try:
            protected = self._srtp.protect_rtcp(packet)
        except SrtpFailure:
            return
        self._path.send(protected)

    def send_data(self, payload: bytes, *, reliable: bool) -> None:
        """Send a message on the channel that the client opened."""
        if self._data is not None:
            self._data.send(payload, reliable=reliable)

    def close(self) -> None:
        """Say goodbye and forget everything. No event comes after this."""
        if self._closed:
            return
        self._closed = True
        if self._data is not None:
            self._data.close()
        if self._dtls is not None:
            self._dtls.say_goodbye()
            self._send_flight()
        self._use(None)
        self._srtp = self._data = self._dtls = None
        self._home.hands_shaken(self)
        self._home.forget(self)

    # --- for the endpoint ------------------------------------------------------------------

    def password(self, ufrag: str) -> bytes:
        """Return the password of one of our names."""
        return next(c.pwd for c in self._ice.valid if c.ufrag == ufrag).encode()

    def checked(self, request: BindingRequest, ufrag: str, path: Path, now_s: float) -> None:
        """Take an authentic check."""
        before = self._ice.valid
        self._ice.checked(request, ufrag, path, now_s)
        if self._ice.valid != before:
            self._home.names_changed(self, self._ice.valid)
        self._use(self._ice.selected)
        if self._lost:
            self._lost = False
            if self._srtp is not None:
                self._events.transport_up(self._srtp.profile)

    def path_closed(self, path: Path) -> None:
        """A TCP connection is gone."""
        self._ice.path_closed(path)
        if self._path is path:
            self._use(None)

    def dtls_received(self, datagram: bytes, now_s: float) -> None:
        """Take one DTLS datagram; the first one begins the handshake."""
        dtls = self._dtls or self._begin_handshake(now_s)
        if dtls is None:
            return
        shaking = self._srtp is None
        try:
            messages = dtls.receive(datagram)
        except DtlsFailed as failure:
            self._end(str(failure))
            return
        self._send_flight()
        if shaking and dtls.keys is not None:
            self._up(dtls.keys)
        for message in messages:
            if self._data is not None:
                self._data.receive(message, now_s)

    def srtp_received(self, packet: bytes, path: Path | None, arrived_s: float) -> None:
        """Take one SRTP or SRTCP packet (RFC 5761, 4: told apart by the second byte).

        ``path``: the checked one that it came by, None if that address of ours was not checked.
        """
        srtp = self._srtp
        if srtp is None or len(packet) < 2:
            return
        if 192 <= packet[1] <= 223:
            plain = srtp.open_rtcp(packet, arrived_s)
            if plain is not None:
                self._events.rtcp_received(plain, arrived_s)
        else:
            plain = srtp.open_rtp(packet, arrived_s)
            if plain is not None:
                self._events.rtp_received(plain, arrived_s)
        if plain is not None and path is not None and not self._closed:
            self._heard(path, arrived_s)

    def tick(self, now_s: float) -> None:
        """Look at consent, at the timer of the handshake and at waiting messages."""
        if self._data is not None:
            self._data.tick(now_s)
        if self._dtls is not None and self._srtp is None:
            self._tick_handshake(now_s)
        if self._remote_fingerprint and not self._lost and not self._closed:
            self._tick_consent(now_s)

    # --- for the data link: DataOwner ------------------------------------------------------

    def send_sctp(self, packet: bytes) -> None:
        """Send one SCTP packet over DTLS."""
        if self._dtls is not None and self._path is not None:
            self._dtls.send(packet)
            self._send_flight()

    def data_received(self, payload: bytes, *, reliable: bool) -> None:
        """Hand a message on."""
        if not self._closed:
            self._events.data_received(payload, reliable=reliable)

    def data_overfull(self) -> None:
        """This client does not keep up: it has to join again."""
        self._end("data")

    # --- inside ----------------------------------------------------------------------------

    def _begin_handshake(self, now_s: float) -> DtlsServer | None:
        if self._closed or not self._remote_fingerprint or not self._home.may_shake_hands(self):
            return None
        self._handshake_began_s = now_s
        self._dtls = DtlsServer(self._certificate, self._remote_fingerprint)
        return self._dtls

    def _tick_handshake(self, now_s: float) -> None:
        if self._dtls is None:
            return
        if now_s - self._handshake_began_s > HANDSHAKE_TIMEOUT_S:
            self._end("dtls")
            return
        try:
            self._dtls.tick()
        except DtlsFailed as failure:
            self._end(str(failure))
            return
        self._send_flight()

    def _tick_consent(self, now_s: float) -> None:
        consent = self._ice.consent(now_s)
        if consent is not Consent.FRESH:
            self._use(None)
        if consent is Consent.LOST:
            self._lost = True
            self._events.transport_down("consent")

    def _heard(self, path: Path, arrived_s: float) -> None:
        self._ice.heard(path, arrived_s)
        if self._path is not None:
            self._use(self._ice.selected)

    def _use(self, path: Path | None) -> None:
        if path is self._path:
            return
        self._path = path
        if self.fan is not None:
            self._lead(self.fan)

    def _lead(self, fan: SrtpLeg) -> None:
        """By UDP packets leave in C; by TCP, or without a path, this is asked for each."""
        if isinstance(self._path, UdpPath) and self._path.queue is not None:
            fan.leave_by(self._path.queue, self._path.address, self._path.local)
        else:
            fan.leave_by(None)

    def _up(self, keys: SrtpKeys) -> None:
        self._srtp = Srtp(keys)
        if self._fanout is not None and keys.profile is GCM:
            self.fan = self._fanout.leg(*session_keys(keys.server))
            self._lead(self.fan)
        self._home.hands_shaken(self)
        self._begin_data()
        self._events.transport_up(self._srtp.profile)

    def _begin_data(self) -> None:
        if self._srtp is not None and self._sctp is not None and self._open_data is not None:
            self._data = self._open_data(self, *self._sctp)

    def _send_flight(self) -> None:
        if self._dtls is None:
            return
        for datagram in self._dtls.outgoing():
            if self._path is not None:
                self._path.send(datagram)

    def _end(self, why: str) -> None:
        if self._closed:
            return
        self._send_flight()
        self.close()
        self._events.transport_down(why)
