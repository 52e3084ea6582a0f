"""A client in memory: pyOpenSSL, pylibsrtp, our STUN writer, and a network without wires."""

import datetime
from collections import deque
from typing import Any

import pylibsrtp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from allmende.media.webrtc.connection import LegConnection
from allmende.media.webrtc.dtls import Certificate, make_certificate
from allmende.media.webrtc.endpoint import Endpoint
from allmende.media.webrtc.srtp import PROFILES, SrtpProfile
from allmende.protocols.stun import binding

GCM, CM = PROFILES


class VirtualClock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class MemoryPath:
    """What the server sends to one address is kept here."""

    def __init__(self, remote: tuple[str, int]) -> None:
        self.remote = remote
        self.sent: deque[bytes] = deque()

    def send(self, datagram: bytes) -> None:
        self.sent.append(datagram)

    def send_video(self, datagram: bytes) -> None:
        self.sent.append(datagram)


class MemorySource:
    """The network: one path for each pair of addresses."""

    def __init__(self) -> None:
        self.paths: dict[tuple[object, bytes], MemoryPath] = {}

    def path_back(self, remote: object, local: bytes) -> MemoryPath:
        assert isinstance(remote, tuple)
        return self.paths.setdefault((remote, local), MemoryPath((remote[0], remote[1])))


class Events:
    """A leg that only remembers."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.data: list[tuple[bytes, bool]] = []

    def transport_up(self, srtp_profile: str) -> None:
        self.told.append(f"up {srtp_profile}")

    def transport_down(self, why: str) -> None:
        self.told.append(f"down {why}")

    def rtp_received(self, packet: bytes, arrived_s: float) -> None:
        self.rtp.append(packet)

    def rtcp_received(self, packet: bytes, arrived_s: float) -> None:
        self.rtcp.append(packet)

    def data_received(self, payload: bytes, *, reliable: bool) -> None:
        self.data.append((payload, reliable))


class World:
    """An endpoint, its network, its clock, and the bugs it met."""

    def __init__(self, certificate: Certificate | None = None) -> None:
        self.clock = VirtualClock()
        self.source = MemorySource()
        self.bugs: list[Exception] = []
        self.certificate = certificate or make_certificate()
        self.endpoint = Endpoint(self.certificate, self.clock, None, self.bugs.append)

    def leg(self) -> tuple[LegConnection, Events]:
        events = Events()
        return self.endpoint.open_transport(events), events

    def deliver(self, datagram: bytes, remote: tuple[str, int], local: bytes = b"") -> None:
        self.endpoint.received(datagram, remote, self.source, local, self.clock.now_s)

    def answers(self, remote: tuple[str, int], local: bytes = b"") -> deque[bytes]:
        return self.source.path_back(remote, local).sent

    def pass_s(self, seconds: float) -> None:
        self.clock.now_s += seconds
        self.endpoint.tick()


def client_context(
    profiles: tuple[SrtpProfile, ...] = PROFILES, ciphers: bytes = b"ECDHE-ECDSA-AES128-GCM-SHA256"
) -> tuple[SSL.Context, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "peer")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
    context.use_certificate(certificate)
    context.use_privatekey(key)
    context.set_cipher_list(ciphers)
    if profiles:
        context.set_tlsext_use_srtp(b":".join(profile.openssl_name for profile in profiles))
    digest = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    return context, digest


class Peer:
    """A browser, as far as the transport can tell."""

    def __init__(
        self,
        world: World,
        leg: LegConnection,
        *,
        address: tuple[str, int] = ("192.0.2.9", 5000),
        profiles: tuple[SrtpProfile, ...] = PROFILES,
        ciphers: bytes = b"ECDHE-ECDSA-AES128-GCM-SHA256",
    ) -> None:
        self.world, self.address = world, address
        self.ufrag, self.pwd = leg.local_ufrag, leg.local_pwd
        context, self.fingerprint = client_context(profiles, ciphers)
        self.dtls = SSL.Connection(context, None)
        self.dtls.set_connect_state()
        self.dtls.set_ciphertext_mtu(1200)
        self.messages: list[bytes] = []
        self.out: pylibsrtp.Session | None = None
        self.into: pylibsrtp.Session | None = None
        self._count = 0

    def check(
        self, *, use_candidate: bool = True, pwd: str = "", priority: int = 1, local: bytes = b""
    ) -> bool:
        """Send a check; was it answered with our address?"""
        self._count += 1
        transaction = self._count.to_bytes(12, "big")
        request = binding.BindingRequest(transaction, f"{self.ufrag}:x", priority, use_candidate)
        password = (pwd or self.pwd).encode()
        self.world.deliver(binding.write_request(request, password), self.address, local)
        answers = self.world.answers(self.address, local)
        if not answers:
            return False
        return binding.read_success(answers.popleft(), password) == (transaction, *self.address)

    def shake_hands(self, turns: int = 6) -> bool:
        """Exchange flights until the handshake is done or nothing comes any more."""
        done = False
        for _ in range(turns):
            try:
                self.dtls.do_handshake()
                done = True
            except SSL.WantReadError:
                pass
            except SSL.Error:
                self.flush()
                return False
            self.flush()
            self.take()
        if done:
            self._export()
        return done

    def flush(self) -> None:
        """Send what OpenSSL wrote."""
        try:
            records = self.dtls.bio_read(65536)
        except SSL.Error:
            return
        self.world.deliver(records, self.address)

    def take(self) -> list[bytes]:
        """Take what the server sent: DTLS goes to OpenSSL, the rest is returned."""
        others = []
        answers = self.world.answers(self.address)
        while answers:
            datagram = answers.popleft()
            if not 20 <= datagram[0] <= 63:
                others.append(datagram)
                continue
            self.dtls.bio_write(datagram)
            if self.into is not None:
                self._read()
        return others

    def _read(self) -> None:
        try:
            self.messages.append(self.dtls.recv(65536))
        except SSL.Error:
            return

    def _export(self) -> None:
        name = self.dtls.get_selected_srtp_profile()
        profile = next((p for p in PROFILES if p.openssl_name == name), None)
        if profile is None:
            return
        material = self.dtls.export_keying_material(b"EXTRACTOR-dtls_srtp", profile.material_bytes)
        keys, policy = profile.keys(material), pylibsrtp.Policy
        number = profile.libsrtp_number
        self.out = pylibsrtp.Session(policy(keys.client, policy.SSRC_ANY_OUTBOUND, 0, number))
        self.into = pylibsrtp.Session(policy(keys.server, policy.SSRC_ANY_INBOUND, 0, number))


def rtp(sequence: int, *, ssrc: int = 7, payload: bytes = b"hello") -> bytes:
    head = bytes([0x80, 111]) + sequence.to_bytes(2, "big") + (960 * sequence).to_bytes(4, "big")
    return head + ssrc.to_bytes(4, "big") + payload


def rtcp(ssrc: int = 7) -> bytes:
    """An empty receiver report."""
    return bytes([0x80, 201, 0, 1]) + ssrc.to_bytes(4, "big")


def joined(world: World, **options: Any) -> tuple[Peer, LegConnection, Events]:
    """Return a peer whose transport is up."""
    leg, events = world.leg()
    peer = Peer(world, leg, **options)
    leg.set_remote(peer.fingerprint, "x", 0, 0)
    assert peer.check()
    assert peer.shake_hands()
    return peer, leg, events
