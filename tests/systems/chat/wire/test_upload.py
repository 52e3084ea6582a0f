"""The host of files answers its own people with places, and says how large files may be."""

from pathlib import Path

import pytest

from allmende.core.accounts import Caller
from allmende.protocols.xml.tree import Element, element, parse, write
from allmende.protocols.xmpp import jid
from allmende.protocols.xmpp.disco import INFO, ITEMS, read_features, read_identities
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.protocols.xmpp.upload import UPLOAD
from allmende.systems.chat.service.uploads import Slot
from allmende.systems.chat.wire.house import PING
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.session import Session
from allmende.systems.chat.wire.upload import Upload
from tests.systems.chat.conftest import Square
from tests.systems.chat.service.depot import Depot
from tests.systems.chat.wire.street import MARA, Silent

HOST = jid.parse("files.x.example")


class Counter:
    """mara, who asks the host of files."""

    def __init__(self, square: Square, folder: Path) -> None:
        self.depot, self.table = Depot(square, folder), IqTable()
        Upload(self.depot.uploads, self.table, lambda problem: problem.message_id).join()

    def ask(
        self, payload: Element | str, who: Caller | None = None, kind: str = "get"
    ) -> Element | None:
        stanza = Stanza("iq", CLIENT, {"type": kind, "id": "1"})
        session = Session(MARA, who or self.depot.mara, Silent())
        found = parse(payload.encode()) if isinstance(payload, str) else payload
        request = Request(MARA, HOST, session, stanza, found)
        return self.depot.square.run(self.table.answer(Where.FILES, request))

    def ask_from_afar(self, payload: Element) -> Element | None:
        stanza = Stanza("iq", CLIENT, {"type": "get", "id": "1"})
        request = Request(jid.parse("far@y.example/a"), HOST, None, stanza, payload)
        return self.depot.square.run(self.table.answer(Where.FILES, request))


@pytest.fixture
def counter(square: Square, tmp_path: Path) -> Counter:
    return Counter(square, tmp_path)


def request(size: int, name: str = "a.txt") -> Element:
    return element(UPLOAD, "request", filename=name, size=str(size))


def test_a_place_is_given_and_takes_the_file(counter: Counter) -> None:
    answer = counter.ask(request(6))
    assert answer is not None
    put, get = (next(answer.children(f"{UPLOAD} {name}")).get("url") for name in ("put", "get"))
    slot = Slot(put, get)
    counter.depot.put(slot, b"tototo", size=6)
    assert counter.depot.fetch(slot)[1] == b"tototo"


def test_what_is_too_large_is_refused_with_the_limit(counter: Counter) -> None:
    with pytest.raises(StanzaError, match="not-acceptable") as refused:
        counter.ask(request(100_001))
    assert refused.value.text == "chat.file-too-large"
    assert refused.value.more is not None
    assert b"<max-file-size>100000</max-file-size>" in write(refused.value.more)


def test_who_has_put_enough_is_told_when_there_is_place_again(counter: Counter) -> None:
    for _ in range(3):
        counter.depot.bring(b"x" * 50_000)
    with pytest.raises(StanzaError, match="resource-constraint") as refused:
        counter.ask(request(1))
    assert refused.value.kind == "wait"
    assert refused.value.more is not None
    assert refused.value.more.get("stamp") == "2026-11-24T20:00:00Z"


def test_others_and_orders_get_nothing(counter: Counter) -> None:
    with pytest.raises(StanzaError, match="not-allowed"):
        counter.ask_from_afar(request(1))
    with pytest.raises(StanzaError, match="bad-request"):
        counter.ask(request(1), kind="set")
    with pytest.raises(StanzaError, match="bad-request"):
        counter.ask(request(1, ""))


def test_the_host_says_what_it_is(counter: Counter) -> None:
    info = counter.ask(element(INFO, "query"))
    assert info is not None
    assert [(one.category, one.type) for one in read_identities(info)] == [("store", "file")]
    assert set(read_features(info)) == {UPLOAD, INFO, ITEMS, PING}
    assert b"<value>100000</value>" in write(info)
    with pytest.raises(StanzaError, match="item-not-found"):
        counter.ask(element(INFO, "query", node="x"))
    items = counter.ask(element(ITEMS, "query"))
    assert items is not None
    assert write(items) == write(element(ITEMS, "query"))
    assert counter.ask(element(PING, "ping")) is None
