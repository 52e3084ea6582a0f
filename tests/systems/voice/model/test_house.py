from dataclasses import replace

import pytest

from allmende.systems.voice.model.house import (
    FIRST_VIRTUAL,
    MAX_CHANNEL,
    MAX_ROOM_CHANNEL,
    GroupShown,
    House,
    Idle,
    RoomShown,
    Sight,
    depth,
    door_channel,
    floor_channel,
    is_virtual,
    order_channel,
    room_before,
    sight_of,
    view_of,
)
from allmende.systems.voice.model.view import HOME, ChannelShown, UserShown, View

KITCHEN, GARDEN, PLENUM, BREAK_OUT, BEDS = 3, 4, 7, 8, 9
MARA, ALI, ANNA, JUNO, IDA = 12, 13, 14, 15, 16


def person(name: str) -> UserShown:
    return UserShown(channel=0, name=name)


HOUSE = House(
    name="allmende",
    description="Encrypted on the way.",
    groups={KITCHEN: GroupShown(name="küche"), GARDEN: GroupShown(name="garten", order=2)},
    rooms={
        PLENUM: RoomShown(
            name="plenum/montag",
            parent=KITCHEN,
            order=2,
            max_users=100,
            people={MARA: person("mara"), ALI: person("ali")},
            waiting={ANNA: person("anna (guest)"), JUNO: person("juno (guest)")},
            floor_line="▶ mara · 0:05",
            order_line="1 ali",
            door="Wartet: plenum",
        ),
        BREAK_OUT: RoomShown(name="kleingruppe", parent=PLENUM, temporary=True),
        BEDS: RoomShown(name="beete", parent=GARDEN, people={IDA: person("ida")}),
    },
    idle={21: Idle(person("bo"), frozenset({KITCHEN})), 22: Idle(person("rosa"))},
)
MEMBER = Sight(
    rooms=frozenset({PLENUM, BREAK_OUT}),
    enter=frozenset({PLENUM, BREAK_OUT}),
    groups=frozenset({KITCHEN}),
)
FACILITATOR = replace(MEMBER, facilitates=frozenset({PLENUM}))
GUEST = Sight(rooms=frozenset({PLENUM}))


def names(view: View) -> set[str]:
    return {channel.name for channel in view.channels.values()}


def test_a_member_sees_group_rooms_and_people_in_their_places() -> None:
    view = view_of(HOUSE, MEMBER)
    assert view.channels[0] == ChannelShown(
        parent=None, name="allmende", description="Encrypted on the way."
    )
    assert view.channels[KITCHEN] == ChannelShown(parent=0, name="küche", position=10)
    assert view.channels[PLENUM] == ChannelShown(
        parent=KITCHEN, name="plenum\u2215montag", position=20, max_users=100
    )
    assert view.channels[BREAK_OUT] == ChannelShown(
        parent=PLENUM, name="kleingruppe", position=10, temporary=True
    )
    assert {session: user.channel for session, user in view.users.items()} == {
        MARA: PLENUM,
        ALI: PLENUM,
        21: 0,
    }


def test_the_order_of_speakers_stands_directly_above_the_room() -> None:
    view = view_of(HOUSE, MEMBER)
    shut = ChannelShown(
        parent=KITCHEN, name="", position=18, is_enter_restricted=True, can_enter=False
    )
    assert view.channels[floor_channel(PLENUM)] == replace(shut, name="▶ mara · 0:05")
    assert view.channels[order_channel(PLENUM)] == replace(shut, name="1 ali", position=19)
    quiet = replace(HOUSE.rooms[PLENUM], floor_line="", order_line="")
    without = view_of(replace(HOUSE, rooms={PLENUM: quiet}), MEMBER)
    assert not any(is_virtual(number) for number in without.channels)


def test_only_who_facilitates_sees_who_waits() -> None:
    door = door_channel(PLENUM)
    view = view_of(HOUSE, FACILITATOR)
    assert view.channels[door] == ChannelShown(
        parent=KITCHEN, name="Wartet: plenum", position=21, is_enter_restricted=True
    )
    assert view.users[ANNA].channel == view.users[JUNO].channel == door
    assert door not in view_of(HOUSE, MEMBER).channels
    assert not {ANNA, JUNO} & view_of(HOUSE, MEMBER).users.keys()


def test_who_waits_sees_themself_there_and_nobody_else_who_waits() -> None:
    view = view_of(HOUSE, sight_of(HOUSE, GUEST, ANNA))
    assert view.users[ANNA].channel == door_channel(PLENUM)
    assert not view.channels[door_channel(PLENUM)].can_enter
    assert JUNO not in view.users


def test_who_is_held_at_the_door_sees_the_room_and_nobody_in_it() -> None:
    held = replace(MEMBER, held=frozenset({PLENUM}))
    view = view_of(HOUSE, sight_of(HOUSE, held, ANNA))
    assert PLENUM in view.channels
    assert set(view.users) == {ANNA, 21}
    assert not {floor_channel(PLENUM), order_channel(PLENUM)} & view.channels.keys()
    assert sight_of(HOUSE, held, MARA).alone == MARA
    assert view_of(HOUSE, sight_of(HOUSE, held, MARA)).users[MARA].channel == 0


@pytest.mark.parametrize("sight", [MEMBER, FACILITATOR, GUEST, replace(GUEST, alone=ANNA)])
def test_what_is_hidden_changes_nothing_not_even_a_position(sight: Sight) -> None:
    more = {
        30: RoomShown(name="geheim", parent=KITCHEN, order=-1, people={40: person("x")}),
        31: RoomShown(name="geheimer", parent=PLENUM, order=1, floor_line="▶ x · 0:00"),
        32: RoomShown(name="allein", order=3, waiting={41: person("y")}),
    }
    groups = {33: GroupShown(name="bande", order=0)}
    hidden = replace(
        HOUSE,
        groups={**groups, **HOUSE.groups},
        rooms={**more, **HOUSE.rooms},
        idle={42: Idle(person("z"), frozenset({33})), **HOUSE.idle},
    )
    assert view_of(hidden, sight) == view_of(HOUSE, sight)
    assert sight_of(hidden, sight, MARA) == sight_of(HOUSE, sight, MARA)


def test_a_guest_of_a_room_learns_nothing_of_its_group() -> None:
    view = view_of(HOUSE, GUEST)
    assert view.channels[PLENUM].parent == 0
    assert names(view) == {"allmende", "plenum\u2215montag", "▶ mara · 0:05", "1 ali"}
    assert not view.channels[PLENUM].can_enter


def test_what_hangs_on_a_room_that_is_not_seen_hangs_on_the_next_above() -> None:
    sight = replace(MEMBER, rooms=frozenset({BREAK_OUT}))
    assert view_of(HOUSE, sight).channels[BREAK_OUT].parent == KITCHEN
    assert view_of(HOUSE, Sight(rooms=frozenset({BREAK_OUT}))).channels[BREAK_OUT].parent == 0


def test_what_hangs_on_nothing_that_leads_home_hangs_on_home() -> None:
    a, b, c = (
        RoomShown(name=name, parent=parent) for name, parent in zip("abc", (2, 3, 2), strict=True)
    )
    ring = replace(HOUSE, rooms={1: a, 2: b, 3: c})
    assert view_of(ring, Sight(rooms=frozenset({1}))).channels[1].parent == 0


def test_people_at_home_are_seen_by_those_with_a_group_in_common_only() -> None:
    assert 21 in view_of(HOUSE, MEMBER).users
    assert 22 not in view_of(HOUSE, MEMBER).users
    assert not {21, 22} & view_of(HOUSE, GUEST).users.keys()
    other = replace(MEMBER, rooms=frozenset({BEDS}), groups=frozenset({GARDEN}))
    assert set(view_of(HOUSE, other).users) == {IDA}


def test_everybody_sees_themself_and_sights_are_shared_where_they_can_be() -> None:
    assert sight_of(HOUSE, MEMBER, MARA) == sight_of(HOUSE, MEMBER, 21) == MEMBER
    assert sight_of(HOUSE, FACILITATOR, ANNA) == FACILITATOR
    assert sight_of(HOUSE, GUEST, 22) == replace(GUEST, alone=22)
    assert set(view_of(HOUSE, sight_of(HOUSE, GUEST, 22)).users) == {MARA, ALI, 22}
    assert sight_of(HOUSE, replace(MEMBER, alone=ANNA), MARA) == MEMBER


@pytest.mark.parametrize("session", [IDA, ANNA])
def test_who_stands_where_they_may_not_be_sees_themself_at_home(session: int) -> None:
    sight = sight_of(HOUSE, Sight(), session)
    view = view_of(HOUSE, sight)
    assert names(view) == {"allmende"}
    assert {number: user.channel for number, user in view.users.items()} == {session: 0}


def test_who_is_nowhere_is_not_shown() -> None:
    assert view_of(HOUSE, Sight(alone=999)).users == {}


def test_a_door_without_a_name_of_its_own_is_called_like_the_room() -> None:
    plain = replace(HOUSE.rooms[PLENUM], door="")
    view = view_of(replace(HOUSE, rooms={PLENUM: plain}), FACILITATOR)
    assert view.channels[door_channel(PLENUM)].name == "plenum\u2215montag"


def test_virtual_channels_have_numbers_of_their_own_that_fit() -> None:
    assert floor_channel(1) == FIRST_VIRTUAL + 4
    assert door_channel(MAX_ROOM_CHANNEL) <= MAX_CHANNEL
    made = [make(room) for room in (1, 2) for make in (floor_channel, order_channel, door_channel)]
    assert len(set(made)) == 6
    assert all(is_virtual(number) for number in made)
    assert not is_virtual(MAX_ROOM_CHANNEL)


def test_a_door_leads_to_its_room() -> None:
    assert room_before(door_channel(PLENUM)) == PLENUM
    for other in (0, PLENUM, floor_channel(PLENUM), order_channel(PLENUM)):
        assert room_before(other) is None


def test_how_deep_a_channel_is() -> None:
    assert [depth(HOUSE, number) for number in (0, KITCHEN, PLENUM, BREAK_OUT)] == [0, 1, 2, 3]
    alone = replace(HOUSE, rooms={5: RoomShown(name="allein")})
    assert depth(alone, 5) == 1
    ring = replace(HOUSE, rooms={1: RoomShown(name="a", parent=1)})
    assert depth(ring, 1) > 6


def test_who_listens_is_seen_by_those_who_see_the_room_and_by_nobody_else() -> None:
    far, near = UserShown(channel=9, name="far"), UserShown(channel=8, name="near")
    rooms = {
        8: RoomShown(name="eight", people={1: near}, listeners={2: far}),
        9: RoomShown(name="nine", people={2: far}),
    }
    house = House(name="home", rooms=rooms)
    seen = view_of(house, Sight(rooms=frozenset({8}))).users
    assert (seen[2].channel, seen[2].listening) == (HOME, frozenset({8}))
    seen = view_of(house, Sight(rooms=frozenset({8, 9}))).users
    assert (seen[2].channel, seen[2].listening) == (9, frozenset({8}))
    for sight in (Sight(rooms=frozenset({9})), Sight(rooms=frozenset({8, 9}), held=frozenset({8}))):
        assert view_of(house, sight).users == {2: far}
