"""Service discovery: what we answer can be read again."""

from allmende.protocols.xml.tree import element, write
from allmende.protocols.xmpp import disco
from allmende.protocols.xmpp.disco import Identity, Item


def test_information_is_written_and_read() -> None:
    who = [Identity("server", "im", "Allmende", "de"), Identity("pubsub", "pep")]
    query = disco.info(who, ["b", "a", "b"], node="x", forms=[element("jabber:x:data", "x")])
    assert disco.read_identities(query) == who
    assert disco.read_features(query) == ["a", "b"]
    assert query.get("node") == "x"
    assert query.child("jabber:x:data x") is not None
    assert disco.info([], []).attributes == {}


def test_items_have_what_is_known() -> None:
    query = disco.items([Item("rooms.x"), Item("a@x", "A & B", "n")], node="y")
    assert write(query) == (
        b"<query xmlns='http://jabber.org/protocol/disco#items' node='y'><item jid='rooms.x'/>"
        b"<item jid='a@x' name='A &amp; B' node='n'/></query>"
    )
    assert disco.items([]).attributes == {}
