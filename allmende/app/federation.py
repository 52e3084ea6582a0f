"""Talking with other XMPP servers: as the operator wants it, in the open house. Spec chat, 7."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from allmende.app.ground import Ground
from allmende.protocols.xmpp.domains import prepared_domain
from allmende.systems.chat.wire.server import Server
from allmende.systems.chat.wire.servers import budget
from allmende.systems.chat.wire.servers.around import Around, Incoming
from allmende.systems.chat.wire.servers.policy import Federation, Policy
from allmende.systems.chat.wire.servers.reach import Names, NetworkReach
from allmende.systems.chat.wire.servers.servers import Servers
from allmende.transports.asgi import CannotListen
from allmende.transports.certificates import Certificates
from allmende.transports.egress import Outside
from allmende.transports.layers import PlainLayers
from allmende.transports.names import system_resolver
from allmende.transports.tasks import crew
from allmende.transports.tcp import serve_tcp
from allmende.transports.trust import Trust
from allmende.transports.ways import choose_layers
from allmende.webkit.i18n import DEFAULT_LANGUAGE

_log: Final = logging.getLogger("allmende.house")


@asynccontextmanager
async def federating(
    ground: Ground,
    server: Server,
    certificates: Certificates,
    names: Callable[[], Names] = system_resolver,
) -> AsyncIterator[int]:
    """Talk with other servers while the body runs; yield the port for them, 0 without one.

    Where federation is closed nobody is listened to, and only services of push are talked to.
    """
    around = around_of(ground, server, certificates, names)
    async with crew() as tasks:
        servers = Servers(around, tasks.start)
        server.elsewhere.open(servers)
        try:
            async with _listening(ground, servers, certificates) as port:
                yield port
        finally:
            server.elsewhere.open(None)
            servers.close()


def around_of(
    ground: Ground, server: Server, certificates: Certificates, names: Callable[[], Names]
) -> Around:
    """Return what streams between servers need. Runs in a loop."""
    chat, now_s = ground.config.chat, asyncio.get_running_loop().time

    async def take(incoming: Incoming) -> None:
        await server.foreign.take(incoming.sender, incoming.to, incoming.stanza, incoming.done)

    policy = Policy(
        domains=server.domains,
        federation=Federation(chat.federation),
        allies=prepared(chat.allies),
        blocked=prepared(chat.blocked_servers),
        services=prepared(chat.push_services),
        dialback=chat.dialback,
    )
    authority = Path(chat.federation_authority) if chat.federation_authority else None
    return Around(
        policy=policy,
        reach=NetworkReach(names, Outside(chat.federation_test_networks), certificates),
        trust=Trust(authority),
        states=server.states,
        calls=budget.calls(now_s),
        take=take,
        secret=server.dialback_secret,
        language=DEFAULT_LANGUAGE,
        now=ground.clock.now,
    )


def prepared(domains: tuple[str, ...]) -> frozenset[str]:
    """Return names as they are compared."""
    return frozenset(prepared_domain(each) for each in domains)


@asynccontextmanager
async def _listening(
    ground: Ground, servers: Servers, certificates: Certificates
) -> AsyncIterator[int]:
    chat = ground.config.chat
    if Federation(chat.federation) is Federation.CLOSED:
        yield 0
        return
    chosen = await asyncio.to_thread(choose_layers, certificates, chat.tls_min)
    opening = serve_tcp(
        servers.serve,
        PlainLayers(),
        listen=ground.places.media,
        port=chat.servers_port,
        upgrade=chosen.layers,
    )
    async with AsyncExitStack() as stack:
        try:
            port = (await stack.enter_async_context(opening)).port
        except CannotListen:
            _log.warning("chat: port %d is taken or not ours: servers", chat.servers_port)
            port = 0
        yield port
