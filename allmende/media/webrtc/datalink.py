"""Data channels as the transport sees them, so that it knows no SCTP library."""

from collections.abc import Callable
from typing import Protocol

MAX_MESSAGE_BYTES = 64_000


class DataOwner(Protocol):
    """Whom a data link serves."""

    def send_sctp(self, packet: bytes) -> None:
        """Send one SCTP packet over DTLS."""

    def data_received(self, payload: bytes, *, reliable: bool) -> None:
        """A message came in."""

    def data_overfull(self) -> None:
        """More than 1 MiB of reliable messages wait for this client."""


class DataLink(Protocol):
    """One SCTP association with its channels. Nothing here raises."""

    def receive(self, packet: bytes, now_s: float) -> None:
        """Take one SCTP packet."""

    def send(self, payload: bytes, *, reliable: bool) -> None:
        """Queue a message on the channel that the client opened, if there is one."""

    def tick(self, now_s: float) -> None:
        """Hand out messages that had to wait for their turn."""

    def close(self) -> None:
        """End the association."""


# owner, port of the client, longest message that the client takes
OpenData = Callable[[DataOwner, int, int], DataLink]
