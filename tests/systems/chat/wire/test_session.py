"""Sessions are found by address, and one address has one session."""

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId
from allmende.protocols.xmpp.jid import parse
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.session import Session, Sessions, What


class Heard:
    def __init__(self, namespace: str | None = None) -> None:
        self.namespace = namespace
        self.sent: list[tuple[bytes, What]] = []

    def send(self, data: bytes, what: What, about: str = "") -> None:
        self.sent.append((data, what))

    def end(self, condition: str, text: str = "") -> None:
        self.sent.append((condition.encode(), What.IQ))


def session(address: str, outlet: Heard | None = None) -> Session:
    return Session(parse(address), Caller(account_id=AccountId(7)), outlet or Heard())


def test_a_session_is_found_by_its_address() -> None:
    sessions, phone, laptop = Sessions(), session("a@x/phone"), session("a@x/laptop")
    assert sessions.add(phone) is None
    assert sessions.add(laptop) is None
    assert dict(sessions.of(parse("a@x"))) == {"phone": phone, "laptop": laptop}
    assert sessions.find(parse("a@x/phone")) is phone
    assert sessions.find(parse("a@x/tv")) is None
    assert list(sessions) == [phone, laptop]
    assert phone.account == 7


def test_a_newer_session_takes_the_address_and_keeps_it() -> None:
    sessions, older, newer = Sessions(), session("a@x/phone"), session("a@x/phone")
    sessions.add(older)
    assert sessions.add(newer) is older
    sessions.remove(older)
    assert sessions.find(parse("a@x/phone")) is newer
    sessions.remove(newer)
    assert list(sessions) == []
    assert not sessions.of(parse("a@x"))


def test_a_stanza_is_written_as_its_stream_wants_it() -> None:
    tcp, frames = Heard(), Heard(CLIENT)
    for outlet in (tcp, frames):
        session("a@x/r", outlet).send(Stanza("presence", CLIENT, {"from": "b@x"}), What.PRESENCE)
    assert tcp.sent == [(b"<presence from='b@x'/>", What.PRESENCE)]
    assert frames.sent == [(b"<presence xmlns='jabber:client' from='b@x'/>", What.PRESENCE)]
