"""The play: in its order, through whatever a visitor does meanwhile."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest

from allmende.cli.demo import play as module
from allmende.cli.demo.bot import Bot, Facilitator, Player
from allmende.cli.demo.play import Play
from allmende.cli.demo.script import Act, Deed, Script, Topic, load
from allmende.transports.tasks import crew
from tests.cli.demo.room import ROOM, Room
from tests.cli.demo.test_bot import Chair

NAMES = ("Mara", "Juno", "Cem", "Alex")
FAST = 1e9


def script(*acts: Act, ending: Sequence[Act] = ()) -> Script:
    words = load("de")
    topics = [Topic(title, 1, "info", acts) for title in ("Eins", "Zwei")]
    return Script(
        words.group, words.room, "Plenum", "Gäste", "Moderation", words.people, topics, ending
    )


class Stage:
    """A play in a room, until the assembly that it opened first is closed."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.chairs = [Chair() for _ in NAMES]

    def play(self, told: Script) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(5):
                await self._play(told)

        asyncio.run(bounded())

    async def _play(self, told: Script) -> None:
        async with AsyncExitStack() as stack, crew() as tasks:
            browsers = [await stack.enter_async_context(self.room.browser(n)) for n in NAMES]
            players = [Player(n, chair, False) for n, chair in zip(NAMES, self.chairs, strict=True)]
            mara = Facilitator(browsers[0], players[0])
            others = [Bot(*one) for one in zip(browsers[1:], players[1:], strict=True)]
            for bot, name in zip((mara, *others), NAMES, strict=True):
                bot.room, bot.identity = ROOM, name
                bot.present.set()
            play = Play(told, mara, others, FAST)
            await play.open()
            tasks.start(play.run())
            for bot in others:
                tasks.start(bot.keep_minutes(FAST))
            await self.room.again.wait()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.0)


def commands(room: Room) -> list[str]:
    names = ("open", "add", "start", "begin", "close", "call-next", "floor-end")
    return [what for what, _ in room.done if what in names]


def test_the_agenda_is_gone_through_and_then_it_starts_again() -> None:
    stage = Stage(Room())
    stage.play(script(Act(Deed.WAIT, seconds=1), ending=[Act(Deed.SAYS, 1, "Bis bald.")]))
    wanted = ["open", "add", "add", "start", "begin", "begin", "close", "open"]
    assert commands(stage.room)[: len(wanted)] == wanted
    assert [body["title"] for body in stage.room.did("add")[:2]] == ["Eins", "Zwei"]
    assert [body["item"] for body in stage.room.did("begin")] == [100, 101]
    assert [body["text"] for body in stage.room.did("message")] == ["Bis bald."]


def test_who_is_called_talks_and_then_gives_the_floor_back() -> None:
    stage = Stage(Room())
    stage.play(script(Act(Deed.HAND, 2), Act(Deed.NEXT, seconds=8)))
    assert stage.chairs[2].talked == [8 / FAST] * 2
    assert commands(stage.room).count("floor-end") == 2


def test_without_hands_the_facilitation_talks() -> None:
    stage = Stage(Room())
    stage.play(script(Act(Deed.NEXT, seconds=8)))
    assert stage.chairs[0].talked == [8 / FAST] * 2
    assert "floor-end" not in commands(stage.room)


def test_a_visitor_with_a_hand_gets_the_floor_in_turn() -> None:
    stage = Stage(Room(hands=["Besuch"]))
    stage.play(script(Act(Deed.NEXT, seconds=8)))
    assert commands(stage.room).count("floor-end") == 1
    assert stage.chairs[0].talked == [8 / FAST], "the second time nobody is on the list"


def test_what_was_refused_does_not_stop_the_play() -> None:
    stage = Stage(Room(refuse={"hand": 409, "message": 403}))
    stage.play(script(Act(Deed.HAND, 1), Act(Deed.SAYS, 1, "Hallo")))
    assert commands(stage.room).count("begin") == 2


def test_an_item_that_a_visitor_parked_is_left_out() -> None:
    class Parked(Room):
        def _ordered(self, command: str, body: dict[str, object]) -> None:
            super()._ordered(command, body)
            if command == "start" and self.assembly is not None:
                self.assembly["items"][0]["state"] = "parked"

    stage = Stage(Parked())
    stage.play(script(Act(Deed.SAYS, 1, "Hallo")))
    assert [body["item"] for body in stage.room.did("begin")] == [101]
    assert len(stage.room.did("message")) == 1


def test_while_a_visitor_pauses_nothing_happens() -> None:
    class Paused(Room):
        async def plenum(self, request: object) -> object:  # type: ignore[override]
            if self.assembly is not None and self.assembly["state"] == "paused" and self.looks > 5:
                self.assembly["state"] = "running"
            return await super().plenum(request)  # type: ignore[arg-type]

        def _ordered(self, command: str, body: dict[str, object]) -> None:
            super()._ordered(command, body)
            if command == "start" and self.assembly is not None:
                self.assembly["state"] = "paused"
                self.looks = 0

    stage = Stage(Paused())
    stage.play(script(Act(Deed.SAYS, 1, "Hallo")))
    assert len(stage.room.did("message")) == 2


def test_an_assembly_that_a_visitor_closed_is_followed_by_a_new_one() -> None:
    class Closed(Room):
        def _ordered(self, command: str, body: dict[str, object]) -> None:
            super()._ordered(command, body)
            if command == "begin" and self.assembly is not None:
                self.assembly["state"] = "closed"

    stage = Stage(Closed())
    stage.play(script(Act(Deed.SAYS, 1, "Hallo")))
    assert stage.room.did("message") == []
    assert "close" not in commands(stage.room)


def test_an_assembly_that_is_still_open_is_ended_first() -> None:
    room = Room()
    room._ordered("open", {})
    Stage(room).play(script())
    assert commands(room)[:2] == ["close", "open"]
