import asyncio
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from allmende.transports.asgi import CannotListen, open_sockets
from allmende.transports.tls import context_of, own_certificate
from tests.transports.talking import application, get, served, talk, until


def test_stopping_lets_open_requests_finish_and_takes_no_new_ones() -> None:
    async def body() -> bytes:
        entered, gate = asyncio.Event(), asyncio.Event()

        async def wait(request: Request) -> Response:
            entered.set()
            await gate.wait()
            return PlainTextResponse("finished")

        async with asyncio.TaskGroup() as group:
            async with served(app=application(Route("/wait", wait))) as listeners:
                asked = group.create_task(talk(listeners.port, get("/wait")))
                await entered.wait()
                stopping = group.create_task(listeners.stop())
                await until(lambda: not listeners.listening)
                assert await refused(listeners.port)
                gate.set()
                await stopping
            return await asked

    assert asyncio.run(body()).endswith(b"finished")


async def refused(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return True
    writer.close()
    return False


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return 0.0


def test_pages_are_served_over_tls(tmp_path: Path) -> None:
    files = own_certificate(tmp_path, ["localhost"], Now())
    client = ssl.create_default_context(cafile=files.authority)

    async def body() -> bytes:
        context = context_of(files.certificate, files.key)
        async with served(context=context) as listeners:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", listeners.port, ssl=client, server_hostname="localhost"
            )
            writer.write(get())
            answer = await reader.read()
            writer.close()
            return answer

    assert b'"scheme":"https"' in asyncio.run(body())


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"127.0.0.1 port {port}: Address already in use"):
            open_sockets(["127.0.0.1"], port)


def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(CannotListen, match=r"Cannot listen on 203\.0\.113\.1"):
        open_sockets(["127.0.0.1", "203.0.113.1"], 0)
