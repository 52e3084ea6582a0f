"""A WebRTC client without codecs: ICE, DTLS, SRTP over UDP or TCP. Knows nothing of our code.

    client = RtcClient(on_rtp=print)
    ... offer client.fingerprint, client.ufrag, client.pwd; read the answer ...
    await client.connect(Remote(ufrag, pwd, fingerprint, [("192.0.2.2", 7882)]))
    client.send_rtp(packet)
    client.close()

It is the DTLS client and the full ICE agent of one bundled connection, ``controlled`` where the
server made the offer and is a full agent, too; what it sends and takes as RTP and RTCP is plain.
"""

import asyncio
import datetime
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pylibsrtp
from aioice import stun
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from bench.meet.wires import Address, Wire, open_wire

CHECK_EVERY_S: Final = 2.5
FIRST_CHECKS_EVERY_S: Final = 0.1
TIMER_S: Final = 0.1
PRIORITY: Final = 0x7E7F1EFF
_CONTROLLING: Final = {"ICE-CONTROLLING": 1, "USE-CANDIDATE": None}

# OpenSSL's name -> libsrtp's number, bytes of key, bytes of salt
PROFILES: Final = {
    b"SRTP_AEAD_AES_128_GCM": (pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    b"SRTP_AES128_CM_SHA1_80": (pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
}


class ClientFailed(Exception):
    """The server is not who the answer said, or did not agree."""


@dataclass(frozen=True)
class Remote:
    """What the answer says. ``addresses``: (host, port) in the order to try, one family."""

    ufrag: str
    pwd: str
    fingerprint: str
    addresses: Sequence[Address]


def _nothing(_: bytes) -> None:
    return


class _Identity:
    """Key, certificate and the settings of a DTLS client."""

    def __init__(self, profiles: Sequence[bytes]) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "client")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = fingerprint_of(certificate)
        self.context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
        self.context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        self.context.use_certificate(certificate)
        self.context.use_privatekey(key)
        self.context.set_tlsext_use_srtp(b":".join(profiles))


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 as ``AB:CD:..``."""
    digest = certificate.fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


class RtcClient:
    """One connection. Callbacks run in the loop and get plain packets."""

    def __init__(
        self,
        *,
        on_rtp: Callable[[bytes], None] = _nothing,
        on_rtcp: Callable[[bytes], None] = _nothing,
        on_message: Callable[[bytes], None] = _nothing,
        profiles: Sequence[bytes] = tuple(PROFILES),
        controlled: bool = False,
    ) -> None:
        self.on_rtp, self.on_rtcp, self.on_message = on_rtp, on_rtcp, on_message
        self.ufrag, self.pwd = secrets.token_hex(4), secrets.token_hex(16)
        self._controlled = controlled
        self._identity = _Identity(profiles)
        self.fingerprint = self._identity.fingerprint
        self.srtp_profile = ""
        self._remote = Remote("", "", "", ())
        self._wire: Wire | None = None
        self._address: Address | None = None
        self._tried: dict[bytes, Address] = {}
        self._checked: asyncio.Event = asyncio.Event()
        self._done: asyncio.Future[None] | None = None
        self._dtls = SSL.Connection(self._identity.context, None)
        self._dtls.set_connect_state()
        self._dtls.set_ciphertext_mtu(1200)
        self._in: pylibsrtp.Session | None = None
        self._out: pylibsrtp.Session | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._next_check_s = 0.0

    async def connect(self, remote: Remote, *, tcp: bool = False, timeout_s: float = 10) -> None:
        """Find a way, shake hands. Raises ClientFailed, TimeoutError, OSError."""
        self._remote = remote
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(timeout_s):
            self._wire = await open_wire(remote.addresses, self._received, tcp=tcp)
            self._tick()
            await self._checked.wait()
            self._done = loop.create_future()
            self._shake()
            await self._done

    async def move(self, *, source: str = "", tcp: bool = False, timeout_s: float = 10) -> None:
        """Change the network: go on from another address, without signalling."""
        old, self._address = self._wire, None
        self._tried.clear()
        self._checked.clear()
        async with asyncio.timeout(timeout_s):
            addresses = self._remote.addresses
            self._wire = await open_wire(addresses, self._received, tcp=tcp, source=source)
            if old is not None:
                old.close()
            self._next_check_s = 0
            await self._checked.wait()

    async def restart(self, ufrag: str, pwd: str, *, timeout_s: float = 10) -> None:
        """ICE restart: go on with the server's new pair."""
        self._remote = replace(self._remote, ufrag=ufrag, pwd=pwd)
        self._address = None
        self._tried.clear()
        self._checked.clear()
        self._next_check_s = 0
        async with asyncio.timeout(timeout_s):
            await self._checked.wait()

    def send_rtp(self, packet: bytes) -> None:
        """Protect and send one RTP packet."""
        if self._out is not None:
            self.send_raw(self._out.protect(packet))

    def send_rtcp(self, packet: bytes) -> None:
        """Protect and send one compound RTCP packet."""
        if self._out is not None:
            self.send_raw(self._out.protect_rtcp(packet))

    def send_message(self, message: bytes) -> None:
        """Send over DTLS, which is where SCTP lives."""
        self._dtls.send(message)
        self._flush()

    def send_raw(self, datagram: bytes) -> None:
        """Send bytes as they are, for hostile tests."""
        if self._wire is not None:
            self._wire.send(datagram, self._address or self._remote.addresses[0])

    def send_check(self) -> None:
        """Send a check to each address that is possible now."""
        if self._wire is None:
            return
        for address in [self._address] if self._address else self._remote.addresses:
            self._wire.send(self._check(address), address)

    def close(self, *, goodbye: bool = True) -> None:
        """Stop; without ``goodbye`` like a cable that is pulled."""
        if self._timer is not None:
            self._timer.cancel()
        if goodbye and self._in is not None:
            self._dtls.shutdown()
            self._flush()
        if self._wire is not None:
            self._wire.close()
        self._wire = None

    # --- inside ----------------------------------------------------------------------------

    def _check(self, address: Address) -> bytes:
        role = {"ICE-CONTROLLED": 1} if self._controlled else _CONTROLLING
        message = stun.Message(
            stun.Method.BINDING,
            stun.Class.REQUEST,
            attributes={
                "USERNAME": f"{self._remote.ufrag}:{self.ufrag}",
                "PRIORITY": PRIORITY,
                **role,
            },
        )
        message.add_message_integrity(self._remote.pwd.encode())
        if self._address is None:
            self._tried[message.transaction_id] = address
        return bytes(message)

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() >= self._next_check_s:
            self.send_check()
            every_s = CHECK_EVERY_S if self._address else FIRST_CHECKS_EVERY_S
            self._next_check_s = loop.time() + every_s
        if self._done is not None and not self._done.done():
            timeout_s = self._dtls.DTLSv1_get_timeout()
            if timeout_s is not None and timeout_s <= 0:
                self._dtls.DTLSv1_handle_timeout()
                self._flush()
        self._timer = loop.call_later(TIMER_S, self._tick)

    def _received(self, datagram: bytes) -> None:
        first = datagram[0] if datagram else 255
        if 128 <= first <= 191:
            self._srtp(datagram)
        elif first <= 3:
            self._stun(datagram)
        elif 20 <= first <= 63:
            self._dtls.bio_write(datagram)
            self._shake()

    def _stun(self, datagram: bytes) -> None:
        try:
            message = stun.parse_message(datagram)
        except ValueError:
            return
        if message.message_class is stun.Class.REQUEST:
            self._answer_check(message)
            return
        proven = message.check_message_integrity(self._remote.pwd.encode())
        if message.message_class is stun.Class.RESPONSE and proven and self._address is None:
            address = self._tried.get(message.transaction_id)
            if address is not None:
                self._address = address
                self._tried.clear()
                self._checked.set()

    def _answer_check(self, request: stun.Message) -> None:
        """A server that is no ICE-lite agent wants to know that we are there, too."""
        if not request.check_message_integrity(self.pwd.encode()):
            return
        answer = stun.Message(
            stun.Method.BINDING,
            stun.Class.RESPONSE,
            transaction_id=request.transaction_id,
            attributes={"XOR-MAPPED-ADDRESS": self._address or self._remote.addresses[0]},
        )
        answer.add_message_integrity(self.pwd.encode())
        self.send_raw(bytes(answer))

    def _srtp(self, datagram: bytes) -> None:
        if self._in is None:
            return
        try:
            if 192 <= datagram[1] <= 223:
                self.on_rtcp(self._in.unprotect_rtcp(datagram))
            else:
                self.on_rtp(self._in.unprotect(datagram))
        except pylibsrtp.Error:
            return

    def _shake(self) -> None:
        if self._in is not None:
            self._read()
            return
        try:
            self._dtls.do_handshake()
        except SSL.WantReadError:
            self._flush()
            return
        except SSL.Error as problem:
            self._flush()
            self._fail(f"handshake: {problem}")
            return
        self._flush()
        self._finish()

    def _finish(self) -> None:
        certificate = self._dtls.get_peer_certificate(as_cryptography=True)
        if certificate is None or fingerprint_of(certificate) != self._remote.fingerprint:
            self._fail("fingerprint of the server")
            return
        name = self._dtls.get_selected_srtp_profile()
        if name not in PROFILES:
            self._fail("no profile")
            return
        number, key, salt = PROFILES[name]
        material = self._dtls.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
        salts = material[2 * key :]
        ours = material[:key] + salts[:salt]
        theirs = material[key : 2 * key] + salts[salt : 2 * salt]
        policy = pylibsrtp.Policy
        self._out = pylibsrtp.Session(policy(ours, policy.SSRC_ANY_OUTBOUND, 0, number))
        self._in = pylibsrtp.Session(policy(theirs, policy.SSRC_ANY_INBOUND, 0, number))
        self.srtp_profile = name.decode()
        if self._done is not None and not self._done.done():
            self._done.set_result(None)
        self._read()

    def _fail(self, why: str) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(ClientFailed(why))

    def _read(self) -> None:
        while True:
            try:
                message = self._dtls.recv(65536)
            except SSL.Error:
                self._flush()
                return
            self.on_message(message)

    def _flush(self) -> None:
        try:
            records = self._dtls.bio_read(65536)
        except SSL.Error:
            return
        self.send_raw(records)
