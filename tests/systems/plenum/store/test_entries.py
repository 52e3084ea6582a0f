"""Entries are tested with the assemblies they belong to; here: what a crash leaves."""

import asyncio

from sqlalchemy import Connection

from allmende.core.ids import RoomId
from allmende.storage.database import Database
from allmende.systems.plenum.model.assembly import Language
from allmende.systems.plenum.model.minutes import Entry
from allmende.systems.plenum.store import assemblies, entries
from allmende.systems.plenum.store.tables import EntryState
from tests.identity.town import BEGINNING


def test_an_entry_without_a_pad_is_found_too(database: Database) -> None:
    def change(db: Connection) -> None:
        one = assemblies.add_assembly(db, RoomId(1), "x", Language.DE, BEGINNING)
        entries.add_entry(db, one.id, Entry("k", "x"), BEGINNING)
        waiting = entries.find_oldest(db, one.id)
        assert waiting is not None
        assert waiting.pad_id is None

    asyncio.run(database.write(change))


def test_an_entry_has_three_states_and_is_gone_when_it_is_written() -> None:
    assert [state.value for state in EntryState] == ["pending", "failing", "given_up"]
