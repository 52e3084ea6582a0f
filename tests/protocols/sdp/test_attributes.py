import pytest

from allmende.protocols.sdp.attributes import SectionParts, SessionParts, read_number
from allmende.protocols.sdp.errors import SdpRefused


@pytest.mark.parametrize("text", ["", "-1", "1.0", "\u0661", "9" * 21, "256", " 1", "0x1"])
def test_only_plain_numbers_in_their_range_are_read(text: str) -> None:
    with pytest.raises(SdpRefused):
        read_number(text, 255)
    assert read_number("255", 255) == 255


def test_lines_of_the_session_other_than_o_and_a_say_nothing() -> None:
    parts = SessionParts()
    parts.take("s", "name")
    parts.take("a", "group:LS 0 1")
    assert parts.description(()) == SessionParts().description(())


def test_feedback_of_one_format_is_bounded_and_said_once() -> None:
    parts = SectionParts(kind="video", port=9, profile="x", payloads=["96"])
    parts.take("mid:0")
    parts.take("rtpmap:96 VP8/90000")
    for number in [*range(40), 0]:
        parts.take(f"rtcp-fb:96 x{number}")
    assert len(parts.section().formats[0].feedback) == 16
