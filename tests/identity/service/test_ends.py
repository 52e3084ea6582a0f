"""What ends by itself is told like a deletion by hand."""

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import NotFound
from tests.identity.town import Town


def test_an_open_room_ends_after_thirty_idle_days(town: Town) -> None:
    room = town.run(town.identity.open_room("Plenum")).room
    town.clock.turn(days=29)
    assert town.run(town.identity.end_what_is_over()) == 0
    town.clock.turn(days=1)
    assert town.run(town.identity.end_what_is_over()) == 1
    assert town.told() == ["identity.RoomMade", "identity.RoomGone"]
    with pytest.raises(NotFound):
        town.run(town.identity.entrance(STRANGER, room.slug, None))


@pytest.mark.slow
def test_many_rooms_end_in_pieces(town: Town) -> None:
    for _ in range(101):
        town.run(town.identity.open_room("Plenum"))
    town.clock.turn(days=30)
    assert town.run(town.identity.end_what_is_over()) == 101
    assert town.told().count("identity.RoomGone") == 101


def test_rooms_of_groups_never_end_by_themselves(town: Town) -> None:
    mara = town.person("mara")
    group = town.group(mara)
    town.clock.turn(days=1_000)
    assert town.run(town.identity.end_what_is_over()) == 0
    assert town.run(town.identity.group_page(mara, group.slug)).rooms
