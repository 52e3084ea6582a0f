"""Rows of assemblies, items and entries, on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, func, select

from allmende.core.ids import AssemblyId, ItemId, PadId, RoomId
from allmende.storage.database import Database
from allmende.storage.retention import sweep
from allmende.systems.plenum.model.agenda import Add, Begin, Move, NewItem, Park, Remove
from allmende.systems.plenum.model.assembly import (
    Assembly,
    AssemblyState,
    Close,
    Event,
    Language,
    MinutesPad,
    Open,
    Pause,
    Start,
    step,
)
from allmende.systems.plenum.model.minutes import Entry
from allmende.systems.plenum.model.moment import Moment
from allmende.systems.plenum.store import assemblies, entries, tables
from tests.databases import Place
from tests.identity.store.plans import full_scans
from tests.identity.town import BEGINNING

ROOM = RoomId(7)
NOW = Moment(BEGINNING, 1_000)
PAD = MinutesPad(id=PadId(5), path="/r/x/pads/minutes", name="minutes")


def planned(db: Connection, room: RoomId = ROOM) -> Assembly:
    return assemblies.add_assembly(db, room, "Plenum", Language.EN, BEGINNING)


def kept(db: Connection, before: Assembly, *events: Event) -> Assembly:
    after = before
    for event in events:
        after, _ = step(after, event, NOW)
    assemblies.save(db, before, after)
    return after


def test_an_assembly_comes_back_as_it_went_after_each_change(database: Database) -> None:
    def change(db: Connection) -> Assembly:
        assembly = planned(db)
        assert assemblies.find_newest(db, ROOM) == assembly
        assert assemblies.find_newest(db, RoomId(8)) is None
        assert assemblies.find_assembly(db, AssemblyId(999)) is None
        items = Add([NewItem(title=title, note="n") for title in ("one", "two", "three")])
        for event in (
            items, Open(PAD), Start(), Begin(assembly_item(2)), Pause(), Move(assembly_item(1), 1),
            Park(assembly_item(1)), Remove(assembly_item(3)), Close(4),
        ):  # fmt: skip
            assembly = kept(db, assembly, event)
            assert assemblies.find_assembly(db, assembly.id) == assembly
        return assembly

    assembly = asyncio.run(database.write(change))
    assert [item.title for item in assembly.agenda.items] == ["two", "one"]


def assembly_item(number: int) -> ItemId:
    return ItemId(number)


def test_what_is_open_is_found_and_counted(database: Database) -> None:
    def change(db: Connection) -> None:
        planned(db, RoomId(1))
        opened = kept(db, planned(db, RoomId(2)), Open(PAD))
        kept(db, planned(db, RoomId(3)), Open(PAD), Close())
        assert assemblies.alive(db) == [(opened.id, RoomId(2))]
        for seen in (3, 2):
            assemblies.note_attended(db, opened.id, seen)
        found = assemblies.find_assembly(db, opened.id)
        assert found is not None
        assert found.attended == 3

    asyncio.run(database.write(change))


def test_minutes_are_frozen_once_and_forgotten_with_their_pad(database: Database) -> None:
    def change(db: Connection) -> None:
        closed = kept(db, planned(db), Open(PAD), Close())
        week = BEGINNING + timedelta(days=7)
        assert assemblies.freezing(db, week - timedelta(seconds=1)) == []
        assert assemblies.freezing(db, week) == [(closed.id, PAD.id)]
        assemblies.note_frozen(db, closed.id)
        assert assemblies.freezing(db, week) == []
        assert assemblies.pad_names(db, ROOM) == ["minutes"]
        assert assemblies.assemblies_of_pad(db, PAD.id) == [(closed.id, ROOM)]
        assemblies.forget_pad(db, PAD.id)
        assert assemblies.find_newest(db, ROOM) == replace(closed, pad=None, freeze_at=None)
        assert assemblies.pad_names(db, ROOM) == []

    asyncio.run(database.write(change))


def test_entries_are_written_in_order_and_wait_together(database: Database) -> None:
    def change(db: Connection) -> None:
        opened = kept(db, planned(db), Open(PAD))
        for number in (1, 2):
            entries.add_entry(db, opened.id, Entry(f"k{number}", "*x*\n"), BEGINNING)
        assert entries.due(db, BEGINNING - timedelta(seconds=1)) == []
        assert entries.due(db, BEGINNING) == [opened.id]
        first = entries.find_oldest(db, opened.id)
        assert first is not None
        assert (first.key, first.pad_id, first.markdown, first.tries) == ("k1", PAD.id, "*x*\n", 0)
        later = BEGINNING + timedelta(minutes=1)
        entries.try_later(db, opened.id, 1, later)
        assert (entries.due(db, BEGINNING), entries.due(db, later)) == ([], [opened.id])
        entries.note_written(db, first.id)
        second = entries.find_oldest(db, opened.id)
        assert second is not None
        assert (second.key, second.tries) == ("k2", 1)
        entries.give_up(db, opened.id)
        assert (entries.due(db, later), entries.find_oldest(db, opened.id)) == ([], None)
        entries.add_entry(db, opened.id, Entry("k3", "x"), BEGINNING)
        entries.forget(db, opened.id)
        assert entries.find_oldest(db, opened.id) is None

    asyncio.run(database.write(change))


def rows(db: Connection) -> list[int]:
    every = (tables.assemblies, tables.items, tables.entries)
    return [db.execute(select(func.count()).select_from(table)).scalar_one() for table in every]


def test_a_room_that_is_gone_takes_all_along_in_pieces(database: Database) -> None:
    def change(db: Connection) -> None:
        for _ in range(3):
            one = kept(db, planned(db), Add([NewItem(title="x")]), Open(PAD), Close())
            entries.add_entry(db, one.id, Entry("k", "x"), BEGINNING)
        assert [assemblies.forget_room(db, ROOM, most=2) for _ in range(3)] == [2, 1, 0]
        assert rows(db) == [0, 0, 0]

    asyncio.run(database.write(change))


def test_what_was_planned_and_never_opened_ends_after_90_days(database: Database) -> None:
    def change(db: Connection) -> None:
        kept(db, planned(db), Add([NewItem(title="x")]))
        kept(db, planned(db, RoomId(8)), Open(None), Close())
        for days, left in ((89.9, 2), (90.1, 1)):
            for promise in tables.KEPT:
                sweep(db, promise, BEGINNING + timedelta(days=days))
            assert rows(db)[0] == left
        state = select(tables.assemblies.c.state)
        assert db.execute(state).scalar_one() is AssemblyState.CLOSED

    asyncio.run(database.write(change))


def test_every_question_has_its_index(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    try:
        for store in (assemblies, entries):
            assert asyncio.run(database.read(partial(full_scans, store=store))) == []
    finally:
        database.close()
