"""A stream in frames, as browsers speak it."""

import pytest

from allmende.protocols.xml.tree import LANG, Element, element, parse
from allmende.protocols.xmpp.errors import stream_error
from allmende.protocols.xmpp.names import CLIENT, FRAMING, SASL, STREAM
from allmende.protocols.xmpp.stanza import Stanza
from allmende.protocols.xmpp.stream import Closed, Failed, Opened
from allmende.systems.chat.wire.frames import FrameFraming

OPEN = b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='x.example' version='1.0'/>"
CLOSE = b"<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"


def test_a_stream_opens_speaks_and_closes() -> None:
    framing = FrameFraming(1000)
    (opened,) = framing.receive(OPEN)
    assert opened == Opened({"to": "x.example", "version": "1.0"}, CLIENT)
    (auth,) = framing.receive(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
    assert isinstance(auth, Stanza)
    assert auth.namespace == SASL
    assert framing.restart()
    (message,) = framing.receive(
        b"<message xmlns='jabber:client' to='b@x'><body>hi</body></message>"
    )
    assert isinstance(message, Stanza)
    assert message.inner == b"<body>hi</body>"
    assert message.children[0].name == f"{CLIENT} body"
    assert framing.receive(CLOSE) == (Closed(),)
    assert framing.receive(OPEN) == ()


@pytest.mark.parametrize(
    ("frame", "condition"),
    [
        (b"", "bad-format"),
        (b" ", "bad-format"),
        (b"<message xmlns='jabber:client'>", "bad-format"),
        (b"<a/><b/>", "bad-format"),
        (b"<a/><b", "bad-format"),
        (b"</stream:stream>", "bad-format"),
        (b"<other xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>", "bad-format"),
        (b"<a>" + b"x" * 1000 + b"</a>", "policy-violation"),
        (b"<!-- -->", "restricted-xml"),
        (b"<a></b>", "not-well-formed"),
        (b"text", "bad-format"),
    ],
)
def test_a_frame_is_one_whole_element(frame: bytes, condition: str) -> None:
    framing = FrameFraming(1000)
    assert framing.receive(frame) == (Failed(condition),)
    assert framing.receive(OPEN) == ()


def test_what_we_send_stands_alone() -> None:
    framing = FrameFraming(1000)
    features = parse(framing.write(Element(f"{STREAM} features", {}, [element("urn:x", "f")])))
    assert [child.name for child in features] == ["urn:x f"]
    assert features.name == f"{STREAM} features"
    assert parse(framing.write(stream_error("reset"))).name == f"{STREAM} error"
    assert parse(framing.write(element(SASL, "success"))).name == f"{SASL} success"
    header = parse(framing.header({"id": "1", LANG: "de"}))
    assert (header.name, header.get("version"), header.get(LANG)) == (
        f"{FRAMING} open",
        "1.0",
        "de",
    )
    assert parse(framing.footer()).name == f"{FRAMING} close"
    assert framing.namespace == CLIENT
    framing.limit(10)
    assert framing.receive(OPEN) == (Failed("policy-violation"),)
