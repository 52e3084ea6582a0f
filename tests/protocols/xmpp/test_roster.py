"""RFC 6121, 2: items as clients write them and as we write them."""

import pytest

from allmende.protocols.xml.tree import parse as tree
from allmende.protocols.xml.tree import write
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import parse
from allmende.protocols.xmpp.roster import Item, query_of, read_item, read_version

HEAD = "<query xmlns='jabber:iq:roster'>"


def read(inner: str) -> Item:
    return read_item(tree(f"{HEAD}{inner}</query>".encode()))


def test_what_a_client_says_of_the_subscription_counts_only_for_removals() -> None:
    item = read(
        "<item jid='A@X.example' name='Anna' subscription='both' ask='subscribe' approved='true'>"
        "<group>Chor</group><group>Küche</group></item>"
    )
    assert item == Item(parse("a@x.example"), "Anna", ("Chor", "Küche"))
    assert read("<item jid='a@x' subscription='remove' name='x'/>").is_removal


@pytest.mark.parametrize(
    ("inner", "condition"),
    [
        ("", "bad-request"),
        ("<item jid='a@x'/><item jid='b@x'/>", "bad-request"),
        ("<item/>", "bad-request"),
        ("<item jid='@x'/>", "bad-request"),
        ("<item jid='a@x'><group>a</group><group>a</group></item>", "bad-request"),
        ("<item jid='a@x'><group> </group></item>", "not-acceptable"),
        ("<item jid='a@x'><group/></item>", "not-acceptable"),
    ],
)
def test_other_items_are_refused(inner: str, condition: str) -> None:
    with pytest.raises(StanzaError) as refused:
        read(inner)
    assert refused.value.condition == condition


def test_a_list_is_written_with_its_version_for_those_who_know_versions() -> None:
    item = Item(parse("a@x"), "Anna", ("Chor",), "to", ask=True, approved=True)
    assert write(query_of([item], "v1")) == (
        b"<query xmlns='jabber:iq:roster' ver='v1'><item jid='a@x' subscription='to' name='Anna' "
        b"ask='subscribe' approved='true'><group>Chor</group></item></query>"
    )
    assert write(query_of([])) == b"<query xmlns='jabber:iq:roster'/>"
    assert read_version(tree(b"<query xmlns='jabber:iq:roster' ver=''/>")) == ""
    assert read_version(tree(b"<query xmlns='jabber:iq:roster'/>")) is None
