"""Two stock clients (npm ``yjs`` and ``y-websocket``) write in one live pad, a third reads.

The server here is a socket and nothing else around ``LivePad``; the house itself is driven by the
same script in the stories of pads.
"""

import asyncio
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from allmende.systems.pads.model.authors import AuthorTable
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.live import Close, LivePad, Output, Send, Session
from allmende.systems.pads.model.pad import AuthorId, Capability, Kind, PadSessionId
from tests.systems.pads.model.pens import author

NODE = shutil.which("node")
SCRIPT = Path(__file__).parent / "js" / "sync.mjs"
ROOT = Path(__file__).parents[3]

pytestmark = [
    pytest.mark.interop,
    pytest.mark.slow,
    pytest.mark.skipif(
        NODE is None or not (ROOT / "node_modules" / "y-websocket").exists(),
        reason="needs node and y-websocket",
    ),
]
SESSIONS = {
    f"ticket{number}": Session(
        PadSessionId(number), 70 + number, AuthorId(number), capability, controls=False
    )
    for number, capability in enumerate((Capability.EDIT, Capability.EDIT, Capability.READ), 1)
}


class Porch:
    """Carries bytes between sockets and a live pad; ticks when the pad wants it."""

    def __init__(self, kind: Kind) -> None:
        people = [author(number, f"author {number}") for number in range(1, 4)]
        self.pad = LivePad(Document(kind), AuthorTable(people, {}), limits=PadLimits())
        self._sockets: dict[PadSessionId, ServerConnection] = {}

    async def serve(self, socket: ServerConnection) -> None:
        request = socket.request
        assert request is not None
        ticket = parse_qs(urlsplit(request.path).query)["ticket"][0]
        session = SESSIONS[ticket]
        self._sockets[session.id] = socket
        await self._carry(self.pad.join(session, self._now_s()))
        try:
            async for data in socket:
                assert isinstance(data, bytes)
                await self._carry(self.pad.receive(session.id, data, self._now_s()))
        except ConnectionClosed:
            pass
        await self._carry(self.pad.leave(session.id, self._now_s()))

    async def tick(self) -> None:
        while True:
            await asyncio.sleep(0.01)
            due_s = self.pad.next_tick_s()
            if due_s is not None and due_s <= self._now_s():
                await self._carry(self.pad.tick(self._now_s()))

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    async def _carry(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            socket = self._sockets[output.session_id]
            match output:
                case Send(data=data):
                    await socket.send(data)
                case Close(code=code):
                    await socket.close(code)


def port_of(server: Server) -> int:
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


async def story(porch: Porch, kind: Kind) -> dict[str, Any]:
    async with serve(porch.serve, "127.0.0.1", 0) as server, asyncio.TaskGroup() as tasks:
        ticking = tasks.create_task(porch.tick())
        comers = [{"ticket": name, "client": one.client} for name, one in SESSIONS.items()]
        task = {
            "url": f"ws://127.0.0.1:{port_of(server)}/p/ws",
            "room": "live",
            "kind": kind,
            "writers": comers[:2],
            "reader": comers[2],
        }
        node = await asyncio.create_subprocess_exec(
            NODE or "node", str(SCRIPT), json.dumps(task), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await node.communicate()
        ticking.cancel()
    told: dict[str, Any] = json.loads(printed)
    return told


@pytest.mark.parametrize("kind", list(Kind))
def test_stock_clients_write_together_and_a_reader_cannot(kind: Kind) -> None:
    porch = Porch(kind)
    told = asyncio.run(story(porch, kind))
    assert "failed" not in told, told
    user = {"name": "author 1", "colour": 1, "number": 1, "author": 1}
    assert told["caret"] == {"cursor": {"anchor": 1, "head": 2}, "user": user}
    assert told["reader"] == {"code": 4403, "unchanged": True, "caret": False}
    assert told["codes"] == [None, None]
    assert "wort29" in str(porch.pad.document.doc["body"])
    assert "nein" not in str(porch.pad.document.doc["body"])
