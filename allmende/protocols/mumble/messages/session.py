"""How a connection begins and goes on: versions, logins, keys, limits, pings."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

from allmende.protocols.mumble.protobuf import BOOL, BYTES, FLOAT, INT32, STRING, UINT32, UINT64
from allmende.protocols.mumble.table import Enumerated, Many, One


class RejectType(IntEnum):
    """Why a login is refused."""

    NONE = 0
    WRONG_VERSION = 1
    INVALID_USERNAME = 2
    WRONG_USER_PW = 3
    WRONG_SERVER_PW = 4
    USERNAME_IN_USE = 5
    SERVER_FULL = 6
    NO_CERTIFICATE = 7
    AUTHENTICATOR_FAIL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What each side runs; the first message both ways."""

    version_v1: Annotated[int | None, One(1, UINT32)] = None
    version_v2: Annotated[int | None, One(5, UINT64)] = None
    release: Annotated[str | None, One(2, STRING)] = None
    os: Annotated[str | None, One(3, STRING)] = None
    os_version: Annotated[str | None, One(4, STRING)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticate:
    """Who a client wants to be. ``client_type`` 1: a bot."""

    username: Annotated[str | None, One(1, STRING)] = None
    password: Annotated[str | None, One(2, STRING)] = None
    tokens: Annotated[Sequence[str], Many(3, STRING)] = ()
    celt_versions: Annotated[Sequence[int], Many(4, INT32)] = ()
    opus: Annotated[bool | None, One(5, BOOL)] = None
    client_type: Annotated[int | None, One(6, INT32)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """Every 5 s from the client, answered with our own counts of datagrams."""

    timestamp: Annotated[int | None, One(1, UINT64)] = None
    good: Annotated[int | None, One(2, UINT32)] = None
    late: Annotated[int | None, One(3, UINT32)] = None
    lost: Annotated[int | None, One(4, UINT32)] = None
    resync: Annotated[int | None, One(5, UINT32)] = None
    udp_packets: Annotated[int | None, One(6, UINT32)] = None
    tcp_packets: Annotated[int | None, One(7, UINT32)] = None
    udp_ping_avg: Annotated[float | None, One(8, FLOAT)] = None
    udp_ping_var: Annotated[float | None, One(9, FLOAT)] = None
    tcp_ping_avg: Annotated[float | None, One(10, FLOAT)] = None
    tcp_ping_var: Annotated[float | None, One(11, FLOAT)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """The login failed; the connection ends."""

    type: Annotated[RejectType | None, One(1, Enumerated(RejectType))] = None
    reason: Annotated[str | None, One(2, STRING)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSync:
    """The login is complete: all channels and users were told."""

    session: Annotated[int | None, One(1, UINT32)] = None
    max_bandwidth: Annotated[int | None, One(2, UINT32)] = None
    welcome_text: Annotated[str | None, One(3, STRING)] = None
    permissions: Annotated[int | None, One(4, UINT64)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptSetup:
    """Key and nonces of the datagrams; empty or with one nonce to come back in step."""

    key: Annotated[bytes | None, One(1, BYTES)] = None
    client_nonce: Annotated[bytes | None, One(2, BYTES)] = None
    server_nonce: Annotated[bytes | None, One(3, BYTES)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecVersion:
    """Which codec the room speaks."""

    alpha: Annotated[int, One(1, INT32)]
    beta: Annotated[int, One(2, INT32)]
    prefer_alpha: Annotated[bool, One(3, BOOL)]
    opus: Annotated[bool | None, One(4, BOOL)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """Limits."""

    max_bandwidth: Annotated[int | None, One(1, UINT32)] = None
    welcome_text: Annotated[str | None, One(2, STRING)] = None
    allow_html: Annotated[bool | None, One(3, BOOL)] = None
    message_length: Annotated[int | None, One(4, UINT32)] = None
    image_message_length: Annotated[int | None, One(5, UINT32)] = None
    max_users: Annotated[int | None, One(6, UINT32)] = None
    recording_allowed: Annotated[bool | None, One(7, BOOL)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestConfig:
    """What we would like a client to be set to."""

    version_v1: Annotated[int | None, One(1, UINT32)] = None
    version_v2: Annotated[int | None, One(4, UINT64)] = None
    positional: Annotated[bool | None, One(2, BOOL)] = None
    push_to_talk: Annotated[bool | None, One(3, BOOL)] = None
