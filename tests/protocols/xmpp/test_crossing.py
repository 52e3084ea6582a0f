"""Stanzas between the two kinds of streams."""

import pytest

from allmende.protocols.xmpp.crossing import to_client, to_server
from allmende.protocols.xmpp.names import CLIENT, SERVER
from allmende.protocols.xmpp.stanza import Stanza
from allmende.protocols.xmpp.stream import Stream

FORWARDED = b"<f:x xmlns:f='urn:f'><message xmlns='jabber:client'><body>in</body></message></f:x>"


def stanza(inner: bytes, namespace: str = CLIENT, more: bytes = b"") -> Stanza:
    stream = Stream(100_000)
    stream.receive(
        b"<stream:stream xmlns='%s' %s xmlns:stream='http://etherx.jabber.org/streams'>"
        % (namespace.encode(), more)
    )
    (found,) = stream.receive(b"<message id='1'>" + inner + b"</message>")
    assert isinstance(found, Stanza)
    return found


@pytest.mark.parametrize(
    ("inner", "there"),
    [
        (b"<body>a</body>", b"<body>a</body>"),
        (b"a<body/>b<y xmlns='urn:y'/>c", b"a<body/>b<y xmlns='urn:y'/>c"),
        (b"<body xmlns='jabber:client'>a</body>", b"<body>a</body>"),
        (b"<c:body xmlns:c='jabber:client'>a</c:body>", b"<body>a</body>"),
        (b"<body xmlns='jabber:server'>a</body>", b"<body>a</body>"),
        (
            b"<error><text xmlns='urn:t'>a &amp; b</text></error>",
            b"<error><text xmlns='urn:t'>a &amp; b</text></error>",
        ),
        (FORWARDED, FORWARDED),
        (b"<body/><body xmlns='jabber:client'/><z xmlns='urn:z'/>",
         b"<body/><body/><z xmlns='urn:z'/>"),
    ],
)  # fmt: skip
def test_it_belongs_to_the_stream_it_goes_to(inner: bytes, there: bytes) -> None:
    crossed = to_server(stanza(inner))
    assert (crossed.namespace, crossed.inner) == (SERVER, there)
    again = stanza(there, SERVER)
    assert [child.name for child in crossed.children] == [child.name for child in again.children]
    assert [(c.start, c.end) for c in crossed.children] == [
        (c.start, c.end) for c in again.children
    ]
    back = to_client(crossed)
    assert (back.namespace, back.inner) == (CLIENT, there)
    assert back.children == stanza(there).children


def test_a_stream_that_declares_dialback_is_read_the_same() -> None:
    more = b"xmlns:db='jabber:server:dialback'"
    found = to_client(stanza(b"<body>a</body>", SERVER, more))
    assert found.has("jabber:client body")
    assert found.inner == b"<body>a</body>"
    leaning = to_client(stanza(b"<body>a</body><x xmlns='urn:x'><db:y/></x>", SERVER, more))
    assert leaning.inner == (
        b"<body>a</body><x xmlns='urn:x'><y xmlns='jabber:server:dialback'/></x>"
    )


def test_what_is_there_already_stays() -> None:
    here = stanza(b"<body/>")
    assert to_client(here) is here
