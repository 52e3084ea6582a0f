"""The parts: each system with what it needs."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

import allmende.systems.chat.system
import allmende.systems.desk.system
import allmende.systems.meet.system
import allmende.systems.pads.system
import allmende.systems.plenum.system
from allmende import __version__
from allmende.app.exports import exporters_of
from allmende.app.ground import Ground, authority_of
from allmende.app.kit import Kit
from allmende.app.nightly import nightly_job
from allmende.app.privacy import privacy_page
from allmende.config import Config, zone_of
from allmende.core.bus import Bus
from allmende.core.errors import NotFound
from allmende.core.parts import Part
from allmende.core.ports.pads import Pads
from allmende.identity.model.app_passwords import CHAT, PADS, VOICE, Purpose
from allmende.identity.model.settings import Settings
from allmende.identity.system import Identity
from allmende.media.embedded import EmbeddedConference
from allmende.protocols.mumble.address import MumblePlace
from allmende.storage.blobs import Blobs
from allmende.storage.database import Database
from allmende.systems.chat.service import ChatService
from allmende.systems.chat.system import ChatSettings
from allmende.systems.desk.service import DeskService, read_texts
from allmende.systems.desk.service.archives import Archives
from allmende.systems.desk.service.notices import NoticeService
from allmende.systems.desk.web import DeskKit
from allmende.systems.meet.service import Limits as CallLimits
from allmende.systems.meet.system import Meet
from allmende.systems.meet.web import WebKit
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.pad import History
from allmende.systems.pads.service.needs import PadDefaults
from allmende.systems.pads.system import Grounds
from allmende.systems.pads.web import PadKit
from allmende.systems.plenum.web import WebKit as PlenumKit
from allmende.transports.threads import Threads
from allmende.webkit.http import json_response
from allmende.webkit.limits import RateLimit

_EXPORTS_PER_HOUR: Final = 6
"""Archives that one person takes along."""

_WRITTEN_AT_ONCE: Final = 20
_WRITTEN_PER_HOUR: Final = 600
"""Paragraphs that one person adds to one pad by the form without scripts."""


def house_part(
    ground: Ground, languages: Sequence[str], registration: Callable[[], Awaitable[str]]
) -> Part:
    """Return what the house itself answers: its health, and its own authority.

    ``registration`` gives the mode in which accounts are made.
    """
    authority = authority_of(ground)
    switches = msgspec.structs.asdict(ground.config.systems)
    on = [name for name, is_on in switches.items() if is_on]
    if not ground.config.systems.meet:
        on = [name for name in on if name != "voice"]  # it has no rooms then

    async def health(_: Request) -> Response:
        systems = dict.fromkeys(on, "up")
        known = {"version": __version__, "systems": systems, "languages": languages}
        return json_response({**known, "registration": await registration()})

    async def certificate(_: Request) -> Response:
        if authority is None:
            raise NotFound("web.not-found")
        return FileResponse(authority, media_type="application/x-x509-ca-cert")

    routes = [Route("/health.json", health), Route("/authority.pem", certificate)]
    return Part(name="house", routes=routes, jobs=[nightly_job(ground)])


def identity_settings(ground: Ground) -> Settings:
    """Return what identity knows of the configuration."""
    return Settings(url=ground.url, recovery_wait_h=ground.config.desk.recovery_wait_h)


@dataclass(frozen=True, slots=True)
class Building:
    """What a system is built from."""

    ground: Ground
    database: Database
    bus: Bus
    identity: Identity
    kit: Kit
    notices: NoticeService
    blobs: Blobs

    def limit(self, burst: int, per_hour: float) -> RateLimit:
        """Return a limit of its own."""
        return RateLimit(self.ground.clock, burst=burst, per_hour=per_hour)


def desk_of(house: Building, pads: Pads | None, web: DeskKit) -> Part:
    """Return the part that has start page, accounts and groups; ``pads`` None: they are off."""
    config, kit = house.ground.config, house.kit
    texts = Path(config.desk.texts) if config.desk.texts else house.ground.data / "texts"
    service = DeskService(
        house.identity.service,
        texts=read_texts(texts, kit.catalogues.languages),
        open_rooms=config.meet.open_rooms and config.systems.meet,
        chat_days=config.chat.retention_d if config.systems.chat else None,
        max_chat_days=config.chat.max_retention_d,
        pads=pads,
        open_pads=config.pads.create,
    )
    return allmende.systems.desk.system.build(house.identity.service, service, web)


def desk_kit(house: Building) -> DeskKit:
    """Return what all pages of desk need."""
    config, kit = house.ground.config, house.kit
    limits = config.limits
    return DeskKit(
        pages=kit.pages,
        texts=kit.catalogues,
        addresses=kit.addresses,
        proof=kit.proof,
        starts=house.limit(limits.open_rooms_per_hour, limits.open_rooms_per_hour),
        starts_by_address=house.limit(limits.open_rooms_per_address, limits.open_rooms_per_address),
        wrong_codes=house.limit(limits.invites_per_hour, limits.invites_per_hour),
        asks=house.limit(limits.requests_per_hour, limits.requests_per_hour),
        address=house.ground.address,
        clock=house.ground.clock,
        privacy=privacy_page(config),
        archives=Archives(house.identity.service, exporters_of(house.database, config)),
        unread=house.notices.unread,
        exports=house.limit(_EXPORTS_PER_HOUR, _EXPORTS_PER_HOUR),
        purposes=purposes_of(config),
        with_plenum=config.systems.plenum and config.systems.meet,
        with_meet=config.systems.meet,
        with_voice=config.systems.voice and config.systems.meet,
        mumble=mumble_of(house.ground),
    )


def purposes_of(config: Config) -> list[Purpose]:
    """Return what an app password can be for: what programs can ask of the systems that are on."""
    systems = config.systems
    offered = (
        (systems.chat, CHAT),
        (systems.voice and systems.meet, VOICE),
        (systems.pads, PADS),
    )
    return [purpose for is_on, purpose in offered if is_on]


def chat_of(house: Building) -> tuple[Part, ChatService]:
    """Return the part that has the messages, and what others may ask of it."""
    config = house.ground.config
    settings = ChatSettings(
        retention_d=config.chat.retention_d,
        max_retention_d=config.chat.max_retention_d,
        burst=config.limits.messages_per_10_s,
    )
    return allmende.systems.chat.system.build(
        house.database,
        house.identity.doors,
        house.bus,
        house.ground.clock,
        house.kit.pages,
        settings,
    )


async def pads_of(house: Building, threads: Threads) -> tuple[Part, Pads]:
    """Return the part that has the live documents, and what others may ask of them."""
    config, kit = house.ground.config, house.kit
    grounds = Grounds(
        database=house.database,
        doors=house.identity.doors,
        bus=house.bus,
        clock=house.ground.clock,
        threads=threads,
        data=house.ground.data,
    )
    defaults = PadDefaults(
        create=config.pads.create,
        top_level_names=config.pads.top_level_names,
        expiry_days=config.pads.default_expiry_days,
        history=History(config.pads.history),
        text_bytes=config.pads.max_text_bytes,
    )
    limits = PadLimits(text_bytes=config.pads.max_text_bytes, sessions=config.pads.max_sessions)
    web = PadKit(
        pages=kit.pages,
        texts=kit.catalogues,
        clock=house.ground.clock,
        addresses=kit.addresses,
        proof=kit.proof,
        made=house.limit(config.pads.per_hour, config.pads.per_hour),
        made_by_address=house.limit(config.pads.per_address, config.pads.per_address),
        written=house.limit(_WRITTEN_AT_ONCE, _WRITTEN_PER_HOUR),
        address=house.ground.address,
        with_chat=config.systems.chat,
        with_plenum=config.systems.plenum and config.systems.meet,
        with_meet=config.systems.meet,
    )
    return await allmende.systems.pads.system.build(grounds, defaults, limits, web)


def mumble_of(ground: Ground) -> MumblePlace | None:
    """Return where Mumble clients connect; None: nowhere, or at a port that nobody is told of."""
    config = ground.config
    if not config.systems.voice or not config.voice.port:
        return None
    return MumblePlace(urlsplit(ground.url).hostname or config.domain, config.voice.port)


def meet_of(house: Building, conference: EmbeddedConference) -> Meet:
    """Return the part that has the calls, and what others may ask of them."""
    config, kit = house.ground.config, house.kit
    joins = config.limits.joins_per_minute
    web = WebKit(
        pages=kit.pages,
        texts=kit.catalogues,
        addresses=kit.addresses,
        joins=house.limit(joins, joins * 60),
        echoes=house.limit(joins, joins * 60),
        address=house.ground.address,
        with_chat=config.systems.chat,
        with_plenum=config.systems.plenum,
        with_voice=config.systems.voice,
        mumble=mumble_of(house.ground),
    )
    limits = CallLimits(
        max_participants=config.meet.max_participants, test_hooks=config.meet.test_hooks
    )
    return allmende.systems.meet.system.build(
        house.database, house.bus, house.ground.clock, house.identity, conference, limits, web
    )


def plenum_of(house: Building, conference: EmbeddedConference, pads: Pads | None) -> Part:
    """Return the part that has the assemblies; ``pads`` None: they have no minutes."""
    config, kit = house.ground.config, house.kit
    joins, acts = config.limits.joins_per_minute, allmende.systems.plenum.system.ACTS_PER_S
    web = PlenumKit(
        pages=kit.pages,
        texts=kit.catalogues,
        addresses=kit.addresses,
        acts=house.limit(acts, acts * 3600),
        joins=house.limit(joins, joins * 60),
        zone=zone_of(config),
        with_chat=config.systems.chat,
        mumble=mumble_of(house.ground),
    )
    built = allmende.systems.plenum.system.build(
        house.database, house.bus, house.ground.clock, house.identity, (conference, pads), web
    )
    return built.part
