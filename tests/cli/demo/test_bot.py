"""One bot: at the door, in the call, in the chat, and what it does when it is cut off."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from allmende.cli.demo import bot as module
from allmende.cli.demo.bot import Assembly, Bot, Facilitator, Line, Player
from allmende.cli.demo.browser import Inside, Unreachable
from allmende.cli.demo.collective import Address
from allmende.transports.tasks import crew
from tests.cli.demo.room import FACILITATE, SPEAK, Room


@dataclass
class Chair:
    """A place in the call without media; ``cuts``: how often it cannot be taken."""

    gone: asyncio.Event = field(default_factory=asyncio.Event)
    taken_by: list[str] = field(default_factory=list)
    talked: list[float] = field(default_factory=list)
    cuts: int = 0

    @asynccontextmanager
    async def taken(self, inside: Inside) -> AsyncIterator[None]:
        self.gone.clear()
        self.taken_by.append(inside.identity)
        if len(self.taken_by) <= self.cuts:
            raise Unreachable("call")
        yield

    async def talk(self, seconds: float) -> None:
        self.talked.append(seconds)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KNOCK_S", 0.0)
    monkeypatch.setattr(module, "BACK_S", 0.0)


def told(tell: Callable[[], Awaitable[None]]) -> None:
    """Run a story that ends within a second."""

    async def bounded() -> None:
        async with asyncio.timeout(5):
            await tell()

    asyncio.run(bounded())


def test_a_guest_waits_until_the_facilitator_lets_everybody_in() -> None:
    room = Room()

    async def tell() -> None:
        async with room.browser() as hers, room.browser() as theirs, crew() as tasks:
            mara = Facilitator(hers, Player("Mara", Chair(), False))
            juno = Bot(theirs, Player("Juno", Chair(), False))
            tasks.start(juno.attend(Address("garten", SPEAK)))
            tasks.start(mara.keep_door())
            await room.knocked.wait()
            assert not juno.present.is_set()
            tasks.start(mara.attend(Address("garten", FACILITATE)))
            await mara.present.wait()
            await juno.present.wait()
            assert (mara.identity, juno.identity, juno.room) == ("Mara", "Juno", 7)

    told(tell)
    assert len(room.did("admit-all")) == 1


def test_who_is_cut_off_comes_back() -> None:
    room, chair = Room(admitted={"Juno"}), Chair(cuts=2)

    async def tell() -> None:
        async with room.browser() as theirs, crew() as tasks:
            juno = Bot(theirs, Player("Juno", chair, False))
            tasks.start(juno.attend(Address("garten", SPEAK)))
            await juno.present.wait()
            assert len(chair.taken_by) == 3
            juno.present.clear()
            chair.gone.set()
            await juno.present.wait()

    told(tell)
    assert len(chair.taken_by) == 4


@pytest.mark.parametrize("status", [403, 404])
def test_who_was_shut_out_stays_away(status: int) -> None:
    room = Room(admitted={"Juno"}, refuse={"join": status})

    async def tell() -> None:
        async with room.browser() as theirs:
            await Bot(theirs, Player("Juno", Chair(), False)).attend(Address("garten", SPEAK))

    told(tell)


def test_hand_voice_and_chat_go_where_they_belong() -> None:
    room, chair = Room(), Chair()

    async def tell() -> None:
        async with room.browser("Juno") as theirs:
            juno = Bot(theirs, Player("Juno", chair, True))
            juno.room = 7
            await juno.raise_hand()
            await juno.talk(3)
            await juno.say("Hallo")
            await juno.say("Hallo")

    told(tell)
    assert room.hands == ["Juno"]
    assert chair.talked == [3]
    texts, keys = zip(*((one["text"], one["key"]) for one in room.did("message")), strict=True)
    assert texts == ("Hallo", "Hallo")
    assert keys[0] != keys[1]


def test_a_line_for_a_pad_that_is_not_there_is_given_up() -> None:
    async def tell() -> None:
        async with Room().browser() as theirs, crew() as tasks:
            juno = Bot(theirs, Player("Juno", Chair(), False))
            tasks.start(juno.keep_minutes(1))
            juno.write(Line("/r/garten/pads/none", "Eins."))
            juno.write(Line("/r/garten/pads/none", "Zwei."))
            await juno.written()

    told(tell)


def test_the_facilitator_sees_how_the_assembly_stands() -> None:
    room, seen = Room(), list[Assembly | None]()

    async def tell() -> None:
        async with room.browser() as hers:
            mara = Facilitator(hers, Player("Mara", Chair(), False))
            mara.room = 7
            seen.append(await mara.plenum())
            await mara.plenum("open", title="Plenum")
            seen.append(await mara.plenum("add", title="Eins", minutes=1, kind="info"))

    told(tell)
    assert seen == [None, Assembly("open", None, {100: "waiting"}, room.minutes)]
