"""The whole XMPP server without sockets: people of a town with their apps, on a real database."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable

from allmende.core.accounts import Caller, Scope
from allmende.core.errors import NotSignedIn
from allmende.identity.service.credentials import AccountKeys
from allmende.identity.service.lobby import Doors
from allmende.protocols.scram.exchange import Challenge
from allmende.protocols.scram.keys import Mechanism
from allmende.storage.database import Database
from allmende.systems.chat.service import ChatService
from allmende.systems.chat.service.accounts import services_of
from allmende.systems.chat.service.group_rooms import GroupRooms
from allmende.systems.chat.wire.house import About
from allmende.systems.chat.wire.negotiation import Site
from allmende.systems.chat.wire.server import Server, Surface
from tests.identity.town import Town
from tests.systems.chat.wire.lines import BIND, HEADER, MemoryLine

DOMAIN = "x.example"
WORD = "pencil"
_WITHIN_S = 20.0


class Village(Town):
    """Everybody signs in by PLAIN with the same secret."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.people: dict[str, Caller] = {}
        doors = Doors(self.bus, self.clock, b"k" * 32)
        chat = ChatService(database, doors, self.clock, retention_d=28)
        surface = Surface(
            site=Site(domain=DOMAIN, language="de"),
            about=About(title="Dorf", release="1"),
            credentials=self,
            translate=lambda problem: problem.message_id,
            groups=GroupRooms(database, chat, self.clock, domain=DOMAIN, secret=b"s" * 32),
        )
        self.server = Server(services_of(database, self.clock, DOMAIN), surface, self.clock)

    async def check(
        self, name: str, secret: str, scope: Scope | None, caller_key: str = ""
    ) -> Caller:
        if secret != WORD or name not in self.people:
            raise NotSignedIn("identity.wrong-app-password")
        return self.people[name]

    async def scram_keys(self, name: str, mechanism: Mechanism, scope: Scope) -> AccountKeys:
        return AccountKeys(name, b"salt" * 4, 4096, ())

    async def proved(
        self, asked: AccountKeys, challenge: Challenge, final: bytes, caller_key: str = ""
    ) -> tuple[Caller, bytes]:
        raise NotSignedIn("identity.wrong-app-password")

    def move_in(self, *names: str) -> None:
        """Let people have accounts."""
        for name in names:
            self.people[name] = self.person(name)

    def play(self, story: Callable[["Village"], Awaitable[None]]) -> None:
        """Run a story while the server runs."""

        async def both() -> None:
            running = asyncio.ensure_future(self.server.run())
            try:
                async with asyncio.timeout(_WITHIN_S):
                    await asyncio.sleep(0)
                    await story(self)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

        self.run(both())


class Ear(MemoryLine):
    """A line that tells when something was said."""

    def __init__(self) -> None:
        super().__init__()
        self.news = asyncio.Event()

    def write(self, data: bytes) -> None:
        super().write(data)
        self.news.set()


class App:
    """An app of somebody: signed in, bound, and served by a task of its own."""

    def __init__(self, village: Village, name: str) -> None:
        self.name = name
        self.line = Ear()
        self.task = asyncio.ensure_future(village.server.serve(self.line))

    async def sign_in(self) -> "App":
        """Sign in and bind the resource "phone"."""
        secret = b64encode(f"\0{self.name}\0{WORD}".encode())
        auth = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>"
        steps = ((HEADER, "mechanisms>"), (auth % secret, "<success"), (HEADER, "<bind "))
        for said, answer in (*steps, (BIND, "phone</jid>")):
            await self.say(said, answer)
        return self

    async def come(self) -> "App":
        """Sign in, ask for the list, and be here."""
        await self.sign_in()
        await self.say(b"<iq type='get' id='list'><query xmlns='jabber:iq:roster'/></iq>", "list")
        await self.say(b"<presence/>", "<presence ")
        return self

    async def say(self, data: bytes | str, until: str = "") -> str:
        """Send; return what came until ``until`` stood in it."""
        self.line.hear(data.encode() if isinstance(data, str) else data)
        return await self.hear(until)

    async def hear(self, until: str) -> str:
        """Return what came until ``until`` stood in it."""
        while until not in self.line.said.decode():
            self.line.news.clear()
            await self.line.news.wait()
        said, self.line.said = self.line.said.decode(), b""
        return said

    async def lose(self) -> None:
        """Let the connection break."""
        self.line.lose()
        await self.task
