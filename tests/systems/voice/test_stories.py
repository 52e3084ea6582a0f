"""Stories of clients, line by line. ``{first}`` is any value, remembered and compared."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from allmende.core.ports.calls import Act
from allmende.identity.events import DoorAnswered
from allmende.protocols.mumble.messages import KINDS, Message, Ping
from allmende.systems.voice.store import add_channels
from tests.systems.voice.clients import Client
from tests.systems.voice.harbour import Harbour, run

FOLDER = Path(__file__).with_name("stories")
STORIES = sorted(path.stem for path in FOLDER.glob("*.txt"))
MESSAGES = {message.__name__: message for message in KINDS.values()}


class Story:
    """What is known by name so far, and who takes part."""

    def __init__(self, harbour: Harbour) -> None:
        self.harbour = harbour
        self.known: dict[str, Any] = {}
        self.clients: dict[str, Client] = {}
        self._read: dict[str, int] = {}

    async def prepare(self) -> None:
        scene = self.harbour.scene
        assert scene is not None
        self.known["password"] = scene.passwords[0]
        self.known["link"] = await self.harbour.link(scene.ada, scene.room.id)
        self.known["closed_link"] = await self.harbour.link(scene.ada, scene.closed.id)
        closed = scene.closed
        kept = await self.harbour.database.write(lambda db: add_channels(db, [], [closed.id]))
        self.known["closed"] = kept[1][closed.id]

    async def line(self, text: str) -> None:
        if text.startswith("!"):
            await self.admit()
            return
        who, way, name, values = text.split(" ", 3)
        if who not in self.clients:
            self.clients[who] = self.harbour.dial()
        said = json.loads(values)
        if way == ">":
            self.clients[who].send(self.message(name, said))
        else:
            await self.expect(who, name, said)

    def message(self, name: str, values: dict[str, Any]) -> Message:
        filled = {key: self.filled(value) for key, value in values.items()}
        return MESSAGES[name](**filled)

    def filled(self, value: Any) -> Any:
        is_place = isinstance(value, str) and value.startswith("{")
        return self.known[value.strip("{}")] if is_place else value

    async def admit(self) -> None:
        """What meet does when it is asked to admit."""
        await self.clients["ada"].barrier()
        act, room_id, key = self.harbour.calls.done[-1]
        assert act is Act.ADMIT
        self.harbour.calls.admitted.add((room_id, key))
        self.harbour.bus.publish(DoorAnswered(room_id=room_id, key=key, state="admitted"))

    async def expect(self, who: str, name: str, values: dict[str, Any]) -> None:
        client = self.clients[who]
        if not client.stream.closed:
            await client.barrier() if client.stream.is_in else None
            await self.harbour.settle()
        wanted = MESSAGES[name]
        while True:
            at = self._read.get(who, 0)
            client.take()
            for number in range(at, len(client.heard)):
                message = client.heard[number]
                if isinstance(message, wanted) and self.fits(message, values):
                    self._read[who] = number + 1
                    return
            before = len(client.heard)
            if client.stream.closed:
                raise AssertionError(f"{who} was not told {name} {values}: {client.heard[at:]}")
            if client.stream.is_in:
                await client.barrier()
                told = [m for m in client.heard[before:] if not isinstance(m, Ping)]
                assert told, f"{who} was not told {name} {values}: {client.heard[at:]}"
            else:
                client.stream.news.clear()
                await client.stream.news.wait()

    def fits(self, message: Message, values: dict[str, Any]) -> bool:
        found: dict[str, Any] = {}
        for key, value in values.items():
            actual = getattr(message, key)
            if isinstance(value, str) and value.startswith("{"):
                place = value.strip("{}")
                if self.known.get(place, actual) != actual:
                    return False
                found[place] = actual
            elif actual != value:
                return False
        self.known |= found
        return True


def lines(name: str) -> Iterator[str]:
    for line in (FOLDER / f"{name}.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


@pytest.mark.parametrize("name", STORIES)
def test_clients_are_told_what_the_story_says(harbour: Harbour, name: str) -> None:
    async def story() -> None:
        async with harbour.open():
            told = Story(harbour)
            await told.prepare()
            for line in lines(name):
                await told.line(line)

    run(story())


def test_a_story_names_messages_and_fields_that_exist() -> None:
    for name in STORIES:
        for line in lines(name):
            if not line.startswith("!"):
                _, _, kind, values = line.split(" ", 3)
                fields = {field.name for field in dataclasses.fields(MESSAGES[kind])}
                assert set(json.loads(values)) <= fields
