"""The fan-out in Python alone: slow, readable, on any platform."""

import socket
from collections.abc import Sequence

from allmende.media.fanout.addresses import sending_from
from allmende.media.fanout.interface import Crypt, Member, check_sizes
from allmende.protocols.mumble.ocb2 import AesBlocks, CryptState


class PythonGroup:
    """A `Group` that sends datagrams one by one."""

    def __init__(self, bound: socket.socket) -> None:
        self.dropped = 0
        self._socket = bound
        self._members: list[tuple[Member, list[tuple[int, int, bytes]]]] = []

    def set_members(self, members: Sequence[Member]) -> None:
        """Let these get packets from now on."""
        rows = []
        for member in sorted(members, key=lambda member: member.variant):
            ancillary = sending_from(member.local)
            rows.append((member, [ancillary] if ancillary is not None else []))
        self._members = rows

    def send(self, variants: Sequence[bytes], skip: Crypt | None = None) -> int:
        """Encrypt and send to all but ``skip``; return how many datagrams went out."""
        check_sizes(variants)
        sent, full = 0, False
        for member, ancillary in self._members:
            packet = variants[member.variant] if member.variant < len(variants) else b""
            if member.crypt is skip or not packet:
                continue
            if not full:
                try:
                    datagram = member.crypt.encrypt(packet)
                    if ancillary:
                        self._socket.sendmsg([datagram], ancillary, 0, member.remote)
                    else:
                        self._socket.sendto(datagram, member.remote)
                    sent += 1
                    continue
                except BlockingIOError:
                    full = True
                except OSError:
                    pass
            self.dropped += 1
        return sent


class PythonFanout:
    """The `Fanout` of Python alone."""

    name = "python"

    def crypt(self, key: bytes, client_nonce: bytes, server_nonce: bytes) -> CryptState:
        """Make the state of one client."""
        return CryptState(AesBlocks(key), client_nonce, server_nonce)

    def group(self, socket: socket.socket) -> PythonGroup:
        """Make an empty group that sends through ``socket``."""
        return PythonGroup(socket)
