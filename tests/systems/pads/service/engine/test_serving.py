"""Who is let in, and who is put out when rights end."""

import asyncio

import pytest

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict, InvalidInput, NotFound, QuotaExceeded, TooManyRequests
from allmende.systems.pads.events import PadPeopleChanged
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.pad import Capability, PadLinkId
from allmende.systems.pads.model.sessions import TICKET_LIFE_S, Origin
from allmende.systems.pads.service.engine import serving
from allmende.systems.pads.store import editors as store
from allmende.systems.pads.store import pads
from allmende.transports.tasks import crew
from tests.databases import AnyDatabase, Twice
from tests.systems.pads.editors import STEP_2, UPDATE, Editor, Socket, sync
from tests.systems.pads.rows import NOON
from tests.systems.pads.writing import CAME_BY_LINK, House

OTHER_LINK = Origin(Caller(), PadLinkId(2))


@pytest.fixture
def house(sqlite: AnyDatabase) -> House:
    return House(sqlite)


def closed_with(house: House, token: str) -> int | None:
    """What a socket is closed with that brings this ticket."""

    async def story() -> int | None:
        socket = Socket()
        await house.engine.connect(token, socket, controls=True)
        return socket.code

    return asyncio.run(story())


def test_without_a_ticket_nothing_is_looked_up(house: House) -> None:
    assert closed_with(house, "made up") == 4401
    assert house.engine.open_pads == []


def test_a_ticket_lets_in_once_and_for_half_a_minute(house: House) -> None:
    token = house.run(house.token(Editor(5)))
    house.clock.turn(seconds=TICKET_LIFE_S)
    assert closed_with(house, token) == 4401


def test_two_editors_see_what_the_other_writes(house: House) -> None:
    async def story() -> None:
        async with house.editing(2) as (one, other):
            one.write("hallo ")
            await other.until(lambda: other.text == "hallo ")
            other.write("du")
            await house.all_say([one, other], "hallo du")

    house.run(story())


def test_everybody_hears_how_many_have_it_open(house: House) -> None:
    juno = house.author("juno")

    async def story() -> None:
        async with house.editing(1), house.editing(1, author=juno):
            assert house.engine.people(house.pad.id) == 2
        assert house.engine.people(house.pad.id) == 0

    house.run(story())
    people = [one.people for one in house.signals if isinstance(one, PadPeopleChanged)]
    assert people == [1, 2, 1, 0]


def test_who_came_by_a_revoked_link_is_out_and_others_stay(house: House) -> None:
    async def story() -> None:
        async with crew() as tasks, house.editing(1) as (stays,):
            goes = Editor(7)
            token = await house.token(goes, origin=OTHER_LINK)
            tasks.start(house.engine.connect(token, goes.socket, controls=True))
            await goes.until(lambda: goes.told("hello"))
            house.rights.revoked.add(PadLinkId(2))
            await house.engine.recheck(house.pad.id)
            await goes.until(lambda: goes.socket.code == 4403)
            stays.write("noch da")
            assert stays.socket.code is None

    house.run(story())


def test_a_ticket_is_void_when_its_right_has_ended(house: House) -> None:
    token = house.run(house.token(Editor(5)))
    house.rights.revoked.add(PadLinkId(1))
    assert closed_with(house, token) == 4403


def test_rights_that_end_while_they_are_asked_are_not_missed(house: House) -> None:
    """The answer is on its way when the link is revoked and everybody is asked again."""
    first = house.rights

    async def story() -> int | None:
        editor, on_the_way, go_on = Editor(5), asyncio.Event(), asyncio.Event()

        async def slow(*_: object) -> Capability | None:
            if not on_the_way.is_set():
                on_the_way.set()
                await go_on.wait()
                return Capability.EDIT
            return None

        house.rights = slow  # type: ignore[assignment]  # the same signature
        engine = house.new_engine()
        house.rights = first
        token = await house.token(editor)
        async with crew() as tasks:
            tasks.start(engine.connect(token, editor.socket, controls=True))
            await on_the_way.wait()
            await engine.recheck(house.pad.id)
            go_on.set()
            await editor.until(lambda: editor.socket.code is not None)
        return editor.socket.code

    assert house.run(story()) == 4403


def test_a_writer_becomes_a_reader_when_the_pad_is_locked(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,):
            await house.database.write(lambda db: pads.set_locked(db, house.pad.id, True))
            house.rights.capability = Capability.READ
            await house.engine.set_locked(house.pad.id, True)
            await editor.until(lambda: editor.told("locked"))
            assert editor.told("locked")[-1]["locked"] is True
            editor.write("zu spät")
            await asyncio.sleep(0)
            assert await house.engine.read(house.pad.id, lambda one: one.text_bytes) == 0

    house.run(story())


def test_a_client_of_somebody_else_is_refused(house: House) -> None:
    juno = house.author("juno")
    house.run(house.token(Editor(5)))
    with pytest.raises(Conflict):
        house.run(house.token(Editor(5), juno))
    with pytest.raises(InvalidInput):
        house.run(house.token(Editor(0)))


def test_a_full_pad_keeps_its_last_places_for_those_who_write(house: House) -> None:
    house.new_engine(PadLimits(sessions=10))
    house.rights.capability = Capability.READ
    for client in range(1, 10):
        house.run(house.token(Editor(client)))
    with pytest.raises(QuotaExceeded):
        house.run(house.token(Editor(10)))
    assert house.engine.is_full(house.pad.id, Capability.READ)
    house.rights.capability = Capability.EDIT
    house.run(house.token(Editor(11)))
    with pytest.raises(QuotaExceeded):
        house.run(house.token(Editor(12)))


@pytest.mark.slow
def test_tickets_are_counted_by_link(house: House) -> None:
    async def story() -> None:
        for _ in range(int(serving.LINK_TICKETS_BURST)):
            token = await house.token(Editor(5))
            await house.engine.connect(token, hung_up(), controls=True)
        with pytest.raises(TooManyRequests):
            await house.token(Editor(5))
        assert await house.token(Editor(6), origin=OTHER_LINK)

    house.run(story())


def hung_up() -> Socket:
    socket = Socket()
    socket.hang_up()
    return socket


def test_a_pad_that_was_deleted_gives_no_ticket_and_closes_those_given(house: House) -> None:
    token = house.run(house.token(Editor(5)))
    house.run(house.database.write(lambda db: pads.bury_pad(db, house.pad.id, NOON)))
    assert closed_with(house, token) == 4404
    with pytest.raises(NotFound):
        house.run(house.token(Editor(6)))


def test_forgetting_a_pad_closes_everybody_and_voids_tickets(house: House) -> None:
    async def story() -> int | None:
        token = await house.token(Editor(9))
        async with crew() as tasks:
            editor = Editor(8)
            first = await house.token(editor)
            tasks.start(house.engine.connect(first, editor.socket, controls=True))
            await editor.until(lambda: editor.told("hello"))
            await house.engine.forget(house.pad.id, 4409)
            await editor.until(lambda: editor.socket.code is not None)
        assert editor.socket.code == 4409
        late = Socket()
        await house.engine.connect(token, late, controls=True)
        return late.code

    assert house.run(story()) == 4401
    assert house.engine.open_pads == []


def test_an_unused_ticket_leaves_no_client_behind(database: Twice) -> None:
    house = House(database)
    house.run(house.token(Editor(5)))
    house.clock.turn(seconds=TICKET_LIFE_S + 1)
    house.run(house.engine.tidy())
    assert house.ask(lambda db: store.clients_of(db, house.pad.id)) == []


def test_one_who_does_not_read_is_closed_and_holds_up_nobody(house: House) -> None:
    house.new_engine(PadLimits(queue_messages=20))

    async def story() -> None:
        async with house.editing(2) as (writer, sleeper):
            sleeper.socket.reads.clear()
            for number in range(60):
                writer.write(f"{number} ")
                await writer.until(lambda: True)
                await asyncio.sleep(0)
            sleeper.socket.reads.set()
            await sleeper.until(lambda: sleeper.socket.code == 4408)
            assert writer.socket.code is None

    house.run(story())


def test_a_reader_hears_and_writes_nothing(house: House) -> None:
    house.rights.capability = Capability.READ

    async def story() -> int:
        async with house.editing(1, origin=CAME_BY_LINK) as (reader,):
            reader.write("darf ich nicht")
            await reader.until(lambda: True)
        return await house.engine.read(house.pad.id, lambda one: one.text_bytes)

    assert house.run(story()) == 0


def test_coming_back_writes_nothing_that_was_known(house: House) -> None:
    """Yjs repeats everything that was ever deleted whenever two meet."""

    async def story() -> None:
        async with house.editing(2) as (editor, witness):
            editor.write("hallo welt")
            del editor.body[2:5]
            editor.socket.put(sync(UPDATE, editor.doc.get_update()))
            await witness.until(lambda: witness.text == "ha welt")
            await house.engine.flush()
            heard = updates(witness)
            editor.socket.put(sync(STEP_2, editor.doc.get_update()))
            editor.socket.put(sync(STEP_2, editor.doc.get_update(editor.doc.get_state())))
            editor.ask()
            answers = len(editor.socket.sent)
            await editor.until(lambda: len(editor.socket.sent) > answers)
            assert not house.engine.open_pads[0].live.dirty
            assert updates(witness) == heard

    house.run(story())


def updates(editor: Editor) -> int:
    return sum(data[:2] == b"\x00\x02" for data in editor.socket.sent)


def test_who_comes_back_hears_that_everything_is_on_disk(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,):
            assert editor.saved == editor.doc.get_state()

    house.run(story())
