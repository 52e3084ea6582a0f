"""People with devices in memory, who keep lists and show themselves."""

from allmende.protocols.xml.tree import parse as tree
from allmende.protocols.xmpp.jid import Jid, parse
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza, stanza_of
from allmende.systems.chat.model.contacts import Act
from allmende.systems.chat.service.contacts import Party
from allmende.systems.chat.wire.blocking import Blocking
from allmende.systems.chat.wire.elsewhere import Elsewhere
from allmende.systems.chat.wire.far_presence import FarPresence
from allmende.systems.chat.wire.gate import ContactGate
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.presence import Presence
from allmende.systems.chat.wire.roster import Roster
from allmende.systems.chat.wire.router import Sending
from allmende.systems.chat.wire.servers.budget import Budget
from allmende.systems.chat.wire.session import Session, Sessions, What
from allmende.systems.chat.wire.sight import Sight
from tests.systems.chat.service.people import People

ROOMS = "rooms.x.example"


def stanza(text: str) -> Stanza:
    """A stanza as a client writes it."""
    name, _, rest = text[1:].partition(" ")
    return stanza_of(tree(f"<{name} xmlns='{CLIENT}' {rest}".encode()))


class Device:
    """The sending end of a session; what was sent is kept until it is read."""

    namespace: str | None = None

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, data: bytes, what: What, about: str = "") -> None:
        self.sent.append(data.decode())

    def end(self, condition: str, text: str = "") -> None:
        self.sent.append(condition)


class Street(People):
    """anna and bea and their devices; rooms that keep what is sent to them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sessions, self.table = Sessions(), IqTable()
        self.sight = Sight(self.contacts.circle, self.sessions)
        self.to_rooms: list[Stanza] = []
        self.came: list[tuple[str, bool]] = []
        self.elsewhere = Elsewhere(frozenset(("x.example", ROOMS)))
        self.blocking = Blocking(self.contacts, self.sight, self.sessions, self.table)
        self.gate = ContactGate(
            "x.example", self.contacts, self.blocking, self.sight, self.sessions,
            Budget(50, 500, 3600, self.clock.monotonic_s),
        )  # fmt: skip
        far = FarPresence(self.contacts, self.gate, self.sight, self.sessions, self.elsewhere)
        self.presence = Presence(
            self.contacts, self.sight, self.sessions, far, {ROOMS: self}, hearers=[self]
        )
        self.roster = Roster(self.contacts, self.sight, self.presence, self.table)
        self.roster.join()
        self.blocking.join()

    async def take(self, sending: Sending) -> None:
        self.to_rooms.append(sending.stanza)
        sending.done()

    async def present(self, session: Session, *, first: bool) -> None:
        self.came.append((session.jid.resource, first))

    def device(self, who: Party, resource: str) -> Session:
        """A bound device that has said nothing yet."""
        name = who.address.partition("@")[0]
        jid = parse(f"{who.address}/{resource}")
        session = Session(jid, self.callers[name], Device())
        self.sessions.add(session)
        return session

    def here(self, who: Party, resource: str) -> Session:
        """A device that has its list and is here; what it heard so far is read."""
        session = self.device(who, resource)
        self.ask(session, "<query xmlns='jabber:iq:roster'/>")
        self.send(session, "<presence />")
        self.heard(session)
        return session

    def send(self, session: Session, text: str) -> int:
        """Send presence; return how often it was said to be done."""
        done: list[int] = []
        sent = stanza(text).having(from_=str(session.jid))
        to = parse(sent.to) if sent.to else session.jid.bare
        self.run(self.presence.take(Sending(session, sent, to, lambda: done.append(1))))
        return len(done)

    def ask(self, session: Session, payload: str, kind: str = "get", to: Jid | None = None) -> str:
        """Ask one's own account, or somebody's; return the payload of the answer."""
        inner = stanza(f"<iq type='{kind}' id='1'>{payload}</iq>")
        element = next(iter(inner.tree()))
        request = Request(session.jid, to or session.jid.bare, session, inner, element)
        answer = self.run(self.table.answer(Where.ACCOUNT, request))
        return "" if answer is None else Stanza("iq", CLIENT, {}).adding(answer).inner.decode()

    def leave(self, session: Session) -> None:
        """The stream of a device is over."""
        self.sessions.remove(session)
        self.run(self.presence.left(session, ()))
        self.run(self.blocking.left(session, ()))

    def befriend(self) -> None:
        """Both see each other."""
        for one, other in ((self.anna, self.bea), (self.bea, self.anna)):
            self.put(one, other.address)
            self.run(self.contacts.say(one, other.address, Act.ASK))
            self.run(self.contacts.say(other, one.address, Act.ALLOW))

    def heard(self, session: Session) -> list[str]:
        """What a device was sent since the last time."""
        device = session.outlet
        assert isinstance(device, Device)
        sent, device.sent = device.sent, []
        return sent
