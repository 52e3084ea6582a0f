"""Every route of the house, asked by everybody there is (product.md 6, S11)."""

import pytest
from starlette.routing import Route, WebSocketRoute

from allmende.systems.meet.web.api import COMMANDS
from tests.access.asks import ASKS, Case
from tests.access.expected import API, ON_GROUP, ON_HOUSE, ON_ROOM, Row
from tests.access.pads import (
    ANYBODY,
    BASES,
    BELOW,
    BY_CAPABILITY,
    BY_LINK,
    IN_GROUP,
    IN_GROUP_ROOM,
    IN_OPEN_ROOM,
    ON_PADS,
    ON_PADS_OF_ROOM,
    PAD_ASKS,
    PadCase,
    pad_case,
)
from tests.access.world import Place, World

pytestmark = pytest.mark.slow


def routes(world: World) -> set[str]:
    """All that the composed house answers to; HEAD goes with GET."""
    found: set[str] = set()
    for route in world.town.app.routes:
        if isinstance(route, WebSocketRoute):
            found.add(f"WS {route.path}")
        else:
            assert isinstance(route, Route), route
            methods = (route.methods or set()) - {"HEAD"}
            found |= {f"{method} {route.path}" for method in methods}
    return found


def asked(world: World, key: str, place: Place, row: Row) -> dict[str, int]:
    """The answers, in the order of the roles."""
    ask = ASKS.get(key) or PAD_ASKS[key]
    return {role: ask(Case(world, role, place)).status for role in row}


def test_every_route_has_its_row_and_every_row_its_route(world: World) -> None:
    known = {*ON_HOUSE, *ON_GROUP, *ON_ROOM}
    assert known == set(ASKS)
    of_pads = {*ON_PADS, *ON_PADS_OF_ROOM}
    assert of_pads == set(PAD_ASKS)
    assert routes(world) == known | of_pads | BELOW
    commands = {f"POST {API}/call/{name}" for name in COMMANDS}
    assert commands <= set(ON_ROOM)


@pytest.mark.parametrize("key", ON_HOUSE)
def test_the_house_answers_as_expected(world: World, key: str) -> None:
    assert asked(world, key, world.group_room, ON_HOUSE[key]) == ON_HOUSE[key]
    assert world.town.lives


@pytest.mark.parametrize("key", ON_GROUP)
def test_a_group_answers_as_expected(world: World, key: str) -> None:
    assert asked(world, key, world.group_room, ON_GROUP[key]) == ON_GROUP[key]
    assert world.town.lives


@pytest.mark.parametrize("key", ON_ROOM)
def test_a_room_of_a_group_answers_as_expected(world: World, key: str) -> None:
    row, _ = ON_ROOM[key]
    assert asked(world, key, world.group_room, row) == row
    assert world.town.lives


@pytest.mark.parametrize("key", ON_ROOM)
def test_an_open_room_answers_as_expected(world: World, key: str) -> None:
    _, row = ON_ROOM[key]
    assert asked(world, key, world.open_room, row) == row
    assert world.town.lives


@pytest.mark.parametrize("key", ON_PADS)
def test_making_pads_answers_as_expected(world: World, key: str) -> None:
    assert asked(world, key, world.group_room, ON_PADS[key]) == ON_PADS[key]
    assert world.town.lives


@pytest.mark.parametrize("key", ON_PADS_OF_ROOM)
def test_the_pads_of_a_room_answer_as_expected(world: World, key: str) -> None:
    of_group, of_open = ON_PADS_OF_ROOM[key]
    assert asked(world, key, world.group_room, of_group) == of_group
    assert asked(world, key, world.open_room, of_open) == of_open
    assert world.town.lives


@pytest.mark.parametrize("key", BY_CAPABILITY)
def test_a_pad_answers_each_by_what_they_may_do(world: World, key: str) -> None:
    answers = BY_CAPABILITY[key]
    places = [(BASES[0], ANYBODY, None), (BASES[1], IN_GROUP, None)]
    rooms = [(IN_GROUP_ROOM, world.group_room), (IN_OPEN_ROOM, world.open_room)]
    for base, has, place in [*places, *((BASES[2], has, room) for has, room in rooms)]:
        found = {role: pad_case(world, role, base, place).ask(key).status for role in has}
        assert found == {role: answers[what] for role, what in has.items()}, (key, base)
    assert world.town.lives


@pytest.mark.parametrize("key", BY_CAPABILITY)
def test_a_link_gives_its_right_to_everybody_and_no_other(world: World, key: str) -> None:
    for letter, what in BY_LINK.items():
        for role in ("stranger", "foreign"):
            case = PadCase(Case(world, role, world.group_room), world.pads[letter], "stranger")
            assert case.ask(key).status == BY_CAPABILITY[key][what], (key, letter, role)
