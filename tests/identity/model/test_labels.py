"""The honest label says what the settings mean, for every combination."""

from itertools import product

import pytest

from allmende.core.ids import GroupId, RoomId
from allmende.core.rooms import Lobby, Room
from allmende.identity.model.labels import room_label


@pytest.mark.parametrize(
    ("group", "lobby", "days"), list(product((None, GroupId(1)), Lobby, (None, 1, 28)))
)
def test_each_combination_has_its_sentences(
    group: GroupId | None, lobby: Lobby, days: int | None
) -> None:
    sentences = room_label(Room(RoomId(1), group, "abc", "x", lobby, False, None), days)
    ids = [message_id for message_id, _ in sentences]
    assert ids[0] == ("identity.label-group" if group else "identity.label-open")
    assert ("identity.label-guests-wait" in ids) == (lobby is Lobby.GUESTS)
    assert ("identity.label-all-wait" in ids) == (lobby is Lobby.ALL)
    assert [values for message_id, values in sentences if message_id == "identity.label-kept"] == (
        [] if days is None else [{"n": days}]
    )
    assert ids[-1] == "identity.label-not-recorded"
