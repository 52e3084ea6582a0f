"""Finding other servers: name servers are fakes, connections go over loopback."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from allmende.systems.chat.wire.servers.problems import Reason, Unreachable
from allmende.systems.chat.wire.servers.reach import NetworkReach
from allmende.transports.certificates import Use
from allmende.transports.egress import Outside
from allmende.transports.layers import Layers, PlainLayers, SslLayers
from allmende.transports.names import NotAnswered, Srv
from allmende.transports.tcp import TcpConnection, serve_tcp
from tests.ports import free_port
from tests.transports.programs import store

LOOPBACK = ("127.0.0.0/8",)
SECURE, PLAIN = "_xmpps-server._tcp.b.example", "_xmpp-server._tcp.b.example"


class Names:
    """A name server. ``asked``: for what."""

    def __init__(self, **found: Sequence[Srv]) -> None:
        self.found = {SECURE: found.get("secure", ()), PLAIN: found.get("plain", ())}
        self.asked: list[str] = []

    def services(self, name: str) -> Sequence[Srv]:
        self.asked.append(name)
        return self.found[name]


class Silent(Names):
    """Answers nothing but what it knows."""

    def services(self, name: str) -> Sequence[Srv]:
        if self.found[name]:
            return self.found[name]
        raise NotAnswered(name)


def reaching(folder: Path, names: Names, inside: Sequence[str] = LOOPBACK) -> NetworkReach:
    return NetworkReach(lambda: names, Outside(inside), store(folder, "a.example"))


async def reached(reach: NetworkReach) -> list[bool]:
    """Return of each connection whether it is encrypted from its begin."""
    found = []
    async with asyncio.timeout(20), aclosing(reach.lines("a.example", "b.example")) as lines:
        async for line in lines:
            found.append(line.secure)
            line.close()
    return found


def refused(folder: Path, names: Names, inside: Sequence[str] = LOOPBACK) -> Reason:
    with pytest.raises(Unreachable) as problem:
        asyncio.run(reached(reaching(folder, names, inside)))
    return problem.value.reason


def here(port: int, priority: int = 0, host: str = "127.0.0.1") -> Srv:
    return Srv(priority, 0, port, host)


async def idle(connection: TcpConnection) -> None:
    await connection.read()


def with_listener(body: Callable[[int], object], layers: Layers) -> None:
    async def run() -> None:
        async with serve_tcp(idle, layers, listen=["127.0.0.1"], port=0) as listener:
            await asyncio.to_thread(body, listener.port)

    asyncio.run(run())


def test_every_target_that_answers_is_a_connection(tmp_path: Path) -> None:
    def body(port: int) -> None:
        names = Names(
            secure=[here(port, 2)], plain=[here(free_port(), 1), here(port, 3), here(port, 4, "@@")]
        )
        assert asyncio.run(reached(reaching(tmp_path, names))) == [True, False]
        assert names.asked == [SECURE, PLAIN]

    use = Use("1.2", ("xmpp-server",), resumes=False, any_client=True)
    with_listener(body, SslLayers(store(tmp_path / "b", "b.example"), use))


def test_the_inside_is_not_called(tmp_path: Path) -> None:
    touched: list[TcpConnection] = []

    async def serve(connection: TcpConnection) -> None:
        touched.append(connection)

    async def run() -> None:
        async with serve_tcp(serve, PlainLayers(), listen=["127.0.0.1"], port=0) as listener:
            for host in ("127.0.0.1", "localhost", "::", "::ffff:127.0.0.1"):
                names = Names(plain=[here(listener.port, host=host)])
                reason = await asyncio.to_thread(refused, tmp_path, names, ())
                assert reason is Reason.INSIDE

    asyncio.run(run())
    assert touched == []


def test_it_is_said_why_nobody_is_reached(tmp_path: Path) -> None:
    assert refused(tmp_path, Silent()) is Reason.NAMES_SILENT
    assert refused(tmp_path, Silent(plain=[here(free_port())])) is Reason.NO_ANSWER
    assert refused(tmp_path, Names(plain=[Srv(0, 0, 0, "")])) is Reason.NO_NAME
    assert refused(tmp_path, Names(plain=[here(free_port())])) is Reason.NO_ANSWER
    assert refused(tmp_path, Names(plain=[here(5269, host="@@")])) is Reason.NO_NAME
