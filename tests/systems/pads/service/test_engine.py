"""The engine as a whole: it runs, it stops, and what it was told is on disk."""

from dataclasses import replace
from datetime import timedelta

import pytest

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId, RoomId, SessionId
from allmende.systems.pads.model.sessions import Origin
from allmende.transports.tasks import background
from tests.databases import AnyDatabase
from tests.systems.pads.editors import Editor
from tests.systems.pads.rows import NOON, read
from tests.systems.pads.writing import House


@pytest.fixture
def house(sqlite: AnyDatabase) -> House:
    return House(sqlite)


def test_edits_are_acknowledged_by_themselves(house: House) -> None:
    async def story() -> None:
        async with background(house.engine.run()), house.editing(1) as (editor,):
            editor.write("von selbst")
            await editor.until(lambda: editor.saved == editor.doc.get_state())

    house.run(story())


def test_stopping_writes_everything_and_asks_to_come_again(house: House) -> None:
    async def story() -> int | None:
        async with house.editing(2) as (editor, witness):
            async with background(house.engine.run()):
                editor.write("kurz vor Schluss")
                await house.all_say([witness], "kurz vor Schluss")
            await editor.until(lambda: editor.socket.code is not None)
            return editor.socket.code

    assert house.run(story()) == 1012
    stored = house.stored()
    assert read([*([stored.state] if stored.state else []), *stored.rows]) == "kurz vor Schluss"


def test_a_new_name_is_shown_at_once(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,):
            await house.engine.rename_author(replace(house.mara, name="Mara M."))
            await editor.until(lambda: name_of_mara(editor) == "Mara M.")

    house.run(story())


def name_of_mara(editor: Editor) -> str:
    """What the newest news call the first author."""
    return next(str(one["name"]) for one in editor.told("authors")[-1]["people"].values())


def test_who_has_it_open_is_told_when_it_ends(house: House) -> None:
    async def story() -> None:
        await house.engine.tell_expiry(house.pad.id, None)
        async with house.editing(1) as (editor,):
            await house.engine.tell_expiry(house.pad.id, NOON + timedelta(days=1))
            await house.engine.tell_expiry(house.pad.id, None)
            await editor.until(lambda: len(editor.told("expiry")) == 2)
            ends = [one["ends_at"] for one in editor.told("expiry")]
            assert ends == ["2026-11-24T12:00:00+00:00", None]

    house.run(story())


def test_only_those_are_asked_again_whom_it_concerns(sqlite: AnyDatabase) -> None:
    house = House(sqlite, room_id=RoomId(7))
    juno = Origin(Caller(AccountId(3), SessionId(1)), None)

    async def story() -> None:
        async with house.editing(1, origin=juno) as (editor,):
            asked = house.rights.asked
            await house.engine.recheck_account(AccountId(4))
            await house.engine.recheck_room(RoomId(8))
            assert house.rights.asked == asked
            await house.engine.recheck_account(AccountId(3))
            await house.engine.recheck_room(RoomId(7))
            assert house.rights.asked == asked + 2
            house.rights.revoked.add(None)  # type: ignore[arg-type]  # who came without a link
            await house.engine.recheck()
            await editor.until(lambda: editor.socket.code == 4403)

    house.run(story())
