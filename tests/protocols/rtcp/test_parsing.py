import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.rtcp import feedback, packet, reports
from allmende.protocols.rtcp.packet import RtcpMalformed
from allmende.protocols.rtcp.parsing import parse


def test_known_packets_become_values_and_unknown_ones_are_skipped() -> None:
    remb = packet.write(packet.PAYLOAD_FEEDBACK, 15, bytes(8) + b"REMB")
    compound = (
        reports.write_receiver_report(reports.ReceiverReport(1))
        + remb
        + packet.write(204, 0, b"\0\0\0\1name")
        + feedback.write_picture_loss(1, 2)
    )
    assert list(parse(compound)) == [reports.ReceiverReport(1), feedback.PictureLoss(1, 2)]


def test_what_came_before_broken_bytes_is_good() -> None:
    values = parse(feedback.write_picture_loss(1, 2) + b"\x80")
    assert next(values) == feedback.PictureLoss(1, 2)
    with pytest.raises(RtcpMalformed):
        next(values)


@given(st.lists(st.tuples(st.sampled_from([200, 201, 202, 203, 204, 205, 206]),
                          st.integers(0, 31), st.binary(max_size=12)), max_size=5))  # fmt: skip
def test_any_bodies_are_read_or_refused(parts: list[tuple[int, int, bytes]]) -> None:
    compound = b"".join(packet.write(kind, count, body * 4) for kind, count, body in parts)
    try:
        list(parse(compound))
    except RtcpMalformed:
        return
