"""What the server writes is an edit like any other, by whoever acts."""

import asyncio
from collections.abc import Callable
from typing import Any

import pycrdt
import pytest

from allmende.core.errors import NotFound, QuotaExceeded
from allmende.core.ids import PadId
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.service.engine.editing import new_client
from allmende.systems.pads.store import editors as store
from allmende.systems.pads.store import log
from allmende.transports.tasks import background
from tests.databases import Twice
from tests.systems.pads.rows import read
from tests.systems.pads.writing import House


@pytest.fixture
def house(database: Twice) -> House:
    return House(database)


def adding(words: str) -> Callable[["pycrdt.Doc[Any]"], None]:
    def change(doc: "pycrdt.Doc[Any]") -> None:
        body = doc.get("body", type=pycrdt.Text)
        body += words

    return change


async def told(house: House, *edits: tuple[str, str]) -> None:
    """Let the server write each text with its key, one after the other."""
    async with background(house.engine.run()):
        for words, key in edits:
            await house.engine.edit(house.pad.id, house.mara.id, adding(words), key=key)


def test_an_edit_by_the_server_is_on_disk_when_it_returns(house: House) -> None:
    house.run(told(house, ("Protokoll", "")))
    rows = house.ask(lambda db: log.rows_after(db, house.pad.id, 0, most=9))
    assert read([row.payload for row in rows]) == "Protokoll"
    assert [row.author_id for row in rows] == [house.mara.id]


def test_its_client_belongs_to_whoever_acts_and_has_left(house: House) -> None:
    house.run(told(house, ("Protokoll", "")))
    (client,) = house.ask(lambda db: store.clients_of(db, house.pad.id))
    assert client.author_id == house.mara.id
    assert client.left_at is not None


def test_the_same_key_writes_once_also_after_a_restart(house: House) -> None:
    house.run(told(house, ("eins ", "item-1"), ("eins ", "item-1"), ("zwei", "item-2")))
    house.new_engine()
    house.run(told(house, ("eins ", "item-1"), ("zwei", "item-2")))
    rows = house.ask(lambda db: log.rows_after(db, house.pad.id, 0, most=9))
    assert read([row.payload for row in rows]) == "eins zwei"


def test_open_editors_hear_of_it_at_once(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,), background(house.engine.run()):
            await house.engine.edit(house.pad.id, None, adding("vom Server"))
            await house.all_say([editor], "vom Server")

    house.run(story())


def test_a_full_pad_takes_no_more_but_lets_shorten(house: House) -> None:
    house.new_engine(PadLimits(text_bytes=100))

    async def story() -> None:
        async with background(house.engine.run()):
            edit = house.engine.edit
            await edit(house.pad.id, None, adding("x" * 95))
            with pytest.raises(QuotaExceeded):
                await edit(house.pad.id, None, adding("y" * 10))
            await edit(house.pad.id, None, lambda doc: shorten(doc))
            assert read([await house.engine.encoded(house.pad.id)]) == "xxxxx"

    house.run(story())


def shorten(doc: "pycrdt.Doc[Any]") -> None:
    del doc.get("body", type=pycrdt.Text)[5:]


def test_nothing_is_written_into_a_pad_that_is_not_there(house: House) -> None:
    with pytest.raises(NotFound):
        asyncio.run(house.engine.edit(PadId(4711), None, adding("x")))


def test_a_key_is_one_word(house: House) -> None:
    with pytest.raises(ValueError, match="spaces"):
        house.run(house.engine.edit(house.pad.id, None, adding("x"), key="two words"))


def test_a_client_is_one_as_yjs_picks_them() -> None:
    assert all(0 < new_client() < 2**32 for _ in range(100))
