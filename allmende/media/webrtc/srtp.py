"""SRTP of one transport (RFC 3711, RFC 7714): one session in, one out.

The rule of the nonce: under GCM a second packet with the same SSRC and index gives the key
away. libsrtp keeps a window for the sender too, and refuses what was protected before.
"""

from dataclasses import dataclass
from typing import Final

import pylibsrtp
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from allmende.media.webrtc.transport import SrtpFailure

WINDOW: Final = 1024
MAX_SSRCS: Final = 64
# An SSRC without a packet for so long gives way to a new one.
SSRC_IDLE_S: Final = 10.0
_LABEL_KEY, _LABEL_SALT = 0, 2  # of RTP; those of RTCP are others (RFC 3711, 4.3.2)
_MIN_RTP_BYTES: Final = 12
_MIN_RTCP_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """Master key and salt of both directions."""

    profile: "SrtpProfile"
    client: bytes
    server: bytes


@dataclass(frozen=True, slots=True)
class SrtpProfile:
    """A protection profile as OpenSSL, libsrtp and the log name it."""

    name: str
    openssl_name: bytes
    libsrtp_number: int
    key_bytes: int
    salt_bytes: int

    @property
    def material_bytes(self) -> int:
        """How much the exporter is asked for."""
        return 2 * (self.key_bytes + self.salt_bytes)

    def keys(self, material: bytes) -> SrtpKeys:
        """Cut the exported bytes: client key, server key, client salt, server salt."""
        key, salt = self.key_bytes, self.salt_bytes
        salts = material[2 * key :]
        return SrtpKeys(
            self,
            client=material[:key] + salts[:salt],
            server=material[key : 2 * key] + salts[salt : 2 * salt],
        )


GCM: Final = SrtpProfile(
    "AEAD_AES_128_GCM",
    b"SRTP_AEAD_AES_128_GCM",
    pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    key_bytes=16,
    salt_bytes=12,
)
PROFILES: Final = (
    GCM,
    SrtpProfile(
        "AES128_CM_SHA1_80",
        b"SRTP_AES128_CM_SHA1_80",
        pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
        key_bytes=16,
        salt_bytes=14,
    ),
)


def session_keys(master: bytes) -> tuple[bytes, bytes]:
    """Return key and salt of RTP packets for a master key and salt of AES-128-GCM.

    RFC 3711, 4.3.1 and 4.3.3 with a key derivation rate of 0; RFC 7714, 11: the salt of 12
    bytes is padded to the 14 of that derivation.
    """
    key, salt = master[:16], master[16:].ljust(16, b"\0")

    def derived(label: int) -> bytes:
        begin = salt[:7] + bytes((salt[7] ^ label,)) + salt[8:]
        return Cipher(algorithms.AES(key), modes.CTR(begin)).encryptor().update(bytes(16))

    return derived(_LABEL_KEY), derived(_LABEL_SALT)[:12]


def _session(profile: SrtpProfile, key: bytes, direction: int) -> pylibsrtp.Session:
    policy = pylibsrtp.Policy(key=key, ssrc_type=direction, srtp_profile=profile.libsrtp_number)
    policy.window_size = WINDOW
    policy.allow_repeat_tx = False
    return pylibsrtp.Session(policy)


class Srtp:
    """Protects what the server sends and opens what the client sends."""

    def __init__(self, keys: SrtpKeys) -> None:
        self.profile = keys.profile.name
        self._in = _session(keys.profile, keys.client, pylibsrtp.Policy.SSRC_ANY_INBOUND)
        self._out = _session(keys.profile, keys.server, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
        self._heard_s: dict[bytes, float] = {}

    def protect_rtp(self, packet: bytes) -> bytes:
        """Return the protected packet. Raises SrtpFailure, also for a number used before."""
        try:
            protected: bytes = self._out.protect(packet)
        except (pylibsrtp.Error, ValueError, TypeError) as problem:
            raise SrtpFailure(str(problem)) from None
        return protected

    def protect_rtcp(self, packet: bytes) -> bytes:
        """Return the protected compound packet. Raises SrtpFailure."""
        try:
            protected: bytes = self._out.protect_rtcp(packet)
        except (pylibsrtp.Error, ValueError, TypeError) as problem:
            raise SrtpFailure(str(problem)) from None
        return protected

    def open_rtp(self, packet: bytes, now_s: float) -> bytes | None:
        """Return the plain packet; None if it is short, forged, replayed or one SSRC too many."""
        ssrc = packet[8:12]
        if len(packet) < _MIN_RTP_BYTES or (ssrc not in self._heard_s and not self._room(now_s)):
            return None
        try:
            plain: bytes = self._in.unprotect(packet)
        except (pylibsrtp.Error, ValueError):
            return None
        self._heard_s[ssrc] = now_s
        return plain

    def open_rtcp(self, packet: bytes, now_s: float) -> bytes | None:
        """Return the plain compound packet, or None as above."""
        ssrc = packet[4:8]
        if len(packet) < _MIN_RTCP_BYTES or (ssrc not in self._heard_s and not self._room(now_s)):
            return None
        try:
            plain: bytes = self._in.unprotect_rtcp(packet)
        except (pylibsrtp.Error, ValueError):
            return None
        self._heard_s[ssrc] = now_s
        return plain

    def _room(self, now_s: float) -> bool:
        """Is there room for one more SSRC, if the longest silent one gives way?"""
        if len(self._heard_s) < MAX_SSRCS:
            return True
        oldest = min(self._heard_s, key=self._heard_s.__getitem__)
        if now_s - self._heard_s[oldest] < SSRC_IDLE_S:
            return False
        del self._heard_s[oldest]
        try:
            self._in.remove_stream(int.from_bytes(oldest, "big"))
        except pylibsrtp.Error:
            return False
        return True
