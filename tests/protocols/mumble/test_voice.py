import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.protobuf import DELIMITED, UINT64, VARINT, fields_of, tag
from allmende.protocols.mumble.voice import (
    LOOPBACK,
    MAX_OPUS_BYTES,
    VoicePacket,
    VoicePing,
    legacy,
    legacy_ping,
    parse_legacy,
    parse_protobuf,
    protobuf,
    protobuf_ping,
)

U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)
PACKETS = st.builds(
    VoicePacket,
    session=U32,
    frame=U64,
    opus=st.binary(max_size=200),
    last=st.booleans(),
    target=st.integers(0, 31),
)
PINGS = st.builds(VoicePing, timestamp=U64, extended=st.booleans())


def without_session(packet: VoicePacket) -> VoicePacket:
    return VoicePacket(0, packet.frame, packet.opus, packet.last, packet.target)


@pytest.mark.slow
@given(PACKETS)
def test_packets_come_back_in_both_forms_and_directions(packet: VoicePacket) -> None:
    assert parse_legacy(legacy(packet), from_client=False) == packet
    assert parse_protobuf(protobuf(packet), from_client=False) == packet
    up = without_session(packet)
    assert parse_legacy(legacy(up, from_client=True)) == up
    assert parse_protobuf(protobuf(up, from_client=True)) == up


@pytest.mark.slow
@given(PINGS)
def test_pings_come_back_in_both_forms(ping: VoicePing) -> None:
    assert parse_protobuf(protobuf_ping(ping)) == ping
    assert parse_legacy(legacy_ping(ping)) == VoicePing(timestamp=ping.timestamp)


def test_a_legacy_packet_is_a_head_and_varints() -> None:
    packet = VoicePacket(session=300, frame=70, opus=b"abc", last=True, target=1)
    assert legacy(packet) == bytes.fromhex("81 812c 46 a003") + b"abc"
    assert legacy(packet, from_client=True) == bytes.fromhex("81 46 a003") + b"abc"


def test_a_protobuf_packet_is_what_mumble_makes_of_it() -> None:
    packet = VoicePacket(session=70000, frame=1234567, opus=b"abc", last=True)
    assert protobuf(packet).hex() == "00100018f0a2042087ad4b2a03616263800101"


def test_the_position_in_a_game_is_dropped() -> None:
    said = bytes.fromhex("00081f2a03616263320c0000803f0000004000004040")
    assert parse_protobuf(said) == VoicePacket(0, 0, b"abc", target=LOOPBACK)
    packet = VoicePacket(0, 9, b"abc")
    assert parse_legacy(legacy(packet, from_client=True) + bytes(12)) == packet


def test_a_client_cannot_say_who_it_is() -> None:
    forged = protobuf(VoicePacket(session=7, frame=1, opus=b"abc"))
    parsed = parse_protobuf(forged)
    assert isinstance(parsed, VoicePacket)
    assert parsed.session == 0


def test_a_ping_of_mumble_is_read() -> None:
    said = bytes.fromhex("0108858080808080808080011001")
    assert parse_protobuf(said) == VoicePing(timestamp=2**63 + 5, extended=True)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "empty"),
        ("00 01 03 616263", "not Opus"),  # CELT
        ("40 01 03 616263", "not Opus"),  # Speex
        ("60 01 03 616263", "not Opus"),  # CELT beta
        ("e0 01 03 616263", "not Opus"),
        ("80 01 04 616263", "not as long"),
        ("80 01 02 616263", "not as long"),
        ("80 01 f000004003 616263", "not as long"),
        ("80 01", "cut off"),
        ("80 01 83e9" + "00" * 1001, "too much"),
        ("20", "cut off"),
        ("20fc", "below zero"),
        ("80 fc 03 616263", "below zero"),
        ("80 01 fc 616263", "not as long"),
    ],
)
def test_a_bad_legacy_packet_is_refused(data: str, why: str) -> None:
    with pytest.raises(MumbleMalformed, match=why):
        parse_legacy(bytes.fromhex(data))


def test_a_session_has_32_bits() -> None:
    with pytest.raises(MumbleMalformed, match="session"):
        parse_legacy(bytes.fromhex("80 f40000000100000000 01 03 616263"), from_client=False)
    with pytest.raises(MumbleMalformed, match="session"):
        parse_protobuf(bytes.fromhex("00 188080808010"), from_client=False)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "neither"),
        ("02 0801", "neither"),
        ("80 01 03 616263", "neither"),
        ("00 0820", "not a target"),
        ("00 2a05 616263", "cut off"),
        ("00" + "0801" * 17, "too many fields"),
        ("00 0001", "one that is none"),
        ("00 0b", "cut off"),
        ("00 0d 616263", "cut off"),
    ],
)
def test_a_bad_protobuf_packet_is_refused(data: str, why: str) -> None:
    with pytest.raises(MumbleMalformed, match=why):
        parse_protobuf(bytes.fromhex(data))


def fields(data: bytes) -> tuple[int, int, bytes] | None:
    """Read as any message is read; None: malformed, or more than a packet has."""
    try:
        found = list(fields_of(data))
    except MumbleMalformed:
        return None
    numbers = {number: value for number, wire, value in found if wire == VARINT}
    sound = [value for number, wire, value in found if (number, wire) == (5, DELIMITED)]
    opus = sound[-1] if sound else b""
    if len(found) > 16 or numbers.get(1, 0) > 31 or len(opus) > MAX_OPUS_BYTES:
        return None
    return numbers.get(1, 0), numbers.get(4, 0), opus


_NUMBER = st.tuples(st.integers(0, 20), st.integers(0, 1 << 40)).map(
    lambda field: tag(field[0], VARINT) + UINT64.write(field[1])
)
_BYTES = st.tuples(st.integers(4, 6), st.sampled_from([1, 2, 5]), st.binary(max_size=9)).map(
    lambda field: tag(field[0], field[1]) + field[2]
)


@pytest.mark.slow
@given(st.lists(_NUMBER | _BYTES, max_size=18).map(b"".join))
def test_a_packet_in_protobuf_form_is_read_as_any_message_is(data: bytes) -> None:
    try:
        packet = parse_protobuf(b"\0" + data)
    except MumbleMalformed:
        assert fields(data) is None
    else:
        assert isinstance(packet, VoicePacket)
        assert (packet.target, packet.frame, packet.opus) == fields(data)


def test_sound_has_1000_bytes_at_most() -> None:
    packet = VoicePacket(0, 1, bytes(MAX_OPUS_BYTES))
    assert parse_legacy(legacy(packet, from_client=True)) == packet
    assert parse_protobuf(protobuf(packet, from_client=True)) == packet
    with pytest.raises(MumbleMalformed, match="too much"):
        parse_protobuf(protobuf(VoicePacket(0, 1, bytes(1001)), from_client=True))


def test_an_empty_last_packet_passes() -> None:
    packet = VoicePacket(0, 1, b"", last=True)
    assert parse_legacy(legacy(packet, from_client=True)) == packet
    assert parse_protobuf(protobuf(packet, from_client=True)) == packet


@pytest.mark.slow
@given(st.binary(max_size=60), st.sampled_from([b"", b"\x80", b"\x20", b"\x00", b"\x01"]),
       st.booleans())  # fmt: skip
def test_any_bytes_are_a_packet_or_malformed(data: bytes, head: bytes, up: bool) -> None:
    for parse in (parse_legacy, parse_protobuf):
        try:
            found = parse(head + data, from_client=up)
        except MumbleMalformed:
            continue
        assert isinstance(found, VoicePacket | VoicePing)
