"""Rows of pads, on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from allmende.core.ids import GroupId, PadId, RoomId
from allmende.storage.database import Database
from allmende.systems.pads.model.pad import History, Kind, Pad, Whom
from allmende.systems.pads.store import authors, ends, links, pads
from allmende.systems.pads.store.pads import PadSettings
from tests.databases import Place
from tests.identity.store.plans import full_scans
from tests.identity.town import BEGINNING

LATER = BEGINNING + timedelta(days=1)
NEW = Pad(
    PadId(0), "g7:plan", "plan", GroupId(7), None, Kind.TEXT, "markdown", 1, "Plan",
    Whom.MEMBERS, Whom.LINK, True, History.NAMED, False, 30, BEGINNING, None, LATER, 0, 0, 0, 0, "",
)  # fmt: skip


def test_a_pad_comes_back_as_it_went_by_number_and_place(database: Database) -> None:
    def change(db: Connection) -> None:
        pad = replace(NEW, id=pads.add_pad(db, NEW))
        assert pads.find_pad(db, pad.id) == pads.find_pad_at(db, "g7:plan") == pad
        assert pads.find_pad_at(db, "g8:plan") is None
        assert pads.find_pad(db, PadId(pad.id + 1)) is None

    asyncio.run(database.write(change))


def test_groups_and_rooms_list_their_own_pads(database: Database) -> None:
    def change(db: Connection) -> None:
        first = pads.add_pad(db, NEW)
        second = pads.add_pad(db, replace(NEW, place="g7:b"))
        pads.add_pad(db, replace(NEW, place="g8:b", group_id=GroupId(8)))
        in_room = replace(NEW, place="r3:a", group_id=None, room_id=RoomId(3), ends_at=None)
        third = pads.add_pad(db, in_room)
        assert [pad.id for pad in pads.pads_of_group(db, GroupId(7))] == [first, second]
        assert [pad.id for pad in pads.pads_of_room(db, RoomId(3))] == [third]
        assert (pads.count_of_group(db, GroupId(7)), pads.count_of_room(db, RoomId(3))) == (2, 1)
        assert pads.rooms_with_pads(db, RoomId(0), most=9) == [RoomId(3)]
        assert pads.rooms_with_pads(db, RoomId(3), most=9) == []

    asyncio.run(database.write(change))


def test_settings_lock_and_end_change_what_they_say_and_no_more(database: Database) -> None:
    def change(db: Connection) -> None:
        pad_id = pads.add_pad(db, NEW)
        new = PadSettings(
            title="Neu", who_edits=Whom.LINK, who_reads=Whom.LINK,
            readers_see_history=False, history=History.NONE, expiry_days=1,
        )  # fmt: skip
        pads.change_pad(db, pad_id, new, BEGINNING)
        pads.set_locked(db, pad_id, True)
        changed = replace(
            NEW, id=pad_id, title="Neu", who_edits=Whom.LINK, readers_see_history=False,
            history=History.NONE, expiry_days=1, ends_at=BEGINNING, locked=True,
        )  # fmt: skip
        assert pads.find_pad(db, pad_id) == changed
        pads.set_end(db, pad_id, None)
        assert pads.find_pad(db, pad_id) == replace(changed, ends_at=None)

    asyncio.run(database.write(change))


def test_ended_pads_are_found_by_their_end_and_a_buried_one_by_nobody_else(
    database: Database,
) -> None:
    def change(db: Connection) -> None:
        pad_id = pads.add_pad(db, NEW)
        pads.add_pad(db, replace(NEW, place="g7:b", ends_at=None))
        assert pads.ended_pads(db, BEGINNING, most=9) == []
        assert [pad.id for pad in pads.ended_pads(db, LATER, most=9)] == [pad_id]
        pads.bury_pad(db, pad_id, BEGINNING)
        assert pads.find_pad_at(db, "g7:plan") is None
        assert [pad.id for pad in pads.ended_pads(db, BEGINNING, most=9)] == [pad_id]
        assert [pad.place for pad in pads.pads_of_group(db, GroupId(7))] == ["g7:b"]

    asyncio.run(database.write(change))


def test_a_tombstone_holds_a_name_until_its_end(database: Database) -> None:
    def change(db: Connection) -> None:
        pads.add_tombstone(db, "hash", BEGINNING)
        pads.add_tombstone(db, "hash", LATER)
        assert pads.is_buried(db, "hash", BEGINNING)
        assert not pads.is_buried(db, "hash", LATER)
        assert not pads.is_buried(db, "other", BEGINNING)

    asyncio.run(database.write(change))


def test_every_question_has_its_index(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    try:
        for store in (pads, links, authors, ends):
            assert asyncio.run(database.read(partial(full_scans, store=store))) == []
    finally:
        database.close()
