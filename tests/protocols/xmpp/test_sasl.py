"""SASL: what a client may send, and how it is answered."""

import pytest

from allmende.protocols.xml.tree import element, write
from allmende.protocols.xmpp import sasl
from allmende.protocols.xmpp.names import SASL
from allmende.protocols.xmpp.sasl import SaslMalformed, read_data, read_plain


@pytest.mark.parametrize(("text", "data"), [("", None), ("=", b""), ("YQ==", b"a"),
                                            ("\n YQ=\n=", b"a")])  # fmt: skip
def test_data_is_base64(text: str, data: bytes | None) -> None:
    assert read_data(element(SASL, "auth", *([text] if text else []))) == data


@pytest.mark.parametrize("text", ["Y", "YQ", "ä", "YQ==YQ==", "A" * 9000])
def test_what_is_not_base64_is_refused(text: str) -> None:
    with pytest.raises(SaslMalformed):
        read_data(element(SASL, "auth", text))


def test_plain_has_three_parts() -> None:
    assert read_plain(b"\0anna\0secret") == ("", "anna", "secret")
    assert read_plain(b"a@x\0anna\0secret") == ("a@x", "anna", "secret")


@pytest.mark.parametrize("data", [b"", b"anna\0secret", b"\0\0x", b"\0x\0", b"\0a\0b\0c",
                                  b"\0\xff\0x"])  # fmt: skip
def test_other_plain_is_refused(data: bytes) -> None:
    with pytest.raises(SaslMalformed):
        read_plain(data)


def test_answers_are_those_of_the_document() -> None:
    start = b" xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
    assert write(sasl.challenge(b"a")) == b"<challenge%s>YQ==</challenge>" % start
    assert write(sasl.success()) == b"<success%s/>" % start
    assert write(sasl.success(b"v=1")) == b"<success%s>dj0x</success>" % start
    assert (
        write(sasl.failure("not-authorized")) == b"<failure%s><not-authorized/></failure>" % start
    )
    assert write(sasl.failure("aborted", "bye")) == (
        b"<failure%s><aborted/><text>bye</text></failure>" % start
    )
    assert write(sasl.mechanisms(["A", "B"])) == (
        b"<mechanisms%s><mechanism>A</mechanism><mechanism>B</mechanism></mechanisms>" % start
    )
    assert write(sasl.channel_bindings(["tls-exporter"])) == (
        b"<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>"
        b"<channel-binding type='tls-exporter'/></sasl-channel-binding>"
    )
