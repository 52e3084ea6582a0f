"""Pages of a long result."""

import pytest

from allmende.protocols.xml.tree import Element, parse, write
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.rsm import RSM, Wanted, page, read


def asked(inner: bytes) -> Element:
    return parse(b"<set xmlns='http://jabber.org/protocol/rsm'>%s</set>" % inner)


@pytest.mark.parametrize(
    ("inner", "wanted"),
    [
        (b"", Wanted()),
        (b"<max>5</max><after>u</after>", Wanted(5, "u")),
        (b"<max> 0 </max><before>u</before>", Wanted(0, "", "u")),
        (b"<before/>", Wanted(None, last=True)),
    ],
)
def test_a_page_is_asked_for(inner: bytes, wanted: Wanted) -> None:
    assert read(asked(inner)) == wanted
    assert read(None) == Wanted()


@pytest.mark.parametrize(
    ("inner", "condition"),
    [
        (b"<max>-1</max>", "bad-request"),
        (b"<max>" + b"9" * 13 + b"</max>", "bad-request"),
        (b"<index>3</index>", "feature-not-implemented"),
    ],
)
def test_what_cannot_be_asked_is_refused(inner: bytes, condition: str) -> None:
    with pytest.raises(StanzaError, match=condition):
        read(asked(inner))


def test_a_page_says_where_it_begins_and_ends() -> None:
    assert write(page("a", "b"), RSM) == b"<set><first>a</first><last>b</last></set>"
    assert list(page("", "")) == []
