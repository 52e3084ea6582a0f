"""Voice for Mumble clients: what it needs of the house, and its listener."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import allmende.systems.voice.system
from allmende import __version__
from allmende.app.certificates import names_of
from allmende.app.ground import Ground
from allmende.app.parts import Building, mumble_of
from allmende.config import zone_of
from allmende.config.places import EVERYWHERE
from allmende.core.ports.calls import Calls
from allmende.core.ports.room_chat import RoomChat
from allmende.media.embedded import EmbeddedConference
from allmende.media.supervisor import Workers, voice_start
from allmende.media.voicing import VoiceStart
from allmende.storage import secret
from allmende.systems.voice.service.needs import Surroundings, VoiceSettings
from allmende.systems.voice.system import Voice
from allmende.systems.voice.web import WebKit
from allmende.transports import tls
from allmende.transports.asgi import CannotListen
from allmende.transports.certificates import Certificates
from allmende.transports.child.pool import Children
from allmende.transports.pictures import Pictures
from allmende.transports.tcp import TcpListener, serve_tcp
from allmende.transports.ways import choose_layers
from allmende.webkit.i18n import DEFAULT_LANGUAGE, Catalogues

_ORDERS_AT_ONCE: Final = 60
_ORDERS_PER_S: Final = 20
_TEXTS_AT_ONCE: Final = 5
_TEXTS_PER_S: Final = 1


@dataclass(frozen=True, slots=True)
class SiteWords:
    """Texts in the language of the server: Mumble clients do not say theirs."""

    catalogues: Catalogues

    def text(self, message_id: str, **values: object) -> str:
        """Return the text of ``message_id``."""
        return self.catalogues.text(DEFAULT_LANGUAGE, message_id, **values)


def voice_start_of(ground: Ground) -> VoiceStart | None:
    """Return how worker 0 carries Mumble's voice; None where that is off."""
    config = ground.config
    if not (config.systems.voice and config.systems.meet):
        return None
    # One socket of both families stands for "all addresses"; two would want the same port.
    listen = () if ground.places.media == EVERYWHERE else ground.places.media
    return voice_start(config.voice, listen)


async def voice_of(
    house: Building, conference: EmbeddedConference, calls: Calls, chat: RoomChat | None
) -> Voice:
    """Return voice, which listens to nobody yet."""
    ground, service = house.ground, house.identity.service
    config = ground.config
    here = Surroundings(
        database=house.database,
        bus=house.bus,
        clock=ground.clock,
        identity=service,
        ways=service,
        credentials=house.identity.credentials,
        calls=calls,
        audio=conference.audio,
        chat=chat,
        words=SiteWords(house.kit.catalogues),
        pictures=Pictures(Children()),
        settings=VoiceSettings(
            title=config.desk.title,
            url=ground.url,
            zone=zone_of(config),
            release=__version__,
            max_participants=config.voice.max_participants,
            max_bandwidth_bps=config.voice.max_bandwidth_bps,
        ),
        key=await house.database.write(lambda db: secret.secret(db, "voice")),
    )
    return await allmende.systems.voice.system.build(here, light_kit(house))


def light_kit(house: Building) -> WebKit:
    """Return what the light page needs."""
    config, kit = house.ground.config, house.kit
    joins = config.limits.joins_per_minute
    return WebKit(
        pages=kit.pages,
        texts=kit.catalogues,
        addresses=kit.addresses,
        joins=house.limit(joins, joins * 60),
        orders=house.limit(_ORDERS_AT_ONCE, _ORDERS_PER_S * 3600),
        written=house.limit(_TEXTS_AT_ONCE, _TEXTS_PER_S * 3600),
        slots=config.voice.slots,
        with_chat=config.systems.chat,
        mumble=mumble_of(house.ground),
    )


@asynccontextmanager
async def listening(
    ground: Ground, voice: Voice, workers: Workers, certificates: Certificates | None
) -> AsyncIterator[int]:
    """Take clients while the body runs; give the port. Raises CannotListen.

    TCP and UDP have the same number: clients are told one. Where any will do (0) and that of UDP is
    taken by then, voice goes through the control connection.
    """
    store = certificates or own_certificates(ground)
    minimum = ground.config.voice.tls_min
    chosen = await asyncio.to_thread(choose_layers, store, minimum)
    ready = workers.first().ready
    wanted = ground.config.voice.port

    def opened(port: int) -> AbstractAsyncContextManager[TcpListener]:
        listen = ground.places.media
        return serve_tcp(voice.server.serve, chosen.layers, listen=listen, port=port)

    async with AsyncExitStack() as stack:
        try:
            usual = wanted or (0 if ready is None else ready.voice_port)
            listener = await stack.enter_async_context(opened(usual))
        except CannotListen:
            if wanted:
                raise
            listener = await stack.enter_async_context(opened(0))
        yield listener.port


def own_certificates(ground: Ground) -> Certificates:
    """Return a certificate of our own: Mumble is encrypted where pages are not, or by a proxy."""
    names = names_of(ground.config)
    files = tls.own_certificate(ground.data / "tls", names, ground.clock)
    store = Certificates()
    store.put(names, files.certificate, files.key)
    return store
