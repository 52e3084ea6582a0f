"""Named states stay, can be read, and can be restored; a restore can be restored."""

import pytest
from sqlalchemy import text

from allmende.core.errors import Conflict, InvalidInput, NotFound
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.history import BEFORE_RESTORE
from allmende.systems.pads.model.pad import History
from allmende.systems.pads.store import editors as store
from allmende.systems.pads.store import log
from allmende.transports.tasks import background
from tests.databases import Twice
from tests.systems.pads.editors import UPDATE, sync
from tests.systems.pads.rows import read
from tests.systems.pads.writing import House


@pytest.fixture
def house(database: Twice) -> House:
    return House(database)


def said(document: Document) -> str:
    return read([document.encoded()])


def test_a_named_state_stays_as_it_was(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,), background(house.engine.run()):
            editor.write("erster Entwurf")
            await house.all_say([editor], "erster Entwurf")
            kept = await house.engine.name_revision(house.pad.id, " Entwurf ", house.mara.id)
            editor.write(" und mehr")
            await house.all_say([editor], "erster Entwurf und mehr")
            assert await house.engine.read_keyframe(house.pad.id, kept.id, said) == "erster Entwurf"
            await editor.until(lambda: editor.told("revision"))
            assert editor.told("revision")[0]["name"] == "Entwurf"
            listed = await house.engine.revisions(house.pad.id)
            assert listed[0] == kept

    house.run(story())


def test_a_name_that_says_nothing_or_a_pad_without_history_refuses(database: Twice) -> None:
    house = House(database, history=History.NONE)
    with pytest.raises(Conflict):
        house.run(house.engine.name_revision(house.pad.id, "Entwurf", None))
    with pytest.raises(InvalidInput):
        house.run(house.engine.name_revision(house.pad.id, " ", None))


def test_a_restore_brings_back_what_was_and_can_be_taken_back(house: House) -> None:
    async def story() -> None:
        async with house.editing(2) as (editor, witness), background(house.engine.run()):
            editor.write("Beschluss: ja")
            await house.all_say([editor], "Beschluss: ja")
            kept = await house.engine.name_revision(house.pad.id, "Beschluss", house.mara.id)
            del editor.body[11:]
            editor.write("nein")
            editor.socket.put(sync(UPDATE, editor.doc.get_update()))
            await house.all_say([witness], "Beschluss: nein")
            await house.engine.restore(house.pad.id, kept.id, house.mara.id)
            await house.all_say([editor, witness], "Beschluss: ja")
            before = (await house.engine.revisions(house.pad.id))[0]
            assert before.name == BEFORE_RESTORE
            await house.engine.restore(house.pad.id, before.id, house.mara.id)
            await house.all_say([editor, witness], "Beschluss: nein")

    house.run(story())
    facts = text("SELECT count(*) FROM event_log WHERE name = 'pads.PadRestored'")
    assert house.ask(lambda db: db.execute(facts).scalar_one()) == 2


def test_what_was_never_kept_cannot_be_restored(house: House) -> None:
    with pytest.raises(NotFound):
        house.run(house.engine.restore(house.pad.id, 4711, None))


def test_a_state_of_another_generation_is_not_mixed_in(house: House) -> None:
    async def story() -> None:
        async with background(house.engine.run()):
            kept = await house.engine.name_revision(house.pad.id, "vorher", None)
        swap = text("UPDATE pads_pad SET generation = 2")
        await house.database.write(lambda db: bool(db.execute(swap).rowcount))
        house.new_engine()
        with pytest.raises(Conflict):
            await house.engine.restore(house.pad.id, kept.id, None)

    house.run(story())


def test_cleared_authorship_is_forgotten_on_disk_and_on_screens(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,), background(house.engine.run()):
            editor.write("von wem?")
            await house.all_say([editor], "von wem?")
            await house.engine.clear_authorship(house.pad.id)
            (pad,) = house.engine.open_pads
            assert not pad.clients[editor.client].has_colour

    house.run(story())
    rows = house.ask(lambda db: log.rows_after(db, house.pad.id, 0, most=9))
    assert {(row.author_id, row.session_id) for row in rows} == {(None, None)}
    assert not any(
        one.has_colour for one in house.ask(lambda db: store.clients_of(db, house.pad.id))
    )
    assert house.stored().pad.authors_from == house.stored().pad.head_seq
