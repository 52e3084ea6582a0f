"""What we frame for TCP is read back by our own stream."""

from allmende.protocols.xml.tree import LANG, Element, element
from allmende.protocols.xmpp import dialback
from allmende.protocols.xmpp.errors import stream_error
from allmende.protocols.xmpp.names import CLIENT, SERVER, STREAM
from allmende.protocols.xmpp.stanza import Stanza
from allmende.protocols.xmpp.stream import Closed, Failed, Opened
from allmende.systems.chat.wire.framing import TcpFraming


def test_a_stream_over_tcp_is_read_back() -> None:
    ours, theirs = TcpFraming(10_000), TcpFraming(10_000)
    features = Element(f"{STREAM} features", {}, [element("urn:x", "f")])
    data = ours.header({"from": "localhost", "id": "<1>", LANG: "de"}) + ours.write(features)
    data += ours.write(element(CLIENT, "presence")) + ours.write(stream_error("reset"))
    opened, read, presence, error, closed = theirs.receive(data + ours.footer())
    assert isinstance(opened, Opened)
    assert (opened.attributes["id"], opened.attributes[LANG], opened.namespace) == (
        "<1>", "de", CLIENT,
    )  # fmt: skip
    assert isinstance(read, Stanza)
    assert read.tree().name == f"{STREAM} features"
    assert isinstance(presence, Stanza)
    assert presence.name == f"{CLIENT} presence"
    assert isinstance(error, Stanza)
    assert error.tree().name == f"{STREAM} error"
    assert isinstance(closed, Closed)


def test_a_server_speaks_to_servers() -> None:
    framing = TcpFraming(10_000, SERVER)
    shown = framing.write(dialback.show("a.example", "b.example", "key"))
    assert shown == b"<db:result from='a.example' to='b.example'>key</db:result>"
    opened, read = TcpFraming(10_000).receive(framing.header({}) + shown)
    assert isinstance(opened, Opened)
    assert opened.namespace == SERVER
    assert isinstance(read, Stanza)
    assert read.tree().name == dialback.RESULT
    assert framing.namespace is None


def test_a_limit_holds_from_now_on_and_a_restart_tells_of_early_bytes() -> None:
    framing = TcpFraming(10_000)
    framing.receive(framing.header({}) + b"<a>")
    assert not framing.restart()
    framing.receive(framing.header({}))
    framing.limit(100)
    assert framing.receive(b"<a>" + b"x" * 200) == [Failed("policy-violation")]
