"""The sending end of a session: nothing is lost with a stream, and idle clients are spared."""

import pytest

from allmende.protocols.xmpp.smacks import CountedTooFar
from allmende.systems.chat.wire.outlet import MAX_HELD, MAX_WAITING, Left, StreamOutlet
from allmende.systems.chat.wire.session import What

REQUEST = b"<r xmlns='urn:xmpp:sm:3'/>"


class Written:
    namespace: str | None = None

    def __init__(self) -> None:
        self.data: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.data.append(data)

    def end(self, condition: str, text: str = "") -> None:
        self.data.append(f"end {condition}".encode())


def outlet(wire: Written, overflowed: list[bool] | None = None) -> StreamOutlet:
    return StreamOutlet(wire, lambda: (overflowed if overflowed is not None else []).append(True))


def test_without_stream_management_nothing_is_remembered() -> None:
    wire = Written()
    out = outlet(wire)
    out.send(b"a", What.MESSAGE)
    out.acknowledge(7)
    out.detach()
    out.send(b"b", What.MESSAGE)
    out.end("conflict")
    assert wire.data == [b"a"]
    assert out.left() == ()


def test_one_question_is_open_at_a_time() -> None:
    wire = Written()
    out = outlet(wire)
    out.enable()
    out.send(b"a", What.MESSAGE)
    out.send(b"b", What.IQ)
    assert wire.data == [b"a", REQUEST, b"b"]
    out.acknowledge(1)
    assert wire.data[3:] == [REQUEST]
    out.acknowledge(2)
    assert wire.data[4:] == []
    with pytest.raises(CountedTooFar):
        out.acknowledge(3)


def test_another_stream_goes_on_where_the_client_was() -> None:
    first, second = Written(), Written()
    out = outlet(first)
    out.enable()
    for data in (b"a", b"b"):
        out.send(data, What.MESSAGE)
    out.detach()
    out.send(b"c", What.KEPT)
    assert first.data == [b"a", REQUEST, b"b"]
    assert out.left() == [
        Left(b"a", What.MESSAGE), Left(b"b", What.MESSAGE), Left(b"c", What.KEPT),
    ]  # fmt: skip
    out.resume(second, 1)
    assert second.data == [b"b", b"c", REQUEST]
    out.acknowledge(3)
    out.send(b"d", What.IQ)
    assert second.data[3:] == [b"d", REQUEST]


def test_a_client_that_never_acknowledges_is_ended() -> None:
    wire, overflowed = Written(), list[bool]()
    out = outlet(wire, overflowed)
    out.enable()
    for _ in range(MAX_WAITING):
        out.send(b"a", What.MESSAGE)
    assert not overflowed
    out.send(b"a", What.MESSAGE)
    assert overflowed == [True]
    assert wire.data[-1] == b"end resource-constraint"


def test_an_idle_client_is_spared_presence_but_no_message() -> None:
    wire = Written()
    out = outlet(wire)
    out.set_active(active=False)
    for number in range(3):
        out.send(b"presence %d" % number, What.PRESENCE, "a@x/r")
    out.send(b"typing", What.STATE, "b@x")
    out.send(b"message", What.MESSAGE)
    out.send(b"other", What.PRESENCE)
    assert wire.data == [b"message"]
    out.set_active(active=True)
    assert wire.data[1:] == [b"presence 2", b"typing", b"other"]


def test_what_an_idle_client_is_spared_is_bounded() -> None:
    wire = Written()
    out = outlet(wire)
    out.set_active(active=False)
    for number in range(MAX_HELD):
        assert wire.data == []
        out.send(b"%d" % number, What.PRESENCE, f"{number}@x")
    assert len(wire.data) == MAX_HELD
