"""What goes to other servers, and what is said where nothing goes."""

import pytest

from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import parse
from allmende.protocols.xmpp.stanza import Stanza
from allmende.storage.database import Database
from allmende.systems.chat.wire.elsewhere import Elsewhere, Foreigner
from allmende.systems.chat.wire.session import What
from tests.systems.chat.wire.abroad import Road
from tests.systems.chat.wire.whole import App, Village

ASKS = "<iq type='get' id='q' to='{}'><ping xmlns='urn:xmpp:ping'/></iq>"
WRITES = "<message to='zoe@{}' type='chat' id='m'><body>hello</body></message>"
COMES = "<presence to='hall@{}/anna'/>"
SUBSCRIBES = "<presence to='zoe@{}' type='subscribe'/>"


@pytest.fixture
def village(database: Database) -> Village:
    village = Village(database)
    village.move_in("anna")
    return village


def test_nobody_is_reached_before_there_is_a_way() -> None:
    elsewhere = Elsewhere(frozenset(("x.example",)))
    zoe = parse("zoe@y.example/tv")
    assert elsewhere.has(zoe)
    assert not elsewhere.has(parse("anna@x.example"))
    with pytest.raises(StanzaError):
        elsewhere.require(zoe)
    answer = Stanza("message", "jabber:client", {"to": str(zoe)})
    with pytest.raises(StanzaError):
        elsewhere.take(answer)
    writer = Foreigner(zoe, elsewhere)
    writer.send(answer, What.MESSAGE)
    assert writer.account is None


@pytest.mark.parametrize("stanza", [ASKS, WRITES, COMES, SUBSCRIBES])
def test_a_server_that_is_not_talked_to_is_said_to_be_none(village: Village, stanza: str) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        said = await anna.say(stanza.format("closed.example"), "remote-server-not-found")
        assert "type='error'" in said
        assert road.sent == []

    village.play(story)


@pytest.mark.parametrize("stanza", [ASKS, WRITES, COMES, SUBSCRIBES])
def test_what_goes_out_says_whose_it_is_and_waits_for_no_answer(
    village: Village, stanza: str
) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        await anna.say(stanza.format("y.example"))
        await road.hear("from='anna@x.example")

    village.play(story)


def test_a_message_that_no_queue_takes_comes_back_and_is_in_the_archive(village: Village) -> None:
    async def story(village: Village) -> None:
        Road(village)
        anna = await App(village, "anna").come()
        await anna.say(WRITES.format("full.example"), "remote-server-timeout")
        query = "<iq type='set' id='a'><query xmlns='urn:xmpp:mam:2'/></iq>"
        assert "hello" in await anna.say(query, "</fin>")

    village.play(story)


def test_who_blocks_somebody_writes_nothing_to_them(village: Village) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        block = "<block xmlns='urn:xmpp:blocking'><item jid='zoe@y.example'/></block>"
        await anna.say(f"<iq type='set' id='b'>{block}</iq>", "id='b'")
        await anna.say(WRITES.format("y.example"), "not-acceptable")
        await road.bring(
            "<message from='zoe@y.example/tv' to='anna@x.example' type='chat'><body>o</body>"
            "</message>"
        )
        assert "service-unavailable" in road.read()

    village.play(story)
