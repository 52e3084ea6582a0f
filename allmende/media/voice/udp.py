"""Mumble's UDP socket: dual stack, read without a task; replies leave from the address used."""

import socket
from typing import Final, Protocol

from allmende.media.fanout.addresses import Remote, sending_from
from allmende.media.fanout.express import Express
from allmende.media.fanout.interface import MAX_DATAGRAM_BYTES, Fanout, Group
from allmende.media.webrtc.udp import is_natural

MAX_DATAGRAMS_A_TURN: Final = 64
BUSY_S: Final = 0.001
_READ_BYTES: Final = MAX_DATAGRAM_BYTES + 1  # one more tells what is too long
_IN_PKTINFO_BYTES: Final = 12
_IN6_PKTINFO_BYTES: Final = 20
_ANCILLARY_BYTES: Final = 128
_PKTINFO: Final = {
    (socket.IPPROTO_IP, 8): _IN_PKTINFO_BYTES,  # IP_PKTINFO of linux/in.h
    (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO): _IN6_PKTINFO_BYTES,
}

Ancillary = list[tuple[int, int, bytes]]


class Receiver(Protocol):
    """Takes what the socket reads."""

    def received(
        self, datagram: bytes, remote: Remote, ancillary: Ancillary, port: "VoicePort"
    ) -> None:
        """Take one datagram; what is too long comes as MAX_DATAGRAM_BYTES + 1 bytes."""


class VoicePort:
    """One bound socket (`webrtc.udp.open_udp`)."""

    __slots__ = ("_fanout", "_read_s", "_receiver", "_socket", "dropped", "express")

    def __init__(
        self,
        bound: socket.socket,
        fanout: Fanout,
        receiver: Receiver,
        express: Express | None = None,
    ) -> None:
        self.dropped = 0
        self.express = express
        self._read_s = 0.0
        self._socket = bound
        self._fanout = fanout
        self._receiver = receiver

    def open_group(self) -> Group:
        """Return an empty group that sends through this socket."""
        return self._fanout.group(self._socket)

    def readable(self, now_s: float) -> None:
        """Read all there is, but leave others their turn too.

        Most often one datagram is there, and the event loop says so if there are more: only
        shortly after a turn they are looked for, since to find none costs more than a turn.
        """
        is_busy = now_s - self._read_s < BUSY_S
        self._read_s = now_s
        recvmsg, received = self._socket.recvmsg, self._receiver.received
        for _ in range(MAX_DATAGRAMS_A_TURN if is_busy else 1):
            try:
                datagram, ancillary, _flags, remote = recvmsg(_READ_BYTES, _ANCILLARY_BYTES)
            except BlockingIOError:
                return
            except OSError:
                continue
            received(datagram, remote, ancillary, self)

    def local_of(self, remote: Remote, ancillary: Ancillary) -> bytes:
        """Return the PKTINFO that a reply needs, b"" where the kernel chooses the same address."""
        for level, kind, value in ancillary:
            if _PKTINFO.get((level, kind)) == len(value):
                return b"" if is_natural(self._socket.family, remote, value) else value
        return b""

    def send(self, datagram: bytes, remote: Remote, local: bytes) -> None:
        """Send or drop. ``local``: as `local_of` says."""
        way = sending_from(local)
        try:
            if way is None:
                self._socket.sendto(datagram, remote)
            else:
                self._socket.sendmsg([datagram], [way], 0, remote)
        except OSError:
            self.dropped += 1
