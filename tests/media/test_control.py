import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.media.control import (
    MAX_FRAME_BYTES,
    Command,
    CommandReader,
    ControlFrameTooLarge,
    Done,
    LegRights,
    OpenLeg,
    OpenRoom,
    Report,
    ReportReader,
    SendData,
    Speaker,
    Speakers,
    frame,
)

COMMANDS: list[Command] = [
    OpenRoom(id=1, room="r1"),
    OpenLeg(id=2, leg="PA_1", room="r1", identity="mara", rights=LegRights(("microphone",))),
    SendData(id=3, room="r1", to=(), reliable=True, packet=b"\x00" * 300),
]
REPORTS: list[Report] = [
    Done(id=2, ufrag="u", fingerprint="AB"),
    Speakers(room="r1", changes=(Speaker("PA_1", 0.5, True),)),
]


@given(st.lists(st.integers(0, 400)))
def test_frames_survive_any_slicing_of_the_stream(cuts: list[int]) -> None:
    stream = b"".join(map(frame, COMMANDS))
    reader, at = CommandReader(), 0
    found: list[Command] = []
    for end in [*sorted(cut for cut in cuts if cut < len(stream)), len(stream)]:
        found += reader.receive(stream[at:end])
        at = max(at, end)
    assert found == COMMANDS


def test_reports_come_back_as_they_went() -> None:
    assert list(ReportReader().receive(b"".join(map(frame, REPORTS)))) == REPORTS


@pytest.mark.parametrize("reader", [CommandReader, ReportReader])
def test_a_frame_over_the_limit_is_refused_at_its_length(
    reader: type[CommandReader] | type[ReportReader],
) -> None:
    announced = (MAX_FRAME_BYTES + 1).to_bytes(4, "big")
    with pytest.raises(ControlFrameTooLarge):
        list(reader().receive(announced))
