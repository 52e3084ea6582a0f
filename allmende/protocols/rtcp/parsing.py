"""A compound RTCP packet as values."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from allmende.protocols.rtcp import feedback, packet, reports, transport_wide

Value = (
    reports.SenderReport
    | reports.ReceiverReport
    | tuple[reports.SourceDescription, ...]
    | reports.Goodbye
    | feedback.Nack
    | feedback.PictureLoss
    | feedback.FullIntraRequest
    | transport_wide.TransportFeedback
)

_BY_TYPE: Final[Mapping[int, Callable[[int, bytes], Value]]] = {
    packet.SENDER_REPORT: reports.parse_sender_report,
    packet.RECEIVER_REPORT: reports.parse_receiver_report,
    packet.SOURCE_DESCRIPTION: reports.parse_description,
    packet.GOODBYE: reports.parse_goodbye,
}
_BY_FORMAT: Final[Mapping[tuple[int, int], Callable[[bytes], Value]]] = {
    (packet.TRANSPORT_FEEDBACK, feedback.NACK_FORMAT): feedback.parse_nack,
    (packet.TRANSPORT_FEEDBACK, feedback.TRANSPORT_WIDE_FORMAT): transport_wide.parse,
    (packet.PAYLOAD_FEEDBACK, feedback.PLI_FORMAT): feedback.parse_picture_loss,
    (packet.PAYLOAD_FEEDBACK, feedback.FIR_FORMAT): feedback.parse_full_intra_request,
}


def parse(compound: bytes) -> Iterator[Value]:
    """Yield what is known, in order; other types and formats (REMB) are skipped by length.

    Raises RtcpMalformed where the bytes are broken; what came before that is good.
    """
    for packet_type, count, body in packet.split(compound):
        by_type = _BY_TYPE.get(packet_type)
        if by_type is not None:
            yield by_type(count, body)
            continue
        by_format = _BY_FORMAT.get((packet_type, count))
        if by_format is not None:
            yield by_format(body)
