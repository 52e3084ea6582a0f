"""How a stream of ours shows who we are, with another server that is written down."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import pytest

from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.servers.around import Around, ServerLine
from allmende.systems.chat.wire.servers.outbound import Waiting, begin
from allmende.systems.chat.wire.servers.problems import Reason, Unreachable
from tests.systems.chat.wire.servers.town import End, Town, certificate, told, until

HEADER = (
    b"<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
    b"from='b.example' id='7' version='1.0'>"
)
TLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
SASL = b"xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
EXTERNAL = b"<mechanisms %s><mechanism>EXTERNAL</mechanism></mechanisms>" % SASL
VALID = b"<result xmlns='jabber:server:dialback' from='b.example' to='a.example' type='valid'/>"
SM = b"<sm xmlns='urn:xmpp:sm:3'/>"
SYSTEM = b"<stream:error><%s xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"


def offering(*features: bytes) -> bytes:
    return HEADER + b"<stream:features>" + b"".join(features) + b"</stream:features>"


class Script:
    """Another server that answers each thing we say with the next of its lines."""

    def __init__(self, *calls: Sequence[bytes]) -> None:
        self.calls = [list(lines) for lines in calls]
        self.ends: list[End] = []

    async def lines(self, own: str, other: str) -> AsyncGenerator[ServerLine, None]:
        end = Answering(certificate("b.example"), self.calls.pop(0))
        self.ends.append(end)
        yield end

    def said(self, call: int = 0) -> bytes:
        return b"".join(self.ends[call].said)


class Answering(End):
    def __init__(self, shown: bytes, lines: list[bytes]) -> None:
        super().__init__(shown)
        self.lines = lines

    def write(self, data: bytes) -> None:
        super().write(data)
        if self.lines and not self.closed:
            self.hear(self.lines.pop(0))


def around(town: Town, script: Script) -> Around:
    return replace(town.house("a.example").around, reach=script)


def waiting(number: str) -> Waiting:
    stanza = Stanza("message", CLIENT, {"id": number})
    return Waiting(stanza, stanza.bytes_for(), 0)


def refused(*lines: bytes) -> Reason:
    reasons: list[Reason] = []

    async def story(town: Town) -> None:
        with pytest.raises(Unreachable) as problem:
            await begin("a.example", "b.example", around(town, Script(lines)))
        reasons.append(problem.value.reason)

    told(story)
    return reasons[0]


def test_a_certificate_that_is_refused_leads_to_dialback_on_a_new_stream() -> None:
    async def story(town: Town) -> None:
        first = [offering(TLS), PROCEED, offering(EXTERNAL), b"<failure %s/>" % SASL]
        second = [offering(TLS), PROCEED, offering(EXTERNAL, SM), VALID]
        script = Script(first, second)
        stream = await begin("a.example", "b.example", around(town, script))
        assert b"<db:result" not in script.said(0)
        assert script.said(0).endswith(b"</stream:stream>")
        assert b"<auth" not in script.said(1)
        assert b"<db:result " in script.said(1)
        assert script.said(1).endswith(b"<enable xmlns='urn:xmpp:sm:3'/>")
        assert not stream.is_over

    told(story)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([offering()], Reason.NO_TLS),
        ([offering(TLS), b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"], Reason.NO_TLS),
        ([HEADER.replace(b"version='1.0'", b"")], Reason.NO_TLS),
        ([HEADER.replace(b"jabber:server", b"jabber:client")], Reason.BROKEN),
        ([HEADER + b"<message/>"], Reason.BROKEN),
        ([HEADER + SYSTEM % b"host-unknown"], Reason.REFUSED),
        ([HEADER + SYSTEM % b"system-shutdown"], Reason.BROKEN),
        ([b"nonsense>"], Reason.BROKEN),
        ([HEADER + b"</stream:stream>"], Reason.BROKEN),
        ([offering(TLS), PROCEED + offering()], Reason.BROKEN),
        ([offering(TLS), PROCEED, offering(), VALID.replace(b"valid", b"invalid")], Reason.REFUSED),
        ([offering(TLS), PROCEED, offering(), b"<message/>"], Reason.REFUSED),
        ([offering(TLS), PROCEED, offering(EXTERNAL), b"<message/>"], Reason.BROKEN),
    ],
)
def test_what_goes_wrong_has_a_reason(lines: list[bytes], reason: Reason) -> None:
    assert refused(*lines) is reason


def test_what_is_counted_is_known_to_have_arrived() -> None:
    async def story(town: Town) -> None:
        script = Script([offering(TLS), PROCEED, offering(SM), VALID])
        stream = await begin("a.example", "b.example", around(town, script))
        listening = asyncio.ensure_future(stream.listen())
        for number in "123":
            stream.send(waiting(number))
        assert script.said().count(b"<r ") == 1
        script.ends[0].hear(b"<a xmlns='urn:xmpp:sm:3' h='2'/>")
        await until(lambda: len(stream.left()) == 1)
        assert script.said().count(b"<r ") == 2
        script.ends[0].hear(b"<r xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='9'/>")
        await listening
        assert b"handled-count-too-high" in script.said()
        assert [each.stanza.id for each in stream.left()] == ["3"]

    told(story)


def test_a_complaint_is_kept_and_nothing_is_left_where_nobody_counts() -> None:
    async def story(town: Town) -> None:
        script = Script([offering(TLS), PROCEED, offering(), VALID])
        stream = await begin("a.example", "b.example", around(town, script))
        stream.send(waiting("1"))
        script.ends[0].hear(SYSTEM % b"policy-violation")
        await stream.listen()
        assert stream.complaint is Reason.REFUSED
        assert stream.is_over
        assert stream.left() == []

    told(story)


def test_more_than_500_are_not_left_uncounted() -> None:
    async def story(town: Town) -> None:
        script = Script([offering(TLS), PROCEED, offering(SM), VALID])
        stream = await begin("a.example", "b.example", around(town, script))
        for number in range(501):
            stream.send(waiting(str(number)))
        assert stream.is_over
        assert b"<resource-constraint" in script.said()

    told(story)
