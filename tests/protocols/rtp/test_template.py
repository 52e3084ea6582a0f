from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.rtp.extensions import (
    LEVEL,
    LEVEL_URI,
    MID,
    MID_URI,
    PLACES,
    TRANSPORT_NUMBER,
    TRANSPORT_NUMBER_URI,
    places_of,
    read_extensions,
)
from allmende.protocols.rtp.packet import Header
from allmende.protocols.rtp.template import HeaderTemplate

URIS = {MID: MID_URI, LEVEL: LEVEL_URI, TRANSPORT_NUMBER: TRANSPORT_NUMBER_URI}


@given(
    st.dictionaries(st.sampled_from([MID, LEVEL, TRANSPORT_NUMBER]), st.integers(1, 255)).filter(
        lambda ids: len(set(ids.values())) == len(ids)
    ),
    st.text("0123456789abc", min_size=1, max_size=20),
    st.integers(0, 0xFFFF),
    st.integers(0, 255),
)
def test_a_template_writes_what_has_an_id_and_nothing_else(
    ids: dict[int, int], mid: str, number: int, level: int
) -> None:
    template = HeaderTemplate(7, mid, ids)
    given_number = number if template.has_number else 0
    packet = template.write(0x80 | 96, 5, 6, level, given_number) + b"payload"
    header = Header()
    header.read(packet)
    assert (header.sequence, header.timestamp, header.ssrc, header.marker) == (5, 6, 7, 0x80)
    assert packet[header.payload_start :] == b"payload"
    values = [b""] * PLACES
    places = places_of((number, URIS[place]) for place, number in ids.items())
    read_extensions(
        packet, header.extensions_start, header.extensions_end, header.profile, places, values
    )
    assert values[MID] == (mid.encode() if MID in ids else b"")
    assert values[LEVEL] == (bytes([level]) if LEVEL in ids else b"")
    expected = number.to_bytes(2, "big") if TRANSPORT_NUMBER in ids else b""
    assert values[TRANSPORT_NUMBER] == expected


@given(
    st.dictionaries(st.sampled_from([MID, LEVEL, TRANSPORT_NUMBER]), st.integers(1, 255)).filter(
        lambda ids: len(set(ids.values())) == len(ids)
    ),
    st.text("0123456789abc", min_size=1, max_size=20),
)
def test_places_are_where_level_and_number_stand(ids: dict[int, int], mid: str) -> None:
    template = HeaderTemplate(7, mid, ids)
    level_at, number_at = template.places
    assert (level_at > 0, number_at > 0) == (LEVEL in ids, TRANSPORT_NUMBER in ids)
    if MID in ids and len(mid) == 1 and max(ids.values()) < 15:
        block = 4 + 2 + 2 + (3 if number_at else 0)  # nothing is spent on a number without an id
        assert len(template.write(0, 0, 0, 0, 0)) == 12 + block + -block % 4
    filled = bytearray(template.write(0, 0, 0, 0, 0))
    if level_at:
        filled[level_at] = 0x9B
    if number_at:
        filled[number_at : number_at + 2] = b"\x12\x34"
    assert bytes(filled) == template.write(0, 0, 0, 0x9B, 0x1234 if number_at else 0)
