"""What main and worker say of voice survives the way between them."""

import typing

import msgspec
import pytest

from allmende.media import control, voicing
from allmende.media.control import CommandReader, ReportReader, Start, frame
from allmende.media.message import Message
from allmende.media.voicing import MumbleCount, MumbleCounts, PlaceMumble, SlotFilled, VoiceStart

OF_VOICE = [
    kind
    for kind in vars(voicing).values()
    if isinstance(kind, type) and issubclass(kind, Message) and kind is not Message
]


@pytest.mark.parametrize("kind", OF_VOICE, ids=lambda kind: kind.__name__)
def test_each_message_is_a_command_or_a_report(kind: type[Message]) -> None:
    commands, reports = typing.get_args(control.Command), typing.get_args(control.Report)
    assert (kind in commands) != (kind in reports)
    assert ("id" in kind.__struct_fields__) == (kind in commands)


def test_messages_come_out_as_they_went_in() -> None:
    start = Start(udp_port=1, tcp_port=2, voice=VoiceStart(port=64738, slots=4))
    place = PlaceMumble(id=4, leg="ML_1", room="r", sources=("microphone",), first=True)
    commands = CommandReader().receive(frame(start) + frame(place))
    assert list(commands) == [start, place]
    filled = SlotFilled(room="r", slot=1, leg="ML_1", to=("PA_2",))
    counts = MumbleCounts(counts=(MumbleCount("ML_1", 1, 2, 3, 4, 5, 6),))
    reports = ReportReader().receive(frame(filled) + frame(counts))
    assert list(reports) == [filled, counts]


def test_what_is_left_out_means_nothing_special() -> None:
    place = msgspec.convert({"type": "PlaceMumble", "id": 1, "leg": "x", "room": ""}, PlaceMumble)
    assert (place.sources, place.suppressed, place.may_whisper, place.first) == (
        (), False, False, False,
    )  # fmt: skip
