"""The end of pads: by idle days, by hand, with the room; nothing of them stays on the disk."""

from datetime import timedelta
from pathlib import Path

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from allmende.systems.pads.model.pad import Capability, History, Kind, Whom
from allmende.systems.pads.store.pads import PadSettings
from tests.databases import Place
from tests.systems.pads.village import DEFAULTS, Village

SENTINEL = "Kirschkuchensentinel"
ALL = ("pads_pad", "pads_update", "pads_author", "pads_link", "pads_client", "pads_keyframe")


def kept_for(days: int | None) -> PadSettings:
    return PadSettings(
        title="Plan", who_edits=Whom.MEMBERS, who_reads=Whom.MEMBERS, readers_see_history=False,
        history=History.FULL, expiry_days=days,
    )  # fmt: skip


def test_a_pad_that_nobody_wrote_in_ends_after_a_day(village: Village) -> None:
    address, _ = village.made()
    village.clock.turn(hours=23)
    village.run(village.pads.end_over())
    pad = village.pad(STRANGER, address)
    village.clock.turn(hours=1)
    with pytest.raises(NotFound):
        village.pad(STRANGER, address)
    village.run(village.pads.end_over())
    assert village.row(pad.id) is None
    assert village.facts() == ["PadCreated", "PadExpired"]
    assert ("forgotten", pad.id) in village.texts.told


def test_editing_prolongs_and_opening_does_not(village: Village) -> None:
    address, _ = village.made()
    village.write(STRANGER, address, "hallo")
    village.clock.turn(days=29)
    village.run(village.pads.end_over())
    village.write(STRANGER, address, "noch da")
    village.clock.turn(days=29)
    village.run(village.pads.end_over())
    assert village.pad(STRANGER, address).ends_at == village.now + timedelta(days=1)
    village.clock.turn(days=1)
    village.run(village.pads.end_over())
    assert [village.count(table) for table in ALL] == [0] * 6


def test_pads_of_a_room_end_with_it_alone(village: Village) -> None:
    admin = village.people()["admin"]
    room = village.a_room(admin)
    address = village.run(village.pads.make_in_room(admin, room.slug, "Plan", Kind.RICH))
    village.write(admin, address, "hallo")
    village.clock.turn(days=5000)
    village.run(village.pads.end_over())
    village.run(village.pads.end_of_rooms())
    assert village.count("pads_pad") == 1
    village.run(village.identity.delete_room(admin, room.id))
    village.run(village.pads.end_of_rooms())
    assert [village.count(table) for table in ALL] == [0] * 6
    village.run(village.pads.room_gone(room.id))


def test_a_pad_kept_by_its_group_never_ends(village: Village) -> None:
    admin, slug = village.people()["admin"], village.commune.slug
    address = village.run(village.pads.make_in_group(admin, slug, "Plan", Kind.RICH))
    village.run(village.pads.change(admin, address, kept_for(None)))
    village.write(admin, address, "hallo")
    village.clock.turn(days=5000)
    village.run(village.pads.end_over())
    pad = village.pad(admin, address)
    assert (pad.expiry_days, pad.ends_at) == (None, None)


def test_deleting_is_for_admins_and_asked_twice(village: Village) -> None:
    address, admin = village.made()
    with pytest.raises(NotAllowed, match=r"pads\.admins-only"):
        village.run(village.pads.delete(STRANGER, address, sure=True))
    with pytest.raises(InvalidInput, match=r"pads\.not-ticked"):
        village.run(village.pads.delete(STRANGER, admin, sure=False))
    village.run(village.pads.delete(STRANGER, admin, sure=True))
    for gone in (address, admin):
        with pytest.raises(NotFound):
            village.pad(STRANGER, gone)
    assert village.facts() == ["PadCreated", "PadDeleted"]
    assert village.count("pads_tombstone") == 0


def test_a_name_at_top_level_rests_for_30_days(village: Village) -> None:
    _, admin = village.made(name="Camp")
    village.run(village.pads.delete(STRANGER, admin, sure=True))
    with pytest.raises(Conflict, match=r"pads\.name-taken"):
        village.made(name="CAMP")
    village.clock.turn(days=30)
    village.made(name="Camp")


def test_in_a_group_a_name_is_free_at_once(village: Village) -> None:
    admin, slug = village.people()["admin"], village.commune.slug
    for _ in range(2):
        address = village.run(village.pads.make_in_group(admin, slug, "Plan", Kind.RICH))
        village.run(village.pads.delete(admin, address, sure=True))


def test_what_a_crash_left_is_deleted_by_the_job(village: Village) -> None:
    address, admin = village.made()
    village.write(STRANGER, address, "hallo")
    pad_id = village.pad(STRANGER, address).id

    village.texts.fails = True
    with pytest.raises(RuntimeError):
        village.run(village.pads.delete(STRANGER, admin, sure=True))
    with pytest.raises(NotFound):
        village.pad(STRANGER, address)
    village.texts.fails = False
    assert village.row(pad_id) is not None
    village.run(village.pads.end_over())
    assert [village.count(table) for table in ALL] == [0] * 6


def test_the_operator_deletes_a_pad_and_twice_is_as_good_as_once(village: Village) -> None:
    address, _ = village.made()
    pad_id = village.pad(STRANGER, address).id
    for _ in range(2):
        village.run(village.pads.delete_pad(pad_id))
    assert village.facts() == ["PadCreated", "PadDeleted"]


def traces(folder: Path, words: str) -> list[str]:
    """The files of the data folder that hold these words."""
    return [path.name for path in sorted(folder.rglob("*")) if path.is_file()
            and words.encode() in path.read_bytes()]  # fmt: skip


def test_nothing_of_a_deleted_pad_stays_in_the_database_or_its_log(sqlite_place: Place) -> None:
    opened = sqlite_place.open()
    village = Village(opened, DEFAULTS)
    address, admin = village.made(f"{SENTINEL}title")
    link = village.links(admin)[Capability.READ]
    for n in range(3):
        village.write(STRANGER, address, f"{SENTINEL} {n} " + "x" * 5000)
    village.run(village.pads.call_me(STRANGER, address, "c" * 22, f"{SENTINEL}name", 3))
    assert traces(sqlite_place.data, SENTINEL)
    assert not traces(sqlite_place.data, link.token or "")
    village.run(village.pads.delete(STRANGER, admin, sure=True))
    assert traces(sqlite_place.data, SENTINEL) == []
    opened.close()
