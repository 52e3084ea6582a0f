"""A change leaves rows, entries for the minutes and facts; what is so already leaves nothing."""

from sqlalchemy import Connection, select

from allmende.storage.database import Database
from allmende.systems.plenum.model.agenda import Add, Begin, Move, NewItem
from allmende.systems.plenum.model.assembly import Close, Language, Open, Pause, Reopen, Start
from allmende.systems.plenum.service.recording import apply, tell
from allmende.systems.plenum.store import assemblies
from allmende.systems.plenum.store.tables import entries
from tests.systems.plenum.conftest import BERLIN, Hall, item
from tests.systems.plenum.model.test_assembly import PAD, at


def test_each_event_leaves_what_it_says(database: Database) -> None:
    hall = Hall(database)

    def change(db: Connection) -> list[str]:
        one = assemblies.add_assembly(db, hall.room.id, "x", Language.DE, at(0).at)
        for event in (
            Add([NewItem(title="a"), NewItem(title="b")]), Open(PAD), Open(PAD), Start(),
            Begin(item(1)), Move(item(1), -1), Pause(), Close(), Reopen(),
        ):  # fmt: skip
            one, happened = apply(db, one, event, at(1), BERLIN)
            tell(db, one, happened, at(1))
        assert assemblies.find_assembly(db, one.id) == one
        keys = db.execute(select(entries.c.append_key).order_by(entries.c.id)).scalars()
        return [key.partition("-")[2] for key in keys]

    assert hall.run(database.write(change)) == [
        "start", "item1-start", "break1-start", "break1-end", "item1-end", "end1", "reopen1",
    ]  # fmt: skip
    assert hall.facts() == [
        "AgendaChanged", "AssemblyOpened", "AssemblyStarted", "ItemStarted", "AssemblyPaused",
        "AssemblyResumed", "ItemEnded", "AssemblyClosed", "AssemblyReopened",
    ]  # fmt: skip


def test_without_a_pad_nothing_waits_to_be_written(database: Database) -> None:
    hall = Hall(database, pads=None)
    hall.open("1. x (5 min)")
    hall.act(Start())
    hall.write()
    hall.later(hours=1)
    count = hall.run(database.read(lambda db: len(db.execute(select(entries)).all())))
    assert (count, hall.now().minutes) == (0, None)
