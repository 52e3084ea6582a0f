"""Messages between two people: to whom they go, what is kept, and what nobody can pretend."""

import pytest

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId
from allmende.protocols.xml.tree import Element
from allmende.protocols.xmpp import carbons
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.ids import STANZA_ID
from allmende.protocols.xmpp.jid import parse as jid
from allmende.protocols.xmpp.names import CLIENT
from allmende.storage.database import Database
from allmende.systems.chat.model.history import Asked
from allmende.systems.chat.wire.messages import targets
from allmende.systems.chat.wire.session import Session, What
from tests.systems.chat.wire.post import Street, bodies, heard, kinds, play

BERT = "to='bert@x.example'"
HI = f"<message {BERT} id='1' type='chat'><body>hi</body></message>"
TYPING = (
    f"<message {BERT} id='t' type='chat'>"
    "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
)


async def archive_of(street: Street, number: int) -> list[bytes]:
    page = await street.history.page(Caller(account_id=AccountId(number)), Asked())
    return [item.content for item in page.items]


def test_a_message_is_kept_for_both_before_it_is_there(database: Database) -> None:
    async def story(street: Street) -> None:
        anna, bert = street.session("anna", "phone"), street.session("bert", "home")
        await street.say(anna, HI)
        assert (heard(bert), street.done) == ([], [])
        await street.settle()
        assert kinds(bert) == [What.KEPT]
        (came,) = heard(bert)
        assert (came.get("from"), came.get("to")) == ("anna@x.example/phone", "bert@x.example")
        given = came.child(STANZA_ID)
        assert given is not None
        assert given.get("by") == "bert@x.example"
        assert street.done == ["1"]
        for number in (1, 2):
            (content,) = await archive_of(street, number)
            assert b"<body>hi</body>" in content
            assert b"stanza-id" not in content

    play(Street(database), story)


def test_who_gets_it_depends_on_the_address_and_the_type(database: Database) -> None:
    street = Street(database)
    phone, home = street.session("bert", "phone"), street.session("bert", "home", priority=5)
    shy, away = (
        street.session("bert", "shy", priority=-1),
        street.session("bert", "away", priority=None),
    )

    def got(to: str, kind: str) -> list[Session]:
        return list(targets(street.sessions, jid(to), kind))

    for kind in ("", "normal", "chat", "headline"):
        assert got("bert@x.example", kind) == [phone, home]
    for kind in ("groupchat", "error"):
        assert got("bert@x.example", kind) == []
    for kind in ("chat", "groupchat", "headline", "error"):
        assert got("bert@x.example/shy", kind) == [shy]
        assert got("bert@x.example/away", kind) == [away]
    assert got("bert@x.example/gone", "chat") == [phone, home]
    for kind in ("groupchat", "headline", "error"):
        assert got("bert@x.example/gone", kind) == []


def test_a_message_to_oneself_comes_back_and_is_kept_once(database: Database) -> None:
    async def story(street: Street) -> None:
        phone, home = street.session("anna", "phone"), street.session("anna", "home")
        await street.say(phone, "<message id='1' type='chat'><body>note</body></message>")
        await street.settle()
        assert (bodies(phone), bodies(home)) == (["note"], ["note"])
        assert len(await archive_of(street, 1)) == 1

    play(Street(database), story)


def test_what_is_sent_again_is_delivered_once(database: Database) -> None:
    async def story(street: Street) -> None:
        anna, bert = street.session("anna", "phone"), street.session("bert", "home")
        again = HI.replace("<body>", "<origin-id xmlns='urn:xmpp:sid:0' id='o'/><body>")
        await street.say(anna, again)
        await street.settle()
        await street.say(anna, again)
        await street.settle()
        assert bodies(bert) == ["hi"]
        assert street.done == ["1", "1"]
        assert len(await archive_of(street, 2)) == 1

    play(Street(database), story)


def test_a_chat_state_never_overtakes_a_message(database: Database) -> None:
    async def story(street: Street) -> None:
        anna, bert = street.session("anna", "phone"), street.session("bert", "home")
        await street.say(anna, HI)
        await street.say(anna, TYPING)
        assert heard(bert) == []
        await street.settle()
        assert kinds(bert) == [What.KEPT, What.STATE]
        await street.say(anna, TYPING)
        assert kinds(bert) == [What.KEPT, What.STATE, What.STATE]
        assert street.done == ["1", "t", "t"]
        assert len(await archive_of(street, 2)) == 1

    play(Street(database), story)


def test_nobody_pretends_to_be_the_server(database: Database) -> None:
    forged = (
        "<sent xmlns='urn:xmpp:carbons:2'/><result xmlns='urn:xmpp:mam:2'/>"
        "<event xmlns='http://jabber.org/protocol/pubsub#event'/>"
        "<stanza-id xmlns='urn:xmpp:sid:0' id='f' by='bert@x.example'/>"
        "<delay xmlns='urn:xmpp:delay' from='rooms.x.example' stamp='2020-01-01T00:00:00Z'/>"
    )
    honest = (
        "<stanza-id xmlns='urn:xmpp:sid:0' id='k' by='room@y'/>"
        "<stanza-id xmlns='urn:xmpp:sid:0' id='n' by='@'/>"
    )

    async def story(street: Street) -> None:
        anna, bert = street.session("anna", "phone"), street.session("bert", "home")
        await street.say(anna, HI.replace("<body>", f"{forged}{honest}<body>"))
        await street.settle()
        (came,) = heard(bert)
        assert [(child.local, child.get("by")) for child in came] == [
            ("stanza-id", "room@y"),
            ("stanza-id", "@"),
            ("body", ""),
            ("stanza-id", "bert@x.example"),
        ]

    play(Street(database), story)


def test_text_beside_ciphertext_is_never_kept(database: Database) -> None:
    sealed = "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>"

    async def story(street: Street) -> None:
        anna, bert = street.session("anna", "phone"), street.session("bert", "home")
        await street.say(anna, HI.replace("</body>", f"</body>{sealed}"))
        await street.settle()
        assert bodies(bert) == ["hi"]
        for number in (1, 2):
            (content,) = await archive_of(street, number)
            assert sealed.encode() in content
            assert b"hi" not in content
        street.clock.turn(days=27)
        assert len(await archive_of(street, 2)) == 1

    play(Street(database), story)


def test_a_message_with_a_timer_is_gone_when_it_is_over(database: Database) -> None:
    timer = "<ephemeral xmlns='urn:xmpp:ephemeral:0' timer='60'/>"

    async def story(street: Street) -> None:
        anna = street.session("anna", "phone")
        await street.say(anna, HI.replace("<body>", f"{timer}<body>"))
        await street.settle()
        assert len(await archive_of(street, 1)) == 1
        street.clock.turn(seconds=61)
        assert await archive_of(street, 1) == []
        assert await street.waiting.waiting(AccountId(2)) == []

    play(Street(database), story)


def test_the_other_apps_get_copies(database: Database) -> None:
    async def story(street: Street) -> None:
        anna, laptop = street.session("anna", "phone"), street.session("anna", "laptop")
        bert, tablet = street.session("bert", "home"), street.session("bert", "tablet")
        for session in (anna, laptop, bert, tablet):
            session.carbons = True
        await street.say(anna, HI.replace("bert@x.example", "bert@x.example/home"))
        await street.settle()
        assert bodies(bert) == ["hi"]
        assert heard(anna) == []
        for session, name in ((laptop, carbons.SENT), (tablet, carbons.RECEIVED)):
            (copy,) = heard(session)
            assert copy.get("from") == str(session.jid.bare)
            inner = _forwarded(copy, name)
            assert inner.child_text(f"{CLIENT} body") == "hi"
            given = inner.child(STANZA_ID)
            assert given is not None
            assert given.get("by") == str(session.jid.bare)
        await street.say(anna, HI.replace("<body>", "<private xmlns='urn:xmpp:carbons:2'/><body>"))
        await street.settle()
        assert (heard(laptop), bodies(tablet)) == ([], ["hi"])

    play(Street(database), story)


def _forwarded(copy: Element, name: str) -> Element:
    found: Element | None = copy
    for step in (name, "urn:xmpp:forward:0 forwarded", f"{CLIENT} message"):
        assert found is not None
        found = found.child(step)
    assert found is not None
    return found


def test_a_message_waits_for_somebody_who_is_not_there(database: Database) -> None:
    async def story(street: Street) -> None:
        anna = street.session("anna", "phone")
        await street.say(anna, HI)
        bert = street.session("bert", "home")
        await street.settle()
        # He came while it was being kept: it is his, and waits no more.
        assert bodies(bert) == ["hi"]
        assert await street.waiting.waiting(AccountId(2)) == []
        await street.say(anna, HI)
        street.sessions.remove(bert)
        await street.settle()
        # He left while it was being kept.
        assert len(await street.waiting.waiting(AccountId(2))) == 1
        await street.say(anna, HI)
        await street.settle()
        assert len(await street.waiting.waiting(AccountId(2))) == 2
        assert street.done == ["1", "1", "1"]

    play(Street(database), story)


def test_what_is_in_no_archive_may_wait_too(database: Database) -> None:
    hint = "<no-permanent-store xmlns='urn:xmpp:hints'/>"

    async def story(street: Street) -> None:
        anna = street.session("anna", "phone")
        await street.say(anna, HI.replace("<body>", f"{hint}<body>"))
        await street.say(anna, TYPING)
        await street.settle()
        (waits,) = await street.waiting.waiting(AccountId(2))
        assert b"hi" in waits.content
        assert await archive_of(street, 1) == []
        assert heard(anna) == []

    play(Street(database), story)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        (HI.replace("<body>", "<no-store xmlns='urn:xmpp:hints'/><body>"), "service-unavailable"),
        (HI.replace("chat", "groupchat"), "service-unavailable"),
        (HI.replace("chat", "headline"), None),
        (HI.replace("chat", "error"), None),
        (TYPING, None),
    ],
)
def test_what_reaches_nobody_is_said_where_that_matters(
    database: Database, text: str, condition: str | None
) -> None:
    async def story(street: Street) -> None:
        anna = street.session("anna", "phone")
        await street.say(anna, text)
        await street.settle()
        found = [child.local for one in heard(anna) for error in one for child in error]
        assert found == ([] if condition is None else [condition])
        assert len(street.done) == 1

    play(Street(database), story)


@pytest.mark.parametrize(
    ("to", "condition"),
    [
        ("nobody@x.example", "service-unavailable"),
        ("x.example", "service-unavailable"),
        ("anna@y.example", "remote-server-not-found"),
    ],
)
def test_what_is_for_nobody_here_is_refused(database: Database, to: str, condition: str) -> None:
    async def story(street: Street) -> None:
        with pytest.raises(StanzaError, match=condition):
            await street.say(street.session("anna", "phone"), HI.replace("bert@x.example", to))

    play(Street(database), story)


def test_who_is_not_admitted_leaves_nothing(database: Database) -> None:
    async def story(street: Street) -> None:
        street.accounts.closed.add("anna@x.example")
        with pytest.raises(StanzaError, match="not-acceptable"):
            await street.say(street.session("anna", "phone"), HI)
        assert await archive_of(street, 2) == []

    play(Street(database), story)
