"""The composition root: builds everything from the configuration, bottom up."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
from starlette.applications import Starlette

import allmende.identity.system
from allmende.app.ground import Ground, authority_of, certificate_of, context_of
from allmende.app.kit import kit_of, live_of, site_of, web_routes
from allmende.app.parts import Building, chat_of, desk_of, house_part, meet_of, pads_of, plenum_of
from allmende.app.work import facts_of, routes_of, work_of
from allmende.config import Config, places_of
from allmende.config.places import EVERYWHERE
from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.ids import RoomId
from allmende.core.parts import Part
from allmende.core.ports.pads import Pads
from allmende.media.embedded import EmbeddedConference
from allmende.media.supervisor import media_workers
from allmende.storage import migrate, secret
from allmende.storage.folder import lock_folder
from allmende.storage.opening import open_database
from allmende.storage.relay import Relay
from allmende.transports import tls
from allmende.transports.asgi import serving
from allmende.transports.doorway import Doorway
from allmende.transports.running import announced
from allmende.transports.tasks import background
from allmende.transports.threads import open_threads
from allmende.webkit.errors import ERROR_HANDLERS
from allmende.webkit.live import Live
from allmende.webkit.stack import middleware

_PASSWORD_THREADS: Final = 2
_PAD_THREADS: Final = 2
_PADS_WAITING: Final = 100
_log: Final = logging.getLogger("allmende.house")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An open house: ``url`` is what people type, ``invite`` a link given once.

    ``fingerprint`` is that of our own authority, empty where the certificate is not our own.
    """

    app: Starlette
    url: str
    port: int
    invite: str | None
    fingerprint: str
    context: ssl.SSLContext | None = field(repr=False)
    certificate: tuple[Path, Path] | None = field(repr=False)

    def reload_certificate(self) -> None:
        """Read the files of the certificate again. Raises CertificateRefused."""
        if self.context is not None and self.certificate is not None:
            tls.load_into(self.context, *self.certificate)


@asynccontextmanager
async def house(config: Config, clock: Clock) -> AsyncIterator[House]:
    """Build from the bottom up; what was opened last is closed first.

    Raises ConfigRefused, Conflict (the folder is in use, or of a newer release), CannotListen,
    CertificateRefused and AssetsMissing: each says in one sentence what to do.
    """
    places, data = places_of(config), Path(config.data)
    async with AsyncExitStack() as stack:
        stack.enter_context(lock_folder(data))
        certificate = certificate_of(config, places, data, clock)
        context = None if certificate is None else context_of(config, certificate)
        door = Doorway()
        listeners = await stack.enter_async_context(
            serving(
                door,
                listen=places.listen,
                port=config.web.port,
                limits=config.limits,
                trusted_proxies=config.web.trusted_proxies,
                context=context,
            )
        )
        url = places.url(config, listeners.port)
        stack.enter_context(announced(data, port=listeners.port, url=url))
        ground = Ground(config=config, places=places, data=data, clock=clock, url=url)
        rooms = await stack.enter_async_context(furnished(ground))
        stack.push_async_callback(listeners.stop)
        stack.callback(rooms.live.close, everybody)
        door.open(rooms.app)
        authority = authority_of(ground)
        _log.info("ready")
        yield House(
            app=rooms.app,
            url=url,
            port=listeners.port,
            invite=f"{url}/i/{rooms.invite}" if rooms.invite else None,
            fingerprint=tls.fingerprint_of(authority) if authority else "",
            context=context,
            certificate=certificate,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnished:
    """What stands behind the door."""

    app: Starlette
    live: Live
    invite: str | None


@asynccontextmanager
async def furnished(ground: Ground) -> AsyncIterator[Furnished]:
    """Open everything behind the listeners: database, media, systems, jobs."""
    config, data, clock = ground.config, ground.data, ground.clock
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(migrate.migrate, config.database.url, data)
        committed, bus = asyncio.Event(), Bus(on_failure)
        database = await stack.enter_async_context(
            open_database(
                config.database.url,
                data,
                on_commit=committed.set,
                max_waiting=config.limits.changes_waiting,
            )
        )
        threads = stack.enter_context(
            open_threads(size=_PASSWORD_THREADS, waiting=config.limits.passwords_waiting)
        )
        identity = await allmende.identity.system.build(database, bus, clock, threads)
        kit = kit_of(ground)
        building = Building(ground, database, bus, identity, kit)
        parts = [identity.part, house_part(ground), *await systems_of(building, stack)]
        relay = Relay(database, bus, facts_of(parts))
        live = live_of(database, bus, relay, parts)
        app = Starlette(
            routes=[*live.routes(), *web_routes(kit), *routes_of(parts)],
            middleware=middleware(
                identity.service, await site_of(ground, database), name_of=identity.service.name_of
            ),
            exception_handlers=ERROR_HANDLERS,
        )
        app.state.pages = kit.pages
        await relay.begin()
        await stack.enter_async_context(background(relay.run(committed), name="relay"))
        for name, work in work_of(parts, database, clock):
            await stack.enter_async_context(background(work, name=name))
        yield Furnished(app=app, live=live, invite=await identity.service.first_start())


async def systems_of(house: Building, stack: AsyncExitStack) -> list[Part]:
    """Build every system that is switched on; what they open is closed with ``stack``."""
    systems, database = house.ground.config.systems, house.database
    parts: list[Part] = []
    pads_part, pads = await opened_pads(house, stack)
    if systems.desk:
        parts.append(desk_of(house, pads))
    if systems.chat:
        parts.append(chat_of(house))
    parts += pads_part
    if systems.meet:
        key = await database.write(lambda db: secret.secret(db, "media"))
        conference = await stack.enter_async_context(opened_media(house.ground, key))
        parts.append(meet_of(house, conference))
        if systems.plenum:
            parts.append(plenum_of(house, conference, pads))
    return parts


async def opened_pads(house: Building, stack: AsyncExitStack) -> tuple[list[Part], Pads | None]:
    """Return the part of pads and their port, or nothing where they are off.

    Large documents are read in threads of their own, so that nobody waits to sign in.
    """
    if not house.ground.config.systems.pads:
        return [], None
    threads = stack.enter_context(open_threads(size=_PAD_THREADS, waiting=_PADS_WAITING))
    part, port = await pads_of(house, threads)
    return [part], port


@asynccontextmanager
async def opened_media(ground: Ground, key: bytes) -> AsyncIterator[EmbeddedConference]:
    """Start the workers and the conference on them; at the end everybody in a call is told.

    ``key`` signs the tickets into calls.
    """
    clock = ground.clock
    # One socket of both families stands for "all addresses"; two would want the same port.
    listen = () if ground.places.media == EVERYWHERE else ground.places.media
    settings = msgspec.structs.replace(ground.config.media, listen=listen)
    async with media_workers(settings, clock) as workers:
        conference = EmbeddedConference(workers, key, clock, settings)
        async with background(conference.run(), name="conference"):
            yield conference
            conference.shut()


def everybody(_: Caller, __: RoomId) -> bool:
    """Every live page: the house closes."""
    return True


def on_failure(failure: BaseException) -> None:
    """Log what a handler of a fact or signal failed with; it hurts no other."""
    _log.error("a handler failed", exc_info=failure)
