"""People who write in one pad, and one who names states."""

import asyncio
import contextlib
import random
import subprocess
import sys
from dataclasses import dataclass, field

import httpx

from bench.pads.editor import Editor, Made, browser, clocks_of, state_of, ticket_for
from bench.served import Served
from bench.visitor import Refused, Visitor
from tests.crash.disk import Found
from tests.crash.load import Moment

AHEAD = 5
PATIENCE_S = 60.0


@dataclass
class Ledger:
    """What was acknowledged to whom, ever."""

    acknowledged: dict[int, int] = field(default_factory=dict)
    edits: int = 0
    lost_unacknowledged: int = 0
    named: int = 0

    def note(self, editor: Editor) -> None:
        for client, clock in editor.saved.items():
            self.acknowledged[client] = max(clock, self.acknowledged.get(client, 0))


class Writers:
    """After a restart half of them come back with what they had, others with empty hands."""

    def __init__(self, url: str, pad: Made, people: int, chance: random.Random) -> None:
        self.ledger = Ledger()
        self._url = url
        self._pad = pad
        self._people = people
        self._chance = chance
        self._editors = [self._new() for _ in range(people)]

    def _new(self) -> Editor:
        return Editor({}, watches=True)

    async def work(self, moment: Moment) -> None:
        for editor in self._editors:
            editor.opened.clear()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._name_states())
            for editor in self._editors:
                tasks.create_task(self._listen(editor))
                tasks.create_task(self._write(editor, moment))
        for editor in self._editors:
            self.ledger.note(editor)

    async def _write(self, editor: Editor, moment: Moment) -> None:
        try:
            await self._come(editor)
            while True:
                await self._keep_pace(editor)
                await editor.write()
                self.ledger.edits += 1
                moment.note()
        except (ConnectionError, httpx.TransportError):
            return
        finally:
            editor.opened.set()

    async def _come(self, editor: Editor) -> None:
        await editor.open(self._url, await ticket_for(editor, self._url, self._pad.path))
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

    async def _name_states(self) -> None:
        path = self._pad.admin_path
        with contextlib.suppress(httpx.TransportError, Refused):
            async with Visitor(self._url) as visitor:
                while True:
                    await visitor.sent(f"{path}/history", f"{path}/revisions", {"name": "Stand"})
                    self.ledger.named += 1

    async def check(self, _: Found) -> None:
        """Compare the disk with the ledger, then come back and agree."""
        async with browser() as web:
            doc = await state_of(self._url, self._pad.path, web)
        on_disk = clocks_of(doc.get_state())
        lost = {
            client: clock
            for client, clock in self.ledger.acknowledged.items()
            if on_disk.get(client, 0) < clock
        }
        assert lost == {}
        for editor in self._editors:
            self.ledger.lost_unacknowledged += editor.clock - on_disk.get(editor.client, 0)
            assert on_disk.get(editor.client, 0) <= editor.clock
        stay = self._chance.sample(self._editors, self._people // 2)
        self._editors = [*stay, *(self._new() for _ in range(self._people - len(stay)))]
        await self._agree()

    async def _agree(self) -> None:
        """Everybody comes back; in the end all have the same, acknowledged."""
        for editor in self._editors:
            editor.opened.clear()
        async with asyncio.TaskGroup() as tasks:
            for editor in self._editors:
                tasks.create_task(self._listen(editor))
                await self._come(editor)
            async with asyncio.timeout(PATIENCE_S):
                for editor in self._editors:
                    await self._settled(editor)
            for editor in self._editors:
                self.ledger.note(editor)
                await editor.close()

    async def _settled(self, editor: Editor) -> None:
        def done() -> bool:
            known = [clocks_of(one.doc.get_state()) for one in self._editors]
            return editor.unsaved == 0 and all(clocks == known[0] for clocks in known)

        while not done():
            editor.news.clear()
            if not done():
                await editor.news.wait()

    def figures(self) -> str:
        told = self.ledger
        return (
            f"{told.edits} edits ({told.lost_unacknowledged} of them gone that were not "
            f"acknowledged), {told.named} named states"
        )


def pads_checked(server: Served) -> str:
    """What ``allmende pads check`` says."""
    config = server.data.parent / "allmende.toml"
    command = [sys.executable, "-m", "allmende", "pads", "check"]
    command += ["--data", str(server.data), "--config", str(config)]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout
