"""A path: how datagrams get to one peer, by UDP or by one TCP connection."""

from typing import Protocol


class Path(Protocol):
    """From one address of ours to one address of a client."""

    @property
    def remote(self) -> tuple[str, int]:
        """Host and port of the client, as we see it."""

    def send(self, datagram: bytes) -> None:
        """Send now or drop; never raises."""

    def send_video(self, datagram: bytes) -> None:
        """The same, and dropped earlier while the connection is behind."""


class Source(Protocol):
    """Where datagrams come in: it makes the path that leads back."""

    def path_back(self, remote: object, local: bytes) -> Path:
        """``remote`` and ``local`` are what came with the datagram."""


class Receiver(Protocol):
    """Takes what sockets read."""

    def received(
        self, datagram: bytes, remote: object, source: Source, local: bytes, arrived_s: float
    ) -> None:
        """Take one datagram. ``remote`` identifies the peer, ``arrived_s`` is monotonic."""
