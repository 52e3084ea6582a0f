"""What happens to open pads by itself."""

import gzip

import pytest

from allmende.core.ids import RoomId
from allmende.systems.pads.model.pad import PadLinkId
from allmende.systems.pads.service.engine.keeping import QUIET_S, RECHECK_EVERY_S, STATE_EVERY_S
from allmende.systems.pads.service.engine.serving import DOUBT_S
from tests.databases import AnyDatabase
from tests.systems.pads.editors import Editor
from tests.systems.pads.writing import House


@pytest.fixture
def house(sqlite: AnyDatabase) -> House:
    return House(sqlite)


async def written(house: House, editor: Editor, text: str) -> None:
    """Write something new and let it reach the disk."""
    editor.write(text)
    await editor.until(lambda: house.engine.open_pads[0].live.dirty)
    await house.engine.flush()


def test_a_pad_is_called_like_its_first_line_once_it_is_quiet(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,):
            await written(house, editor, "# Plenum\nText")
            house.clock.turn(seconds=QUIET_S - 1)
            await house.engine.tidy()
            assert house.engine.open_pads[0].pad.title == ""
            house.clock.turn(seconds=1)
            await house.engine.tidy()

    house.run(story())
    assert house.stored().pad.title == "Plenum"


def test_a_title_that_somebody_chose_is_left_alone(sqlite: AnyDatabase) -> None:
    house = House(sqlite, title="Küche")

    async def story() -> None:
        async with house.editing(1) as (editor,):
            await written(house, editor, "anders")
            house.clock.turn(seconds=QUIET_S)
            await house.engine.tidy()

    house.run(story())
    assert house.stored().pad.title == "Küche"


def test_a_text_that_is_fetched_by_many_is_packed_once(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,):
            await written(house, editor, "hallo " * 100)
            first = await house.engine.packed(house.pad.id)
            assert await house.engine.packed(house.pad.id) is first
            assert gzip.decompress(first) == await house.engine.encoded(house.pad.id)
            await written(house, editor, "mehr")
            assert await house.engine.packed(house.pad.id) is not first

    house.run(story())


def test_a_pad_that_is_open_all_day_gets_a_state_every_hour(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,):
            await written(house, editor, "lang")
            assert house.engine.open_pads[0].state_seq == 0
            house.clock.turn(seconds=STATE_EVERY_S)
            await house.engine.tidy()
            await house.engine.flush()
            assert house.engine.open_pads[0].state_seq == 1

    house.run(story())


def test_rights_that_end_without_a_word_are_noticed_within_a_minute(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,):
            house.rights.revoked.add(PadLinkId(1))
            await house.engine.tidy()
            assert editor.socket.code is None
            house.clock.turn(seconds=RECHECK_EVERY_S)
            await house.engine.tidy()
            await editor.until(lambda: editor.socket.code == 4403)

    house.run(story())


def test_who_is_put_out_of_a_room_is_out_of_its_pads_at_the_next_turn(sqlite: AnyDatabase) -> None:
    house = House(sqlite, room_id=RoomId(7), expiry_days=None, ends_at=None)

    async def story() -> None:
        async with house.editing(1) as (editor,):
            house.rights.revoked.add(PadLinkId(1))
            house.engine.recheck_room_soon(RoomId(8))
            await house.engine.tidy()
            assert editor.socket.code is None
            house.engine.recheck_room_soon(RoomId(7))
            await house.engine.tidy()
            await editor.until(lambda: editor.socket.code == 4403)

    house.run(story())


def test_a_right_that_ends_while_the_database_is_away_is_asked_again(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,):
            house.rights.revoked.add(PadLinkId(1))
            house.rights.failing = 2
            await house.engine.recheck(house.pad.id)
            house.clock.turn(seconds=1)
            await house.engine.tidy()
            assert editor.socket.code is None
            house.clock.turn(seconds=1)
            await house.engine.tidy()
            await editor.until(lambda: editor.socket.code == 4403)

    house.run(story())


def test_who_cannot_be_asked_for_long_is_sent_away_to_come_again(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,):
            house.rights.failing = 100
            await house.engine.recheck(house.pad.id)
            house.clock.turn(seconds=DOUBT_S)
            await house.engine.tidy()
            await editor.until(lambda: editor.socket.code == 1012)
        assert house.rights.failing == 98

    house.run(story())
