"""mara and juno with their clients, and ida who knows nobody: nodes, papers and what is sent."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId
from allmende.protocols.xml.tree import parse, write
from allmende.protocols.xmpp import jid
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.service.items import ItemService, Reader
from allmende.systems.chat.service.papers import PaperService
from allmende.systems.chat.wire.avatars import Avatars
from allmende.systems.chat.wire.bookmarks import Bookmarks
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.pep import Pep
from allmende.systems.chat.wire.private import Private
from allmende.systems.chat.wire.session import Session, What
from allmende.systems.chat.wire.vcards import Vcards
from allmende.transports.pictures import Pictures
from tests.systems.chat.conftest import Square
from tests.transports.child.at_once import AtOnce

MARA, JUNO, IDA = (jid.parse(f"{name}@x.example/phone") for name in ("mara", "juno", "ida"))
FAR = jid.parse("far@y.example/phone")


class Silent:
    """An outlet that nobody listens to."""

    namespace = None

    def send(self, data: bytes, what: What, about: str = "") -> None:
        raise AssertionError("answers are returned")

    def end(self, condition: str, text: str = "") -> None:
        raise AssertionError("nothing ends")


@dataclass
class Street:
    """Everybody, and the fakes around ``pep``. juno sees mara; ``seen`` are clients that do."""

    square: Square
    here: list[Jid] = field(default_factory=lambda: [MARA, JUNO])
    wanted: dict[Jid, set[str]] = field(default_factory=dict)
    sent: list[tuple[Jid, str]] = field(default_factory=list)
    groups: dict[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        people = {who.local: self.square.person(who.local) for who in (MARA, JUNO, IDA)}
        self.people: dict[str, Caller] = people
        self.sessions = {
            who: Session(who, people[who.local], Silent()) for who in (MARA, JUNO, IDA)
        }
        self.items = ItemService(self.square.database, self.square.clock)
        self.pep = Pep(self.items, self, self, self, self)
        self.table = IqTable()
        self.papers = PaperService(self.square.database)
        self.bookmarks = Bookmarks(self.pep, self.papers)
        self.avatars = Avatars(self.pep, Pictures(AtOnce()))
        self.pep.join(self.table)
        self.bookmarks.join(self.table)
        self.avatars.join()
        Private(self.papers, self.bookmarks).join(self.table)
        Vcards(self.papers, self.avatars, self, self.pep).join(self.table)

    # --- what the handlers ask ----------------------------------------------------------

    async def account_at(self, address: str) -> AccountId | None:
        local, _, domain = address.partition("@")
        who = self.people.get(local) if domain == "x.example" else None
        return None if who is None else who.account_id

    async def reader(self, owner: AccountId, address: str) -> Reader:
        return Reader(sees=address == str(JUNO.bare), groups=self.groups.get(address, frozenset()))

    def watchers(self, owner: Jid) -> Iterable[Jid]:
        return [one for one in self.here if owner == MARA.bare or one.bare == owner]

    def wants(self, watcher: Jid, node: str) -> bool:
        return node in self.wanted.get(watcher, ())

    def send(self, to: Jid, stanza: Stanza, what: What) -> None:
        assert what is What.MESSAGE
        assert (stanza.type, stanza.to) == ("headline", str(to))
        sender = stanza.attributes["from"]
        self.sent.append((to, f"{sender} {stanza.inner.decode()}"))

    # --- what tests do ------------------------------------------------------------------

    def account(self, who: Jid) -> AccountId:
        number = self.people[who.local].account_id
        assert number is not None
        return number

    async def asking(self, who: Jid, kind: str, payload: str, to: str = "") -> str:
        """Send an iq; return the payload of its result, "" for none."""
        stanza = Stanza("iq", CLIENT, {"type": kind, "id": "1", "to": to})
        target = jid.parse(to) if to else who.bare
        request = Request(who, target, self.sessions.get(who), stanza, parse(payload.encode()))
        answer = await self.table.answer(Where.ACCOUNT, request)
        return "" if answer is None else write(answer).decode()

    def ask(self, who: Jid, kind: str, payload: str, to: str = "") -> str:
        return self.square.run(self.asking(who, kind, payload, to))

    def told(self) -> list[tuple[Jid, str]]:
        """Return what was sent since the last time."""
        told, self.sent = self.sent, []
        return told
