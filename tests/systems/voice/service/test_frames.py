from dataclasses import replace
from types import MappingProxyType

from allmende.protocols.mumble.framing import FrameReader, frame
from allmende.protocols.mumble.messages import decode
from allmende.systems.voice.model.view import NOTHING, ChannelShown, UserShown, View, difference
from allmende.systems.voice.service.frames import MAX_WHOLE, Frames

HOME = ChannelShown(parent=None, name="allmende")
PLENUM = ChannelShown(parent=0, name="plenum", position=10)
MARA = UserShown(channel=7, name="mara", user_id=5, hash="ab")
ANNA = UserShown(channel=7, name="anna")
BO = UserShown(channel=0, name="bo")
VIEW = View({0: HOME, 7: PLENUM}, {12: MARA, 3: ANNA})


def framed(old: View, new: View, first: int | None = None) -> bytes:
    return b"".join(frame(change) for change in difference(old, new, first))


def read(frames: bytes) -> list[object]:
    return [decode(each.kind, each.payload) for each in FrameReader(1 << 20).receive(frames)]


def test_a_login_is_all_of_a_view_itself_before_others() -> None:
    assert Frames().login(VIEW, 12) == framed(NOTHING, VIEW, first=12)


def test_who_is_not_in_a_view_yet_is_told_the_same_as_if_they_were() -> None:
    frames = Frames()
    with_bo = View(VIEW.channels, {**VIEW.users, 99: BO})
    for _ in range(2):  # made, and kept
        assert read(frames.joined(VIEW, 99, BO)) == read(framed(NOTHING, with_bo, first=99))


def test_who_is_in_a_view_already_is_told_of_themself_once() -> None:
    assert Frames().joined(VIEW, 12, MARA) == framed(NOTHING, VIEW, first=12)


def test_changes_are_told_as_they_are_however_often_somebody_came_before() -> None:
    frames, louder = Frames(), replace(MARA, self_mute=True)
    assert frames.between(NOTHING, VIEW) == framed(NOTHING, VIEW)
    later = View(VIEW.channels, {12: louder, 99: BO})
    assert frames.between(VIEW, later) == framed(VIEW, later)
    assert frames.between(VIEW, VIEW) == b""
    # Who comes now is told of mara as she is now, not as she came.
    assert frames.login(later, 99) == framed(NOTHING, later, first=99)


def test_a_number_that_is_another_person_now_is_shown_as_that_person() -> None:
    frames = Frames()
    frames.between(NOTHING, VIEW)
    frames.forget([12])
    other = View(VIEW.channels, {3: BO})
    assert frames.between(NOTHING, other) == framed(NOTHING, other)


def test_more_views_than_are_kept_are_told_as_well() -> None:
    frames = Frames()
    views = [View(MappingProxyType({0: HOME}), {n: BO}) for n in range(1, MAX_WHOLE + 3)]
    for view in views:
        expected = View(view.channels, {**view.users, 500: ANNA})
        assert read(frames.joined(view, 500, ANNA)) == read(framed(NOTHING, expected, first=500))
