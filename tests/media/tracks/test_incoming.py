import pytest

from allmende.media.tracks.incoming import SILENT, Incoming
from allmende.protocols.rtp.extensions import LEVEL_URI, places_of, write_extensions
from allmende.protocols.rtp.packet import RtpMalformed, write_packet

PLACES = places_of([(4, LEVEL_URI)])


def test_nothing_of_the_packet_before_is_left() -> None:
    p = Incoming()
    loud = write_packet(1, 2, 3, 4, b"x", extensions=write_extensions([(4, b"\x8a")]))
    p.take(loud, 1.0, PLACES)
    assert p.level == 0x8A
    p.take(write_packet(1, 3, 3, 4, b"x"), 1.0, PLACES)
    assert p.level == SILENT


def test_a_broken_packet_is_refused() -> None:
    with pytest.raises(RtpMalformed):
        Incoming().take(b"", 1.0, PLACES)
