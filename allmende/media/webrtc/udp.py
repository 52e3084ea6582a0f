"""The UDP socket of a worker: dual stack, read without a task, kernel time stamps."""

import contextlib
import ipaddress
import socket
import struct
from collections.abc import Callable
from typing import Final

from allmende.media.fanout.addresses import sending_from
from allmende.media.fanout.streams import SrtpFanout
from allmende.media.webrtc.paths import Path, Receiver

MAX_DATAGRAMS_A_TURN: Final = 64
BUFFER_BYTES: Final = 4 * 1024 * 1024
MAX_DATAGRAM_BYTES: Final = 2048

_SO_TIMESTAMPNS: Final = 35  # asm-generic/socket.h; absent in the socket module
_IP_PKTINFO: Final = 8  # linux/in.h
_TIMESPEC: Final = struct.Struct("@qq")
_IN_PKTINFO: Final = struct.Struct("@I4s4s")  # interface, address of ours, destination
_IN6_PKTINFO: Final = struct.Struct("@16sI")  # address of ours, interface
_ANCILLARY_BYTES: Final = socket.CMSG_SPACE(_TIMESPEC.size) + socket.CMSG_SPACE(_IN6_PKTINFO.size)

_Ancillary = list[tuple[int, int, bytes]]
_Address = tuple[str, int] | tuple[str, int, int, int]


def open_udp(host: str, port: int, *, stamped: bool = True) -> socket.socket:
    """Bind ``host`` ("" for everything, both families). Raises OSError.

    ``stamped``: packets come with the time of their arrival.
    """
    family = socket.AF_INET6 if ":" in host or not host else socket.AF_INET
    if family == socket.AF_INET6 and not socket.has_dualstack_ipv6():
        family, host = socket.AF_INET, host or str(ipaddress.IPv4Address(0))
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        _set_options(bound, family)
        if stamped:
            with contextlib.suppress(OSError):
                bound.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def _set_options(bound: socket.socket, family: int) -> None:
    bound.setblocking(False)
    if family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        bound.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)


class UdpPort:
    """Reads what is there and hands it on; makes the paths that lead back."""

    def __init__(
        self,
        bound: socket.socket,
        receiver: Receiver,
        clock_s: Callable[[], float],
        fanout: SrtpFanout | None = None,
    ) -> None:
        self.packets_out = 0
        self.dropped = 0
        self.queue = fanout.queue(bound) if fanout is not None else None
        self._socket = bound
        self._receiver = receiver
        self._clock_s = clock_s
        self._to_monotonic_s = 0.0

    def tick(self, monotonic_s: float, wall_s: float) -> None:
        """Tell how the kernel's time stamps become monotonic seconds."""
        self._to_monotonic_s = monotonic_s - wall_s

    def readable(self) -> None:
        """Read until there is nothing, but leave others their turn too; send what came of it."""
        self._read()
        self.flush()

    def flush(self) -> None:
        """Send what waits in the queue; to be called when a turn ends."""
        if self.queue is not None:
            self.packets_out += self.queue.flush()

    def _read(self) -> None:
        recvmsg, receiver = self._socket.recvmsg, self._receiver
        for _ in range(MAX_DATAGRAMS_A_TURN):
            try:
                datagram, ancillary, _flags, remote = recvmsg(MAX_DATAGRAM_BYTES, _ANCILLARY_BYTES)
            except BlockingIOError:
                return
            except OSError:
                continue
            local, arrived_s = b"", 0.0
            for level, kind, value in ancillary:
                if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                    seconds, nanoseconds = _TIMESPEC.unpack(value)
                    arrived_s = seconds + nanoseconds * 1e-9 + self._to_monotonic_s
                else:
                    local = value
            receiver.received(datagram, remote, self, local, arrived_s or self._clock_s())

    def path_back(self, remote: object, local: bytes) -> Path:
        """Return the path from the address that the client used."""
        if not isinstance(remote, tuple):
            raise TypeError("not an address")
        natural = not local or is_natural(self._socket.family, remote, local)
        made = None if natural else sending_from(local)
        return UdpPath(self, remote, [made] if made is not None else [])

    def send(self, datagram: bytes, remote: _Address, ancillary: _Ancillary) -> None:
        """Send or drop."""
        try:
            if ancillary:
                self._socket.sendmsg([datagram], ancillary, 0, remote)
            else:
                self._socket.sendto(datagram, remote)
        except OSError:
            self.dropped += 1
            return
        self.packets_out += 1


def is_natural(family: int, remote: _Address, local: bytes) -> bool:
    """Would the kernel choose the address of ours in ``local`` by itself? Then sendto will do."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(remote)
        except OSError:
            return False
        return _plain(probe.getsockname()[0]) == _local_host(local)


def _plain(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _local_host(local: bytes) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if len(local) == _IN_PKTINFO.size:
        return ipaddress.IPv4Address(_IN_PKTINFO.unpack(local)[1])
    return _plain(str(ipaddress.IPv6Address(_IN6_PKTINFO.unpack(local)[0])))


class UdpPath:
    """From one address of ours to one address of a client."""

    __slots__ = ("_ancillary", "_port", "address", "local", "queue")

    def __init__(self, port: UdpPort, remote: _Address, ancillary: _Ancillary) -> None:
        self._port = port
        self._ancillary = ancillary
        self.address = remote
        self.local = ancillary[0][2] if ancillary else b""
        self.queue = port.queue

    @property
    def remote(self) -> tuple[str, int]:
        """Host and port of the client."""
        return self.address[0], self.address[1]

    def send(self, datagram: bytes) -> None:
        """Send now or drop."""
        self._port.send(datagram, self.address, self._ancillary)

    def send_video(self, datagram: bytes) -> None:
        """The same: UDP is never behind."""
        self._port.send(datagram, self.address, self._ancillary)
