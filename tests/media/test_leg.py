import itertools
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.media import control
from allmende.media.control import Overrun, Quality, UpBound
from allmende.protocols.rtcp import feedback, reports
from allmende.protocols.rtcp.reports import Goodbye, ReceiverReport, ReceptionBlock, SenderReport
from allmende.protocols.rtcp.transport_wide import TransportFeedback
from tests.media.stage import Source, Stage


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.join("a", "b")
    return stage


def test_lost_packets_are_sent_again_in_the_same_bytes(stage: Stage) -> None:
    voice = stage.audio("a")
    stage.down("b", "A")
    stage.send(voice, *(voice.opus(bytes([n])) for n in range(10)))
    sent = list(stage.transports["b"].sent)
    stage.heard("b")
    lost = [int.from_bytes(packet[2:4], "big") for packet in sent[3:5]]
    for _ in range(5):
        stage.events["b"].rtcp_received(feedback.write_nack(1, 7, lost), stage.now_s)
    assert stage.transports["b"].sent == sent[3:5] * 3
    stage.events["b"].rtcp_received(feedback.write_nack(1, 99, lost), stage.now_s)
    assert len(stage.transports["b"].sent) == 6


def test_receiver_reports_tell_real_loss_and_jitter_each_second(stage: Stage) -> None:
    voice = stage.audio("a")
    stage.send(voice, voice.opus())
    stage.pass_time(1.1)
    stage.transports["a"].told()
    for n in range(50):
        packet = voice.opus()
        if n % 5:
            stage.send(voice, packet)
        stage.pass_time(0.02)
    (report,) = [v for v in stage.transports["a"].told() if isinstance(v, ReceiverReport)]
    (block,) = report.blocks
    assert block.ssrc == voice.ssrc
    assert block.fraction_lost == pytest.approx(256 / 5, abs=8)
    assert block.lost in range(8, 12)
    assert voice.sequence - 7 < block.highest < voice.sequence
    assert block.jitter > 0
    assert (block.last_report, block.delay) == (0, 0)


def test_sender_reports_are_told_in_the_receivers_terms(stage: Stage) -> None:
    voice = stage.audio("a")
    stage.down("b", "A")
    stage.send(voice, voice.opus(b"four"))
    stage.do(control.SetMuted(id=1, up="A", muted=True))
    voice.timestamp += 480_000
    stage.do(control.SetMuted(id=1, up="A", muted=False))
    stage.now_s += 1
    stage.send(voice, voice.opus(b"four"))
    heard = stage.heard("b")
    report = SenderReport(voice.ssrc, 123 << 32, voice.timestamp, 9, 9)
    stage.events["a"].rtcp_received(reports.write_sender_report(report), stage.now_s)
    (told,) = [v for v in stage.transports["b"].told() if isinstance(v, SenderReport)]
    assert (told.ssrc, told.ntp, told.packets, told.octets) == (7, 123 << 32, 2, 8)
    assert told.timestamp == heard[-1].timestamp + 960
    stage.pass_time(1.2)
    blocks = [b for v in stage.transports["a"].told() if isinstance(v, ReceiverReport)
              for b in v.blocks]  # fmt: skip
    assert blocks[-1].last_report == 123 << 16
    assert blocks[-1].delay > 0


def test_goodbye_is_said_and_heard(stage: Stage) -> None:
    voice = stage.audio("a")
    sid = stage.down("b", "A")
    stage.send(voice, voice.opus())
    stage.events["a"].rtcp_received(reports.write_goodbye([voice.ssrc]), stage.now_s)
    stage.reported(UpBound)
    stage.send(voice, voice.opus())
    assert len(stage.reported(UpBound)) == 1
    stage.do(control.CloseDown(id=1, down=sid))
    told = [v for v in stage.transports["b"].told() if isinstance(v, Goodbye)]
    assert told == [Goodbye((7,))]


def test_the_sender_hears_when_its_packets_arrived(stage: Stage) -> None:
    voice = stage.audio("a")
    for _ in range(10):
        stage.pass_time(0.02)
        stage.send(voice, voice.opus())
    stage.pass_time(0.1)
    told = [v for v in stage.transports["a"].told() if isinstance(v, TransportFeedback)]
    arrivals = [a for v in told for a in v.arrivals]
    assert [told[0].base, len(arrivals)] == [1, 10]
    assert {v.media for v in told} == {voice.ssrc}
    assert all(b - a == 80 for a, b in itertools.pairwise(arrivals) if a and b)


def test_too_much_is_dropped_and_told_after_ten_seconds(stage: Stage) -> None:
    voice = stage.audio("a")
    stage.down("b", "A")
    stage.pass_time(0.02)
    for _ in range(12):
        stage.send(voice, *(voice.opus() for _ in range(1600)))
        assert len(stage.heard("b")) == 1500
        stage.pass_time(1.0)
    assert stage.reported(Overrun) == [Overrun(leg="a")]


def test_quality_is_told_when_it_changes(stage: Stage) -> None:
    voice = stage.audio("a")
    stage.down("b", "A")
    stage.pass_time(5.5)
    assert {(q.leg, q.quality) for q in stage.reported(Quality) if isinstance(q, Quality)} == {
        ("a", 2),
        ("b", 2),
    }
    stage.send(voice, voice.opus())
    report = ReceiverReport(1, (ReceptionBlock(7, 64, 9, 1, 0),))
    stage.events["b"].rtcp_received(reports.write_receiver_report(report), stage.now_s)
    stage.pass_time(5.5)
    assert stage.reported(Quality) == [Quality(leg="b", quality=0, score=1.0)]
    stage.events["b"].transport_down("consent")
    stage.pass_time(5.5)
    assert stage.reported(Quality) == [Quality(leg="b", quality=3, score=0.0)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60)), max_size=20))
def test_no_bytes_do_any_harm(datagrams: list[tuple[bool, bytes]]) -> None:
    stage = Stage()
    stage.join("a", "b")
    voice = stage.audio("a")
    stage.video("a")
    stage.down("b", "A")
    stage.down("b", "V", ssrc=8)
    for is_rtp, data in datagrams:
        if is_rtp:
            head = struct.pack("!BBHII", 0x90, 96, 5, 6, voice.ssrc)
            stage.events["a"].rtp_received(head + data, stage.now_s)
            stage.events["a"].rtp_received(data, stage.now_s)
        else:
            stage.events["a"].rtcp_received(data, stage.now_s)
        stage.pass_time(0.02)
    stage.send(voice, voice.opus(b"still here"))
    assert stage.heard("b")[-1].payload == b"still here"


def test_nothing_is_told_to_a_leg_that_is_down(stage: Stage) -> None:
    voice = stage.audio("a")
    sid = stage.down("b", "A")
    stage.send(voice, voice.opus())
    for leg in ("a", "b"):
        stage.events[leg].transport_down("dtls")
        stage.transports[leg].told()
    report = SenderReport(voice.ssrc, 1, 1, 1, 1)
    stage.events["a"].rtcp_received(reports.write_sender_report(report), stage.now_s)
    stage.do(control.CloseDown(id=1, down=sid))
    stage.pass_time(2.0)
    assert stage.transports["a"].told() == stage.transports["b"].told() == []


def test_more_than_64_streams_are_not_bound(stage: Stage) -> None:
    (camera,) = stage.video("a")
    for ssrc in range(1000, 1100):
        repair = Source(stage, "a", ssrc, "mV")
        stage.send(repair, repair.write(b"\0\1x", payload_type=97))
    stage.send(camera, *camera.frame())
    assert stage.reported(UpBound) == []


def test_repairs_of_an_unknown_type_are_dropped(stage: Stage) -> None:
    stage.video("a")
    repair = Source(stage, "a", 0xCC, "mV")
    stage.send(repair, repair.write(b"\0\1x", payload_type=97))
    stage.send(repair, repair.write(b"\0\1x", payload_type=5))
    stage.pass_time(0.2)
    assert stage.reported(UpBound) == []


def test_nothing_is_sent_again_to_who_may_not_have_it_any_more(stage: Stage) -> None:
    voice = stage.audio("a")
    stage.down("b", "A")
    stage.send(voice, voice.opus())
    (heard,) = stage.heard("b")
    rights = control.LegRights(sources=(), subscribe=False)
    stage.do(control.SetRights(id=1, leg="b", rights=rights))
    stage.events["b"].rtcp_received(feedback.write_nack(1, 7, [heard.sequence]), stage.now_s)
    assert stage.heard("b") == []
