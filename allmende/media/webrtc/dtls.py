"""DTLS over memory, as server (RFC 6347, RFC 5764): datagrams in, datagrams out.

The certificate is made at each start and never stored. Who may speak to us at all is
decided before: these bytes come from an address that passed a STUN check.
"""

import datetime
import hmac
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from allmende.media.webrtc.srtp import PROFILES, SrtpKeys, SrtpProfile

HANDSHAKE_TIMEOUT_S: Final = 10.0
MTU_BYTES: Final = 1200
# A handshake of a browser is 5 datagrams of 2 kB with retransmissions in the worst network.
MAX_HANDSHAKE_DATAGRAMS: Final = 200
MAX_HANDSHAKE_BYTES: Final = 128 * 1024

_DTLS_1_2: Final = 0xFEFD
_RECORD_HEADER_BYTES: Final = 13
_READ_BYTES: Final = 16384 + 256
_CIPHERS: Final = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"
)
_EXPORTER: Final = b"EXTRACTOR-dtls_srtp"  # RFC 5764, 4.2
_VALID_DAYS: Final = 30


class DtlsFailed(Exception):
    """The association is over; the text is a word of `control.LegDown`."""


@dataclass(frozen=True)
class Certificate:
    """What this process shows to every client. ``fingerprint``: SHA-256 as ``AB:CD:..``."""

    fingerprint: str
    context: SSL.Context


def make_certificate() -> Certificate:
    """Make a P-256 key, its self-signed certificate and the settings of the server."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "WebRTC")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=_VALID_DAYS))
        .sign(key, hashes.SHA256())
    )
    context = SSL.Context(SSL.DTLS_SERVER_METHOD)
    context.set_min_proto_version(_DTLS_1_2)
    context.set_max_proto_version(_DTLS_1_2)  # `outgoing` cuts at the record header of 1.2
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_QUERY_MTU)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # Any certificate will do here: the fingerprint of the offer decides.
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    context.use_certificate(certificate)
    context.use_privatekey(key)
    context.set_cipher_list(_CIPHERS)
    context.set_tlsext_use_srtp(b":".join(profile.openssl_name for profile in PROFILES))
    return Certificate(_fingerprint(certificate), context)


def _fingerprint(certificate: x509.Certificate) -> str:
    digest = certificate.fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def datagrams_of(records: bytes, mtu_bytes: int = MTU_BYTES) -> list[bytes]:
    """Pack whole records into datagrams: a memory BIO forgets where one ended (RFC 6347, 4.1)."""
    packed: list[bytes] = []
    start = offset = 0
    while offset + _RECORD_HEADER_BYTES <= len(records):
        length = int.from_bytes(records[offset + 11 : offset + 13], "big")
        end = offset + _RECORD_HEADER_BYTES + length
        if end - start > mtu_bytes and offset > start:
            packed.append(records[start:offset])
            start = offset
        offset = end
    if offset > start:
        packed.append(records[start:offset])
    return packed


class DtlsServer:
    """One association. Call `outgoing` after whatever else is called."""

    def __init__(self, certificate: Certificate, remote_fingerprint: str) -> None:
        self._remote_fingerprint = remote_fingerprint
        self._connection = SSL.Connection(certificate.context, None)
        self._connection.set_accept_state()
        self._connection.set_ciphertext_mtu(MTU_BYTES)
        self._datagrams = self._bytes = 0
        self.keys: SrtpKeys | None = None

    def receive(self, datagram: bytes) -> list[bytes]:
        """Take one datagram and return the messages in it. Raises DtlsFailed."""
        if self.keys is None:
            self._count(datagram)
        self._connection.bio_write(datagram)
        if self.keys is None and not self._shake_hands():
            return []
        return self._read()

    def outgoing(self) -> list[bytes]:
        """Return the datagrams that are to be sent now."""
        records = b""
        while True:
            try:
                records += self._connection.bio_read(_READ_BYTES)
            except SSL.Error:
                return datagrams_of(records) if records else []

    def tick(self) -> None:
        """Repeat the last flight if it is time. Raises DtlsFailed."""
        timeout_s = self._connection.DTLSv1_get_timeout()
        if timeout_s is not None and timeout_s <= 0:
            try:
                self._connection.DTLSv1_handle_timeout()
            except SSL.Error:
                raise DtlsFailed("dtls") from None

    def send(self, message: bytes) -> None:
        """Encrypt one message; a message that cannot be sent is dropped."""
        try:
            self._connection.send(message)
        except SSL.Error:
            return

    def say_goodbye(self) -> None:
        """Tell the client that the association ends."""
        try:
            self._connection.shutdown()
        except SSL.Error:
            return

    def _count(self, datagram: bytes) -> None:
        self._datagrams += 1
        self._bytes += len(datagram)
        if self._datagrams > MAX_HANDSHAKE_DATAGRAMS or self._bytes > MAX_HANDSHAKE_BYTES:
            raise DtlsFailed("dtls")

    def _shake_hands(self) -> bool:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return False
        except SSL.Error:
            raise DtlsFailed("dtls") from None
        self._require_fingerprint()
        self.keys = self._exported()
        return True

    def _require_fingerprint(self) -> None:
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        shown = b"" if certificate is None else _fingerprint(certificate).encode()
        if not hmac.compare_digest(shown, self._remote_fingerprint.upper().encode()):
            raise DtlsFailed("fingerprint")

    def _exported(self) -> SrtpKeys:
        chosen = self._connection.get_selected_srtp_profile()
        profile: SrtpProfile | None = next((p for p in PROFILES if p.openssl_name == chosen), None)
        if profile is None:
            raise DtlsFailed("dtls")
        material = self._connection.export_keying_material(_EXPORTER, profile.material_bytes)
        return profile.keys(material)

    def _read(self) -> list[bytes]:
        messages: list[bytes] = []
        while True:
            try:
                messages.append(self._connection.recv(_READ_BYTES))
            except SSL.WantReadError:
                return messages
            except SSL.ZeroReturnError:
                raise DtlsFailed("closed") from None
            except SSL.Error:
                raise DtlsFailed("dtls") from None
