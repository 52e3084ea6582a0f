"""Voice on a real database with media, calls and clients that are made up."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

from allmende.core.accounts import Caller, Scope
from allmende.core.bus import Bus
from allmende.core.events import Fact
from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId, RoomId
from allmende.core.parts import Part
from allmende.core.ports.room_chat import RoomChat
from allmende.core.rooms import LinkRight, Lobby, Room
from allmende.identity.model.app_passwords import Purpose
from allmende.identity.service import IdentityService
from allmende.identity.service.credentials import Credentials
from allmende.identity.service.lobby import Doors
from allmende.protocols.mumble.messages import UserState
from allmende.storage.database import Database
from allmende.systems.chat.service import ChatService
from allmende.systems.voice import system
from allmende.systems.voice.service import VoiceService
from allmende.systems.voice.service.legs import Leg
from allmende.systems.voice.service.needs import Surroundings, VoiceSettings
from allmende.systems.voice.system import Voice
from allmende.systems.voice.wire.server import Server
from allmende.transports.pictures import Pictures
from allmende.transports.tasks import Crew, crew
from allmende.webkit.i18n import Catalogues
from tests.facts import tell
from tests.fakes.audio import FakeAudio
from tests.fakes.calls import FakeCalls
from tests.identity.town import GOOD, HandClock, Inline, fail, quickly
from tests.systems.voice.clients import OLD, Client, FakeStream
from tests.transports.child.at_once import AtOnce

LOCALE = Path(__file__).parents[3] / "allmende" / "locale"
TEXTS = Catalogues.load(LOCALE)
VOICE = Purpose("voice", frozenset({Scope.VOICE}))


class English:
    """The texts of a server that speaks English."""

    def text(self, message_id: str, **values: object) -> str:
        return TEXTS.text("en", message_id, **values)


@dataclass(kw_only=True)
class Scene:
    """``ada`` is admin of the group, ``mel`` a member of it, ``zoe`` knows nothing of it."""

    ada: Caller
    mel: Caller
    zoe: Caller
    passwords: list[str]
    group: Group
    room: Room
    closed: Room
    secret: Room


@dataclass
class Harbour:
    """One group with rooms, its people, and the server of voice."""

    database: Database
    clock: HandClock = field(default_factory=HandClock)
    most: int = 300
    with_chat: bool = True
    scene: Scene | None = None

    def __post_init__(self) -> None:
        self.bus = Bus(fail)
        self.identity = quickly(IdentityService(self.database, self.clock, Inline(), self.bus))
        self.credentials = Credentials(self.database, self.clock, b"i" * 32)
        self.doors = Doors(self.bus, self.clock, b"d" * 32)
        self.audio, self.calls = FakeAudio(), FakeCalls()
        self.chat: RoomChat | None = None
        if self.with_chat:
            self.chat = ChatService(self.database, self.doors, self.clock, retention_d=28)
        self.settings = VoiceSettings(
            title="Küche", url="https://house.example", zone=UTC, release="0.1",
            max_participants=self.most,
        )  # fmt: skip
        if self.scene is not None:
            self.calls.closed.add(self.scene.closed.id)
            facilitators = (self.scene.ada, self.scene.zoe)
            self.calls.facilitators |= {self.account(who) for who in facilitators}
        self.built: Voice
        self._crew: Crew

    def here(self) -> Surroundings:
        return Surroundings(
            database=self.database, bus=self.bus, clock=self.clock, identity=self.identity,
            ways=self.identity, credentials=self.credentials, calls=self.calls, audio=self.audio,
            chat=self.chat, words=English(),
            pictures=Pictures(AtOnce()), settings=self.settings, key=b"v" * 32,
        )  # fmt: skip

    @property
    def voice(self) -> VoiceService:
        return self.built.service

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Harbour"]:
        here = self.here()
        service = VoiceService(here)
        server = Server(service, here.words, here.settings, here.clock)
        await service.begin()
        system.watch_people(self.bus, service.watching)
        system.watch_rooms(self.bus, service)
        self.built = Voice(service, server, Part(name="voice"))
        async with crew() as tasks:
            self._crew = tasks
            yield self

    # --- people and rooms ---------------------------------------------------------------

    async def person(self, name: str) -> Caller:
        code = await self.identity.make_operator_invite()
        signed_in = await self.identity.accept_invite(code, name, GOOD)
        return await self.identity.caller(signed_in.token, None)

    async def group(self, admin: Caller, title: str = "Küche", **roles: Caller) -> Group:
        group = await self.identity.make_group(admin, title)
        for role, who in roles.items():
            code = await self.identity.make_invite(admin, group.id, Role(role))
            await self.identity.join_by_invite(who, code)
        return group

    async def room(
        self, admin: Caller, group: Group, name: str = "Plenum", lobby: Lobby = Lobby.OFF
    ) -> Room:
        room = await self.identity.make_room(admin, group.id, name)
        return await self.identity.change_room(
            admin, room.id, name=name, lobby=lobby, guests_share=False
        )

    async def password(self, who: Caller) -> str:
        made = await self.identity.make_app_password(who, VOICE.scopes)
        return made.secret

    async def link(self, admin: Caller, room: RoomId, right: LinkRight = LinkRight.SPEAK) -> str:
        self.clock.turn(days=31)  # who is new makes no links
        return await self.identity.make_link(admin, room, right)

    async def settle_in(self) -> Scene:
        """Two people of one group with an open and a closed room, and a stranger to it."""
        ada, mel, zoe = [await self.person(name) for name in ("ada", "mel", "zoe")]
        words = [await self.password(who) for who in (ada, mel, zoe)]
        group = await self.group(ada, member=mel)
        secret = await self.group(zoe, "Geheimbund")
        return Scene(
            ada=ada, mel=mel, zoe=zoe, passwords=words, group=group,
            room=await self.room(ada, group),
            closed=await self.room(ada, group, "Kreis", Lobby.GUESTS),
            secret=await self.room(zoe, secret, "Verschworen"),
        )  # fmt: skip

    def account(self, who: Caller) -> AccountId:
        assert who.account_id is not None
        return who.account_id

    # --- clients ------------------------------------------------------------------------

    def dial(self, certificate: bytes | None = None, source_key: str = "s") -> Client:
        stream = FakeStream(certificate, source_key)
        self._crew.start(self.built.server.serve(stream), name="client")
        return Client(stream)

    async def connect(
        self, name: str, password: str = "", certificate: bytes | None = None
    ) -> Client:
        """Log in, and read until the login is complete."""
        client = self.dial(certificate)
        client.send(OLD)
        client.authenticate(name, password)
        await self.signed_in(client)
        return client

    async def three(self) -> tuple[Client, Client, Client]:
        """Log everybody in."""
        assert self.scene is not None
        names, scene = ("ada", "mel", "zoe"), self.scene
        found = [await self.connect(n, p) for n, p in zip(names, scene.passwords, strict=True)]
        await self.settle()
        return found[0], found[1], found[2]

    async def enter(self, client: Client, room: Room) -> None:
        """Bring a client into a room by its own wish."""
        client.send(UserState(session=client.session, channel_id=self.channel(room)))
        await self.told(client)

    async def signed_in(self, client: Client) -> None:
        await client.barrier()
        assert client.session

    async def settle(self) -> None:
        """Let what happens by itself happen."""
        for _ in range(3):
            await self.voice.errands.do_all()
            self.voice.showing.refresh()

    async def told(self, client: Client) -> list[Any]:
        """Return what a client is told of all that happened."""
        first = await client.barrier()
        await self.settle()
        return [*first, *await client.barrier()]

    async def happened(self, *facts: Fact) -> None:
        for fact in facts:
            await tell(self.bus, fact)
        await self.settle()

    def leg(self, client: Client) -> Leg:
        found = self.voice.legs.find(client.session)
        assert found is not None
        return found

    def channel(self, room: Room) -> int:
        number = self.voice.channels.of_room(room.id)
        assert number is not None
        return number


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)
