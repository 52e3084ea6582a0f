"""The fan-out in C (`_ocb2.c`, `_sending.c`): one call for a packet to all its receivers."""

import ctypes
import socket
import struct
import weakref
from collections.abc import Sequence
from ctypes import c_int64, c_uint32, c_void_p
from typing import Final

from allmende.media.fanout.interface import (
    MAX_DATAGRAM_BYTES,
    MAX_VARIANTS,
    Crypt,
    Member,
    PacketTooLarge,
    check_sizes,
)
from allmende.media.fanout.library import Route

_NONCE_BYTES: Final = 16
_SIZES: Final = tuple(struct.Struct(f"@{count}I") for count in range(MAX_VARIANTS + 1))


class CMember(ctypes.Structure):
    """struct member of `_sending.c`."""

    _fields_ = (("crypt", c_void_p), ("route", Route), ("variant", c_uint32))


class CCrypt:
    """A `Crypt` whose state lives in C."""

    def __init__(
        self, library: ctypes.CDLL, key: bytes, client_nonce: bytes, server_nonce: bytes
    ) -> None:
        if {len(key), len(client_nonce), len(server_nonce)} != {_NONCE_BYTES}:
            raise ValueError("a key or a nonce is not 16 bytes long")
        self.at = library.fanout_crypt_new(key, client_nonce, server_nonce)
        if not self.at:
            raise MemoryError
        weakref.finalize(self, library.fanout_crypt_free, self.at)
        self._library = library
        self._seal = library.fanout_seal
        self._open = library.fanout_open
        self._out = ctypes.create_string_buffer(MAX_DATAGRAM_BYTES)
        self._out_at = ctypes.addressof(self._out)

    def _state(self) -> tuple[bytes, list[int]]:
        nonce, counts = ctypes.create_string_buffer(_NONCE_BYTES), (c_int64 * 4)()
        self._library.fanout_crypt_state(self.at, nonce, counts)
        return nonce.raw, list(counts)

    @property
    def good(self) -> int:
        """Datagrams that were opened."""
        return self._state()[1][0]

    @property
    def late(self) -> int:
        """Those of them that came after a newer one."""
        return self._state()[1][1]

    @property
    def lost(self) -> int:
        """Numbers that did not come."""
        return self._state()[1][2]

    @property
    def resyncs(self) -> int:
        """How often the client told its nonce anew."""
        return self._state()[1][3]

    def encrypt(self, plain: bytes) -> bytes:
        """Return the next datagram to the client. Raises PacketTooLarge."""
        size = self._seal(self.at, plain, len(plain), self._out_at)
        if size < 0:
            raise PacketTooLarge(f"{len(plain)} bytes are more than a datagram holds")
        return self._out.raw[:size]

    def decrypt(self, datagram: bytes) -> bytes | None:
        """Return the packet, or None."""
        size = self._open(self.at, datagram, len(datagram), self._out_at)
        return self._out.raw[:size] if size >= 0 else None

    def server_nonce(self) -> bytes:
        """Return the nonce of the newest datagram to the client."""
        return self._state()[0]

    def resync(self, client_nonce: bytes) -> None:
        """Go on from what the client says."""
        if len(client_nonce) != _NONCE_BYTES:
            raise ValueError("a nonce is not 16 bytes long")
        self._library.fanout_crypt_resync(self.at, client_nonce)


class CGroup:
    """A `Group` of `CCrypt`."""

    def __init__(self, library: ctypes.CDLL, bound: socket.socket) -> None:
        self.at = library.fanout_group_new(bound.fileno())
        if not self.at:
            raise MemoryError
        weakref.finalize(self, library.fanout_group_free, self.at)
        self._library = library
        self._family = bound.family
        self._send = library.fanout_group_send
        self._crypts: Sequence[Crypt] = ()

    @property
    def dropped(self) -> int:
        """Datagrams that the kernel did not take."""
        dropped: int = self._library.fanout_group_dropped(self.at)
        return dropped

    def set_members(self, members: Sequence[Member]) -> None:
        """Let these get packets from now on."""
        # In this order each variant is one run, and one call of the kernel.
        ordered = sorted(members, key=lambda member: member.variant)
        rows = (CMember * len(ordered))()
        for row, member in zip(rows, ordered, strict=True):
            row.crypt, row.variant = _place_of(member.crypt), member.variant
            row.route.aim(self._family, member.remote, member.local)
        self.set_rows(rows, [member.crypt for member in ordered])

    def set_rows(self, rows: "ctypes.Array[CMember]", crypts: Sequence[Crypt]) -> None:
        """Let these get packets from now on; ``crypts`` are those that the rows point at."""
        if not self._library.fanout_group_set(self.at, rows, len(rows)):
            raise MemoryError
        self._crypts = crypts

    def send(self, variants: Sequence[bytes], skip: Crypt | None = None) -> int:
        """Encrypt and send to all but ``skip``; return how many datagrams went out."""
        check_sizes(variants)
        count = len(variants)
        sizes = _SIZES[count].pack(*map(len, variants))
        left_out = _place_of(skip) if skip is not None else None
        sent: int = self._send(self.at, b"".join(variants), sizes, count, left_out)
        return sent


def _place_of(crypt: Crypt) -> int:
    if not isinstance(crypt, CCrypt):
        raise TypeError("a crypt of another fan-out")
    place: int = crypt.at
    return place


class CFanout:
    """The `Fanout` of C."""

    name = "c"

    def __init__(self, library: ctypes.CDLL) -> None:
        self.library = library

    def crypt(self, key: bytes, client_nonce: bytes, server_nonce: bytes) -> CCrypt:
        """Make the state of one client."""
        return CCrypt(self.library, key, client_nonce, server_nonce)

    def group(self, socket: socket.socket) -> CGroup:
        """Make an empty group that sends through ``socket``."""
        return CGroup(self.library, socket)
