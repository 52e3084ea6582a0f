"""Another kind of text is a new generation: nothing of the old one is merged back in."""

import pytest
from sqlalchemy import text

from allmende.core.errors import Conflict
from allmende.protocols.markup.markdown import write_markdown
from allmende.systems.pads.model.content import text_of, tree_of
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.history import BEFORE_CONVERSION
from allmende.systems.pads.model.pad import History, Kind
from allmende.systems.pads.service.engine.swapping import converted
from allmende.systems.pads.store import editors as store
from allmende.systems.pads.store import log
from allmende.transports.tasks import background
from tests.databases import Twice
from tests.systems.pads.editors import UPDATE, sync
from tests.systems.pads.rows import typed
from tests.systems.pads.writing import House


@pytest.fixture
def house(database: Twice) -> House:
    return House(database, language="markdown")


def markdown(document: Document) -> str:
    return write_markdown(tree_of(document.doc, document.kind)).strip()


def plain(document: Document) -> str:
    return text_of(document.doc, document.kind)


def test_markdown_becomes_rich_text_and_everybody_loads_the_page_again(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,), background(house.engine.run()):
            editor.write("# Plenum\n\nalle da")
            await editor.until(lambda: house.engine.open_pads[0].live.dirty)
            await house.engine.convert(house.pad.id, Kind.RICH, "", house.mara.id)
            await editor.until(lambda: editor.socket.code is not None)
            assert editor.socket.code == 4409
            assert await house.engine.read(house.pad.id, markdown) == "# Plenum\n\nalle da"
            kept = (await house.engine.revisions(house.pad.id))[0]
            assert kept.name == BEFORE_CONVERSION
            before = await house.engine.read_keyframe(house.pad.id, kept.id, plain)
            assert before == "# Plenum\n\nalle da"
            with pytest.raises(Conflict):
                await house.engine.restore(house.pad.id, kept.id, None)

    house.run(story())
    stored = house.stored()
    assert (stored.pad.kind, stored.pad.generation, stored.rows) == (Kind.RICH, 2, [])
    assert house.ask(lambda db: log.log_size(db, house.pad.id)) == (0, 0)
    assert house.ask(lambda db: store.clients_of(db, house.pad.id)) == []


def test_a_copy_of_the_old_generation_is_not_merged_back_in(house: House) -> None:
    async def story() -> None:
        async with background(house.engine.run()):
            async with house.editing(1) as (old,):
                old.write("alt")
                await old.until(lambda: house.engine.open_pads[0].live.dirty)
                await house.engine.convert(house.pad.id, Kind.RICH, "", None)
                await old.until(lambda: old.socket.code is not None)
            found = await house.database.read(lambda db: log.find_pad(db, house.pad.id))
            assert found is not None
            house.pad = found
            async with house.editing(1) as (back,):
                back.socket.put(sync(UPDATE, old.doc.get_update()))
                await back.until(lambda: back.socket.code is not None)
                assert back.socket.code == 4403
            assert await house.engine.read(house.pad.id, markdown) == "alt"

    house.run(story())


def test_the_same_kind_changes_nothing(house: House) -> None:
    house.run(house.engine.convert(house.pad.id, Kind.TEXT, "markdown", None))
    assert house.stored().pad.generation == 1


def test_without_history_nothing_of_it_is_kept(database: Twice) -> None:
    house = House(database, history=History.NONE)

    async def story() -> None:
        async with background(house.engine.run()):
            await house.engine.convert(house.pad.id, Kind.RICH, "", None)

    house.run(story())
    assert house.run(house.engine.revisions(house.pad.id)) == []


def test_a_head_that_moved_meanwhile_is_found_out(house: House) -> None:
    async def story() -> None:
        async with background(house.engine.run()):
            await house.engine.encoded(house.pad.id)
            move = text("UPDATE pads_pad SET head_seq = 5")
            await house.database.write(lambda db: bool(db.execute(move).rowcount))
            with pytest.raises(Conflict):
                await house.engine.convert(house.pad.id, Kind.RICH, "", None)

    house.run(story())
    assert house.stored().pad.generation == 1


def test_code_stays_letter_by_letter_and_rich_text_becomes_markdown() -> None:
    code = Document(Kind.TEXT, typed("# no heading"))
    rich = Document(Kind.RICH, [converted(code.encoded(), Kind.TEXT, "python", Kind.RICH)])
    assert markdown(rich) == "```\n# no heading\n```"
    again = converted(rich.encoded(), Kind.RICH, "", Kind.TEXT)
    assert "# no heading" in plain(Document(Kind.TEXT, [again]))
