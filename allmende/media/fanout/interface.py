"""What a fan-out is: three implementations of these Protocols pass the same tests.

One thread at a time may be in an object. Nothing here waits.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

MAX_PLAIN_BYTES: Final = 1020
MAX_DATAGRAM_BYTES: Final = 1024
MAX_VARIANTS: Final = 16
FORMS: Final = 2
"""Of packets of sound: legacy, and protobuf."""


class FanoutMissing(Exception):
    """The fan-out that the configuration names cannot be had here; the text says why."""


class PacketTooLarge(ValueError):
    """More than MAX_PLAIN_BYTES or MAX_VARIANTS were to be sent."""


def check_sizes(variants: Sequence[bytes]) -> None:
    """Raise PacketTooLarge for what no group sends."""
    if len(variants) > MAX_VARIANTS:
        raise PacketTooLarge(f"{len(variants)} packets are too many at once")
    largest = max(map(len, variants), default=0)
    if largest > MAX_PLAIN_BYTES:
        raise PacketTooLarge(f"{largest} bytes are more than a datagram holds")


class Crypt(Protocol):
    """One client's two directions under OCB2-AES128 (spec voice, 5.1).

    ``good``, ``late``, ``lost`` count datagrams from the client as Mumble does.
    """

    @property
    def good(self) -> int:
        """Datagrams that were opened."""

    @property
    def late(self) -> int:
        """Those of them that came after a newer one."""

    @property
    def lost(self) -> int:
        """Numbers that did not come."""

    @property
    def resyncs(self) -> int:
        """How often the client told its nonce anew."""

    def encrypt(self, plain: bytes) -> bytes:
        """Return the next datagram to the client. Raises ValueError above MAX_PLAIN_BYTES."""

    def decrypt(self, datagram: bytes) -> bytes | None:
        """Return the packet; None: not from this key, came before, damaged, or empty."""

    def server_nonce(self) -> bytes:
        """Return the nonce of the newest datagram to the client."""

    def resync(self, client_nonce: bytes) -> None:
        """Go on from the 16 bytes that the client says; what came before is still refused."""


@dataclass(frozen=True, slots=True)
class Member:
    """A receiver. ``remote`` as recvmsg told it; ``local``: the value of the PKTINFO that came

    with it, so that replies leave from the address that the client uses (b"": the kernel
    chooses). ``variant``: which of the packets it gets.
    """

    crypt: Crypt
    remote: tuple[str, int] | tuple[str, int, int, int]
    local: bytes = b""
    variant: int = 0


class Group(Protocol):
    """Those who get the same sound through one socket."""

    @property
    def dropped(self) -> int:
        """Datagrams that the kernel did not take; nobody waits for it."""

    def set_members(self, members: Sequence[Member]) -> None:
        """Let these get packets from now on: on a change of membership, path or format."""

    def send(self, variants: Sequence[bytes], skip: Crypt | None = None) -> int:
        """Encrypt and send to all but ``skip``; return how many datagrams went out.

        Each member gets ``variants[its variant]``; where that is empty or missing, nothing.
        Raises PacketTooLarge before anything is sent.
        """


class Fanout(Protocol):
    """Makes crypts and groups that belong together."""

    @property
    def name(self) -> str:
        """One of c, numpy, python."""

    def crypt(self, key: bytes, client_nonce: bytes, server_nonce: bytes) -> Crypt:
        """Make the state of one client; 16 bytes each. Raises ValueError for other sizes."""

    def group(self, socket: socket.socket) -> Group:
        """Make an empty group that sends through ``socket``, which must outlive it."""
