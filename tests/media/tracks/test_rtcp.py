from allmende.media.tracks import rtcp
from allmende.media.tracks.down import Down
from allmende.media.tracks.up import Layer, Up
from allmende.protocols.rtcp import feedback, packet, reports
from allmende.protocols.rtcp.parsing import parse
from allmende.protocols.rtcp.reports import ReceiverReport, ReceptionBlock


class Nobody:
    """A leg without tracks."""

    def __init__(self) -> None:
        self.gone: list[int] = []

    def find_layer(self, ssrc: int) -> tuple[Up, Layer] | None:
        return None

    def find_down(self, ssrc: int) -> tuple[Up, Down] | None:
        return None

    def unbind(self, ssrc: int) -> None:
        self.gone.append(ssrc)


def test_unknown_sources_and_kinds_are_ignored_and_what_follows_is_done() -> None:
    nobody = Nobody()
    block = ReceptionBlock(1, 0, 0, 0, 0)
    compound = (
        reports.write_sender_report(reports.SenderReport(1, 2, 3, 4, 5, (block,)))
        + reports.write_receiver_report(ReceiverReport(1, (block,)))
        + feedback.write_nack(1, 2, [3])
        + feedback.write_picture_loss(1, 2)
        + feedback.write_full_intra_request(1, 2, 3)
        + reports.write_description(1, "c")
        + packet.write(packet.PAYLOAD_FEEDBACK, 15, bytes(8) + b"REMB")
        + reports.write_goodbye([9])
    )
    assert rtcp.handle(nobody, compound, 0.0)
    assert nobody.gone == [9]


def test_a_broken_end_is_told_after_the_good_beginning_was_done() -> None:
    nobody = Nobody()
    assert not rtcp.handle(nobody, reports.write_goodbye([9]) + b"\x80", 0.0)
    assert nobody.gone == [9]


def test_more_than_31_blocks_make_more_reports() -> None:
    blocks = [ReceptionBlock(n, 0, 0, 0, 0) for n in range(40)]
    told = list(parse(rtcp.write_report(5, "a", blocks)))
    assert [len(v.blocks) for v in told if isinstance(v, ReceiverReport)] == [31, 9]
    assert len(list(parse(rtcp.write_report(5, "a", [])))) == 2
