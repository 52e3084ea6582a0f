"""Every route of the house, asked by everybody there is (product.md 6, S11)."""

import pytest
from starlette.routing import Route, WebSocketRoute

from allmende.systems.meet.web.api import COMMANDS
from tests.access.asks import ASKS, Case
from tests.access.expected import API, ON_GROUP, ON_HOUSE, ON_ROOM, Row
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
    return {role: ASKS[key](Case(world, role, place)).status for role in row}


def test_every_route_has_its_row_and_every_row_its_route(world: World) -> None:
    known = {*ON_HOUSE, *ON_GROUP, *ON_ROOM}
    assert routes(world) == known == set(ASKS)
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
