"""The packet at hand, parsed once for all its receivers."""

from typing import Final

from allmende.protocols.codecs import vp8
from allmende.protocols.rtp import extensions, packet

SILENT: Final = 127
"""Audio level of a packet that says none: -127 dBov, no voice."""


class Incoming(packet.Header):
    """One RTP packet. A worker has one such object and reads each packet into it.

    Header, ``values`` and ``level`` are there at once. An up adds ``number`` (unwrapped), and
    for video ``layer``, ``vp8``, ``picture`` (unwrapped, -1 if not said), ``descriptor``,
    ``frame``, and ``key``: a receiver may begin here.
    """

    __slots__ = (
        "arrived_s",
        "descriptor",
        "frame",
        "key",
        "layer",
        "level",
        "number",
        "packet",
        "picture",
        "values",
        "vp8",
    )

    def __init__(self) -> None:
        super().__init__()
        self.packet = b""
        self.arrived_s = 0.0
        self.values: list[bytes] = [b""] * extensions.PLACES
        self.vp8 = vp8.Descriptor()
        self.layer = 0
        self.number = 0
        self.level = SILENT
        self.picture = -1
        self.key = False
        self.descriptor = b""
        self.frame = b""

    def take(self, data: bytes, arrived_s: float, places: bytes) -> None:
        """Read header and extensions; ``places`` as of `extensions.places_of`.

        Raises RtpMalformed.
        """
        self.packet = data
        self.arrived_s = arrived_s
        self.read(data)
        extensions.read_extensions(
            data, self.extensions_start, self.extensions_end, self.profile, places, self.values
        )
        level = self.values[extensions.LEVEL]
        self.level = level[0] if level else SILENT
