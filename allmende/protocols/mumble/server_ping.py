"""Unencrypted pings of people who look at a list of servers: what is here, and how many are on.

Legacy: 4 bytes of zero and 8 of the asker's -> 24 bytes. Protobuf: the byte 1 and a Ping of
MumbleUDP.proto that asks for extended information -> the same with the answer in it.
"""

import struct
from dataclasses import dataclass
from typing import Annotated, Final

from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.protobuf import BOOL, UINT32, UINT64
from allmende.protocols.mumble.table import One, Table
from allmende.protocols.mumble.version import (
    Release,
    pack_v1,
    pack_v2,
    unpack_v1,
    unpack_v2,
)

_QUESTION: Final = struct.Struct("!IQ")
_ANSWER: Final = struct.Struct("!IQIII")
_PROTOBUF: Final = b"\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpPing:
    """Ping of MumbleUDP.proto."""

    timestamp: Annotated[int | None, One(1, UINT64)] = None
    request_extended_information: Annotated[bool | None, One(2, BOOL)] = None
    server_version_v2: Annotated[int | None, One(3, UINT64)] = None
    user_count: Annotated[int | None, One(4, UINT32)] = None
    max_user_count: Annotated[int | None, One(5, UINT32)] = None
    max_bandwidth_per_user: Annotated[int | None, One(6, UINT32)] = None


UDP_PING: Final = Table(UdpPing)


@dataclass(frozen=True, slots=True)
class ServerPing:
    """A question. ``token`` comes back as it was."""

    token: int
    protobuf: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAnswer:
    """What anybody may know: counts may be 0 instead."""

    release: Release
    users: int
    most: int
    bandwidth_bps: int


def parse_server_ping(data: bytes) -> ServerPing | None:
    """Return the question, or None if ``data`` is something else, such as a datagram of a client.

    In protobuf form only the very bytes that a client asks with are one.
    """
    if len(data) == _QUESTION.size and not any(data[:4]):
        return ServerPing(_QUESTION.unpack(data)[1], protobuf=False)
    if data[:1] != _PROTOBUF:
        return None
    try:
        asked = UDP_PING.decode(data[1:])
    except MumbleMalformed:
        return None
    ping = ServerPing(asked.timestamp or 0, protobuf=True)
    return ping if write_server_ping(ping) == data else None


def write_server_ping(ping: ServerPing) -> bytes:
    """Write a question."""
    if not ping.protobuf:
        return _QUESTION.pack(0, ping.token)
    return _PROTOBUF + UDP_PING.encode(
        UdpPing(timestamp=ping.token, request_extended_information=True)
    )


def write_server_answer(ping: ServerPing, answer: ServerAnswer) -> bytes:
    """Write the answer to a question, in its form."""
    if ping.protobuf:
        return extended_ping(ping.token, answer)
    return _ANSWER.pack(
        pack_v1(answer.release), ping.token, answer.users, answer.most, answer.bandwidth_bps
    )


def extended_ping(timestamp: int, answer: ServerAnswer) -> bytes:
    """Write a ping in protobuf form that says what is here; inside a datagram, too."""
    return _PROTOBUF + UDP_PING.encode(
        UdpPing(
            timestamp=timestamp,
            server_version_v2=pack_v2(answer.release),
            user_count=answer.users,
            max_user_count=answer.most,
            max_bandwidth_per_user=answer.bandwidth_bps,
        )
    )


def parse_server_answer(data: bytes) -> tuple[int, ServerAnswer]:
    """Return token and content of an answer in either form. Raises MumbleMalformed."""
    if len(data) == _ANSWER.size and data[:1] != _PROTOBUF:
        version, token, users, most, bandwidth = _ANSWER.unpack(data)
        return token, ServerAnswer(
            release=unpack_v1(version), users=users, most=most, bandwidth_bps=bandwidth
        )
    if data[:1] != _PROTOBUF:
        raise MumbleMalformed("no answer")
    said = UDP_PING.decode(data[1:])
    return said.timestamp or 0, ServerAnswer(
        release=unpack_v2(said.server_version_v2 or 0),
        users=said.user_count or 0,
        most=said.max_user_count or 0,
        bandwidth_bps=said.max_bandwidth_per_user or 0,
    )
