"""Stanzas: cut, added to, written for streams of each kind."""

from allmende.protocols.xml.tree import LANG, Element, element, parse
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza, parse_child, stanza_of


def message() -> Stanza:
    return stanza_of(
        Element(
            f"{CLIENT} message",
            {"id": "7", "to": "b@x", "type": "chat", LANG: "de", "urn:z q": "1"},
            [
                element(CLIENT, "body", "hi"),
                "\n<",
                element("urn:a", "x"),
                element(CLIENT, "body", "ho"),
            ],
        )
    )


def test_a_stanza_is_asked_for_its_parts() -> None:
    one = message()
    assert (one.kind, one.name, one.id, one.to, one.type) == (
        "message", f"{CLIENT} message", "7", "b@x", "chat",
    )  # fmt: skip
    assert one.has("urn:a x")
    assert not one.has("urn:a body")
    bodies = [parse_child(one, child).text for child in one.named(f"{CLIENT} body")]
    assert bodies == ["hi", "ho"]
    found = one.child(f"{CLIENT} body")
    assert found is not None
    assert found.text == "hi"
    assert one.child("urn:a none") is None
    assert one.tree() is one.tree()
    assert one.tree().get(LANG) == "de"


def test_children_are_cut_out_and_the_others_stay_where_they_are() -> None:
    one = message().without(lambda child: child.name == f"{CLIENT} body")
    assert one.inner == b"\n&lt;<x xmlns='urn:a'/>"
    assert [parse_child(one, child).name for child in one.children] == ["urn:a x"]
    assert one.without(lambda child: False) is one


def test_children_are_added_behind_the_others() -> None:
    one = Stanza("presence", CLIENT, {}).adding(element("urn:a", "x"), element(CLIENT, "show"))
    assert one.bytes_for() == b"<presence><x xmlns='urn:a'/><show/></presence>"
    assert [parse_child(one, child).local for child in one.children] == ["x", "show"]


def test_attributes_are_set_and_removed() -> None:
    one = message().having(from_="a@x", to=None)
    assert one.attributes["from"] == "a@x"
    assert one.to == ""


def test_a_stanza_is_written_for_tcp_and_for_a_frame() -> None:
    assert Stanza("iq", CLIENT, {"id": "<'>", LANG: "de"}).bytes_for() == (
        b"<iq id='&lt;&apos;&gt;' xml:lang='de'/>"
    )
    framed = parse(message().bytes_for(CLIENT))
    assert framed.name == f"{CLIENT} message"
    assert framed.child_text(f"{CLIENT} body") == "hi"
