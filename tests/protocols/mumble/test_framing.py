import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.mumble.framing import (
    MAX_AFTER_LOGIN,
    MAX_BEFORE_LOGIN,
    Frame,
    FrameReader,
    FrameTooLarge,
    frame,
    raw_frame,
    tunnel,
)
from allmende.protocols.mumble.messages import Ping

FRAMES = st.lists(st.builds(Frame, st.integers(0, 65535), st.binary(max_size=40)), max_size=6)


@pytest.mark.slow
@given(FRAMES, st.lists(st.integers(1, 20), min_size=1, max_size=50))
def test_frames_survive_any_slicing_of_the_stream(frames: list[Frame], sizes: list[int]) -> None:
    stream = b"".join(raw_frame(*one) for one in frames)
    reader = FrameReader()
    found: list[Frame] = []
    while stream:
        size = sizes[len(stream) % len(sizes)]
        found += reader.receive(stream[:size])
        stream = stream[size:]
    assert found == frames


def test_a_message_becomes_a_frame() -> None:
    assert frame(Ping(timestamp=5)) == bytes.fromhex("0003 00000002 0805")


def test_a_voice_packet_goes_through_the_tunnel_as_it_is() -> None:
    assert tunnel(b"\x80abc") == bytes.fromhex("0001 00000004") + b"\x80abc"


@pytest.mark.parametrize("limit", [MAX_BEFORE_LOGIN, MAX_AFTER_LOGIN])
def test_a_frame_over_the_limit_is_refused_before_its_payload_comes(limit: int) -> None:
    reader = FrameReader(limit)
    assert [one.kind for one in reader.receive(raw_frame(2, bytes(limit)))] == [2]
    with pytest.raises(FrameTooLarge):
        list(reader.receive(b"\x00\x02" + (limit + 1).to_bytes(4, "big")))


def test_the_limit_grows_with_the_login_even_in_the_middle_of_a_slice() -> None:
    reader = FrameReader()
    stream = raw_frame(2, b"") + raw_frame(9, bytes(MAX_BEFORE_LOGIN + 1))
    found = []
    for one in reader.receive(stream):
        found.append(one.kind)
        reader.limit = MAX_AFTER_LOGIN
    assert found == [2, 9]
