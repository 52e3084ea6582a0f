"""A line in memory, and somebody who talks over it."""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.client import Client, Surroundings, end_session
from allmende.systems.chat.wire.framing import TcpFraming
from allmende.systems.chat.wire.negotiation import BEFORE_BYTES, Site
from allmende.systems.chat.wire.outlet import Left
from allmende.systems.chat.wire.resumption import Bound, Resumptions
from allmende.systems.chat.wire.session import Session, Sessions
from tests.systems.chat.wire.test_signin import House

HEADER = (
    b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    b"to='x.example' version='1.0'>"
)
PLAIN = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>" % b64encode(
    b"\0anna\0pencil"
)
BIND = (
    b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    b"<resource>phone</resource></bind></iq>"
)
SIGN_IN = [HEADER, PLAIN, HEADER, BIND]


class MemoryLine:
    """What is sent to it waits in ``said``; ``hear`` is what the other side says."""

    def __init__(self, *, secure: bool = True) -> None:
        self.secure = secure
        self.source_key = "key"
        self.closed = False
        self.known = False
        self.said = b""
        self._heard: asyncio.Queue[bytes] = asyncio.Queue()

    @property
    def has_unread(self) -> bool:
        return not self._heard.empty()

    def bindings(self) -> Mapping[str, bytes]:
        return {}

    async def read(self) -> bytes:
        return b"" if self.closed else await self._heard.get()

    def write(self, data: bytes) -> None:
        self.said += data

    def start_tls(self) -> None:
        self.secure = True

    def signed_in(self) -> None:
        self.known = True

    def close(self) -> None:
        self.closed = True
        self._heard.put_nowait(b"")

    def hear(self, data: bytes) -> None:
        self._heard.put_nowait(data)

    def lose(self) -> None:
        """The connection breaks."""
        self._heard.put_nowait(b"")


@dataclass
class Taken:
    """Keeps what clients send; what is called ``late`` is done when the test says so."""

    stanzas: list[Stanza] = field(default_factory=list)
    late: list[Callable[[], object]] = field(default_factory=list)
    left: list[tuple[str, Sequence[Left]]] = field(default_factory=list)

    async def take(self, session: Session, stanza: Stanza, done: Callable[[], object]) -> None:
        self.stanzas.append(stanza)
        if stanza.id == "late":
            self.late.append(done)
        else:
            done()

    def gone(self, session: Session, left: Sequence[Left]) -> None:
        self.left.append((str(session.jid), left))


class Here:
    """A server of one domain where anna has an account."""

    def __init__(self, *, plain: bool = False, keep_s: float = 300) -> None:
        self.sessions, self.taken = Sessions(), Taken()
        self.resumptions = Resumptions(self._ended, keep_s)
        self.around = Surroundings(
            Site(domain="x.example", language="de", plain=plain),
            House(),
            self.sessions,
            self.resumptions,
            self.taken,
        )

    def _ended(self, bound: Bound) -> None:
        end_session(self.sessions, self.taken, bound)


class Talk:
    """One client's connection, served by a task of its own."""

    def __init__(self, here: Here, *, secure: bool = True) -> None:
        self.line = MemoryLine(secure=secure)
        client = Client(self.line, TcpFraming(BEFORE_BYTES), here.around)
        self.task = asyncio.ensure_future(client.serve())

    async def say(self, *pieces: bytes) -> bytes:
        """Say each piece, and return what came back since the last time."""
        for piece in pieces:
            self.line.hear(piece)
            await settle()
        said, self.line.said = self.line.said, b""
        return said

    async def lose(self) -> None:
        """Let the connection break."""
        self.line.lose()
        await self.task


async def settle() -> None:
    """Let everything run that can run."""
    for _ in range(20):
        await asyncio.sleep(0)


def message(number: str) -> bytes:
    """Return a message as bytes."""
    return Stanza("message", CLIENT, {"id": number, "to": "b@x.example"}).bytes_for()
