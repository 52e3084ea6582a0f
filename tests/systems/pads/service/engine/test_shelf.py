"""A pad is opened from state and rows, once, and let go when nobody needs it."""

import asyncio
from functools import partial
from itertools import count

import pycrdt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allmende.core.errors import NotFound, Unavailable
from allmende.core.ids import PadId
from allmende.systems.pads.service.engine.keeping import EVICTED_AFTER_S
from allmende.systems.pads.store import log
from tests.databases import AnyDatabase, Twice
from tests.systems.pads.editors import STEP_2, Editor, sync
from tests.systems.pads.rows import appended, read, rows_of, typed
from tests.systems.pads.writing import House

PLACES = count(1)


async def content(house: House) -> str:
    return read([await house.engine.encoded(house.pad.id)])


def test_a_pad_that_is_not_there_is_not_found(sqlite: AnyDatabase) -> None:
    house = House(sqlite)
    with pytest.raises(NotFound):
        house.run(house.engine.encoded(PadId(4711)))
    assert house.engine._shelf._doors == {}


def test_those_who_come_at_once_open_it_once(sqlite: AnyDatabase) -> None:
    house = House(sqlite)

    async def story() -> None:
        found = await asyncio.gather(*(house.engine._shelf.open(house.pad.id) for _ in range(20)))
        assert len({id(pad) for pad in found}) == 1

    house.run(story())


@pytest.mark.parametrize("state_at", [0, 1, 3])
def test_opening_is_the_state_and_the_rows_after_it(database: Twice, state_at: int) -> None:
    house = House(database)
    payloads = typed("eins ", "zwei ", "drei ", "vier")
    rows = rows_of(house.pad.id, payloads)
    house.run(database.write(lambda db: log.append(db, appended(rows))))
    if state_at:
        state = log.State(
            pad_id=house.pad.id,
            generation=1,
            seq=state_at,
            payload=pycrdt.merge_updates(*payloads[:state_at]),
        )
        house.run(database.write(lambda db: log.put_state(db, state, keep_rows=True)))
    assert house.run(content(house)) == "eins zwei drei vier"
    (pad,) = house.engine.open_pads
    assert (pad.head_seq, pad.state_seq, pad.rows_since) == (4, state_at, 4 - state_at)


@pytest.mark.slow
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["write", "write", "flush", "compact"])),
        min_size=1,
        max_size=25,
    )
)
def test_opening_equals_the_replay_of_everything_that_was_acknowledged(
    sqlite: AnyDatabase, steps: list[tuple[int, str]]
) -> None:
    """Whatever happens in between, in any order: rows alone, and state with rows, say the same."""
    house = House(sqlite, place=f"x:{next(PLACES)}")
    engine = house.engine

    async def story() -> None:
        async with house.editing(3) as editors:
            for number, (who, what) in enumerate(steps):
                if what == "write":
                    editors[who].write(f"{number:02} ")
                elif what == "flush":
                    await engine.flush()
                else:
                    engine.open_pads[0].state_wanted = True
            size = 3 * sum(what == "write" for _, what in steps)
            await editors[0].until(partial(have_all, editors, size))
        await engine.flush()

    house.run(story())
    before = engine_text(house)
    rows = house.ask(lambda db: log.rows_after(db, house.pad.id, 0, most=9_999))
    assert read([row.payload for row in rows]) == before
    house.new_engine()
    assert house.run(content(house)) == before


def have_all(editors: list[Editor], size: int) -> bool:
    """Whether everybody has everything, in the same order."""
    texts = {one.text for one in editors}
    return len(texts) == 1 and len(texts.pop()) == size


def engine_text(house: House) -> str:
    return read([house.engine.open_pads[0].live.document.encoded()])


def test_a_pad_without_editors_is_let_go_after_a_minute(sqlite: AnyDatabase) -> None:
    house = House(sqlite)

    async def story() -> None:
        async with house.editing(1) as (editor,):
            editor.write("da")
            await house.all_say([editor], "da")
            house.clock.turn(seconds=EVICTED_AFTER_S * 2)
            await house.engine.tidy()
            assert len(house.engine.open_pads) == 1
        await house.engine.tidy()
        await house.engine.flush()
        house.clock.turn(seconds=EVICTED_AFTER_S - 1)
        await house.engine.tidy()
        assert len(house.engine.open_pads) == 1
        house.clock.turn(seconds=1)
        await house.engine.tidy()
        assert house.engine.open_pads == []
        assert await content(house) == "da"

    house.run(story())


def test_what_is_not_on_disk_is_not_let_go(sqlite: AnyDatabase) -> None:
    house = House(sqlite)

    async def story() -> None:
        async with house.editing(1) as (editor,):
            editor.write("noch nicht")
            await house.all_say([editor], "noch nicht")
        house.clock.turn(seconds=EVICTED_AFTER_S * 2)
        await house.engine.tidy()
        assert len(house.engine.open_pads) == 1
        assert await content(house) == "noch nicht"

    house.run(story())


def test_a_log_that_cannot_be_read_is_said_and_not_overwritten(sqlite: AnyDatabase) -> None:
    house = House(sqlite)
    rows = rows_of(house.pad.id, [b"\x01 no update"])
    house.run(sqlite.write(lambda db: log.append(db, appended(rows))))
    with pytest.raises(Unavailable):
        house.run(house.engine.encoded(house.pad.id))
    assert house.engine.open_pads == []


def test_what_a_killed_server_lost_comes_back_through_whoever_has_it(sqlite: AnyDatabase) -> None:
    house = House(sqlite)
    juno = house.author("juno")

    async def story() -> str:
        async with house.editing(2) as (writer, witness):
            writer.write("nur im Speicher")
            await witness.until(lambda: witness.text == "nur im Speicher")
            lost = witness.doc
        house.new_engine()
        async with house.editing(1, author=juno) as (back,):
            back.doc.apply_update(lost.get_update())
            back.socket.put(sync(STEP_2, lost.get_update()))
            await back.until(lambda: house.engine.open_pads[0].live.dirty)
            await house.engine.flush()
        house.new_engine()
        return await content(house)

    assert house.run(story()) == "nur im Speicher"


def test_an_editor_is_known_by_its_author_when_it_comes_back(sqlite: AnyDatabase) -> None:
    house = House(sqlite)

    async def story() -> str:
        async with house.editing(1) as (editor,):
            offline = editor
        offline.body += "offline geschrieben"
        house.new_engine()
        async with house.editing(1) as (back,):
            back.socket.put(sync(STEP_2, offline.doc.get_update()))
            await back.until(lambda: house.engine.open_pads[0].live.dirty)
        return await content(house)

    assert house.run(story()) == "offline geschrieben"
