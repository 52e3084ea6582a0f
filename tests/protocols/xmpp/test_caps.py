"""XEP-0115: the examples of the document, and answers that lie."""

import pytest

from allmende.protocols.xml.tree import Element, write
from allmende.protocols.xml.tree import parse as tree
from allmende.protocols.xmpp.caps import Caps, CapsRefused, caps_of, name_of, verified
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza

FEATURES = "".join(
    f"<feature var='http://jabber.org/protocol/{name}'/>"
    for name in ("disco#items", "disco#info", "muc", "caps")
)
FORM = """<x xmlns='jabber:x:data' type='result'>
<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>
<field var='ip_version'><value>ipv4</value><value>ipv6</value></field>
<field var='os'><value>Mac</value></field>
<field var='os_version'><value>10.5.1</value></field>
<field var='software'><value>Psi</value></field>
<field var='software_version'><value>0.11</value></field></x>"""
SIMPLE = f"<identity category='client' name='Exodus 0.9.1' type='pc'/>{FEATURES}"
COMPLEX = (
    "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>"
    f"<identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>{FEATURES}{FORM}"
)


def info(inner: str) -> Element:
    return tree(f"<query xmlns='http://jabber.org/protocol/disco#info'>{inner}</query>".encode())


@pytest.mark.parametrize(
    ("inner", "ver"),
    [
        (SIMPLE, "QgayPKawpkPSDYmwT/WM94uAlu0="),  # XEP-0115, 5.2
        (COMPLEX, "q07IKJEyjvHSyhy//CH0CxmKi8w="),  # XEP-0115, 5.3
    ],
)
def test_the_examples_make_their_names(inner: str, ver: str) -> None:
    assert name_of(info(inner), "sha-1") == ver
    assert len(verified(info(inner), Caps("node", "sha-1", ver))) == 4


@pytest.mark.parametrize(
    "more",
    [
        "<feature var='urn:xmpp:more'/>",
        "<feature var='http://jabber.org/protocol/muc'/>",
        "<identity category='client' name='Exodus 0.9.1' type='pc'/>",
        FORM + FORM,
        FORM.replace("</value></field>", "</value><value>another</value></field>", 1),
        "".join(f"<feature var='{n}'/>" for n in range(400)),
    ],
)
def test_what_does_not_make_the_name_is_refused(more: str) -> None:
    with pytest.raises(CapsRefused):
        verified(info(SIMPLE + more), Caps("node", "sha-1", "QgayPKawpkPSDYmwT/WM94uAlu0="))


def test_a_form_that_does_not_say_what_it_is_does_not_count() -> None:
    untyped = FORM.replace(" type='hidden'", "")
    assert name_of(info(SIMPLE + untyped), "sha-1") == name_of(info(SIMPLE), "sha-1")


def presence(**attributes: str) -> Stanza:
    caps = Element("http://jabber.org/protocol/caps c", attributes)
    return Stanza("presence", CLIENT, {}).adding(caps)


def test_a_presence_carries_a_name_that_can_be_asked_about() -> None:
    caps = caps_of(presence(node="https://x", hash="sha-256", ver="v="))
    assert caps == Caps("https://x", "sha-256", "v=")
    assert b"node='https://x#v='" in write(caps.question())
    assert caps_of(Stanza("presence", CLIENT, {})) is None
    assert caps_of(presence(node="https://x", hash="md5", ver="v=")) is None
    assert caps_of(presence(node="https://x", ver="v=", ext="old")) is None
