"""One client's stream from begin to end, as bytes."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from allmende.protocols.xmpp.jid import parse
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.session import What
from tests.systems.chat.wire.lines import BIND, HEADER, PLAIN, SIGN_IN, Here, Talk, message, settle

ENABLE = b"<enable xmlns='urn:xmpp:sm:3' resume='true'/>"
R = b"<r xmlns='urn:xmpp:sm:3'/>"
STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
ADDRESS = parse("anna@x.example/phone")


def told(story: Callable[[Here], Awaitable[None]], *, plain: bool = False) -> None:
    async def run() -> None:
        here = Here(plain=plain)
        await story(here)
        here.resumptions.close()

    asyncio.run(run())


def count(h: int, name: str = "a") -> bytes:
    return b"<%s xmlns='urn:xmpp:sm:3' h='%d'/>" % (name.encode(), h)


def resumption_in(said: bytes) -> bytes:
    return said.partition(b"id='")[2].partition(b"'")[0]


def test_before_tls_nothing_but_tls_is_offered() -> None:
    async def story(here: Here) -> None:
        talk = Talk(here, secure=False)
        said = await talk.say(HEADER)
        assert b"<required/>" in said
        assert b"mechanism" not in said
        assert b"<proceed" in await talk.say(STARTTLS)
        assert talk.line.secure
        said = await talk.say(HEADER)
        assert b"<mechanism>SCRAM-SHA-256</mechanism>" in said
        assert b"<mechanism>PLAIN</mechanism>" in said
        assert b"<success" in await talk.say(PLAIN)
        said = await talk.say(HEADER)
        assert b"urn:xmpp:sm:3" in said
        assert b"<max-bytes>262144</max-bytes>" in said
        assert b"<jid>anna@x.example/phone</jid>" in await talk.say(BIND)
        assert talk.line.known
        assert here.sessions.find(ADDRESS) is not None
        assert (await talk.say(b"</stream:stream>")).endswith(b"</stream:stream>")
        await talk.task
        assert here.sessions.find(ADDRESS) is None
        assert [(name, list(left)) for name, left in here.taken.left] == [(str(ADDRESS), [])]

    told(story)


@pytest.mark.parametrize("piece", [PLAIN, STARTTLS + b"<iq/>", STARTTLS + b"<", b"<iq/>"])
def test_before_tls_nothing_else_is_done(piece: bytes) -> None:
    async def story(here: Here) -> None:
        talk = Talk(here, secure=False)
        said = await talk.say(HEADER + piece)
        assert b"policy-violation" in said
        assert b"proceed" not in said
        await talk.task
        assert not talk.line.secure

    told(story)


@pytest.mark.parametrize(
    ("pieces", "condition"),
    [
        ([HEADER.replace(b"x.example", b"y.example")], b"host-unknown"),
        ([HEADER.replace(b"x.example", b"@@")], b"host-unknown"),
        ([HEADER.replace(b"version='1.0'", b"")], b"unsupported-version"),
        ([HEADER.replace(b"jabber:client", b"jabber:server")], b"invalid-namespace"),
        ([HEADER, b"<iq/>"], b"policy-violation"),
        ([HEADER, PLAIN + HEADER], b"policy-violation"),
        ([HEADER, b"<!-- -->"], b"restricted-xml"),
        ([HEADER, b"<auth>" + b"x" * 10_000], b"policy-violation"),
        ([HEADER, PLAIN, HEADER, b"<message/>"], b"not-authorized"),
        ([*SIGN_IN, b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"], b"unsupported-stanza"),
        ([*SIGN_IN, b"<other/>"], b"unsupported-stanza-type"),
        ([*SIGN_IN, ENABLE, count(1)], b"handled-count-too-high"),
    ],
)
def test_what_breaks_a_rule_ends_the_stream(pieces: list[bytes], condition: bytes) -> None:
    async def story(here: Here) -> None:
        talk = Talk(here)
        said = await talk.say(*pieces)
        assert condition in said
        assert said.endswith(b"</stream:error></stream:stream>")
        await talk.task
        assert here.taken.stanzas == []

    told(story)


def test_a_password_may_be_tried_three_times() -> None:
    async def story(here: Here) -> None:
        talk = Talk(here)
        wrong = PLAIN.replace(b"</auth>", b"AA==</auth>").replace(b"AGFubmEAcGVuY2ls", b"AGEAYg==")
        said = await talk.say(HEADER, wrong, wrong)
        assert said.count(b"<failure") == 2
        assert b"<success" in await talk.say(PLAIN)
        talk = Talk(here)
        said = await talk.say(HEADER, wrong, wrong, wrong)
        assert said.count(b"<failure") == 3
        assert b"policy-violation" in said

    told(story)


def test_a_stanza_counts_when_what_it_caused_is_kept() -> None:
    async def story(here: Here) -> None:
        talk = Talk(here)
        await talk.say(*SIGN_IN, ENABLE)
        assert await talk.say(message("1"), message("late"), message("3"), R) == count(1)
        here.taken.late.pop()()
        assert await talk.say(R) == count(3)
        assert [stanza.id for stanza in here.taken.stanzas] == ["1", "late", "3"]

    told(story)


def test_a_stream_goes_on_with_another_connection() -> None:
    async def story(here: Here) -> None:
        first = Talk(here)
        said = await first.say(*SIGN_IN, ENABLE)
        resumption = resumption_in(said.rpartition(b"<enabled")[2])
        session = here.sessions.find(ADDRESS)
        assert session is not None
        session.send(Stanza("message", CLIENT, {"id": "seen"}), What.MESSAGE)
        await first.say(count(1))
        session.send(Stanza("message", CLIENT, {"id": "lost"}), What.MESSAGE)
        await first.say(message("1"))
        await first.lose()
        assert here.sessions.find(ADDRESS) is session
        session.send(Stanza("message", CLIENT, {"id": "meanwhile"}), What.MESSAGE)

        second = Talk(here)
        resume = b"<resume xmlns='urn:xmpp:sm:3' h='1' previd='%s'/>" % resumption
        said = await second.say(HEADER, PLAIN, HEADER, resume)
        after = said.rpartition(b"<resumed")[2]
        assert b"h='1'" in after
        assert after.index(b"id='lost'") < after.index(b"id='meanwhile'")
        assert b"id='seen'" not in after
        assert await second.say(count(3), message("2"), R) == count(2)
        await second.say(b"</stream:stream>")
        assert [(name, list(left)) for name, left in here.taken.left] == [(str(ADDRESS), [])]

        third = Talk(here)
        said = await third.say(HEADER, PLAIN, HEADER, resume, BIND)
        assert b"<failed" in said
        assert b"item-not-found" in said
        assert b"<jid>anna@x.example/phone</jid>" in said

    told(story)


def test_a_session_that_is_not_resumed_ends_with_what_is_left() -> None:
    async def run() -> None:
        here = Here(keep_s=0)
        talk = Talk(here)
        await talk.say(*SIGN_IN, ENABLE)
        session = here.sessions.find(ADDRESS)
        assert session is not None
        session.send(Stanza("message", CLIENT, {"id": "lost"}), What.MESSAGE)
        await talk.lose()
        await settle()
        ((address, left),) = here.taken.left
        assert address == "anna@x.example/phone"
        assert [each.data for each in left] == [b"<message id='lost'/>"]
        assert here.sessions.find(ADDRESS) is None

    asyncio.run(run())


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_newer_stream_takes_the_resource(is_lost: bool) -> None:
    async def story(here: Here) -> None:
        first = Talk(here)
        await first.say(*SIGN_IN, ENABLE)
        if is_lost:
            await first.lose()
        second = Talk(here)
        assert b"<jid>anna@x.example/phone</jid>" in await second.say(*SIGN_IN)
        await settle()
        if not is_lost:
            assert b"<conflict" in await first.say()
        assert [address for address, _ in here.taken.left] == ["anna@x.example/phone"]
        assert here.sessions.find(ADDRESS) is not None
        await second.say(message("1"))
        assert [stanza.id for stanza in here.taken.stanzas] == ["1"]

    told(story)


def test_a_resource_is_chosen_where_none_is_asked_for() -> None:
    async def story(here: Here) -> None:
        anonymous = BIND.replace(b"<resource>phone</resource>", b"")
        said = await Talk(here).say(HEADER, PLAIN, HEADER, anonymous)
        assert b"<jid>anna@x.example/" in said
        wrong = BIND.replace(b"phone", "\u202e".encode())
        said = await Talk(here).say(HEADER, PLAIN, HEADER, wrong, BIND)
        assert b"bad-request" in said
        assert b"<jid>anna@x.example/phone</jid>" in said

    told(story)


def test_an_idle_client_is_spared_presence() -> None:
    async def story(here: Here) -> None:
        talk = Talk(here)
        await talk.say(*SIGN_IN, b"<inactive xmlns='urn:xmpp:csi:0'/>")
        session = here.sessions.find(ADDRESS)
        assert session is not None
        assert not session.active
        session.send(Stanza("presence", CLIENT, {"from": "b@x.example/r"}), What.PRESENCE)
        assert await talk.say() == b""
        said = await talk.say(b"<active xmlns='urn:xmpp:csi:0'/>")
        assert said == b"<presence from='b@x.example/r'/>"

    told(story)


def test_streams_for_benchmarks_need_no_tls() -> None:
    async def story(here: Here) -> None:
        talk = Talk(here, secure=False)
        said = await talk.say(HEADER)
        assert b"starttls" not in said
        assert b"<mechanism>PLAIN" not in said

    told(story, plain=True)
