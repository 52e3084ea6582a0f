import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.rtcp import packet, reports
from allmende.protocols.rtcp.packet import RtcpMalformed
from allmende.protocols.rtcp.reports import ReceiverReport, ReceptionBlock, SenderReport

U32 = st.integers(0, 0xFFFFFFFF)
BLOCKS = st.lists(
    st.builds(
        ReceptionBlock, U32, st.integers(0, 255), st.integers(-0x800000, 0x7FFFFF), U32, U32, U32,
        U32,
    ),
    max_size=31,
).map(tuple)  # fmt: skip


def only(compound: bytes) -> tuple[int, bytes]:
    ((_, count, body),) = packet.split(compound)
    return count, body


@pytest.mark.slow
@given(st.builds(SenderReport, U32, st.integers(0, 2**64 - 1), U32, U32, U32, BLOCKS))
def test_a_sender_report_survives(report: SenderReport) -> None:
    assert reports.parse_sender_report(*only(reports.write_sender_report(report))) == report


@pytest.mark.slow
@given(st.builds(ReceiverReport, U32, BLOCKS))
def test_a_receiver_report_survives(report: ReceiverReport) -> None:
    assert reports.parse_receiver_report(*only(reports.write_receiver_report(report))) == report


@given(U32, st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=60))
def test_a_description_survives(ssrc: int, cname: str) -> None:
    (found,) = reports.parse_description(*only(reports.write_description(ssrc, cname)))
    assert (found.ssrc, found.cname) == (ssrc, cname)


@given(st.lists(U32, max_size=31))
def test_a_goodbye_survives(ssrcs: list[int]) -> None:
    assert reports.parse_goodbye(*only(reports.write_goodbye(ssrcs))).ssrcs == tuple(ssrcs)


def test_numbers_that_do_not_fit_are_bounded() -> None:
    block = ReceptionBlock(1, 300, 2**30, 2**33 + 1, 2**40, 0, 2**40)
    _, body = only(reports.write_receiver_report(ReceiverReport(1, (block,))))
    (read,) = reports.parse_receiver_report(1, body).blocks
    assert (read.fraction_lost, read.lost, read.highest) == (255, 0x7FFFFF, 1)
    assert (read.jitter, read.delay) == (0xFFFFFFFF, 0xFFFFFFFF)


def test_more_than_31_blocks_do_not_fit() -> None:
    with pytest.raises(ValueError, match="32 blocks"):
        reports.write_receiver_report(ReceiverReport(1, (ReceptionBlock(1, 0, 0, 0, 0),) * 32))


def test_other_items_and_chunks_without_a_name_are_passed_over() -> None:
    body = b"\0\0\0\1\2\1x\1\1y\0\0" + b"\0\0\0\2\2\1x\0"
    (found,) = reports.parse_description(2, body)
    assert (found.ssrc, found.cname) == (1, "y")


@given(st.integers(0, 31), st.binary(max_size=80))
def test_any_body_is_read_or_refused(count: int, body: bytes) -> None:
    for parse in (
        reports.parse_sender_report,
        reports.parse_receiver_report,
        reports.parse_description,
        reports.parse_goodbye,
    ):
        try:
            parse(count, body)
        except RtcpMalformed:
            continue


@pytest.mark.parametrize("body", [b"\0\0\0\1\1", b"\0\0\0\1\1\5x\0", b"\0\0\0\1\1\1xx", b"\0\0"])
def test_a_broken_description_is_refused(body: bytes) -> None:
    with pytest.raises(RtcpMalformed):
        reports.parse_description(1, body)


def test_short_reports_are_refused() -> None:
    with pytest.raises(RtcpMalformed):
        reports.parse_sender_report(0, bytes(20))
    with pytest.raises(RtcpMalformed):
        reports.parse_receiver_report(0, bytes(2))
    with pytest.raises(RtcpMalformed):
        reports.parse_receiver_report(1, bytes(27))
    with pytest.raises(RtcpMalformed):
        reports.parse_goodbye(2, bytes(7))
