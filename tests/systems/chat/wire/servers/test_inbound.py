"""What another server may say to us, byte by byte."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from allmende.protocols.xmpp import dialback
from allmende.systems.chat.wire.servers.around import Times
from allmende.systems.chat.wire.servers.inbound import Inbound
from allmende.systems.chat.wire.servers.policy import Federation, Policy
from allmende.transports.trust import Doubt
from tests.systems.chat.wire.lines import settle
from tests.systems.chat.wire.servers.town import End, House, Town, certificate, told, until

HEADER = (
    b"<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' "
    b"xmlns:stream='http://etherx.jabber.org/streams' from='b.example' to='a.example' "
    b"version='1.0'>"
)
STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
AUTH = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>%s</auth>" % b64encode(
    b"b.example"
)
SIGN_IN = [HEADER, STARTTLS, HEADER, AUTH, HEADER]
RESULT = b"<db:result from='b.example' to='a.example'>key</db:result>"
R = b"<r xmlns='urn:xmpp:sm:3'/>"
MESSAGE = b"<message from='ben@b.example' to='anna@a.example' id='1'><body>hi</body></message>"


class Talk:
    """One connection of b.example."""

    def __init__(self, house: House, shown: bytes) -> None:
        self.line = End(shown)
        self.task = asyncio.ensure_future(Inbound(self.line, house.around).serve())

    async def say(self, *pieces: bytes) -> bytes:
        """Say each piece, and return what came back since the last time."""
        for piece in pieces:
            before = len(self.line.said)
            self.line.hear(piece)
            if piece.startswith(b"<stream") and not self.line.closed:
                await until(partial(self._answered, before))
            await settle()
        said, self.line.said = b"".join(self.line.said), []
        return said

    def _answered(self, before: int) -> bool:
        return len(self.line.said) > before


Story = Callable[[House, Talk], Awaitable[None]]


def heard(story: Story, *, doubt: Doubt = Doubt.NONE, **more: Any) -> None:
    async def run(town: Town) -> None:
        house = town.house("a.example", **more)
        shown = certificate("b.example", "rooms.b.example")
        house.doubted[shown] = doubt
        await story(house, Talk(house, shown))

    told(run)


def test_a_certificate_signs_in() -> None:
    async def story(house: House, talk: Talk) -> None:
        said = await talk.say(HEADER)
        assert b"<required/>" in said
        assert b"dialback'>" not in said.partition(b"features>")[2]
        assert b"<proceed" in await talk.say(STARTTLS)
        said = await talk.say(HEADER)
        assert b"from='a.example'" in said
        assert b"<mechanism>EXTERNAL</mechanism>" in said
        assert b"urn:xmpp:features:dialback" in said
        assert b"<max-bytes>524288</max-bytes>" in said
        assert b"<success" in await talk.say(AUTH)
        said = await talk.say(HEADER)
        assert b"EXTERNAL" not in said
        await talk.say(MESSAGE)
        assert house.heard() == ["ben@b.example 1"]
        assert house.got[0].stanza.bytes_for() == (
            b"<message from='ben@b.example' to='anna@a.example' id='1'><body>hi</body></message>"
        )
        assert talk.line.known
        assert (await talk.say(b"</stream:stream>")).endswith(b"</stream:stream>")
        await talk.task
        assert house.states.of("b.example").is_quiet

    heard(story)


@pytest.mark.parametrize(
    ("pieces", "condition"),
    [
        ([HEADER.replace(b"'a.example'", b"'c.example'")], b"host-unknown"),
        ([HEADER.replace(b"'a.example'", b"'x@a.example'")], b"improper-addressing"),
        ([HEADER.replace(b"'b.example'", b"'@@'")], b"improper-addressing"),
        ([HEADER.replace(b"'b.example'", b"'a.example'")], b"policy-violation"),
        ([HEADER.replace(b"jabber:server'", b"jabber:client'")], b"invalid-namespace"),
        ([HEADER.replace(b"version='1.0'", b"")], b"unsupported-version"),
        ([HEADER, AUTH], b"policy-violation"),
        ([HEADER, MESSAGE], b"policy-violation"),
        ([HEADER, STARTTLS + RESULT], b"policy-violation"),
        ([HEADER, STARTTLS, HEADER, MESSAGE], b"not-authorized"),
        ([HEADER, STARTTLS, HEADER, R], b"not-authorized"),
        ([HEADER, STARTTLS, HEADER, b"<auth>" + b"x" * 10_000], b"policy-violation"),
        ([*SIGN_IN, AUTH], b"policy-violation"),
        ([*SIGN_IN, b"<other/>"], b"unsupported-stanza-type"),
        ([*SIGN_IN, b"<x xmlns='urn:x'/>"], b"unsupported-stanza-type"),
        ([*SIGN_IN, MESSAGE.replace(b"@b.example", b"@c.example")], b"improper-addressing"),
        ([*SIGN_IN, MESSAGE.replace(b"@a.example", b"@c.example")], b"improper-addressing"),
        ([*SIGN_IN, MESSAGE.replace(b"to='anna@a.example'", b"")], b"improper-addressing"),
        ([*SIGN_IN, b"<message to='anna@a.example'/>"], b"improper-addressing"),
        ([*SIGN_IN, RESULT.replace(b">key<", b"><")], b"improper-addressing"),
        ([*SIGN_IN, RESULT.replace(b"from='b", b"from='x@b")], b"improper-addressing"),
    ],
)
def test_what_breaks_a_rule_ends_the_stream(pieces: list[bytes], condition: bytes) -> None:
    async def story(house: House, talk: Talk) -> None:
        said = await talk.say(*pieces)
        assert b"<" + condition in said
        assert said.endswith(b"</stream:error></stream:stream>")
        await talk.task
        assert house.got == []

    heard(story)


@pytest.mark.parametrize(
    ("auth", "condition"),
    [
        (AUTH.replace(b"EXTERNAL", b"PLAIN"), b"invalid-mechanism"),
        (AUTH.replace(b64encode(b"b.example"), b"%%%"), b"incorrect-encoding"),
        (AUTH.replace(b64encode(b"b.example"), b64encode(b"x@b.example")), b"incorrect-encoding"),
        (AUTH.replace(b64encode(b"b.example"), b64encode(b"c.example")), b"invalid-authzid"),
    ],
)
def test_nobody_signs_in_as_somebody_else(auth: bytes, condition: bytes) -> None:
    async def story(house: House, talk: Talk) -> None:
        said = await talk.say(HEADER, STARTTLS, HEADER, auth)
        assert b"<" + condition in said
        assert b"<success" in await talk.say(AUTH.replace(b64encode(b"b.example"), b"="))

    heard(story)


def test_a_certificate_that_is_not_believed_is_offered_nothing() -> None:
    async def story(house: House, talk: Talk) -> None:
        said = await talk.say(HEADER, STARTTLS, HEADER)
        assert b"EXTERNAL" not in said
        assert b"<not-authorized" in await talk.say(AUTH)
        said = await talk.say(RESULT)
        assert b"type='error'" in said
        assert b"<not-authorized" in said
        assert house.states.of("b.example").doubt is Doubt.EXPIRED

    heard(story, doubt=Doubt.EXPIRED)


def test_further_domains_are_proved_each() -> None:
    async def story(house: House, talk: Talk) -> None:
        await talk.say(*SIGN_IN)
        rooms = RESULT.replace(b"from='b", b"from='rooms.b")
        assert b"type='valid'" in await talk.say(rooms)
        await talk.say(MESSAGE.replace(b"ben@b", b"hall@rooms.b"))
        assert house.heard() == ["hall@rooms.b.example 1"]
        said = await talk.say(RESULT.replace(b"from='b", b"from='c"))
        assert b"<not-authorized" in said
        said = await talk.say(RESULT.replace(b"to='a", b"to='c"))
        assert b"<item-not-found" in said

    heard(story)


def test_strangers_make_us_call_five_times_a_minute() -> None:
    async def story(house: House, talk: Talk) -> None:
        await talk.say(HEADER, STARTTLS, HEADER)
        said = await talk.say(*[RESULT] * 6)
        assert said.count(b"<remote-server-not-found") == 5
        assert said.count(b"<resource-constraint") == 1
        assert len(house.town.called) == 5

    heard(story, doubt=Doubt.UNKNOWN, dialback=True)


def test_keys_of_ours_are_confirmed_to_anybody() -> None:
    async def story(house: House, talk: Talk) -> None:
        key = dialback.key_of(house.around.secret, "b.example", "a.example", "7").encode()
        ask = b"<db:verify from='b.example' to='a.example' id='7'>%s</db:verify>"
        await talk.say(HEADER, STARTTLS, HEADER)
        assert b"type='valid'" in await talk.say(ask % key)
        assert b"type='invalid'" in await talk.say(ask % b"other")
        assert b"type='invalid'" in await talk.say((ask % key).replace(b"'7'", b"'8'"))

    heard(story, doubt=Doubt.UNKNOWN)


def test_what_is_kept_is_counted() -> None:
    async def story(house: House, talk: Talk) -> None:
        await talk.say(*SIGN_IN)
        assert b"h='0'" in await talk.say(R)
        assert b"<enabled" in await talk.say(b"<enable xmlns='urn:xmpp:sm:3'/>")
        house.late = True
        assert b"h='0'" in await talk.say(MESSAGE, MESSAGE, R)
        for incoming in house.got:
            incoming.done()
        assert b"h='2'" in await talk.say(R)
        assert b"<failed" in await talk.say(b"<enable xmlns='urn:xmpp:sm:3'/>")

    heard(story)


def test_who_proves_nothing_has_to_go() -> None:
    async def story(house: House, talk: Talk) -> None:
        await until(lambda: talk.line.closed)
        assert b"<connection-timeout" in b"".join(talk.line.said)

    heard(story, times=Times(negotiation_s=0.01))


def test_a_closed_server_says_so() -> None:
    async def story(house: House, talk: Talk) -> None:
        assert b"<policy-violation" in await talk.say(HEADER)

    closed = Policy(domains=frozenset({"a.example"}), federation=Federation.ALLIES)
    heard(story, policy=closed)
