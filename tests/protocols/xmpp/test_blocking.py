"""XEP-0191: lists of addresses, and which entries meet an address."""

import pytest

from allmende.protocols.xml.tree import parse as tree
from allmende.protocols.xml.tree import write
from allmende.protocols.xmpp.blocking import BLOCK, BLOCKLIST, forms, listed, read_items
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import parse


def test_addresses_are_read_prepared_and_written_in_a_list() -> None:
    block = tree(
        b"<block xmlns='urn:xmpp:blocking'><item jid='A@X/Y'/><item jid='spam.e'/></block>"
    )
    assert [str(jid) for jid in read_items(block)] == ["a@x/Y", "spam.e"]
    assert read_items(tree(b"<unblock xmlns='urn:xmpp:blocking'/>")) == []
    assert write(listed(BLOCK, ["a@x"])) == (
        b"<block xmlns='urn:xmpp:blocking'><item jid='a@x'/></block>"
    )
    assert write(listed(BLOCKLIST, [])) == b"<blocklist xmlns='urn:xmpp:blocking'/>"
    with pytest.raises(StanzaError, match="jid-malformed"):
        read_items(tree(b"<block xmlns='urn:xmpp:blocking'><item/></block>"))


def test_an_address_is_met_by_itself_its_account_its_device_and_its_server() -> None:
    assert list(forms(parse("a@x/r"))) == ["a@x/r", "a@x", "x/r", "x"]
    assert list(forms(parse("a@x"))) == ["a@x", "x"]
    assert list(forms(parse("x/r"))) == ["x/r", "x", "x/r"]
    assert list(forms(parse("x"))) == ["x"]
