"""kill -9 of the whole server, again and again, while eight people write in one pad.

Before anybody is back, the pad on disk holds all that was acknowledged. Then half of the people
come back with what they had, the others with empty hands, and all see the same text.
"""

import asyncio
import contextlib
import os
import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from bench.pads.editor import Editor, Made, browser, clocks_of, new_pad, state_of, ticket_for
from bench.pads.load import SETTINGS
from bench.served import Served
from bench.visitor import Refused, Visitor
from tests.crash.house import House, Tell, kill_all
from tests.databases import Templates, named

pytestmark = pytest.mark.slow

CYCLES = max(2, int(os.environ.get("ALLMENDE_CYCLES", "6")) // 2)  # on each database
WRITERS = 8
AHEAD = 5
MOST_EDITS = 400
SEED = 4711
PATIENCE_S = 20.0


@dataclass
class Ledger:
    """What was acknowledged to whom, ever."""

    acknowledged: dict[int, int] = field(default_factory=dict)
    cycles: int = 0
    edits: int = 0
    lost_unacknowledged: int = 0
    named: int = 0

    def note(self, editor: Editor) -> None:
        for client, clock in editor.saved.items():
            self.acknowledged[client] = max(clock, self.acknowledged.get(client, 0))


class Writers:
    """Eight people in one pad, and one who names states."""

    def __init__(self, pad: Made) -> None:
        self.pad = pad
        self.ledger = Ledger()
        self._enough = asyncio.Event()
        self.editors = [self._new() for _ in range(WRITERS)]

    def _new(self) -> Editor:
        return Editor({}, watches=True)

    async def rush(self, server: Served, edits: int) -> None:
        """Write until so many more edits were sent; then the server dies."""
        until = self.ledger.edits + edits
        self._enough.clear()
        for editor in self.editors:
            editor.opened.clear()
        async with asyncio.TaskGroup() as tasks:
            readers = [tasks.create_task(self._listen(editor)) for editor in self.editors]
            tasks.create_task(self._name_states(server))
            for editor in self.editors:
                tasks.create_task(self._write(server, editor, until))
            await self._enough.wait()
            kill_all(server)
            await asyncio.wait(readers)
        self.ledger.cycles += 1
        for editor in self.editors:
            self.ledger.note(editor)

    async def _write(self, server: Served, editor: Editor, until: int) -> None:
        try:
            await self._come(server, editor)
            while True:
                await self._keep_pace(editor)
                await editor.write()
                self.ledger.edits += 1
                if self.ledger.edits >= until:
                    self._enough.set()
        except (ConnectionError, httpx.TransportError):
            return
        finally:
            editor.opened.set()

    async def _come(self, server: Served, editor: Editor) -> None:
        await editor.open(server.url, await ticket_for(editor, server.url, self.pad.path))
        await editor.synced()

    async def _listen(self, editor: Editor) -> None:
        """Read once the editor is open, until its socket dies."""
        await editor.opened.wait()
        with contextlib.suppress(ConnectionError):
            await editor.read()

    async def _keep_pace(self, editor: Editor) -> None:
        """Nobody types far ahead of what was acknowledged."""
        while editor.unsaved > AHEAD:
            if editor.closed is not None:
                raise ConnectionError("closed")
            editor.news.clear()
            await editor.news.wait()

    async def _name_states(self, server: Served) -> None:
        path = self.pad.admin_path
        with contextlib.suppress(httpx.TransportError, Refused):
            async with Visitor(server.url) as visitor:
                while not self._enough.is_set():
                    await visitor.sent(f"{path}/history", f"{path}/revisions", {"name": "Stand"})
                    self.ledger.named += 1

    async def check(self, server: Served, chance: random.Random) -> None:
        """Compare the disk with the ledger, then come back and agree."""
        async with browser() as web:
            doc = await state_of(server.url, self.pad.path, web)
        on_disk = clocks_of(doc.get_state())
        lost = {
            client: clock
            for client, clock in self.ledger.acknowledged.items()
            if on_disk.get(client, 0) < clock
        }
        assert lost == {}
        for editor in self.editors:
            self.ledger.lost_unacknowledged += editor.clock - on_disk.get(editor.client, 0)
            assert on_disk.get(editor.client, 0) <= editor.clock
        stay = chance.sample(self.editors, WRITERS // 2)
        self.editors = [*stay, *(self._new() for _ in range(WRITERS - len(stay)))]
        await self._agree(server)

    async def _agree(self, server: Served) -> None:
        """Everybody comes back; in the end all have the same, acknowledged."""
        for editor in self.editors:
            editor.opened.clear()
        async with asyncio.TaskGroup() as tasks:
            for editor in self.editors:
                tasks.create_task(self._listen(editor))
                await self._come(server, editor)
            async with asyncio.timeout(PATIENCE_S):
                for editor in self.editors:
                    await self._settled(editor)
            for editor in self.editors:
                self.ledger.note(editor)
                await editor.close()

    async def _settled(self, editor: Editor) -> None:
        def done() -> bool:
            known = [clocks_of(one.doc.get_state()) for one in self.editors]
            return editor.unsaved == 0 and all(clocks == known[0] for clocks in known)

        while not done():
            editor.news.clear()
            if not done():
                await editor.news.wait()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, tmp_path: Path, database_templates: Templates) -> House:
    settings = SETTINGS
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        name = database_templates.empty_postgres(server)
        settings += f'[database]\nurl = "{named(server, name)}"\n'
    return House(tmp_path, settings)


def test_no_acknowledged_edit_is_lost(house: House, tell: Tell) -> None:
    chance = random.Random(SEED)

    async def story() -> Ledger:
        with house.open() as server:
            writers = Writers(await new_pad(server.url))
            await writers.rush(server, chance.randint(1, MOST_EDITS))
        for _ in range(CYCLES - 1):
            with house.open() as server:
                await writers.check(server, chance)
                await writers.rush(server, chance.randint(1, MOST_EDITS))
        with house.open() as server:
            await writers.check(server, chance)
            assert "0 faults" in checked(server)
        return writers.ledger

    ledger = asyncio.run(story())
    tell(
        f"{ledger.cycles} x kill -9: {ledger.edits} edits, none acknowledged was lost, "
        f"{ledger.lost_unacknowledged} not acknowledged; {ledger.named} named states"
    )
    assert ledger.acknowledged


def checked(server: Served) -> str:
    """What ``allmende pads check`` says."""
    config = server.data.parent / "allmende.toml"
    command = [sys.executable, "-m", "allmende", "pads", "check"]
    command += ["--data", str(server.data), "--config", str(config)]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout
