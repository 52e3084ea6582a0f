"""Two of our own servers talk in memory."""

import pytest

from allmende.protocols.xmpp.errors import StanzaError
from allmende.systems.chat.wire.servers.policy import Federation, Policy
from allmende.systems.chat.wire.servers.problems import Reason
from allmende.systems.chat.wire.servers.state import Proof
from allmende.transports.trust import Doubt
from tests.systems.chat.wire.servers.town import QUICK, Town, told, until


def test_what_is_sent_arrives_in_its_order_on_one_stream() -> None:
    async def story(town: Town) -> None:
        a, b = town.house("a.example"), town.house("b.example")
        for number in range(20):
            a.send("ben@b.example", "anna@a.example/phone", str(number))
        await until(lambda: len(b.got) == 20)
        a.send("ben@b.example", "anna@a.example/phone", "20")
        await until(lambda: len(b.got) == 21)
        assert [one.stanza.id for one in b.got] == [str(number) for number in range(21)]
        assert str(b.got[0].sender) == "anna@a.example/phone"
        assert b.got[0].stanza.namespace == "jabber:client"
        assert town.called == ["a.example b.example"]
        assert (a.states.of("b.example").outgoing, b.states.of("a.example").incoming) == (1, 1)
        assert b.states.of("a.example").proof is Proof.CERTIFICATE
        assert all(end.known for end in town.ends)

    told(story)


def test_both_directions_have_a_stream_of_their_own() -> None:
    async def story(town: Town) -> None:
        a, b = town.house("a.example"), town.house("b.example")
        a.send("ben@b.example", "anna@a.example")
        b.send("anna@a.example", "ben@b.example")
        await until(lambda: bool(a.got) and bool(b.got))
        assert town.called == ["a.example b.example", "b.example a.example"]

    told(story)


def test_rooms_have_the_certificate_of_their_server() -> None:
    async def story(town: Town) -> None:
        a, b = town.house("a.example", "rooms.a.example"), town.house("b.example")
        a.send("ben@b.example", "hall@rooms.a.example/anna")
        b.send("hall@rooms.a.example", "ben@b.example")
        await until(lambda: bool(a.got) and bool(b.got))
        assert b.heard() == ["hall@rooms.a.example/anna 1"]

    told(story)


@pytest.mark.parametrize("doubt", [Doubt.UNKNOWN, Doubt.EXPIRED, Doubt.MISSING])
def test_without_a_valid_certificate_nobody_is_talked_to(doubt: Doubt) -> None:
    async def story(town: Town) -> None:
        a, b = town.house("a.example"), town.house("b.example")
        a.doubted[b.shows] = doubt
        a.send("ben@b.example", "anna@a.example")
        await until(lambda: bool(a.got))
        assert a.heard() == ["ben@b.example 1 error"]
        assert a.got[0].stanza.inner.count(b"remote-server-not-found") == 1
        assert a.states.of("b.example").error is Reason.CERTIFICATE
        assert a.states.of("b.example").doubt is doubt
        with pytest.raises(StanzaError, match="remote-server-not-found"):
            a.send("ben@b.example", "anna@a.example")
        assert b.got == []

    told(story)


def test_who_shows_no_valid_certificate_is_not_heard() -> None:
    async def story(town: Town) -> None:
        a, b = town.house("a.example"), town.house("b.example")
        b.doubted[a.shows] = Doubt.UNKNOWN
        a.send("ben@b.example", "anna@a.example")
        await until(lambda: bool(a.got))
        assert a.states.of("b.example").error is Reason.REFUSED
        assert b.states.of("a.example").doubt is Doubt.UNKNOWN
        assert b.got == []
        assert town.called == ["a.example b.example"]

    told(story)


def test_a_certificate_of_another_name_is_none() -> None:
    async def story(town: Town) -> None:
        both = frozenset({"b.example", "c.example"})
        policy = Policy(domains=both, federation=Federation.OPEN)
        a, b = town.house("a.example"), town.house("b.example", policy=policy)
        town.houses["c.example"] = b
        a.send("ben@c.example", "anna@a.example")
        await until(lambda: bool(a.got))
        assert a.states.of("c.example").error is Reason.CERTIFICATE

    told(story)


def test_dialback_proves_names_where_the_operator_wants_it() -> None:
    async def story(town: Town) -> None:
        a, b = town.house("a.example", dialback=True), town.house("b.example", dialback=True)
        a.doubted[b.shows] = b.doubted[a.shows] = Doubt.UNKNOWN
        a.send("ben@b.example", "anna@a.example")
        await until(lambda: bool(b.got))
        assert town.called == ["a.example b.example", "b.example a.example"]
        assert b.states.of("a.example").proof is Proof.DIALBACK
        assert a.states.of("b.example").proof is Proof.DIALBACK
        a.send("ben@b.example", "anna@a.example", "2")
        await until(lambda: len(b.got) == 2)

    told(story)


def test_who_claims_the_name_of_another_is_found_out() -> None:
    async def story(town: Town) -> None:
        mallory = town.house("a.example")
        a, b = town.house("a.example"), town.house("b.example", dialback=True)
        b.doubted[mallory.shows] = Doubt.UNKNOWN
        mallory.send("ben@b.example", "anna@a.example")
        await until(lambda: bool(mallory.got))
        assert "b.example a.example" in town.called
        assert b.got == []
        assert a.got == []

    told(story)


def test_where_nobody_is_the_sender_hears_so() -> None:
    async def story(town: Town) -> None:
        a = town.house("a.example")
        a.send("ben@b.example", "anna@a.example", kind="iq")
        await until(lambda: bool(a.got))
        (answer,) = a.got
        assert (str(answer.sender), str(answer.to)) == ("ben@b.example", "anna@a.example")
        assert answer.stanza.type == "error"
        assert b"<remote-server-not-found" in answer.stanza.inner
        state = a.states.of("b.example")
        assert (state.queued, state.error) == (0, Reason.NO_NAME)

    told(story)


def test_a_server_that_does_not_answer_is_tried_again_for_a_while() -> None:
    async def story(town: Town) -> None:
        town.missing = Reason.NO_ANSWER
        a = town.house("a.example")
        a.send("ben@b.example", "anna@a.example")
        await until(lambda: bool(a.got))
        assert b"<remote-server-timeout" in a.got[0].stanza.inner
        assert len(town.called) > 2
        a.send("ben@b.example", "anna@a.example", "2")
        assert a.states.of("b.example").queued == 1
        b = town.house("b.example")
        await until(lambda: bool(b.got))
        assert b.heard() == ["anna@a.example 2"]
        assert a.states.of("b.example").queued == 0
        assert a.states.of("b.example").error is None

    told(story)


def test_more_than_500_do_not_wait() -> None:
    async def story(town: Town) -> None:
        a = town.house("a.example")
        for number in range(500):
            a.send("ben@b.example", "anna@a.example", str(number))
        with pytest.raises(StanzaError, match="remote-server-timeout"):
            a.send("ben@b.example", "anna@a.example", "500")
        assert a.states.of("b.example").queued == 500
        await until(lambda: len(a.got) == 500)
        assert a.states.of("b.example").queued == 0

    told(story)


def test_what_was_on_its_way_when_a_stream_broke_is_sent_again() -> None:
    async def story(town: Town) -> None:
        a, b = town.house("a.example"), town.house("b.example", late=True)
        a.send("ben@b.example", "anna@a.example", "1")
        await until(lambda: bool(b.got))
        a.send("ben@b.example", "anna@a.example", "2")
        town.ends[0].close()
        b.late = False
        a.send("ben@b.example", "anna@a.example", "3")
        await until(lambda: len(b.got) >= 4)
        assert [one.stanza.id for one in b.got][-3:] == ["1", "2", "3"]
        assert len(town.called) == 2

    told(story)


def test_what_was_acknowledged_is_not_sent_again() -> None:
    async def story(town: Town) -> None:
        a, b = town.house("a.example"), town.house("b.example")
        a.send("ben@b.example", "anna@a.example", "1")
        await until(lambda: any(b"<a " in data for end in town.ends for data in end.said))
        await until(lambda: not town.ends[0].has_unread)
        town.ends[0].close()
        a.send("ben@b.example", "anna@a.example", "2")
        await until(lambda: len(b.got) == 2)
        assert b.heard() == ["anna@a.example 1", "anna@a.example 2"]

    told(story)


def test_a_stream_that_nobody_needs_is_closed() -> None:
    async def story(town: Town) -> None:
        times = type(QUICK)(idle_s=0.01)
        a, b = town.house("a.example", times=times), town.house("b.example")
        a.send("ben@b.example", "anna@a.example")
        await until(lambda: bool(b.got) and all(end.closed for end in town.ends))
        await until(lambda: a.states.of("b.example").is_quiet)
        assert b.states.of("a.example").is_quiet

    told(story)


def test_closed_servers_talk_to_the_listed_ones_only() -> None:
    async def story(town: Town) -> None:
        closed = Policy(domains=frozenset({"a.example"}), services=("push.example",))
        a, b = town.house("a.example", policy=closed), town.house("b.example")
        push = town.house("push.example")
        with pytest.raises(StanzaError, match="remote-server-not-found"):
            a.send("ben@b.example", "anna@a.example")
        a.send("push.example", "anna@a.example")
        push.send("anna@a.example", "push.example")
        b.send("anna@a.example", "ben@b.example")
        await until(lambda: bool(push.got) and bool(a.got) and bool(b.got))
        assert a.heard() == ["push.example 1"]
        assert b.heard() == ["anna@a.example 1 error"]
        assert not a.servers.talks_to("b.example")

    told(story)


def test_the_house_closes_its_streams() -> None:
    async def story(town: Town) -> None:
        a, b = town.house("a.example"), town.house("b.example")
        a.send("ben@b.example", "anna@a.example")
        await until(lambda: bool(b.got))
        b.servers.close()
        assert any(b"<system-shutdown" in data for end in town.ends for data in end.said)
        a.servers.close()
        await until(lambda: all(end.closed for end in town.ends))

    told(story)


def test_a_failure_of_ours_ends_one_attempt_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(town: Town) -> None:
        a, b = town.house("a.example"), town.house("b.example")
        a.broken = 1
        a.send("ben@b.example", "anna@a.example", "1")
        await until(lambda: bool(caplog.records))
        a.send("ben@b.example", "anna@a.example", "2")
        await until(lambda: len(b.got) == 2)
        assert b.heard() == ["anna@a.example 1", "anna@a.example 2"]

    told(story)
    assert "talking with another server failed" in caplog.text


def test_federation_is_closed_unless_somebody_opens_it() -> None:
    assert Policy(domains=frozenset({"a.example"})).federation is Federation.CLOSED
