"""Every stanza of a client goes somewhere, and every question is answered once."""

import asyncio

import pytest

from allmende.core.accounts import Caller
from allmende.core.errors import NotFound
from allmende.core.ids import AccountId
from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid, parse
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza, stanza_of
from allmende.systems.chat.wire.elsewhere import Elsewhere
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.router import Domains, Router, Sending
from allmende.systems.chat.wire.session import Session, Sessions
from tests.systems.chat.wire.test_session import Heard


class Takes:
    def __init__(self) -> None:
        self.taken: list[Sending] = []

    async def take(self, sending: Sending) -> None:
        match sending.stanza.id:
            case "refused":
                raise StanzaError("not-acceptable", "no")
            case "missing":
                raise NotFound("chat.no-such-message")
            case "broken":
                raise ZeroDivisionError
        self.taken.append(sending)
        sending.done()


class Place:
    """anna has a phone and a laptop here, bert has one session."""

    def __init__(self) -> None:
        self.messages, self.presence, self.sessions = Takes(), Takes(), Sessions()
        self.table = IqTable()
        self.table.add(Where.ACCOUNT, "urn:x a", self.answer)
        self.table.add(Where.SERVER, "urn:x a", self.answer)
        self.table.add(Where.ROOM, "urn:x a", self.answer)
        self.table.add(Where.FILES, "urn:x a", self.answer)
        self.heard = {name: Heard() for name in ("anna/phone", "anna/laptop", "bert/tv")}
        for name, outlet in self.heard.items():
            local, _, resource = name.partition("/")
            address = parse(f"{local}@x.example/{resource}")
            self.sessions.add(Session(address, Caller(account_id=AccountId(1)), outlet))
        domains = Domains(server="x.example", rooms="rooms.x.example", files="files.x.example")
        takes = {"message": self.messages, "presence": self.presence}
        elsewhere = Elsewhere(frozenset(("x.example", "rooms.x.example", "files.x.example")))
        self.router = Router(domains, self.sessions, self.table, takes, self, elsewhere, str)
        self.answers: list[tuple[str, str]] = []
        self.done = 0

    async def require_peer(self, session: Session, to: Jid) -> None:
        if to.resource == "locked":
            raise StanzaError("not-acceptable")

    async def answered(self, session: Session, stanza: Stanza) -> None:
        self.answers.append((str(session.jid), stanza.id))

    async def answer(self, request: Request) -> Element | None:
        if request.payload.text == "wrong":
            raise StanzaError("bad-request")
        return element("urn:x", "b", str(request.target)) if not request.is_set else None

    def say(self, stanza: Stanza, who: str = "anna/phone") -> str:
        """Return what comes back to the sender."""
        local, _, resource = who.partition("/")
        session = self.sessions.find(parse(f"{local}@x.example/{resource}"))
        assert session is not None

        def done() -> None:
            self.done += 1

        asyncio.run(self.router.take(session, stanza, done))
        assert self.done == 1
        self.done = 0
        return self.told(who)

    def told(self, who: str) -> str:
        sent = self.heard[who].sent
        said = b"".join(data for data, _ in sent).decode()
        sent.clear()
        return said


@pytest.fixture
def place() -> Place:
    return Place()


def iq(to: str, kind: str = "get", payload: Element | None = None, **more: str) -> Stanza:
    content = [payload if payload is not None else element("urn:x", "a")]
    attributes = {"id": "1", "type": kind, **more}
    if to:
        attributes["to"] = to
    return stanza_of(Element(f"{CLIENT} iq", attributes, content))


@pytest.mark.parametrize(
    ("to", "target"),
    [
        ("", "anna@x.example"),
        ("anna@x.example", "anna@x.example"),
        ("bert@x.example", "bert@x.example"),
        ("x.example", "x.example"),
        ("files.x.example", "files.x.example"),
        ("room@rooms.x.example", "room@rooms.x.example"),
        ("room@rooms.x.example/nick", "room@rooms.x.example/nick"),
    ],
)
def test_a_question_is_answered_where_it_goes(place: Place, to: str, target: str) -> None:
    said = place.say(iq(to))
    assert f"<b xmlns='urn:x'>{target}</b>" in said
    assert "type='result'" in said
    assert (f"from='{to}'" in said) is bool(to)
    assert "type='result'" in place.say(iq(to, "set"))


@pytest.mark.parametrize(
    ("stanza", "condition"),
    [
        (iq("x.example", payload=element("urn:x", "unknown")), "service-unavailable"),
        (iq("rooms.x.example"), "service-unavailable"),
        (iq("anna@files.x.example"), "remote-server-not-found"),
        (iq("x.example", payload=element("urn:x", "a", "wrong")), "bad-request"),
        (iq("other.example"), "remote-server-not-found"),
        (iq("bert@x.example/gone"), "service-unavailable"),
        (iq("@"), "jid-malformed"),
        (iq("x.example", "other"), "bad-request"),
        (Stanza("iq", CLIENT, {"type": "get", "to": "x.example"}), "bad-request"),
        (Stanza("iq", CLIENT, {"type": "get", "id": "1"}), "bad-request"),
        (Stanza("message", CLIENT, {"id": "refused", "to": "a@x"}), "not-acceptable"),
        (Stanza("message", CLIENT, {"id": "missing", "to": "a@x"}), "item-not-found"),
        (Stanza("presence", CLIENT, {"id": "broken", "to": "a@x"}), "internal-server-error"),
    ],
)
def test_what_goes_wrong_is_said_once(
    place: Place, stanza: Stanza, condition: str, caplog: pytest.LogCaptureFixture
) -> None:
    said = place.say(stanza)
    assert said.count(f"<{condition} ") == 1
    assert "type='error'" in said
    assert "to='anna@x.example/phone'" in said


@pytest.mark.parametrize("to", ["bert@x.example/gone", "x.example", "other.example"])
def test_an_answer_for_nobody_is_never_answered(place: Place, to: str) -> None:
    assert place.say(iq(to, "result")) == ""
    assert place.say(iq(to, "error")) == ""


def test_clients_ask_each_other(place: Place) -> None:
    assert place.say(iq("bert@x.example/tv")) == ""
    said = place.told("bert/tv")
    assert "from='anna@x.example/phone'" in said
    assert "<a xmlns='urn:x'/>" in said


def test_messages_and_presence_are_stamped_with_who_sent_them(place: Place) -> None:
    forged = {"from": "boss@x.example", "to": "bert@x.example"}
    for kind, takes in (("message", place.messages), ("presence", place.presence)):
        assert place.say(Stanza(kind, CLIENT, forged)) == ""
        (sending,) = takes.taken
        assert sending.stanza.attributes["from"] == "anna@x.example/phone"
        assert str(sending.to) == "bert@x.example"
