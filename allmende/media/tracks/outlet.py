"""The way out to one leg, as its downs and ups use it."""

from allmende.media.webrtc.transport import LegTransport


class Outlet:
    """The transport of a leg with its counter of transport-wide numbers.

    ``ssrc``: our own name in feedback and receiver reports to this leg. ``up``: keys are
    there. Retransmissions never come here: their bytes are protected already.
    """

    __slots__ = ("number", "ssrc", "transport", "up")

    def __init__(self, transport: LegTransport, ssrc: int) -> None:
        self.transport = transport
        self.ssrc = ssrc
        self.number = 0
        self.up = False
