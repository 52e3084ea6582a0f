import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from allmende.config import Limits
from allmende.transports.addresses import AddressKeys, Proxies
from allmende.transports.gate import ALLOW, Gate
from tests.transports.talking import application, ask, get, post, served, talk


def test_the_application_never_sees_an_address() -> None:
    answer = ask(get())
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"127.0.0.1" not in answer
    assert b"server:" not in answer.lower()


def test_a_proxy_is_believed_only_when_it_is_trusted() -> None:
    forwarded = get("/", "x-forwarded-for: 203.0.113.5", "x-forwarded-proto: https")
    assert b'"scheme":"https"' in ask(forwarded, proxies=["127.0.0.1"])
    assert b'"scheme":"http"' in ask(forwarded)


def test_a_body_has_a_size() -> None:
    limits = Limits(body_bytes=1000)
    assert ask(post("/length", b"a" * 1000), limits=limits).endswith(b"1000")
    assert b" 413 " in ask(post("/length", b"a" * 1001), limits=limits)


def test_a_body_without_a_length_is_counted() -> None:
    chunk = b"3e8\r\n" + b"a" * 1000 + b"\r\n"
    limits = Limits(body_bytes=1500)
    answer = ask(post("/length", chunk + chunk, "transfer-encoding: chunked"), limits=limits)
    assert b" 413 " in answer


def test_a_route_may_take_a_larger_body() -> None:
    async def large(request: Request) -> Response:
        request.scope["extensions"][ALLOW](2000)
        return PlainTextResponse(str(len(await request.body())))

    async def body() -> list[bytes]:
        app, answers = application(Route("/large", large, methods=["POST"])), []
        async with served(Limits(body_bytes=1000), app=app) as listeners:
            for path, size in (("/large", 2000), ("/large", 2001), ("/length", 2000)):
                answers.append(await talk(listeners.port, post(path, b"a" * size)))
        return answers

    taken, larger, elsewhere = asyncio.run(body())
    assert taken.endswith(b"2000")
    assert b" 413 " in larger
    assert b" 413 " in elsewhere


def test_a_slow_body_is_given_up() -> None:
    limits = Limits(body_slow_s=0.05)
    head = b"POST /length HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nabc"
    answer = ask(head, limits=limits)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"413" not in answer


def test_behind_a_proxy_requests_of_one_client_are_limited() -> None:
    async def body() -> tuple[bytes, bytes]:
        entered, gate = asyncio.Event(), asyncio.Event()

        async def wait(request: Request) -> Response:
            entered.set()
            await gate.wait()
            return PlainTextResponse("done")

        limits = Limits(connections_per_address=1)
        app = application(Route("/wait", wait))
        async with served(limits, ["127.0.0.1"], app) as listeners:
            one, other = "x-forwarded-for: 203.0.113.1", "x-forwarded-for: 203.0.113.2"
            async with asyncio.TaskGroup() as group:
                group.create_task(talk(listeners.port, get("/wait", one)))
                await entered.wait()
                refused = await talk(listeners.port, get("/", one))
                allowed = await talk(listeners.port, get("/", other))
                gate.set()
            return refused, allowed

    refused, allowed = asyncio.run(body())
    assert b" 503 " in refused
    assert b" 200 " in allowed


def test_a_web_socket_of_one_client_too_many_is_closed_with_try_again_later() -> None:
    async def body() -> list[Message]:
        sent: list[Message] = []
        inside = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            inside.set()
            await asyncio.Event().wait()

        async def receive() -> Message:
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            sent.append(message)

        keys, proxies = AddressKeys(lambda: 0.0), Proxies(["127.0.0.1"])
        gate = Gate(app, Limits(connections_per_address=1), keys, proxies)
        headers = [(b"x-forwarded-for", b"203.0.113.1"), (b"x-forwarded-proto", b"https")]
        scope = {"type": "websocket", "client": ("127.0.0.1", 1), "headers": headers}
        async with asyncio.TaskGroup() as group:
            first = group.create_task(gate(dict(scope), receive, send))
            await inside.wait()
            await gate(dict(scope), receive, send)
            first.cancel()
        return sent

    assert asyncio.run(body()) == [{"type": "websocket.close", "code": 1013}]


def test_what_is_neither_request_nor_web_socket_is_left_alone() -> None:
    async def body() -> None:
        async def nobody(*_: object) -> None:
            raise AssertionError

        gate = Gate(nobody, Limits(), AddressKeys(lambda: 0.0), Proxies([]))
        await gate({"type": "lifespan"}, nobody, nobody)  # type: ignore[arg-type]  # never called

    asyncio.run(body())
