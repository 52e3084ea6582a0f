"""The composition root: builds everything from the configuration, bottom up."""

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.routing import BaseRoute

import allmende.identity.system
from allmende.app import jabber
from allmende.app.ground import Ground, authority_of
from allmende.app.kit import kit_of, live_of, site_of, web_routes
from allmende.app.mumble import listening, voice_of, voice_start_of
from allmende.app.notices import notices_of
from allmende.app.operating import operating_of
from allmende.app.parts import (
    Building,
    chat_of,
    desk_kit,
    desk_of,
    house_part,
    identity_settings,
    meet_of,
    pads_of,
    plenum_of,
)
from allmende.app.threshold import Threshold, threshold
from allmende.app.work import facts_of, routes_of, work_of
from allmende.config import Config
from allmende.config.places import EVERYWHERE
from allmende.config.sections import Media
from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.ids import RoomId
from allmende.core.parts import Part
from allmende.core.ports.pads import Pads
from allmende.core.ports.room_chat import RoomChat
from allmende.media.embedded import EmbeddedConference
from allmende.media.supervisor import Workers, beginning_workers
from allmende.storage import secret
from allmende.storage.backup import BLOB_FOLDER
from allmende.storage.blobs import FolderBlobs
from allmende.storage.opening import open_database
from allmende.storage.relay import Relay
from allmende.storage.upgrade import upgrade
from allmende.storage.vault import HouseKeys, key_path, load_keys
from allmende.systems.chat.wire.server import Server
from allmende.systems.desk.service.notices import NoticeService
from allmende.systems.voice.system import Voice
from allmende.transports import tls
from allmende.transports.acme.keeping import Keeping
from allmende.transports.certificates import Certificates
from allmende.transports.tasks import background
from allmende.transports.threads import open_threads
from allmende.webkit.errors import ERROR_HANDLERS
from allmende.webkit.live import Live
from allmende.webkit.programs import Programs
from allmende.webkit.site import Site
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
    certificates: Certificates | None = field(repr=False)
    keeping: Keeping | None = field(repr=False)

    def reload_certificate(self) -> None:
        """Read the files again, and ask for what is missing. Raises CertificateRefused."""
        if self.keeping is not None:
            self.keeping.wake()
        if self.certificates is not None:
            self.certificates.reload()


@asynccontextmanager
async def house(config: Config, clock: Clock) -> AsyncIterator[House]:
    """Build from the bottom up; what was opened last is closed first.

    Raises ConfigRefused, Conflict (the folder is in use, or of a newer release), CannotListen,
    CertificateRefused and AssetsMissing: each says in one sentence what to do. Sealed where a
    passphrase is needed.
    """
    async with threshold(config, clock) as place:
        data = place.ground.data
        file = key_path(data, config.key_file)
        keys = await asyncio.to_thread(load_keys, file, mode=config.key_mode, data=data)
        async with opened(place, keys) as open_house:
            yield open_house


@asynccontextmanager
async def opened(place: Threshold, keys: HouseKeys) -> AsyncIterator[House]:
    """Open everything with the keys, and the door."""
    ground = dataclasses.replace(place.ground, keys=keys)
    async with AsyncExitStack() as stack:
        rooms = await stack.enter_async_context(furnished(ground))
        if rooms.systems.voice is not None and rooms.workers is not None:
            await stack.enter_async_context(
                listening(ground, rooms.systems.voice, rooms.workers, place.certificates)
            )
        if rooms.systems.jabber is not None:
            await stack.enter_async_context(
                jabber.listening(ground, rooms.systems.jabber, place.certificates)
            )
        stack.push_async_callback(place.listeners.stop)
        stack.callback(rooms.live.close, everybody)
        place.door.open(rooms.app)
        authority = authority_of(ground)
        if ground.config.database.url:
            _log.warning("PostgreSQL is not encrypted by us: keep it on an encrypted volume")
        _log.info("ready")
        yield House(
            app=rooms.app,
            url=ground.url,
            port=place.listeners.port,
            invite=ground.address(f"/i/{rooms.invite}") if rooms.invite else None,
            fingerprint=tls.fingerprint_of(authority) if authority else "",
            certificates=place.certificates,
            keeping=place.keeping,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnished:
    """What stands behind the door."""

    app: Starlette
    live: Live
    invite: str | None
    systems: "Systems"
    workers: Workers | None


@asynccontextmanager
async def furnished(ground: Ground) -> AsyncIterator[Furnished]:
    """Open everything behind the listeners: database, media, systems, jobs."""
    config, data, clock = ground.config, ground.data, ground.clock
    async with AsyncExitStack() as stack:
        # First, because they take longest until they are ready; nobody waits for them here.
        workers = await stack.enter_async_context(beginning_media(ground))
        await asyncio.to_thread(upgrade, config.database.url, data, ground.keys)
        committed, bus = asyncio.Event(), Bus(on_failure)
        database = await stack.enter_async_context(
            open_database(
                config.database.url,
                data,
                keys=ground.keys,
                on_commit=committed.set,
                max_waiting=config.limits.changes_waiting,
            )
        )
        threads = stack.enter_context(
            open_threads(size=_PASSWORD_THREADS, waiting=config.limits.passwords_waiting)
        )
        identity = await allmende.identity.system.build(
            database, bus, clock, threads, identity_settings(ground)
        )
        kit = kit_of(ground)
        notices = NoticeService(database, clock)
        blobs = FolderBlobs(data / BLOB_FOLDER, ground.keys.blobs if ground.keys else None)
        building = Building(ground, database, bus, identity, kit, notices, blobs)

        async def registration() -> str:
            return (await identity.service.registration()).mode

        answers = house_part(ground, kit.catalogues.languages, registration)
        systems = await systems_of(building, workers, stack)
        parts = [identity.part, answers, *systems.parts]
        relay = Relay(database, bus, facts_of(parts))
        live = live_of(database, bus, clock, relay, parts)
        routes = [*live.routes(), *web_routes(kit), *routes_of(parts)]
        app = app_of(building, await site_of(ground, database), routes)
        await relay.begin()
        await stack.enter_async_context(background(relay.run(committed), name="relay"))
        for name, work in (*relay.work(), *work_of(parts, database, blobs, clock)):
            await stack.enter_async_context(background(work, name=name))
        invite = await identity.service.first_start()
        yield Furnished(app=app, live=live, invite=invite, systems=systems, workers=workers)


def app_of(house: Building, site: Site, routes: Sequence[BaseRoute]) -> Starlette:
    """Return what answers requests."""
    service = house.identity.service
    app = Starlette(
        routes=routes,
        middleware=middleware(
            service,
            site,
            name_of=service.name_of,
            watched=service.watched_recovery,
            programs=Programs(house.identity.credentials, house.kit.addresses, routes),
        ),
        exception_handlers=ERROR_HANDLERS,
    )
    app.state.pages = house.kit.pages
    return app


@dataclass(slots=True)
class Systems:
    """What is switched on, and what has listeners of its own."""

    parts: list[Part]
    voice: Voice | None = None
    jabber: Server | None = None


async def systems_of(house: Building, workers: Workers | None, stack: AsyncExitStack) -> Systems:
    """Build every system that is switched on; what they open is closed with ``stack``."""
    systems, database = house.ground.config.systems, house.database
    found = Systems([])
    parts = found.parts
    pads_part, pads = await opened_pads(house, stack)
    if systems.desk:
        web = desk_kit(house)
        parts.append(desk_of(house, pads, web))
        parts.append(await notices_of(house, web, stack))
        parts.append(operating_of(house, web, stack, lambda: found.jabber))
    chat: RoomChat | None = None
    if systems.chat:
        chat_part, messages = chat_of(house)
        chat = messages
        found.jabber, jabber_part = await jabber.jabber_of(house, messages)
        parts += [chat_part, jabber_part]
    parts += pads_part
    if workers is not None:
        key = await database.write(lambda db: secret.secret(db, "media"))
        conference = await stack.enter_async_context(opened_media(house.ground, workers, key))
        meet = meet_of(house, conference)
        parts.append(meet.part)
        if systems.voice:
            found.voice = await voice_of(house, conference, meet.calls, chat)
            parts.append(found.voice.part)
        if systems.plenum:
            parts.append(plenum_of(house, conference, pads))
    return found


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
async def beginning_media(ground: Ground) -> AsyncIterator[Workers | None]:
    """Start the workers, where there are calls."""
    if not ground.config.systems.meet:
        yield None
        return
    voice = voice_start_of(ground)
    async with beginning_workers(media_settings(ground), ground.clock, voice=voice) as workers:
        yield workers


@asynccontextmanager
async def opened_media(
    ground: Ground, workers: Workers, key: bytes
) -> AsyncIterator[EmbeddedConference]:
    """Open the conference on the workers; at the end everybody in a call is told.

    ``key`` signs the tickets into calls. Raises Unavailable if a worker does not start.
    """
    await workers.all_started()
    conference = EmbeddedConference(
        workers, key, ground.clock, media_settings(ground), ground.config.voice
    )
    async with background(conference.run(), name="conference"):
        yield conference
        conference.shut()


def media_settings(ground: Ground) -> Media:
    """Return the settings of media, with the addresses that this machine listens at."""
    # One socket of both families stands for "all addresses"; two would want the same port.
    listen = () if ground.places.media == EVERYWHERE else ground.places.media
    return msgspec.structs.replace(ground.config.media, listen=listen)


def everybody(_: Caller, __: RoomId) -> bool:
    """Every live page: the house closes."""
    return True


def on_failure(failure: BaseException) -> None:
    """Log what a handler of a fact or signal failed with; it hurts no other."""
    _log.error("a handler failed", exc_info=failure)
