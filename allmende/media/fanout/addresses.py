"""Addresses as the kernel wants them, for calls that Python's socket module does not have."""

import ipaddress
import socket
import struct
from typing import Final

_IP_PKTINFO: Final = 8  # linux/in.h
_IN_PKTINFO: Final = struct.Struct("@I4s4s")  # interface, address of ours, destination
_IN6_PKTINFO: Final = struct.Struct("@16sI")  # address of ours, interface
_FAMILY: Final = struct.Struct("@H")
_MAPPED: Final = bytes(10) + b"\xff\xff"  # before the four bytes of the old family

Remote = tuple[str, int] | tuple[str, int, int, int]


def sockaddr(family: int, remote: Remote) -> bytes:
    """Return struct sockaddr_in or sockaddr_in6. Raises OSError for what is no address."""
    host = remote[0].partition("%")[0]
    port = struct.pack("!H", remote[1])
    if family == socket.AF_INET:
        return _FAMILY.pack(family) + port + socket.inet_pton(family, host) + bytes(8)
    flow, scope = (remote[2], remote[3]) if len(remote) == 4 else (0, 0)
    if ":" in host:
        packed = socket.inet_pton(family, host)
    else:
        packed = _MAPPED + socket.inet_pton(socket.AF_INET, host)
    head = _FAMILY.pack(family) + port + struct.pack("!I", flow)
    return head + packed + struct.pack("@I", scope)


def sending_from(local: bytes) -> tuple[int, int, bytes] | None:
    """Return level, type and value of the ancillary datum, from a PKTINFO that was received.

    None: let the kernel choose. Only a link-local address needs its interface; others may
    leave by another one than they came. Raises ValueError for bytes that are no PKTINFO.
    """
    if not local:
        return None
    if len(local) == _IN_PKTINFO.size:
        _, ours, _ = _IN_PKTINFO.unpack(local)
        return socket.IPPROTO_IP, _IP_PKTINFO, _IN_PKTINFO.pack(0, ours, bytes(4))
    if len(local) != _IN6_PKTINFO.size:
        raise ValueError("not a PKTINFO")
    ours, interface = _IN6_PKTINFO.unpack(local)
    if not ipaddress.IPv6Address(ours).is_link_local:
        interface = 0
    return socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, _IN6_PKTINFO.pack(ours, interface)
