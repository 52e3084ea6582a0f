"""What a session description says. Frozen values; a tuple keeps the order of the text."""

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Who sends, seen from whoever wrote the description (RFC 8866, 6.7)."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A payload type: ``name`` as written, ``fmtp`` and ``feedback`` (rtcp-fb) as texts."""

    payload_type: int
    name: str
    clock_hz: int
    channels: int = 1
    fmtp: str = ""
    feedback: tuple[str, ...] = ()

    @property
    def apt(self) -> int | None:
        """The payload type that this one repairs (RFC 4588, 8.1)."""
        for part in self.fmtp.split(";"):
            name, _, value = part.strip().partition("=")
            if name == "apt" and value.isascii() and value.isdigit() and len(value) <= 3:
                return int(value)
        return None


@dataclass(frozen=True, slots=True)
class HeaderExtension:
    """``a=extmap`` (RFC 8285)."""

    id: int
    uri: str


@dataclass(frozen=True, slots=True)
class Ssrc:
    """``a=ssrc`` (RFC 5576) with its cname; '' where none is said."""

    ssrc: int
    cname: str = ""


@dataclass(frozen=True, slots=True)
class Rid:
    """``a=rid`` (RFC 8851); ``direction`` is ``send`` or ``recv``."""

    id: str
    direction: str


@dataclass(frozen=True, slots=True)
class Msid:
    """``a=msid`` (RFC 8830): the stream, and the track ('' where none is said)."""

    stream: str
    track: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ice:
    """Credentials of ICE and DTLS, on the session or on a section. '' where none is said.

    ``fingerprint``: SHA-256, upper case hexadecimal with colons; other hashes are left out.
    """

    ufrag: str = ""
    pwd: str = ""
    fingerprint: str = ""
    setup: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One m-section. ``simulcast``: rids, lowest first as written, of ``simulcast_direction``.

    ``ptime_ms``: how long a packet of sound shall be, 0 where it is not said.
    """

    kind: str
    mid: str
    port: int = 9
    profile: str = "UDP/TLS/RTP/SAVPF"
    direction: Direction = Direction.SENDRECV
    ice: Ice = Ice()
    bundle_only: bool = False
    rtcp_mux: bool = False
    rtcp_rsize: bool = False
    formats: tuple[Format, ...] = ()
    extensions: tuple[HeaderExtension, ...] = ()
    msid: Msid | None = None
    ssrcs: tuple[Ssrc, ...] = ()
    ssrc_groups: tuple[tuple[str, tuple[int, ...]], ...] = ()
    rids: tuple[Rid, ...] = ()
    simulcast: tuple[str, ...] = ()
    simulcast_direction: str = ""
    sctp_port: int = 0
    max_message_bytes: int = 0
    ptime_ms: int = 0
    candidates: tuple[str, ...] = ()
    end_of_candidates: bool = False

    @property
    def rejected(self) -> bool:
        """Whether port 0 means no; with ``a=bundle-only`` it does not (RFC 8843, 6)."""
        return self.port == 0 and not self.bundle_only


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A whole description. ``bundle``: the mids of ``a=group:BUNDLE``."""

    session_id: int = 0
    version: int = 0
    bundle: tuple[str, ...] = ()
    ice: Ice = Ice()
    ice_lite: bool = False
    extmap_allow_mixed: bool = False
    sections: tuple[Section, ...] = ()
