import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.rtcp import feedback, packet
from allmende.protocols.rtcp.feedback import MAX_ENTRIES
from allmende.protocols.rtcp.packet import RtcpMalformed


def body_of(compound: bytes) -> bytes:
    ((_, _, body),) = packet.split(compound)
    return body


@given(st.integers(0, 0xFFFF), st.sets(st.integers(0, 300), max_size=60))
def test_a_nack_survives_also_around_the_end_of_numbers(first: int, ahead: set[int]) -> None:
    numbers = [(first + n) & 0xFFFF for n in sorted(ahead)]
    read = feedback.parse_nack(body_of(feedback.write_nack(1, 2, numbers)))
    assert (read.sender, read.media, list(read.numbers)) == (1, 2, numbers)


def test_a_nack_for_everything_is_bounded() -> None:
    body = bytes(8) + b"\0\0\xff\xff" * 300
    assert len(feedback.parse_nack(body).numbers) == MAX_ENTRIES


def test_picture_loss_survives() -> None:
    read = feedback.parse_picture_loss(body_of(feedback.write_picture_loss(1, 2)))
    assert (read.sender, read.media) == (1, 2)


def test_a_full_intra_request_survives() -> None:
    body = body_of(feedback.write_full_intra_request(1, 2, 256))
    assert feedback.parse_full_intra_request(body).sources == (2,)


@given(st.binary(max_size=60))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    for parse in (
        feedback.parse_nack,
        feedback.parse_picture_loss,
        feedback.parse_full_intra_request,
    ):
        if len(body) < 8:
            with pytest.raises(RtcpMalformed):
                parse(body)
        else:
            parse(body)
