"""An app reads the archive of its account."""

import asyncio

import pytest

from allmende.core.errors import NotFound
from allmende.protocols.xml.tree import Element, element, parse
from allmende.protocols.xmpp import mam, rsm
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.storage.database import Database
from allmende.systems.chat.wire.iq import Request, Where
from allmende.systems.chat.wire.mam import Archives
from allmende.systems.chat.wire.session import Session
from tests.systems.chat.wire.post import Street, heard, play
from tests.systems.chat.wire.test_messages import HI


def query(rest: str = "") -> Element:
    inner = f"<set xmlns='http://jabber.org/protocol/rsm'>{rest}</set>"
    return parse(f"<query xmlns='urn:xmpp:mam:2' queryid='q'>{inner}</query>".encode())


class Archive(Street):
    """Three messages of anna to bert."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        Archives(self.history).join(self.table)

    async def fill(self) -> Session:
        anna = self.session("anna", "phone")
        for number in range(3):
            await self.say(anna, HI.replace(">hi<", f">{number}<"))
        await self.settle()
        return anna


def texts(session: Session) -> list[str]:
    found = []
    for message in heard(session):
        result = message.child(mam.RESULT)
        assert result is not None
        assert (message.get("from"), result.get("queryid")) == ("anna@x.example", "q")
        forwarded = next(iter(result))
        assert forwarded.child("urn:xmpp:delay delay") is not None
        inner = forwarded.child(f"{CLIENT} message")
        assert inner is not None
        found.append(inner.child_text(f"{CLIENT} body"))
    return found


def borders(fin: Element | None) -> tuple[str, str, bool]:
    assert fin is not None
    found = fin.child(rsm.SET_NAME)
    assert found is not None
    return (
        found.child_text(f"{rsm.RSM} first"),
        found.child_text(f"{rsm.RSM} last"),
        fin.get("complete") == "true",
    )


def test_pages_are_sent_before_their_end(database: Database) -> None:
    async def story(street: Street) -> None:
        assert isinstance(street, Archive)
        anna = await street.fill()
        first, last, complete = borders(await street.ask(anna, query("<max>2</max>")))
        assert (texts(anna), complete) == (["0", "1"], False)
        fin = await street.ask(anna, query(f"<max>2</max><after>{last}</after>"))
        assert (texts(anna), borders(fin)[2]) == (["2"], True)
        fin = await street.ask(anna, query("<max>1</max><before/>"))
        assert (texts(anna), borders(fin)[2]) == (["2"], False)
        empty = await street.ask(anna, query(f"<before>{first}</before>"))
        assert (texts(anna), borders(empty)) == ([], ("", "", True))

    play(Archive(database), story)


def test_a_page_may_be_flipped(database: Database) -> None:
    async def story(street: Street) -> None:
        assert isinstance(street, Archive)
        anna = await street.fill()
        asked = query("<max>2</max>")
        flipped = Element(
            asked.name, asked.attributes, [*asked.content, element(mam.MAM, "flip-page")]
        )
        fin = await street.ask(anna, flipped)
        assert texts(anna) == ["1", "0"]
        first, last, _ = borders(fin)
        assert first > last

    play(Archive(database), story)


def test_an_id_that_is_not_there_is_said(database: Database) -> None:
    async def story(street: Street) -> None:
        anna = street.session("anna", "phone")
        with pytest.raises(NotFound):
            await street.ask(anna, query("<after>nothing</after>"))

    play(Archive(database), story)


def test_fields_and_borders_are_told(database: Database) -> None:
    async def story(street: Street) -> None:
        assert isinstance(street, Archive)
        anna = street.session("bert", "phone")
        empty = await street.ask(anna, element(mam.MAM, "metadata"), "get")
        assert empty is not None
        assert list(empty) == []
        anna = await street.fill()
        found = await street.ask(anna, element(mam.MAM, "metadata"), "get")
        assert found is not None
        assert [child.local for child in found] == ["start", "end"]
        assert await street.ask(anna, element(mam.MAM, "query"), "get") == mam.fields()

    play(Archive(database), story)


def test_what_is_kept_is_chosen(database: Database) -> None:
    async def story(street: Street) -> None:
        anna = street.session("anna", "phone")
        usual = mam.preferences(mam.Preferences("always"))
        assert await street.ask(anna, element(mam.MAM, "prefs"), "get") == usual
        wanted = mam.preferences(mam.Preferences("roster", ("b@x",), ("c@x", "d@x")))
        assert await street.ask(anna, wanted) == wanted
        assert await street.ask(anna, element(mam.MAM, "prefs"), "get") == wanted

    play(Archive(database), story)


def test_nobody_reads_the_archive_of_another(sqlite: Database) -> None:
    street = Archive(sqlite)
    anna = street.session("anna", "phone")
    stanza = Stanza("iq", CLIENT, {"type": "set", "id": "q"})
    for session, target in ((anna, "bert"), (None, "anna")):
        for payload in (query(), element(mam.MAM, "metadata"), element(mam.MAM, "prefs")):
            request = Request(anna.jid, Jid(target, "x.example"), session, stanza, payload)
            with pytest.raises(StanzaError, match="forbidden"):
                asyncio.run(street.table.answer(Where.ACCOUNT, request))
