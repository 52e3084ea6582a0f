"""What forwarding sees of the transport of a leg, and what the transport tells it.

The only words between `webrtc` (bytes on the wire) and forwarding (rooms, legs, tracks).
`connection.LegConnection` is the real one; tests of forwarding write a small fake.
"""

from typing import Protocol

from allmende.media.fanout.streams import SrtpLeg


class SrtpFailure(Exception):
    """A packet cannot be protected: no keys yet, too long, or its number was used before."""


class LegEvents(Protocol):
    """Told by the transport; implemented by the leg of forwarding."""

    def transport_up(self, srtp_profile: str) -> None:
        """Keys are there and packets can be sent. Again after consent came back."""

    def transport_down(self, why: str) -> None:
        """The media is gone; ``why`` is one of the words of `control.LegDown`.

        After ``consent`` a good check brings it back (`transport_up`); other reasons are final.
        """

    def rtp_received(self, packet: bytes, arrived_s: float) -> None:
        """One authentic RTP packet in plain; ``arrived_s`` is monotonic."""

    def rtcp_received(self, packet: bytes, arrived_s: float) -> None:
        """One authentic compound RTCP packet in plain."""

    def data_received(self, payload: bytes, *, reliable: bool) -> None:
        """One message of the client's channel ``_reliable`` or ``_lossy``."""


class LegTransport(Protocol):
    """One per leg. Nothing here blocks, waits or raises, except where it says so."""

    @property
    def local_ufrag(self) -> str:
        """The newest ICE name of this end."""

    @property
    def local_pwd(self) -> str:
        """The password that belongs to `local_ufrag`."""

    @property
    def fan(self) -> SrtpLeg | None:
        """What protects RTP instead of `protect_rtp`, from `LegEvents.transport_up` on."""

    def set_remote(
        self, fingerprint: str, ufrag: str, sctp_port: int, max_message_bytes: int
    ) -> None:
        """Take the values of the offer; DTLS is not answered before.

        ``fingerprint``: SHA-256 as ``AB:CD:..``. ``sctp_port`` 0: no data channels.
        """

    def restart_ice(self) -> tuple[str, str]:
        """Make a new (ufrag, pwd). The old pair is valid until the first check with the new."""

    def protect_rtp(self, packet: bytes) -> bytes:
        """Protect one RTP packet, once per (ssrc, index). Raises SrtpFailure."""

    def send_protected(self, packet: bytes, *, video: bool) -> None:
        """Send protected bytes; video is dropped while a TCP connection is behind."""

    def send_rtcp(self, packet: bytes) -> None:
        """Protect and send one plain compound RTCP packet; dropped while there are no keys."""

    def send_data(self, payload: bytes, *, reliable: bool) -> None:
        """Send a message on the channel that the client opened; dropped if there is none."""

    def close(self) -> None:
        """Forget everything. No event comes after this."""
