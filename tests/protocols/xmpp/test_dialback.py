"""Keys and the elements that carry them."""

import pytest

from allmende.protocols.xml.tree import parse, write
from allmende.protocols.xmpp import dialback
from allmende.protocols.xmpp.names import SERVER

FROM_TO = "from='a.example' to='b.example'"


def test_a_key_is_that_of_the_specification() -> None:
    key = dialback.key_of(b"s3cr3tf0rd14lb4ck", "xmpp.example.com", "example.org", "D60000229F")
    assert key == "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643"


def test_a_key_is_of_one_stream_between_two_servers() -> None:
    key = dialback.key_of(b"secret", "b.example", "a.example", "1")
    assert dialback.is_key(key, b"secret", "b.example", "a.example", "1")
    for wrong in (
        (b"other", "b.example", "a.example", "1"),
        (b"secret", "c.example", "a.example", "1"),
        (b"secret", "b.example", "c.example", "1"),
        (b"secret", "b.example", "a.example", "2"),
    ):
        assert not dialback.is_key(key, *wrong)
    assert not dialback.is_key("ß", b"secret", "b.example", "a.example", "1")


def test_what_is_written_is_read() -> None:
    shown = dialback.read(dialback.show("a.example", "b.example", "key"))
    assert shown == dialback.Said("a.example", "b.example", "", "key", "")
    asked = dialback.read(dialback.ask("b.example", "a.example", "1", "key"))
    assert asked == dialback.Said("b.example", "a.example", "", "key", "1")
    answer = dialback.read(dialback.answer_show(shown, valid=True))
    assert answer == dialback.Said("b.example", "a.example", "valid", "", "")
    answer = dialback.read(dialback.answer_ask(asked, valid=False))
    assert answer == dialback.Said("a.example", "b.example", "invalid", "", "1")
    refused = write(dialback.refuse_show(shown, "remote-server-timeout"), SERVER)
    assert b"<error xmlns='jabber:server' type='cancel'><remote-server-timeout" in refused


@pytest.mark.parametrize(
    "text",
    [
        "<result xmlns='jabber:server:dialback' from='a.example'>key</result>",
        f"<result xmlns='jabber:server:dialback' {FROM_TO}/>",
        f"<result xmlns='jabber:server:dialback' {FROM_TO} type='maybe'/>",
        f"<verify xmlns='jabber:server:dialback' {FROM_TO}>key</verify>",
        f"<verify xmlns='jabber:server:dialback' {FROM_TO} id='1'>{'k' * 1025}</verify>",
    ],
)
def test_what_says_nothing_is_nothing(text: str) -> None:
    assert dialback.read(parse(text.encode())) is None
