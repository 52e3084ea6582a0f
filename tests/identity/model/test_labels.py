"""The honest label says what the settings mean, for every combination."""

from itertools import product

import pytest

from allmende.core.ids import GroupId, RoomId
from allmende.core.rooms import Lobby, Room
from allmende.identity.model.labels import room_label

KEPT = {
    None: [],
    1: [("identity.label-kept-hours", {"n": 1})],
    24: [("identity.label-kept-hours", {"n": 24})],
    36: [("identity.label-kept-hours", {"n": 36})],
    672: [("identity.label-kept", {"n": 28})],
}


@pytest.mark.parametrize(
    ("group", "lobby", "hours"), list(product((None, GroupId(1)), Lobby, (None, 1, 24, 36, 672)))
)
def test_each_combination_has_its_sentences(
    group: GroupId | None, lobby: Lobby, hours: int | None
) -> None:
    sentences = room_label(Room(RoomId(1), group, "abc", "x", lobby, False, None), hours)
    ids = [message_id for message_id, _ in sentences]
    assert ids[0] == ("identity.label-group" if group else "identity.label-open")
    assert ("identity.label-guests-wait" in ids) == (lobby is Lobby.GUESTS)
    assert ("identity.label-all-wait" in ids) == (lobby is Lobby.ALL)
    kept = [sentence for sentence in sentences if sentence[0].startswith("identity.label-kept")]
    assert kept == KEPT[hours]
    assert ids[-1] == "identity.label-not-recorded"
