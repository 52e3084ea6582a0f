"""The XMPP server: what it needs of the house, and its listeners."""

import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende import __version__
from allmende.app.federation import federating
from allmende.app.ground import Ground
from allmende.app.mumble import SiteWords, own_certificates
from allmende.app.parts import Building
from allmende.core.clock import Clock
from allmende.core.errors import AllmendeError
from allmende.core.parts import Part
from allmende.storage import secret
from allmende.systems.chat.service import ChatService
from allmende.systems.chat.service.accounts import services_of
from allmende.systems.chat.service.group_rooms import GroupRooms
from allmende.systems.chat.service.uploads import UploadService, UploadSettings
from allmende.systems.chat.system import server_part
from allmende.systems.chat.wire.house import About
from allmende.systems.chat.wire.negotiation import Site
from allmende.systems.chat.wire.server import Files, Server, Surface
from allmende.systems.chat.wire.websocket import frame_routes
from allmende.transports.asgi import CannotListen
from allmende.transports.certificates import Certificates, Use
from allmende.transports.child.pool import Children
from allmende.transports.layers import PlainLayers, SslLayers
from allmende.transports.pictures import Pictures
from allmende.transports.tcp import serve_tcp
from allmende.webkit.http import json_response
from allmende.webkit.i18n import DEFAULT_LANGUAGE

_MB: Final = 1024 * 1024
OUTAGES: Final = "/status.json"
_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"
_SOON: Final = timedelta(hours=1)
_ALPN: Final = ("xmpp-client",)
_log: Final = logging.getLogger("allmende.house")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the server listens; 0: nowhere, the port is taken."""

    client: int = 0
    direct: int = 0
    servers: int = 0


async def jabber_of(house: Building, chat: ChatService) -> tuple[Server, Part]:
    """Return the server, which listens to nobody yet, and what runs with the house."""
    config, clock = house.ground.config, house.ground.clock
    files = await files_of(house)
    words = SiteWords(house.kit.catalogues)

    def translate(problem: AllmendeError) -> str:
        return words.text(problem.message_id, **problem.values)

    surface = Surface(
        site=Site(domain=config.domain, language=DEFAULT_LANGUAGE),
        about=About(
            title=config.desk.title,
            release=__version__,
            outages=f"{house.ground.url}{OUTAGES}",
        ),
        credentials=house.identity.credentials,
        translate=translate,
        files=files,
        groups=await groups_of(house, chat),
        dialback_secret=await house.database.write(_dialback_secret),
    )
    server = Server(services_of(house.database, clock, config.domain), surface, clock)
    part = server_part(house.bus, server, config.chat.files_host)
    outage = Route(OUTAGES, outage_of(server, clock))
    frames = frame_routes(server.serve_frames, house.kit.addresses, house.ground.url)
    return server, replace(part, routes=[*part.routes, *frames, outage])


def _dialback_secret(db: Connection) -> bytes:
    return secret.secret(db, "chat-dialback")


def outage_of(server: Server, clock: Clock) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Return what says whether chat is down, and since when: null, it is not (XEP-0455, 3)."""
    begun = clock.now()

    async def outage(_: Request) -> Response:
        if server.listens:
            return json_response(None)
        since = begun.strftime(_INSTANT)
        until = (clock.now() + _SOON).strftime(_INSTANT)
        return json_response(
            {"planned": False, "beginning": since, "expected_end": until, "message": {}}
        )

    return outage


async def groups_of(house: Building, chat: ChatService) -> GroupRooms:
    """Return the rooms of groups as apps see them: their messages are those of ``chat``."""
    key = await house.database.write(lambda db: secret.secret(db, "chat-occupants"))
    domain, clock = house.ground.config.domain, house.ground.clock
    return GroupRooms(house.database, chat, clock, domain=domain, secret=key)


async def files_of(house: Building) -> Files:
    """Return what takes files for chats."""
    ground, chat = house.ground, house.ground.config.chat
    pictures = Pictures(Children())
    key = await house.database.write(lambda db: secret.secret(db, "chat-uploads"))
    settings = UploadSettings(
        url=f"https://{chat.files_host}" if chat.files_host else ground.url,
        max_bytes=chat.upload_max_mb * _MB,
        day_bytes=chat.upload_day_mb * _MB,
    )
    uploads = UploadService(house.database, house.blobs, pictures, ground.clock, key, settings)
    return Files(f"files.{ground.config.domain}", uploads, pictures)


@asynccontextmanager
async def listening(
    ground: Ground, server: Server, certificates: Certificates | None
) -> AsyncIterator[Ports]:
    """Take clients while the body runs; a port that is taken is said, and all else goes on."""
    store, config = certificates or own_certificates(ground), ground.config.chat
    layers = SslLayers(store, Use(minimum=config.tls_min, alpn=_ALPN))
    plain = PlainLayers()
    wanted = (("client", config.port, plain, layers), ("direct", config.direct_port, layers, None))
    found = {"client": 0, "direct": 0}
    async with AsyncExitStack() as stack:
        for name, port, first, upgrade in wanted:
            opening = serve_tcp(
                server.serve,
                first,
                listen=ground.places.media,
                port=port,
                upgrade=upgrade,
            )
            try:
                found[name] = (await stack.enter_async_context(opening)).port
            except CannotListen:
                _log.warning("chat: port %d is taken or not ours: %s", port, name)
        found["servers"] = await stack.enter_async_context(federating(ground, server, store))
        server.listens = bool(found["client"] or found["direct"])
        yield Ports(**found)
