"""Rights, identities and the formula of section 14."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import InvalidInput
from allmende.core.ids import RoomId
from allmende.core.ports.conference import CallId, Capacity, Source
from allmende.systems.meet.model import (
    CallRole,
    Crowd,
    Load,
    Standing,
    call_id,
    cameras_that_fit,
    clean_sources,
    planned_load,
    rights_of,
    room_of,
    seat_in,
    seat_of,
    sound_fits,
)

GUEST = Standing(CallRole.GUEST, speak=True, share=False, start=False)
LISTENER = Standing(CallRole.GUEST, speak=False, share=False, start=False)
MEMBER = Standing(CallRole.MEMBER, speak=True, share=True, start=True)
FACILITATOR = Standing(CallRole.FACILITATOR, speak=True, share=True, start=True)
ENDLESS = 10**15


@pytest.mark.parametrize(
    ("packets", "people", "cameras"),
    [
        (40_000, 10, 10),
        (40_000, 20, 20),
        (40_000, 50, 8),
        (40_000, 100, 2),
        (150_000, 20, 20),
        (150_000, 50, 39),
        (150_000, 100, 18),
    ],
)
def test_packets_decide_as_in_the_table(packets: int, people: int, cameras: int) -> None:
    assert cameras_that_fit(Capacity(packets, ENDLESS), Crowd(people)) == cameras


@pytest.mark.parametrize(
    ("mbit", "people", "cameras"),
    [
        (100, 10, 10),
        (100, 20, 8),
        (100, 50, 3),
        (100, 100, 1),
        (1000, 20, 20),
        (1000, 50, 35),
        (1000, 100, 17),
    ],
)
def test_the_uplink_decides_as_in_the_table(mbit: int, people: int, cameras: int) -> None:
    assert cameras_that_fit(Capacity(ENDLESS, mbit * 10**6), Crowd(people)) == cameras


def test_another_call_takes_its_part() -> None:
    busy = planned_load(Crowd(50), 8)
    assert cameras_that_fit(Capacity(40_000, ENDLESS), Crowd(50), busy) < 8
    assert cameras_that_fit(Capacity(40_000, ENDLESS), Crowd(50), Load()) == 8


def test_who_gets_no_video_leaves_room_for_cameras() -> None:
    capacity = Capacity(40_000, ENDLESS)
    assert cameras_that_fit(capacity, Crowd(100)) == 2
    assert cameras_that_fit(capacity, Crowd(100, listening=70)) == 8
    assert cameras_that_fit(capacity, Crowd(100, listening=95)) == 5
    with_video, without = planned_load(Crowd(50), 8), planned_load(Crowd(50, listening=40), 8)
    assert without.packets_per_s == with_video.packets_per_s - 40 * 8 * 50
    assert without.bps == with_video.bps - 40 * 8 * 450_000


def test_a_call_without_anybody_who_sees_has_a_place_for_the_first() -> None:
    assert cameras_that_fit(Capacity(40_000, ENDLESS), Crowd(30, listening=30)) == 1


@given(st.integers(0, 10**6), st.integers(0, 10**10), st.integers(0, 500), st.data())
def test_never_more_cameras_than_people_nor_less_than_none(
    p: int, u: int, people: int, data: st.DataObject
) -> None:
    crowd = Crowd(people, data.draw(st.integers(0, people)))
    assert 0 <= cameras_that_fit(Capacity(p, u), crowd) <= max(crowd.watching, 1)


def test_sound_is_refused_only_above_its_share() -> None:
    assert sound_fits(Capacity(40_000, 1), 240)
    assert not sound_fits(Capacity(40_000, 1), 241)


def test_a_guest_speaks_and_shows_but_does_not_share() -> None:
    rights = rights_of(GUEST, moderated=False, has_floor=False)
    assert rights.sources == {Source.MICROPHONE, Source.CAMERA}
    assert rights.data
    assert not rights.suppressed


def test_who_came_to_listen_sends_nothing() -> None:
    rights = rights_of(LISTENER, moderated=False, has_floor=False)
    assert rights.sources == frozenset()
    assert not rights.data


def test_moderation_holds_back_all_but_facilitators_and_the_floor() -> None:
    assert rights_of(MEMBER, moderated=True, has_floor=False).suppressed
    assert not rights_of(MEMBER, moderated=True, has_floor=True).suppressed
    assert not rights_of(FACILITATOR, moderated=True, has_floor=False).suppressed


def test_a_facilitator_can_leave_somebody_only_some_sources() -> None:
    only = frozenset({Source.MICROPHONE, Source.SCREEN_SHARE})
    rights = rights_of(GUEST, moderated=False, has_floor=False, only=only)
    assert rights.sources == {Source.MICROPHONE}


def test_an_identity_says_nothing_and_differs_from_call_to_call() -> None:
    one, other = seat_of(b"a" * 32, "a7"), seat_of(b"b" * 32, "a7")
    assert one != other
    assert seat_in(one + "abcd") == one
    assert seat_of(b"a" * 32, "a7") == one


def test_a_call_is_named_by_its_room_and_an_echo_test_by_none() -> None:
    assert room_of(call_id(RoomId(7))) == 7
    assert room_of(CallId("echo-abc")) is None
    assert room_of(CallId("rabc")) is None


def test_an_unknown_source_is_refused() -> None:
    assert clean_sources(["microphone"]) == {Source.MICROPHONE}
    with pytest.raises(InvalidInput):
        clean_sources(["microphone", "telepathy"])
