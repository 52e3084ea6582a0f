"""A village with a road to other servers: what goes there is kept, what comes is put in."""

import asyncio

from allmende.protocols.xml.tree import parse as parse_xml
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import parse
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza, stanza_of
from tests.systems.chat.wire.whole import Village


class Road:
    """Is an `elsewhere.Carrier`. ``closed.example`` is not talked to, ``full.example`` is full."""

    def __init__(self, village: Village) -> None:
        self.village = village
        self.sent: list[str] = []
        self.done = 0
        self._news = asyncio.Event()
        village.server.elsewhere.open(self)

    def talks_to(self, domain: str) -> bool:
        return domain != "closed.example"

    def take(self, stanza: Stanza) -> None:
        written = stanza.bytes_for().decode()
        if "@full.example" in written:
            raise StanzaError("remote-server-timeout")
        self.sent.append(written)
        self._news.set()

    async def bring(self, text: str) -> None:
        """Let a stanza of another server come in, which proved its domain."""
        stanza = stanza_of(parse_xml(text.replace(" ", f" xmlns='{CLIENT}' ", 1).encode()))
        sender, to = parse(stanza.attributes["from"]), parse(stanza.to)
        await self.village.server.foreign.take(sender, to, stanza, self._count)

    def _count(self) -> None:
        self.done += 1

    async def hear(self, text: str) -> str:
        """Return what went out until ``text`` stood in it."""
        while text not in "".join(self.sent):
            self._news.clear()
            await self._news.wait()
        return self.read()

    def read(self) -> str:
        """Return what went out since the last time."""
        sent, self.sent = "\n".join(self.sent), []
        return sent
