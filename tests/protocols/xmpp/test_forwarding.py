"""A stanza inside another."""

from allmende.protocols.xml.tree import parse
from allmende.protocols.xmpp.forwarding import content_of, forwarded
from allmende.protocols.xmpp.names import SERVER
from allmende.protocols.xmpp.stanza import Child, Stanza
from tests.protocols.xmpp.test_delay import NOON


def test_what_came_from_a_server_is_forwarded_as_for_a_client() -> None:
    stanza = Stanza("message", SERVER, {"to": "a@x"}, b"<body>hi</body>", [Child("b", 0, 15)])
    content = content_of(stanza)
    assert content == b"<message xmlns='jabber:client' to='a@x'><body>hi</body></message>"
    for sent_at in (None, NOON):
        read = parse(forwarded(content, sent_at))
        assert read.name == "urn:xmpp:forward:0 forwarded"
        message = read.child("jabber:client message")
        assert message is not None
        assert message.child_text("jabber:client body") == "hi"
        assert (read.child("urn:xmpp:delay delay") is None) is (sent_at is None)
