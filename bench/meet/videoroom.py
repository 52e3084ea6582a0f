"""Debian's ``janus`` with its VideoRoom, started for a comparison, and the words it speaks.

Its protocol: JSON over a WebSocket of the subprotocol ``janus-protocol``; each request has a
transaction that its answers name. A publisher and a subscriber are two handles, each with a
connection of its own.
"""

import asyncio
import json
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.meet.websocket import WebSocket, open_websocket
from bench.voice.peers import PeerMissing, free_port, wait_for

_START_S: Final = 15.0
_ANSWER_S: Final = 15.0
_KEEP_ALIVE_S: Final = 20.0
_PLUGIN: Final = "janus.plugin.videoroom"
_LEFT_OUT: Final = {
    "plugins": "audiobridge duktape echotest lua nosip recordplay sip streaming textroom "
    "videocall voicemail",
    "transports": "http mqtt nanomsg pfunix rabbitmq",
    "events": "gelfevh mqttevh nanomsgevh rabbitmqevh sampleevh wsevh",
}
_MAIN: Final = """\
general: {{ configs_folder = "{folder}" debug_level = 1 session_timeout = 0 }}
nat: {{ ice_lite = false ice_tcp = false full_trickle = false }}
media: {{ ipv6 = false }}
{left_out}
"""
_WEBSOCKETS: Final = """\
general: {{ ws = true ws_port = {port} ws_ip = "127.0.0.1" }}
"""


class JanusFailed(Exception):
    """It refused a request; the text says why."""


@contextmanager
def janus_server(folder: Path, before: Sequence[str] = ()) -> Iterator[tuple[int, int]]:
    """Run it; yield its process id and the port of its WebSocket. Raises PeerMissing.

    UDP alone, nothing loaded but the VideoRoom. Not as an ICE-lite agent: libnice's never gets
    beyond the first check of a client that has no candidates in its offer.
    """
    program = shutil.which("janus")
    if program is None:
        raise PeerMissing("no janus: install Debian's package")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    left_out = "\n".join(
        f'{kind}: {{ disable = "{",".join(_library(name) for name in names.split())}" }}'
        for kind, names in _LEFT_OUT.items()
    )
    (folder / "janus.jcfg").write_text(_MAIN.format(folder=folder, left_out=left_out))
    (folder / "janus.transport.websockets.jcfg").write_text(_WEBSOCKETS.format(port=port))
    log = folder / "janus.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*before, program, "-F", str(folder)], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(process, port, "janus")
        yield process.pid, port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _library(name: str) -> str:
    return f"libjanus_{name}.so"


class Session:
    """One WebSocket with one session; requests are answered in any order."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._session = 0
        self._waiting: dict[str, asyncio.Future[Mapping[str, Any]]] = {}
        self._running: list[asyncio.Task[None]] = []

    @classmethod
    async def open(cls, port: int) -> "Session":
        """Connect. Raises JanusFailed, OSError, TimeoutError."""
        address = f"http://127.0.0.1:{port}"
        made = cls(await open_websocket(address, "/", subprotocols=("janus-protocol",)))
        loop = asyncio.get_running_loop()
        made._running = [loop.create_task(made._read()), loop.create_task(made._stay())]
        made._session = int((await made._ask({"janus": "create"}))["data"]["id"])
        return made

    def close(self) -> None:
        """Hang up."""
        for task in self._running:
            task.cancel()
        self._socket.close()

    async def attach(self) -> int:
        """Return another handle."""
        found = await self._ask({"janus": "attach", "plugin": _PLUGIN})
        return int(found["data"]["id"])

    async def say(
        self, handle: int, body: Mapping[str, object], jsep: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """Return what the room answers, with its SDP as ``sdp``. Raises JanusFailed."""
        request: dict[str, object] = {"janus": "message", "handle_id": handle, "body": body}
        if jsep is not None:
            request["jsep"] = jsep
        found = await self._ask(request)
        data = dict(found["plugindata"]["data"])
        if "error" in data:
            raise JanusFailed(str(data["error"]))
        data["sdp"] = found.get("jsep", {}).get("sdp", "")
        return data

    async def _ask(self, request: Mapping[str, object]) -> Mapping[str, Any]:
        transaction = secrets.token_hex(6)
        waiting = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = waiting
        whole = {**request, "transaction": transaction}
        if self._session:
            whole["session_id"] = self._session
        self._socket.send(json.dumps(whole))
        async with asyncio.timeout(_ANSWER_S):
            found: Mapping[str, Any] = await waiting
        if found["janus"] == "error":
            raise JanusFailed(str(found["error"]))
        return found

    async def _read(self) -> None:
        while (message := await self._socket.receive()) is not None:
            found = json.loads(message)
            # An ack only says that the answer will come.
            waiting = self._waiting.get(found.get("transaction", ""))
            if waiting is not None and found["janus"] != "ack" and not waiting.done():
                waiting.set_result(found)

    async def _stay(self) -> None:
        while True:
            await asyncio.sleep(_KEEP_ALIVE_S)
            keep = {"janus": "keepalive", "session_id": self._session, "transaction": "stay"}
            self._socket.send(json.dumps(keep))
