"""Calls as voice sees them: people with another program beside people with the page."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from allmende.core.accounts import STRANGER, Caller
from allmende.core.ids import RoomId
from allmende.core.ports.calls import (
    CLIENT_ATTRIBUTE,
    Act,
    CallPerson,
    CallShown,
    Client,
    Knocking,
    Seat,
)
from allmende.core.ports.conference import ROLE_ATTRIBUTE, CallEventKind, Capacity, Source
from allmende.core.rooms import LinkRight, Lobby, Room
from allmende.identity.model.door import DoorState
from allmende.systems.meet.events import Muted
from allmende.systems.meet.model import TICKET_KEPT_S, call_id, seat_in
from allmende.systems.meet.service import Wish
from allmende.systems.meet.service.port import CallPort
from tests.fakes.conference import FakeConference
from tests.systems.meet.conftest import House

pytestmark = pytest.mark.slow


class Site:
    """The house, asked like voice asks it: seats are taken by legs that media places."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.port = CallPort(house.meet, house.doors, house.bus)

    def ask(
        self, who: Caller, room: Room, name: str = "", client: Client = Client.MUMBLE
    ) -> Seat | Knocking:
        return self.house.run(self.port.enter(who, room.id, name, client))

    def seat(self, who: Caller, room: Room, name: str = "") -> Seat:
        answer = self.ask(who, room, name)
        assert isinstance(answer, Seat)
        return answer

    def place(self, seat: Seat) -> str:
        call = self.house.conference.running[seat.call]
        call.invited[seat.identity] = seat.invitee()
        for event in self.house.conference.connect(seat.call, seat.identity):
            self.house.run(self.house.meet.watching.happened(event))
        return seat.identity

    def enter(self, who: Caller, room: Room, name: str = "") -> str:
        return self.place(self.seat(who, room, name))

    def act(self, who: Caller, room: Room, act: Act, target: str = "") -> str:
        return self.house.refusal(self.port.act(who, room.id, act, target))

    def leave(self, room: Room, identity: str) -> None:
        self.house.run(self.port.leave(room.id, identity))

    def shown(self, room: Room) -> CallShown:
        shown = self.port.shown(room.id)
        assert shown is not None
        return shown

    def person(self, room: Room, identity: str) -> CallPerson:
        return next(one for one in self.shown(room).people if one.identity == identity)


@pytest.fixture
def site(house: House) -> Site:
    return Site(house)


# --- come and go ----------------------------------------------------------------------------


def test_a_member_sits_down_and_is_shown_with_the_program(site: Site) -> None:
    room = site.house.group_room()
    seat = site.seat(site.house.mel, room)
    assert (seat.call, seat.name, seat.role) == (call_id(room.id), "mel", "member")
    assert seat.who == site.house.mel
    assert seat.invitee().attributes == {ROLE_ATTRIBUTE: "member", CLIENT_ATTRIBUTE: "mumble"}
    assert site.port.shown(room.id) is None  # not before the leg is there
    site.place(seat)
    fay = site.house.enter(site.house.fay, room.id)
    shown = [(one.identity, one.client, one.role) for one in site.shown(room).people]
    assert shown == [
        (seat.identity, Client.MUMBLE, "member"),
        (fay, Client.BROWSER, "facilitator"),
    ]
    assert site.person(room, seat.identity).account_id == site.house.mel.account_id


def test_two_connections_of_a_person_are_two_seats_with_one_hand(site: Site) -> None:
    room = site.house.group_room()
    page = site.house.enter(site.house.mel, room.id)
    native = site.enter(site.house.mel, room)
    assert seat_in(page) == seat_in(native)
    assert page != native
    site.act(site.house.mel, room, Act.RAISE)
    assert site.shown(room).hands == (native,)
    site.leave(room, native)
    assert site.shown(room).hands == (page,)


def test_a_stranger_in_an_open_room_becomes_its_guest_and_is_the_same_one_again(site: Site) -> None:
    room, _ = site.house.open_room()
    waits = site.ask(STRANGER, room, "Rabe")
    assert isinstance(waits, Knocking)
    again = site.ask(waits.who, room, "Rabe")
    assert isinstance(again, Knocking)
    assert again.key == waits.key
    assert site.shown(room).waiting == ((waits.key, "Rabe"),)


def test_who_is_let_in_asks_again_and_sits_down(site: Site) -> None:
    room = site.house.group_room()
    site.enter(site.house.fay, room)
    rabe = site.house.guest(room.id, "Rabe", site.house.link(room))
    waits = site.ask(rabe, room, "Rabe")
    assert isinstance(waits, Knocking)
    assert site.shown(room).waiting == ((waits.key, "Rabe"),)
    assert site.act(site.house.mel, room, Act.ADMIT, waits.key) == "room.not-allowed"
    assert site.act(site.house.fay, room, Act.ADMIT, waits.key) == "done"
    assert site.shown(room).waiting == ()
    identity = site.enter(rabe, room, "Rabe")
    assert site.person(room, identity).role == "guest"


def test_who_is_sent_away_is_told_once_and_may_knock_again(site: Site) -> None:
    room = site.house.group_room()
    site.enter(site.house.fay, room)
    rabe = site.house.guest(room.id, "Rabe", site.house.link(room))
    waits = site.ask(rabe, room, "Rabe")
    assert isinstance(waits, Knocking)
    assert site.act(site.house.fay, room, Act.REFUSE, waits.key) == "done"
    asked_again = site.port.enter(rabe, room.id, "Rabe", Client.MUMBLE)
    assert site.house.refusal(asked_again) == "meet.not-let-in"
    assert site.shown(room).waiting == ()
    assert isinstance(site.ask(rabe, room, "Rabe"), Knocking)


def test_who_goes_away_waits_no_longer(site: Site) -> None:
    room = site.house.group_room()
    rabe = site.house.guest(room.id, "Rabe", site.house.link(room))
    waits = site.ask(rabe, room, "Rabe")
    assert isinstance(waits, Knocking)
    site.leave(room, waits.key)
    assert site.port.shown(room.id) is None
    site.leave(room, waits.key)  # gone already


def test_guests_wait_for_the_first_member_whatever_that_one_comes_with(site: Site) -> None:
    room = site.house.group_room(Lobby.OFF)
    rabe = site.house.guest(room.id, "Rabe", site.house.link(room))
    assert isinstance(site.ask(rabe, room, "Rabe"), Knocking)
    site.enter(site.house.mel, room)
    assert isinstance(site.ask(rabe, room, "Rabe"), Seat)


def test_a_guest_who_came_to_listen_is_shown_as_not_speaking(site: Site) -> None:
    room = site.house.group_room(Lobby.OFF)
    site.enter(site.house.mel, room)
    rabe = site.house.guest(room.id, "Rabe", site.house.link(room, LinkRight.LISTEN))
    seat = site.seat(rabe, room, "Rabe")
    assert seat.rights.sources == frozenset()
    assert site.person(room, site.place(seat)).suppressed


def test_a_locked_or_full_room_says_so(site: Site) -> None:
    site.house.max_participants = 2
    site.house.__post_init__()
    site.port = CallPort(site.house.meet, site.house.doors, site.house.bus)
    room = site.house.group_room()
    site.enter(site.house.fay, room)
    site.house.run(site.house.meet.lock(site.house.fay, room.id, on=True))
    enter = site.port.enter
    refused = enter(site.house.mel, room.id, "", Client.MUMBLE)
    assert site.house.refusal(refused) == "identity.room-locked"
    site.house.run(site.house.meet.lock(site.house.fay, room.id, on=False))
    site.enter(site.house.mel, room)
    assert site.house.refusal(enter(site.house.ada, room.id, "", Client.MUMBLE)) == "meet.full"


def test_a_room_that_somebody_may_not_see_is_not_there(site: Site) -> None:
    room = site.house.group_room()
    eve = site.house.person("eve")
    for who in (eve, STRANGER):
        asked = site.port.enter(who, room.id, "Eve", Client.MUMBLE)
        assert site.house.refusal(asked) == "room.not-found"


# --- what happens by itself -----------------------------------------------------------------


def test_a_leg_that_stays_is_never_taken_for_a_ticket_that_nobody_used(site: Site) -> None:
    room = site.house.group_room()
    mel = site.enter(site.house.mel, room)
    for _ in range(3):
        site.house.later(TICKET_KEPT_S + 1)
    assert [one.identity for one in site.shown(room).people] == [mel]


def test_a_seat_that_no_leg_takes_is_given_up(site: Site) -> None:
    room = site.house.group_room()
    seat = site.seat(site.house.mel, room)
    site.house.later(TICKET_KEPT_S + 1)
    assert site.house.meet.running.find(room.id) is None
    assert site.house.doors.state(room.id, f"a{site.house.mel.account_id}") is DoorState.NONE
    site.house.run(site.house.meet.watching.tick())
    site.enter(site.house.fay, room)
    site.house.happened(CallEventKind.JOINED, room.id, seat.identity)
    assert site.house.conference.removed == [seat.identity]


def test_a_hand_waits_for_who_lost_the_connection_and_not_for_who_left(site: Site) -> None:
    room = site.house.group_room()
    site.enter(site.house.fay, room)
    first = site.enter(site.house.mel, room)
    site.act(site.house.mel, room, Act.RAISE)
    site.house.leave(room.id, first)
    assert site.shown(room).hands == ()  # nobody to show
    second = site.enter(site.house.mel, room)
    assert site.shown(room).hands == (second,)
    site.leave(room, second)
    third = site.enter(site.house.mel, room)
    assert third not in site.shown(room).hands


def test_who_left_is_gone_before_media_says_so(site: Site) -> None:
    room = site.house.group_room()
    fay = site.enter(site.house.fay, room)
    mel = site.enter(site.house.mel, room)
    site.leave(room, mel)
    assert [one.identity for one in site.shown(room).people] == [fay]
    site.house.leave(room.id, mel)
    site.leave(room, mel)
    assert site.house.conference.removed == []
    assert site.house.doors.state(room.id, f"a{site.house.mel.account_id}") is DoorState.GONE


def test_a_member_with_a_program_stands_in_for_a_facilitator(site: Site) -> None:
    room = site.house.group_room()
    fay = site.house.enter(site.house.fay, room.id)
    mel = site.enter(site.house.mel, room)
    site.house.leave(room.id, fay)
    site.house.later(6)
    site.house.later(1)
    assert site.person(room, mel).role == "facilitator"
    assert site.act(site.house.mel, room, Act.MODERATE) == "done"
    assert not site.person(room, mel).suppressed


def test_those_who_see_no_video_take_no_room_from_cameras(house: House) -> None:
    house.conference = FakeConference(Capacity(2_000, 10**9))
    house.__post_init__()
    site = Site(house)
    room = house.group_room()
    house.enter(house.fay, room.id)
    site.enter(house.mel, room)
    call = house.meet.running.call(room.id)
    assert (call.crowd().people, call.crowd().listening) == (2, 1)
    assert call.cameras_fit == 1


# --- acts -----------------------------------------------------------------------------------


def test_hands_floor_and_order_are_the_same_for_every_program(site: Site) -> None:
    room, house = site.house.group_room(), site.house
    fay, mel = site.enter(house.fay, room), house.enter(house.mel, room.id)
    ada = site.enter(house.ada, room)
    for who in (house.mel, house.ada):
        assert site.act(who, room, Act.RAISE) == "done"
    assert site.shown(room).hands == (mel, ada)
    assert site.act(house.mel, room, Act.NEXT) == "room.not-allowed"
    assert site.act(house.fay, room, Act.NEXT) == "done"
    assert (site.shown(room).floor, site.shown(room).hands) == (mel, (ada,))
    assert site.act(house.fay, room, Act.GIVE_FLOOR, ada) == "done"
    assert (site.shown(room).floor, site.shown(room).hands) == (ada, ())
    assert site.act(house.ada, room, Act.END_FLOOR) == "done"
    assert site.act(house.fay, room, Act.GIVE_FLOOR, fay) == "done"  # nobody has to raise a hand
    assert site.shown(room).floor == fay


def test_hands_go_down_by_oneself_and_by_facilitators(site: Site) -> None:
    room, house = site.house.group_room(), site.house
    site.enter(house.fay, room)
    mel = site.enter(house.mel, room)
    for target in ("", mel):
        site.act(house.mel, room, Act.RAISE)
        assert site.act(house.mel, room, Act.LOWER, target) == "done"
        assert site.shown(room).hands == ()
    site.act(house.mel, room, Act.RAISE)
    assert site.act(house.fay, room, Act.LOWER, mel) == "done"
    assert site.shown(room).hands == ()


def test_a_moderated_room_holds_back_all_but_the_floor_until_it_is_opened(site: Site) -> None:
    room, house = site.house.group_room(), site.house
    site.enter(house.fay, room)
    mel = site.enter(house.mel, room)
    assert site.act(house.fay, room, Act.MODERATE) == "done"
    assert site.shown(room).moderated
    assert site.person(room, mel).suppressed
    assert house.conference.rights(call_id(room.id), mel).suppressed
    site.act(house.fay, room, Act.GIVE_FLOOR, mel)
    assert not site.person(room, mel).suppressed
    assert site.act(house.fay, room, Act.OPEN) == "done"
    assert not site.shown(room).moderated


def test_microphones_are_muted_one_by_one_and_all_together(site: Site) -> None:
    room, house = site.house.group_room(), site.house
    site.enter(house.fay, room)
    mel = site.enter(house.mel, room)
    assert site.act(house.mel, room, Act.MUTE, mel) == "room.not-allowed"
    assert site.act(house.fay, room, Act.MUTE, mel) == "done"
    assert site.act(house.fay, room, Act.MUTE_ALL) == "done"
    assert house.conference.muted == [(mel, Source.MICROPHONE)] * 2
    assert house.last(Muted).by == "fay"


def test_who_was_muted_is_let_speak_again_by_facilitators_one_by_one_and_all(site: Site) -> None:
    room, house = site.house.group_room(), site.house
    fay = site.enter(house.fay, room)
    mel = site.enter(house.mel, room)
    for act in (Act.UNMUTE, Act.UNMUTE_ALL):
        assert site.act(house.mel, room, act, mel) == "room.not-allowed"
    assert site.act(house.fay, room, Act.UNMUTE, "nobody") == "meet.gone"
    assert house.conference.unmuted == []
    assert site.act(house.fay, room, Act.UNMUTE, mel) == "done"
    assert site.act(house.fay, room, Act.UNMUTE_ALL) == "done"
    assert house.conference.unmuted == [mel, fay, mel]


def test_an_echo_test_by_sound_is_a_call_of_ones_own_where_one_hears_oneself(site: Site) -> None:
    seats = [site.house.run(site.port.echo()) for _ in range(2)]
    assert len({seat.call for seat in seats}) == 2
    for seat in seats:
        plan = site.house.conference.running[seat.call].plan
        assert (plan.loopback, plan.max_participants) == (True, 1)
        assert seat.rights.sources == {Source.MICROPHONE}
        assert seat.client is Client.WEB


def test_who_is_removed_stays_out_whatever_they_come_with(site: Site) -> None:
    room, house = site.house.group_room(), site.house
    fay = site.enter(house.fay, room)
    mel = site.enter(house.mel, room)
    assert site.act(house.fay, room, Act.REMOVE, fay) == "meet.not-yourself"
    assert site.act(house.fay, room, Act.REMOVE, mel) == "done"
    assert house.conference.removed == [mel]
    again = site.port.enter(house.mel, room.id, "", Client.WEB)
    assert house.refusal(again) == "identity.removed"
    assert site.act(house.fay, room, Act.REMOVE, mel) == "meet.gone"


# --- changes --------------------------------------------------------------------------------


async def told(changes: AsyncIterator[RoomId]) -> list[RoomId]:
    """Every room that waits to be looked at."""
    found = []
    try:
        while True:
            async with asyncio.timeout(0):
                found.append(await anext(changes))
    except TimeoutError:
        return found


def test_many_follow_what_changes_each_from_when_they_began(site: Site) -> None:
    house = site.house
    room = house.group_room()
    site.enter(house.fay, room)

    async def follow() -> tuple[list[RoomId], list[RoomId]]:
        early = site.port.changes()
        await house.meet.hand(house.fay, room.id, up=True)
        late = site.port.changes()
        before = await told(early), await told(late)
        assert before == ([room.id], [])
        await house.meet.moderated(house.fay, room.id, on=True)
        await house.meet.moderated(house.fay, room.id, on=False)
        await house.meet.name(house.fay, room.id, "Fee")
        return await told(early), await told(late)

    assert house.run(follow()) == ([room.id], [room.id])
    assert [one.name for one in site.shown(room).people] == ["Fee"]


def test_who_knocks_comes_and_goes_is_told(site: Site) -> None:
    house = site.house
    room = house.group_room()
    link = house.link(room)
    rabe = house.guest(room.id, "Rabe", link)
    fay = site.enter(house.fay, room)
    seat = site.seat(house.mel, room)

    async def follow() -> None:
        changes = site.port.changes()
        knocked = await site.port.enter(rabe, room.id, "Rabe", Client.MUMBLE)
        assert await told(changes) == [room.id]
        assert isinstance(knocked, Knocking)
        await site.port.act(house.fay, room.id, Act.ADMIT, knocked.key)
        assert await told(changes) == [room.id]
        house.conference.running[seat.call].invited[seat.identity] = seat.invitee()
        for event in house.conference.connect(seat.call, seat.identity):
            await house.meet.watching.happened(event)
        assert await told(changes) == [room.id]
        await site.port.leave(room.id, seat.identity)
        assert await told(changes) == [room.id]
        await site.port.leave(room.id, fay)
        assert await told(changes) == [room.id]

    house.run(follow())


def test_who_no_longer_follows_is_forgotten(site: Site) -> None:
    room = site.house.group_room()

    async def follow() -> int:
        changes = site.port.changes()
        del changes
        await site.house.meet.join(site.house.mel, room.id, Wish())
        return len(site.port._listeners)

    assert site.house.run(follow()) == 0
