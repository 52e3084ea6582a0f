"""What waits for an editor is sent in its order, has an end, and never holds up others."""

import asyncio

from allmende.core.accounts import Caller
from allmende.core.ids import PadId
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.pad import Author, AuthorId, PadSessionId
from allmende.systems.pads.model.sessions import Origin
from allmende.systems.pads.service.engine.connection import TOO_SLOW, Connection
from allmende.systems.pads.service.engine.tickets import Ticket
from tests.systems.pads.editors import Socket

SMALL = PadLimits(queue_messages=3, queue_bytes=100)
TICKET = Ticket(
    pad_id=PadId(1),
    generation=1,
    session_id=PadSessionId(2),
    client_id=3,
    author=Author(AuthorId(4), PadId(1), None, "hash", "mara", 0),
    origin=Origin(Caller(), None),
    language="de",
    ends_s=30.0,
)


def sent(*messages: bytes, code: int = 1000) -> tuple[list[bool], Socket]:
    """Queue everything at once, close, then let the writer work."""

    async def story() -> tuple[list[bool], Socket]:
        socket = Socket()
        connection = Connection(socket, TICKET, SMALL)
        taken = [connection.send(message) for message in messages]
        connection.close(code)
        await connection.write_all()
        return taken, socket

    return asyncio.run(story())


def test_everything_goes_out_in_its_order_before_the_close() -> None:
    taken, socket = sent(b"a", b"b", b"c", code=4403)
    assert taken == [True, True, True]
    assert (socket.sent, socket.code) == ([b"a", b"b", b"c"], 4403)


def test_too_many_messages_are_not_cut_to_fit_but_close() -> None:
    taken, socket = sent(b"a", b"b", b"c", b"d")
    assert taken == [True, True, True, False]
    assert (socket.sent, socket.code) == ([], TOO_SLOW)


def test_too_many_bytes_close_as_well() -> None:
    taken, socket = sent(b"a" * 60, b"b" * 60)
    assert taken == [True, False]
    assert socket.code == TOO_SLOW


def test_one_long_message_is_let_through_since_a_text_may_be_long() -> None:
    taken, socket = sent(b"a" * 1000)
    assert taken == [True]
    assert socket.sent == [b"a" * 1000]


def test_after_the_close_nothing_is_queued_and_the_first_code_counts() -> None:
    async def story() -> Socket:
        socket = Socket()
        connection = Connection(socket, TICKET, SMALL)
        connection.close(4403)
        assert connection.send(b"late")
        connection.close(1000)
        assert connection.waiting_bytes == 0
        await connection.write_all()
        return socket

    socket = asyncio.run(story())
    assert (socket.sent, socket.code) == ([], 4403)


def test_a_socket_that_is_gone_ends_the_writer() -> None:
    async def story() -> Connection:
        socket = Socket()
        connection = Connection(socket, TICKET, SMALL)
        await socket.close(1001)
        connection.send(b"nobody hears this")
        await connection.write_all()
        return connection

    assert asyncio.run(story()).closing
