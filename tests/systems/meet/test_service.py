"""Coming in, speaking in turn, keeping order: the service on a real database."""

from collections.abc import Sequence

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import AllmendeError, NotAllowed, Unavailable
from allmende.core.ids import RoomId
from allmende.core.ports.conference import (
    FLOOR_ATTRIBUTE,
    HAND_ATTRIBUTE,
    SPOTLIGHT_ATTRIBUTE,
    CallEventKind,
    Capacity,
    Source,
)
from allmende.core.rooms import LinkRight, Lobby
from allmende.identity.model.door import DoorState
from allmende.systems.meet.events import HandsChanged, Muted, PeopleChanged, StateChanged
from allmende.systems.meet.model import CallRole, call_id, seat_in
from allmende.systems.meet.service import Joined, Waiting, Wish
from tests.fakes.conference import FakeConference
from tests.systems.meet.conftest import House

pytestmark = pytest.mark.slow


def test_a_member_joins_and_the_call_is_opened(house: House) -> None:
    room = house.group_room()
    joined = house.join(house.mel, room.id)
    assert joined.role is CallRole.MEMBER
    assert joined.name == "mel"
    assert Source.SCREEN_SHARE in joined.rights.sources
    assert house.conference.running[call_id(room.id)].plan.max_participants == 150


def test_a_second_tab_is_a_second_participant_of_the_same_seat(house: House) -> None:
    room = house.group_room()
    one, two = house.enter(house.mel, room.id), house.enter(house.mel, room.id)
    assert one != two
    assert seat_in(one) == seat_in(two)


def test_a_guest_waits_until_a_facilitator_lets_them_in(house: House) -> None:
    room = house.group_room()
    link = house.link(room)
    house.enter(house.fay, room.id)
    answer = house.ask(STRANGER, room.id, name="Rabe", link=link)
    assert isinstance(answer, Waiting)
    assert answer.guest_token
    rabe = house.run(house.identity.caller(None, answer.guest_token))
    house.run(house.meet.admit(house.fay, room.id, answer.ticket))
    joined = house.join(rabe, room.id, name="Rabe", link=link)
    assert joined.role is CallRole.GUEST
    assert joined.rights.sources == {Source.MICROPHONE, Source.CAMERA}


def test_a_facilitator_opens_the_door_of_an_empty_room(house: House) -> None:
    room = house.group_room()
    rabe, elster = (house.guest(room.id, name, house.link(room)) for name in ("Rabe", "Elster"))
    asked = [house.ask(who, room.id, name="Rabe") for who in (rabe, elster)]
    first, second = (answer for answer in asked if isinstance(answer, Waiting))
    assert [one.key for one in house.run(house.meet.waiting(house.fay, room.id))] == [
        first.ticket, second.ticket,
    ]  # fmt: skip
    assert house.refusal(house.meet.admit(house.mel, room.id, first.ticket)) == "room.not-allowed"
    house.run(house.meet.admit(house.fay, room.id, first.ticket))
    assert house.join(rabe, room.id, name="Rabe").role is CallRole.GUEST
    house.run(house.meet.refuse(house.fay, room.id, second.ticket))
    assert house.doors.state(room.id, second.ticket) is not DoorState.ADMITTED


def test_who_waits_has_no_token_and_is_not_in_the_call(house: House) -> None:
    room = house.group_room()
    house.enter(house.fay, room.id)
    house.ask(STRANGER, room.id, name="Rabe", link=house.link(room))
    assert len(house.conference.running[call_id(room.id)].invited) == 1


def test_early_guests_wait_though_the_lobby_is_off_and_come_in_with_the_first_member(
    house: House,
) -> None:
    room = house.group_room(Lobby.OFF)
    rabe = house.guest(room.id, "Rabe", house.link(room))
    answer = house.ask(rabe, room.id, name="Rabe")
    assert isinstance(answer, Waiting)
    house.enter(house.mel, room.id)
    assert house.doors.state(room.id, answer.ticket) is DoorState.ADMITTED
    assert isinstance(house.ask(rabe, room.id, name="Rabe"), Joined)


def test_a_pass_opens_the_door_after_a_restart(house: House) -> None:
    room = house.group_room()
    rabe = house.guest(room.id, "Rabe", house.link(room))
    waiting = house.ask(rabe, room.id, name="Rabe")
    assert isinstance(waiting, Waiting)
    house.enter(house.fay, room.id)
    house.run(house.meet.admit_all(house.fay, room.id))
    door_pass = house.join(rabe, room.id, name="Rabe").door_pass
    again = House(house.database)
    assert isinstance(again.ask(rabe, room.id, name="Rabe", door_pass=door_pass), Joined)


def test_a_stranger_learns_nothing_of_a_room_of_a_group(house: House) -> None:
    room = house.group_room()
    assert house.refusal(house.meet.doorway(STRANGER, room.slug, None)) == "room.not-found"


def test_whoever_opened_a_room_without_account_facilitates_by_the_link(house: House) -> None:
    room, token = house.open_room()
    joined = house.join(STRANGER, room.id, name="Eule", link=token)
    assert joined.role is CallRole.FACILITATOR
    assert joined.ends_at is not None
    door = house.run(house.meet.doorway(STRANGER, room.slug, token))
    assert door.role is CallRole.FACILITATOR


def test_others_wait_at_an_open_room(house: House) -> None:
    room, token = house.open_room()
    assert isinstance(house.ask(STRANGER, room.id, name="Spatz"), Waiting)
    house.enter(STRANGER, room.id, name="Eule", link=token)
    assert isinstance(house.ask(STRANGER, room.id, name="Star"), Waiting)


def test_a_camera_that_does_not_fit_is_refused_but_the_person_is_not(house: House) -> None:
    house.conference = FakeConference(Capacity(1200, 10**9))
    house.__post_init__()
    room = house.group_room()
    first = house.join(house.mel, room.id, video=True)
    assert first.camera_fits
    second = house.join(house.fay, room.id, video=True)
    assert second.camera_fits
    third = house.join(house.ada, room.id, video=True)
    assert third.camera_fits is False
    assert third.cameras_fit == 2


def test_a_call_that_is_full_says_so(house: House) -> None:
    house.max_participants = 2
    house.__post_init__()
    room = house.group_room()
    house.enter(house.mel, room.id)
    house.enter(house.fay, room.id)
    with pytest.raises(AllmendeError, match=r"meet\.full"):
        house.join(house.ada, room.id)


def test_nobody_joins_when_even_the_sound_does_not_fit(house: House) -> None:
    house.conference = FakeConference(Capacity(40, 10**9))
    house.__post_init__()
    room = house.group_room()
    with pytest.raises(Unavailable):
        house.join(house.mel, room.id)


# --- speaking in turn -------------------------------------------------------------------


def test_hands_are_in_the_order_of_asking_and_shown_to_all(house: House) -> None:
    room = house.group_room()
    fay, mel, ada = (house.enter(who, room.id) for who in (house.fay, house.mel, house.ada))
    house.run(house.meet.hand(house.mel, room.id, up=True))
    snapshot = house.run(house.meet.hand(house.ada, room.id, up=True))
    assert snapshot.hands == (mel, ada)
    assert house.last(HandsChanged).order == (mel, ada)
    assert house.conference.attributes(call_id(room.id), ada)[HAND_ATTRIBUTE] == "2"
    after = house.run(house.meet.call_next(house.fay, room.id))
    assert (after.floor, after.hands) == (mel, (ada,))
    assert house.conference.attributes(call_id(room.id), mel)[FLOOR_ATTRIBUTE] == "1"
    assert house.conference.attributes(call_id(room.id), ada)[HAND_ATTRIBUTE] == "1"
    assert house.run(house.meet.floor_end(house.mel, room.id)).floor is None
    assert fay in house.conference.running[call_id(room.id)].here


def test_raising_twice_changes_nothing(house: House) -> None:
    room = house.group_room()
    mel = house.enter(house.mel, room.id)
    for _ in range(2):
        assert house.run(house.meet.hand(house.mel, room.id, up=True)).hands == (mel,)
    for _ in range(2):
        assert house.run(house.meet.hand(house.mel, room.id, up=False)).hands == ()


def test_hand_and_place_stay_through_a_broken_connection(house: House) -> None:
    room = house.group_room()
    house.enter(house.fay, room.id)
    mel, ada = house.enter(house.mel, room.id), house.enter(house.ada, room.id)
    house.run(house.meet.hand(house.mel, room.id, up=True))
    house.run(house.meet.hand(house.ada, room.id, up=True))
    house.leave(room.id, mel)
    assert house.last(HandsChanged).order == (ada,)
    house.later(30)
    back = house.enter(house.mel, room.id)
    assert house.last(HandsChanged).order == (back, ada)
    house.leave(room.id, back)
    house.later(61)
    house.enter(house.mel, room.id)
    assert house.run(house.meet.snapshot(house.mel, room.id)).hands == (ada,)


def test_leaving_for_good_lowers_the_hand_at_once(house: House) -> None:
    room = house.group_room()
    house.enter(house.fay, room.id)
    mel = house.enter(house.mel, room.id)
    house.run(house.meet.hand(house.mel, room.id, up=True))
    house.run(house.meet.leave(house.mel, room.id, mel))
    assert house.last(HandsChanged).order == ()


def test_the_floor_opens_a_microphone_in_a_moderated_room(house: House) -> None:
    room = house.group_room()
    call = call_id(room.id)
    fay, mel = house.enter(house.fay, room.id), house.enter(house.mel, room.id)
    house.run(house.meet.moderated(house.fay, room.id, on=True))
    assert house.conference.rights(call, mel).suppressed
    assert not house.conference.rights(call, fay).suppressed
    house.run(house.meet.hand(house.mel, room.id, up=True))
    house.run(house.meet.call(house.fay, room.id, mel))
    assert not house.conference.rights(call, mel).suppressed
    house.run(house.meet.floor_end(house.fay, room.id))
    assert house.conference.rights(call, mel).suppressed
    house.run(house.meet.moderated(house.fay, room.id, on=False))
    assert not house.conference.rights(call, mel).suppressed


def test_who_joins_a_moderated_call_is_held_back_from_the_first_packet_on(house: House) -> None:
    room = house.group_room()
    house.enter(house.fay, room.id)
    house.run(house.meet.moderated(house.fay, room.id, on=True))
    assert house.join(house.mel, room.id).rights.suppressed


# --- keeping order ----------------------------------------------------------------------


def test_muting_tells_by_whom_and_all_leaves_facilitators_alone(house: House) -> None:
    room = house.group_room()
    house.enter(house.fay, room.id)
    mel, ada = house.enter(house.mel, room.id), house.enter(house.ada, room.id)
    house.run(house.meet.mute(house.fay, room.id, mel, "camera"))
    assert house.last(Muted).by == "fay"
    house.run(house.meet.mute_all(house.fay, room.id))
    assert house.conference.muted == [(mel, Source.CAMERA), (mel, Source.MICROPHONE)]
    assert ada not in dict(house.conference.muted)


def test_a_removed_guest_stays_out_with_cookie_and_name_and_others_wait(house: House) -> None:
    room = house.group_room(Lobby.OFF)
    link = house.link(room)
    house.enter(house.fay, room.id)
    rabe = house.guest(room.id, "Rabe", link)
    identity = house.enter(rabe, room.id, name="Rabe")
    house.run(house.meet.remove(house.fay, room.id, identity))
    assert identity in house.conference.removed
    assert house.refusal(house.meet.join(rabe, room.id, _wish("Rabe"))) == "identity.removed"
    new = house.guest(room.id, "rabe", link)
    assert house.refusal(house.meet.join(new, room.id, _wish("rabe"))) == "identity.removed"
    assert isinstance(house.ask(STRANGER, room.id, name="Star", link=link), Waiting)


def test_a_removed_member_stays_out(house: House) -> None:
    room = house.group_room()
    house.enter(house.fay, room.id)
    mel = house.enter(house.mel, room.id)
    house.run(house.meet.remove(house.fay, room.id, mel))
    with pytest.raises(NotAllowed):
        house.join(house.mel, room.id)


def test_a_lock_keeps_new_people_out_and_lets_others_come_back(house: House) -> None:
    room = house.group_room()
    house.enter(house.fay, room.id)
    mel = house.enter(house.mel, room.id)
    house.run(house.meet.lock(house.fay, room.id, on=True))
    late = house.person("lou")
    assert house.refusal(house.meet.join(late, room.id, _wish("lou"))) == "room.not-found"
    assert house.last(StateChanged).locked
    house.leave(room.id, mel)
    assert house.join(house.mel, room.id).name == "mel"


def test_ending_closes_the_call_for_everybody(house: House) -> None:
    room = house.group_room()
    house.enter(house.fay, room.id)
    house.run(house.meet.end(house.fay, room.id))
    assert house.conference.closed == [call_id(room.id)]
    assert house.last(StateChanged).ended
    assert house.last(PeopleChanged).people == 0
    assert house.refusal(house.meet.hand(house.fay, room.id, up=True)) == "meet.no-call"


def test_the_spotlight_moves_and_goes_with_the_person(house: House) -> None:
    room = house.group_room()
    call = call_id(room.id)
    house.enter(house.fay, room.id)
    mel, ada = house.enter(house.mel, room.id), house.enter(house.ada, room.id)
    house.run(house.meet.spotlight(house.fay, room.id, mel))
    house.run(house.meet.spotlight(house.fay, room.id, ada))
    assert SPOTLIGHT_ATTRIBUTE not in house.conference.attributes(call, mel)
    assert house.conference.attributes(call, ada)[SPOTLIGHT_ATTRIBUTE] == "1"
    house.leave(room.id, ada)
    assert house.last(StateChanged).spotlight is None


def test_what_a_facilitator_leaves_somebody_holds_when_they_come_back(house: House) -> None:
    room = house.group_room()
    house.enter(house.fay, room.id)
    mel = house.enter(house.mel, room.id)
    house.run(house.meet.rights(house.fay, room.id, mel, ["camera"]))
    assert house.conference.rights(call_id(room.id), mel).sources == {Source.CAMERA}
    assert house.join(house.mel, room.id).rights.sources == {Source.CAMERA}


def test_a_facilitator_may_allow_fewer_cameras(house: House) -> None:
    room = house.group_room()
    house.enter(house.fay, room.id)
    house.run(house.meet.cameras(house.fay, room.id, 0))
    assert house.join(house.mel, room.id, video=True).camera_fits is False
    assert house.refusal(house.meet.cameras(house.fay, room.id, 151)) != "done"


def test_without_cameras_sound_comes_first(house: House) -> None:
    room = house.group_room()
    house.enter(house.fay, room.id)
    for most, first in ((3, False), (0, True), (None, False)):
        house.run(house.meet.cameras(house.fay, room.id, most))
        assert house.conference.running[call_id(room.id)].plan.audio_first is first


COMMANDS: Sequence[tuple[str, tuple[object, ...], dict[str, object]]] = [
    ("call_next", (), {}),
    ("call", ("x",), {}),
    ("lower", ("x",), {}),
    ("mute", ("x", "microphone"), {}),
    ("mute_all", (), {}),
    ("unmute", ("x",), {}),
    ("unmute_all", (), {}),
    ("moderated", (), {"on": True}),
    ("remove", ("x",), {}),
    ("lock", (), {"on": True}),
    ("end", (), {}),
    ("spotlight", (None,), {}),
    ("rights", ("x", []), {}),
    ("cameras", (1,), {}),
    ("admit", ("gx",), {}),
    ("admit_all", (), {}),
    ("refuse", ("gx",), {}),
    ("waiting", (), {}),
]


def test_everything_that_facilitators_do_is_refused_to_everybody_else(house: House) -> None:
    room = house.group_room(Lobby.OFF)
    house.enter(house.fay, room.id)
    house.enter(house.mel, room.id)
    rabe = house.guest(room.id, "Rabe", house.link(room))
    house.enter(rabe, room.id, name="Rabe")
    for name, values, named in COMMANDS:
        for who, expected in (
            (house.mel, "room.not-allowed"),
            (rabe, "room.not-allowed"),
            (STRANGER, "room.not-found"),
        ):
            work = getattr(house.meet, name)(who, room.id, *values, **named)
            assert house.refusal(work) == expected, name


def test_a_link_to_listen_gives_no_microphone(house: House) -> None:
    room = house.group_room(Lobby.OFF)
    house.enter(house.fay, room.id)
    rabe = house.guest(room.id, "Rabe", house.link(room, LinkRight.LISTEN))
    joined = house.join(rabe, room.id, name="Rabe")
    assert joined.rights.sources == frozenset()


def test_a_name_changes_for_everybody_and_stays_with_the_guest(house: House) -> None:
    room, token = house.open_room()
    eule = house.guest(room.id, "Eule", token)
    identity = house.enter(eule, room.id, name="Eule")
    renamed = house.run(house.meet.name(eule, room.id, "  Uhu  "))
    assert renamed.name == "Uhu"
    assert renamed.guest_token
    assert house.conference.attributes(call_id(room.id), identity)["name"] == "Uhu"
    assert house.refusal(house.meet.name(eule, room.id, " ")) != "done"


def test_an_invitation_never_passes_on_a_facilitator_link(house: House) -> None:
    room, token = house.open_room()
    eule = house.guest(room.id, "Eule", token)
    found = house.run(house.meet.invitation(eule, room.id, token, make=False))
    assert found.path == f"/r/{room.slug}/call"
    assert not found.members_only


def test_an_admin_makes_a_link_for_guests_and_a_member_is_told_it_is_for_members(
    house: House,
) -> None:
    room = house.group_room()
    plain = house.run(house.meet.invitation(house.mel, room.id, None, make=False))
    assert plain.members_only
    assert not plain.may_make_links
    made = house.run(house.meet.invitation(house.ada, room.id, None, make=True))
    assert "?g=" in made.path
    assert house.refusal(house.meet.invitation(house.mel, room.id, None, make=True)) != "done"


def test_an_echo_test_is_a_call_of_its_own(house: House) -> None:
    echo = house.run(house.meet.echo())
    assert echo.send != echo.receive
    (call,) = house.conference.running
    assert call.startswith("echo-")
    assert not house.conference.running[call].plan.loopback
    house.happened(CallEventKind.JOINED, _no_room(), "send")


def _wish(name: str) -> Wish:
    return Wish(name=name)


def _no_room() -> RoomId:
    return RoomId(0)


def test_a_tab_that_comes_back_is_the_same_participant(house: House) -> None:
    room = house.group_room()
    house.enter(house.fay, room.id)
    mel = house.enter(house.mel, room.id)
    assert house.join(house.mel, room.id, again=mel).identity == mel
    assert house.join(house.mel, room.id).identity != mel
    fay = house.join(house.fay, room.id, again=mel)
    assert fay.identity != mel
