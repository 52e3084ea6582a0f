"""The one client for requests to others: bounded, and never into the inside (product.md, S18).

A name is resolved here, every address that is not on the public internet is refused, and the
connection goes to the address that was checked, so that a second answer of the name server
changes nothing. Redirects are not followed.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from allmende.core.errors import Unavailable
from allmende.core.late import Late

if TYPE_CHECKING:
    import httpx
else:
    httpx = Late("httpx")

TIMEOUT_S: Final = 10.0
AT_ONCE: Final = 20
MAX_ANSWER_BYTES: Final = 64 * 1024

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_CARRIERS: Final = (  # networks of IPv6 whose addresses stand for one of IPv4
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (ipaddress.IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056
)
_REFUSED: Final = (
    ipaddress.IPv6Network("64:ff9b:1::/48"),  # RFC 8215
    ipaddress.IPv6Network("2001::/32"),  # Teredo, RFC 4380
    ipaddress.IPv4Network("192.88.99.0/24"),  # RFC 7526
)


class EgressRefused(ValueError):
    """The address is not one that may be asked."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a foreign server said. ``body`` is at most 64 KiB, the rest was not read."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_outside(address: Address) -> bool:
    """Whether ``address`` is one machine on the public internet."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _carried(address)
        if inner is not None:
            return is_outside(inner)
    if any(address in network for network in _REFUSED if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    for network, shift in _CARRIERS:
        if address in network:
            return ipaddress.IPv4Address((int(address) >> shift) & 0xFFFFFFFF)
    return None


class Outside:
    """The addresses that may be connected to. ``inside``: networks that may be as well."""

    def __init__(self, inside: Iterable[str] = ()) -> None:
        self._inside = [ipaddress.ip_network(text, strict=False) for text in inside]

    def allows(self, address: Address) -> bool:
        """Whether ``address`` may be connected to."""
        allowed = any(address in n for n in self._inside if n.version == address.version)
        return allowed or is_outside(address)


async def resolved(host: str, port: int, outside: Outside) -> Sequence[Address]:
    """Return the addresses of a name. Raises EgressRefused, OSError where it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
    # One address of the inside among others is a trick, not a choice.
    if not addresses or not all(outside.allows(address) for address in addresses):
        raise EgressRefused("the name leads into the inside")
    return addresses


class Egress:
    """Asks others. ``inside``: networks of the inside that may be asked nevertheless.

    ``opened`` gives the client, at the first request: many servers have nobody to ask for hours.
    """

    def __init__(
        self, opened: Callable[[], Awaitable["httpx.AsyncClient"]], inside: Iterable[str] = ()
    ) -> None:
        self._opened = opened
        self._outside = Outside(inside)
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._opening = asyncio.Lock()
        self._client: httpx.AsyncClient | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send ``body`` and return the answer, whatever its status.

        Raises EgressRefused for an address that may not be asked, Unavailable
        ``web.no-answer-elsewhere`` when nobody answers in time.
        """
        parts = urlsplit(_required(url))
        try:
            async with self._turn, asyncio.timeout(TIMEOUT_S):
                host = parts.hostname or ""
                address = (await resolved(host, parts.port or 443, self._outside))[0]
                shown = f"[{address}]" if address.version == 6 else str(address)
                client = await self._open()
                request = client.build_request(
                    "POST",
                    parts._replace(netloc=f"{shown}:{parts.port or 443}").geturl(),
                    headers={**headers, "Host": parts.netloc},
                    content=body,
                    extensions={"sni_hostname": host},
                )
                answer = await client.send(request, stream=True)
                try:
                    return Reply(answer.status_code, dict(answer.headers), await _bounded(answer))
                finally:
                    await answer.aclose()
        except (TimeoutError, OSError, httpx.HTTPError) as failure:
            raise Unavailable(
                "web.no-answer-elsewhere", detail=type(failure).__name__, retry_after_s=60
            ) from failure

    async def _open(self) -> "httpx.AsyncClient":
        async with self._opening:
            if self._client is None:
                self._client = await self._opened()
        return self._client


@asynccontextmanager
async def open_egress(*, inside: Iterable[str] = (), authority: str = "") -> AsyncIterator[Egress]:
    """Open the client. ``authority``: a PEM file believed besides those of the system."""
    trusted = await asyncio.to_thread(Path(authority).read_text) if authority else ""
    async with AsyncExitStack() as stack:

        async def opened() -> "httpx.AsyncClient":
            return await stack.enter_async_context(await asyncio.to_thread(_client, trusted))

        yield Egress(opened, inside)


def _client(trusted: str) -> "httpx.AsyncClient":
    """Return a client that believes the system and ``trusted``. It reads files: use a thread."""
    context = ssl.create_default_context()
    if trusted:
        context.load_verify_locations(cadata=trusted)
    return httpx.AsyncClient(
        verify=context,
        trust_env=False,
        follow_redirects=False,
        timeout=TIMEOUT_S,
        limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
        headers={"User-Agent": "Allmende"},
    )


def _required(url: str) -> str:
    parts = urlsplit(url)
    try:
        good = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.username is not None or parts.fragment:
        raise EgressRefused("not an https address")
    return url


async def _bounded(answer: "httpx.Response") -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            break
    return bytes(body[:MAX_ANSWER_BYTES])
