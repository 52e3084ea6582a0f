"""Pads as other systems see them: minutes of an assembly, lists of a group."""

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import InvalidInput, NotAllowed, NotFound
from allmende.core.ids import GroupId, PadId, RoomId
from allmende.core.ports.pads import Pads
from allmende.systems.pads.model.pad import Kind
from tests.systems.pads.village import Village


def port(village: Village) -> Pads:
    return village.pads


def test_minutes_are_made_once_with_their_first_text(village: Village) -> None:
    admin = village.people()["admin"]
    room, pads = village.a_room(admin), port(village)
    make = pads.create_pad(admin, room.id, "minutes-2026-11-23", "# Plenum")
    shown = village.run(make)
    assert shown.path == f"/r/{room.slug}/pads/minutes-2026-11-23"
    assert (shown.room_id, shown.ends_at, shown.people) == (room.id, None, 0)
    again = village.run(pads.create_pad(admin, room.id, "MINUTES-2026-11-23", "# Anders"))
    assert again.id == shown.id
    assert village.run(pads.pad_markdown(shown.id)).strip() == "# Plenum"


def test_a_first_text_that_a_crash_swallowed_is_written_later(village: Village) -> None:
    admin = village.people()["admin"]
    room, pads = village.a_room(admin), port(village)
    empty = village.run(pads.create_pad(admin, room.id, "minutes", ""))
    assert village.run(pads.pad_markdown(empty.id)).strip() == ""
    village.run(pads.create_pad(admin, room.id, "minutes", "# Plenum"))
    assert "# Plenum" in village.run(pads.pad_markdown(empty.id))


def test_blocks_are_added_once_for_each_key(village: Village) -> None:
    admin = village.people()["admin"]
    room, pads = village.a_room(admin), port(village)
    minutes = village.run(pads.create_pad(admin, room.id, "minutes", "# Plenum"))
    for key in ("item-1", "item-1", "item-2"):
        village.run(pads.append_blocks(minutes.id, f"## {key}", key))
    said = village.run(pads.pad_markdown(minutes.id))
    assert [line for line in said.split("\n") if line] == ["# Plenum", "## item-1", "## item-2"]


def test_a_frozen_pad_is_read_only(village: Village) -> None:
    people = village.people()
    room, pads = village.a_room(people["admin"]), port(village)
    minutes = village.run(pads.create_pad(people["admin"], room.id, "minutes", ""))
    village.run(pads.freeze_pad(minutes.id, frozen=True))
    assert village.texts.told[-1] == ("locked", (minutes.id, True))
    village.run(pads.freeze_pad(minutes.id, frozen=False))
    assert village.texts.told[-1] == ("locked", (minutes.id, False))


def test_rights_and_names_are_asked(village: Village) -> None:
    people = village.people()
    room, pads = village.a_room(people["admin"]), port(village)
    with pytest.raises(NotAllowed):
        village.run(pads.create_pad(people["guest"], room.id, "x", ""))
    for who, where in ((people["outsider"], room.id), (people["admin"], RoomId(10**6))):
        with pytest.raises(NotFound):
            village.run(pads.create_pad(who, where, "x", ""))
    with pytest.raises(InvalidInput, match=r"pads\.name-refused"):
        village.run(pads.create_pad(people["admin"], room.id, "a/b", ""))
    for act in (
        pads.append_blocks(PadId(10**6), "x", "k"),
        pads.freeze_pad(PadId(10**6), frozen=True),
        pads.pad_markdown(PadId(10**6)),
    ):
        with pytest.raises(NotFound, match=r"pads\.not-found"):
            village.run(act)


def test_a_group_lists_what_one_may_read_newest_edit_first(village: Village) -> None:
    people, pads = village.people(), port(village)
    admin, group = people["admin"], village.commune
    room = village.a_room(admin)
    first = village.run(village.pads.make_in_group(admin, group.slug, "Plan", Kind.RICH))
    second = village.run(village.pads.make_in_room(admin, room.slug, "Küche", Kind.RICH))
    village.run(village.pads.make_in_group(admin, group.slug, "leer", Kind.RICH))
    village.write(admin, first, "alt")
    village.clock.turn(minutes=5)
    village.write(admin, second, "neu")
    village.texts.present[village.pad(admin, second).id] = 3
    shown = village.run(pads.pads_of_group(people["guest"], group.id))
    assert [one.title for one in shown] == ["Küche", "Plan", "leer"]
    assert [one.people for one in shown] == [3, 0, 0]
    assert shown[0].room_id == room.id
    village.clock.turn(hours=24)
    later = village.run(pads.pads_of_group(admin, group.id))
    assert [one.title for one in later] == ["Küche", "Plan"]
    for who, where in ((STRANGER, group.id), (people["outsider"], group.id), (admin, GroupId(999))):
        assert village.run(pads.pads_of_group(who, where)) == []
