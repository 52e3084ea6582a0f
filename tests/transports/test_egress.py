"""Requests to others: never into the inside, whatever the name or the address looks like."""

import asyncio
import ipaddress
import ssl
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from allmende.core.errors import Unavailable
from allmende.transports.egress import (
    MAX_ANSWER_BYTES,
    Egress,
    EgressRefused,
    Reply,
    is_outside,
    open_egress,
)
from tests.fakes.push import PushService, push_service

LOOPBACK = ("127.0.0.0/8", "::1/128")


@pytest.mark.parametrize(
    "text", ["1.1.1.1", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_machines_on_the_internet_may_be_asked(text: str) -> None:
    assert is_outside(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.1",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "fc00::1",
        "fe80::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_the_inside_may_not_be_asked(text: str) -> None:
    assert not is_outside(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://",
        "https://user@example.org/",
        "https://example.org/#part",
        "https://example.org:99999/",
        "https://example.org:0/",
        "//example.org/",
        "",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://localhost/",
    ],
)
def test_an_address_that_is_not_a_public_https_one_is_refused(url: str) -> None:
    async def ask() -> None:
        async with open_egress() as egress:
            with pytest.raises((EgressRefused, Unavailable)):
                await egress.post(url, {}, b"")

    asyncio.run(ask())


def test_the_client_is_opened_once_and_not_before_somebody_is_asked(tmp_path: Path) -> None:
    async def ask() -> None:
        async with push_service(tmp_path) as service, AsyncExitStack() as stack:
            opened: list[httpx.AsyncClient] = []

            async def open_client() -> httpx.AsyncClient:
                trusting = ssl.create_default_context(cafile=str(service.authority))
                opened.append(await stack.enter_async_context(httpx.AsyncClient(verify=trusting)))
                return opened[0]

            egress = Egress(open_client, LOOPBACK)
            assert opened == []
            both = [egress.post(service.endpoint(), {"TTL": "60"}, b"body") for _ in range(2)]
            assert {reply.status for reply in await asyncio.gather(*both)} == {201}
            assert len(opened) == 1

    asyncio.run(ask())


def asked(
    folder: Path, *, inside: tuple[str, ...] = LOOPBACK, **answer: object
) -> tuple[Reply, PushService]:
    async def ask() -> tuple[Reply, PushService]:
        async with push_service(folder) as service:
            for name, value in answer.items():
                setattr(service, name, value)
            async with open_egress(inside=inside, authority=str(service.authority)) as egress:
                return await egress.post(service.endpoint(), {"TTL": "60"}, b"body"), service

    return asyncio.run(ask())


def test_a_request_arrives_with_its_headers(tmp_path: Path) -> None:
    reply, service = asked(tmp_path)
    assert reply.status == 201
    [request] = service.received
    assert (request.path, request.body, request.headers["ttl"]) == ("/send/one", b"body", "60")
    assert request.headers["host"] == f"localhost:{service.port}"
    assert request.headers["user-agent"] == "Allmende"


def test_a_name_that_leads_into_the_inside_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EgressRefused):
        asked(tmp_path, inside=())


def test_a_redirect_is_an_answer_like_any_other(tmp_path: Path) -> None:
    reply, service = asked(tmp_path, status=307, extra=[("location", "https://localhost/")])
    assert reply.status == 307
    assert len(service.received) == 1


def test_an_endless_answer_is_cut(tmp_path: Path) -> None:
    reply, _ = asked(tmp_path, answer_bytes=4 * MAX_ANSWER_BYTES)
    assert len(reply.body) == MAX_ANSWER_BYTES


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    async def ask() -> None:
        async with push_service(tmp_path) as service, open_egress(inside=LOOPBACK) as egress:
            with pytest.raises(Unavailable):
                await egress.post(service.endpoint(), {}, b"")
            assert service.received == []

    asyncio.run(ask())


def test_nobody_there_is_said_as_such(tmp_path: Path) -> None:
    async def ask() -> None:
        async with open_egress(inside=LOOPBACK) as egress:
            with pytest.raises(Unavailable) as failure:
                await egress.post("https://127.0.0.1:9/", {}, b"")
            assert failure.value.message_id == "web.no-answer-elsewhere"

    asyncio.run(ask())
