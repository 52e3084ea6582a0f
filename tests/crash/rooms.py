"""What happens in rooms: messages, people who join the call, an assembly."""

import asyncio
import json
import secrets
from collections import Counter

from bench.visitor import Place, Refused, Visitor, text_of
from tests.crash.disk import Found
from tests.crash.load import Moment, Told, until_gone

UNAVAILABLE = 503


class Guests:
    """People without account who write, and one who joins again and again."""

    def __init__(self, room: Place, joiner: Visitor, writers: list[Visitor]) -> None:
        self._room = room
        self._joiner = joiner
        self._writers = writers
        self._written: set[str] = set()
        self._fresh: set[str] = set()
        self._unanswered: dict[str, tuple[Visitor, str]] = {}
        self._number = 0
        self.joins = 0

    async def work(self, moment: Moment) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(until_gone(self._join()))
            for writer in self._writers:
                tasks.create_task(until_gone(self._write(writer, moment)))

    async def _write(self, writer: Visitor, moment: Moment) -> None:
        while True:
            self._number += 1
            text, key = f"message {self._number}", secrets.token_urlsafe(12)
            self._unanswered[text] = (writer, key)
            await writer.say(self._room, text, key)
            del self._unanswered[text]
            self._written.add(text)
            moment.note()

    async def _join(self) -> None:
        while True:
            await self._joined(self._joiner, "Guest")
            self.joins += 1

    async def _joined(self, visitor: Visitor, name: str) -> object:
        """Join, again and again while the media worker begins: 503 is an answer, too."""
        while True:
            try:
                return await visitor.join(self._room, name)
            except Refused as refused:
                if refused.status != UNAVAILABLE:
                    raise

    async def come_in(self) -> None:
        """Who was let in walks in, also after a restart: the page has kept their pass."""
        for number, writer in enumerate(self._writers):
            assert await self._joined(writer, f"Guest {number}") is not None

    async def check(self, _: Found) -> None:
        """Nothing that was acknowledged is lost; what is sent again is there once."""
        await self.come_in()
        assert self._written - set(await self._texts()) == set()
        for text, (writer, key) in self._unanswered.items():
            await writer.say(self._room, text, key)
            self._written.add(text)
        self._unanswered.clear()
        found = await self._texts()
        assert [text for text, times in found.items() if times > 1] == []
        assert set(found) == self._written

    async def _texts(self) -> Counter[str]:
        return Counter(text_of(line) for line in await self._writers[0].read(self._room))

    def figures(self) -> str:
        return f"{len(self._written)} messages, {self.joins} joins"


class Assembly:
    """Opened, closed and opened again; its agenda grows and shrinks."""

    def __init__(self, visitor: Visitor, room: Place) -> None:
        self._visitor = visitor
        self._room = room
        self._state = Told("")
        self._items = Told[tuple[str, ...]](())
        self._numbers: dict[str, int] = {}
        self._number = 0

    async def work(self, moment: Moment) -> None:
        while True:
            if self._state.known != "open":
                await self._become("open", "reopen" if self._state.known else "open", moment)
            await self._add(moment)
            if len(self._items.known) > 1:
                await self._remove(moment)
            await self._become("closed", "close", moment)

    async def _become(self, state: str, command: str, moment: Moment) -> None:
        self._state.ask(state)
        await self._visitor.plenum(self._room, command)
        self._state.acknowledge(moment)

    async def _add(self, moment: Moment) -> None:
        self._number += 1
        title = f"Punkt {self._number}"
        self._items.ask((*self._items.known, title))
        answer = await self._visitor.plenum(self._room, "add", title=title)
        self._items.acknowledge(moment)
        self._numbers = {one["title"]: one["id"] for one in answer["assembly"]["items"]}

    async def _remove(self, moment: Moment) -> None:
        first, *rest = self._items.known
        self._items.ask(tuple(rest))
        await self._visitor.plenum(self._room, "remove", item=self._numbers[first])
        self._items.acknowledge(moment)

    async def check(self, _: Found) -> None:
        """It is open or closed as it was last, with the items that it had."""
        path = f"/api/v1/rooms/{self._room.room_id}/plenum"
        assembly = json.loads(await self._visitor.page(path))["assembly"]
        if assembly is None:
            self._state.find("")
            return
        self._state.find("closed" if assembly["state"] == "closed" else "open")
        self._items.find(tuple(one["title"] for one in assembly["items"]))

    def figures(self) -> str:
        return f"{self._state.times} times an assembly opened or closed, {self._items.times} items"
