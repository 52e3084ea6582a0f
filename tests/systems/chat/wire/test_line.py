"""Streams on a line: the pace of reading, and that nothing is said after the end."""

import asyncio

import pytest

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.names import CLIENT, STREAM
from allmende.protocols.xmpp.stanza import Stanza
from allmende.protocols.xmpp.stream import Closed, Opened
from allmende.systems.chat.wire.framing import TcpFraming
from allmende.systems.chat.wire.line import Dialogue, Pace, StreamEnded
from tests.systems.chat.wire.lines import HEADER, MemoryLine


def test_who_sends_too_fast_is_read_later() -> None:
    pace = Pace(10, 20, now_s=0)
    assert pace.take(20, 0) == 0
    assert pace.take(5, 0) == pytest.approx(0.5)
    assert pace.take(0, 0.5) == 0
    assert pace.take(20, 1000) == 0
    assert pace.take(1, 1000) == pytest.approx(0.1)


def test_events_come_one_by_one_and_an_error_ends_the_stream() -> None:
    async def run() -> None:
        line = MemoryLine()
        dialogue = Dialogue(line, TcpFraming(1000), lambda: {"from": "x.example"})
        line.hear(HEADER + b"<presence/>")
        assert isinstance(await dialogue.event(), Opened)
        dialogue.open()
        assert isinstance(await dialogue.event(), Stanza)
        line.hear(b"<!-- -->")
        with pytest.raises(StreamEnded):
            await dialogue.event()
        assert line.closed
        assert line.said.endswith(b"</stream:error></stream:stream>")
        said = line.said
        dialogue.say(element(CLIENT, "presence"))
        dialogue.end("reset")
        assert line.said == said

    asyncio.run(run())


def test_a_line_that_breaks_ends_the_stream_without_a_word() -> None:
    async def run() -> None:
        line = MemoryLine()
        dialogue = Dialogue(line, TcpFraming(1000), dict)
        line.lose()
        with pytest.raises(StreamEnded):
            await dialogue.event()
        dialogue.end("reset")
        assert line.said == b""

    asyncio.run(run())


def test_an_error_may_carry_more_and_a_close_is_told() -> None:
    async def run() -> None:
        line = MemoryLine()
        dialogue = Dialogue(line, TcpFraming(1000), dict)
        assert dialogue.namespace is None
        line.hear(HEADER + b"</stream:stream>")
        await dialogue.event()
        assert isinstance(await dialogue.event(), Closed)
        dialogue.end("undefined-condition", "why", Element("urn:a b"))
        assert b"<b xmlns='urn:a'/></stream:error>" in line.said
        assert STREAM.encode() in line.said

    asyncio.run(run())
