"""What waited is given to who comes; what was not seen waits."""

from allmende.core.ids import AccountId
from allmende.protocols.xmpp.delay import DELAY_NAME
from allmende.protocols.xmpp.ids import STANZA_ID
from allmende.protocols.xmpp.names import CLIENT
from allmende.storage.database import Database
from allmende.systems.chat.wire.iq import Where
from allmende.systems.chat.wire.offline import FEATURE, Offline
from allmende.systems.chat.wire.outlet import Left
from allmende.systems.chat.wire.session import What
from tests.systems.chat.wire.post import Street, bodies, heard, play
from tests.systems.chat.wire.test_messages import HI


def test_what_waited_comes_in_order_with_its_time_and_once(database: Database) -> None:
    async def story(street: Street) -> None:
        offline = Offline("x.example", street.waiting)
        offline.join(street.table)
        assert FEATURE in street.table.features(Where.SERVER)
        anna = street.session("anna", "phone")
        for number in range(2):
            await street.say(anna, HI.replace(">hi<", f">{number}<"))
        await street.settle()
        bert = street.session("bert", "home")
        await offline.arrived(bert)
        came = heard(bert)
        assert [one.child_text(f"{CLIENT} body") for one in came] == ["0", "1"]
        for one in came:
            delay, given = one.child(DELAY_NAME), one.child(STANZA_ID)
            assert delay is not None
            assert given is not None
            assert (delay.get("from"), given.get("by")) == ("x.example", "bert@x.example")
        await offline.arrived(bert)
        assert heard(bert) == []

    play(Street(database), story)


def test_what_a_client_never_saw_waits_for_the_next_one(database: Database) -> None:
    typing = b"<message><composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
    body = b"<message from='a@y/r'><body>%d</body></message>"

    async def story(street: Street) -> None:
        offline = Offline("x.example", street.waiting)
        bert = street.session("bert", "home")
        left = [
            Left(body % 1, What.MESSAGE),
            Left(typing, What.MESSAGE),
            Left(body % 2, What.GROUPCHAT),
            Left(b"<iq type='get'/>", What.IQ),
            Left(body.replace(b"<message", b"<message xmlns='jabber:client'") % 3, What.KEPT),
        ]
        await offline.left(bert, left)
        street.clock.turn(seconds=5)
        await offline.arrived(bert)
        assert bodies(bert) == ["1", "3"]
        assert await street.waiting.waiting(AccountId(2)) == []

    play(Street(database), story)


def test_a_delay_that_is_there_stays_the_only_one(database: Database) -> None:
    async def story(street: Street) -> None:
        offline = Offline("x.example", street.waiting)
        bert = street.session("bert", "home")
        delayed = (
            b"<message><body>hi</body>"
            b"<delay xmlns='urn:xmpp:delay' stamp='2020-01-01T00:00:00Z'/></message>"
        )
        await offline.left(bert, [Left(delayed, What.MESSAGE)])
        await offline.arrived(bert)
        (came,) = heard(bert)
        assert len(list(came.children(DELAY_NAME))) == 1
        assert came.child(STANZA_ID) is None

    play(Street(database), story)
