"""Trees: what is written is read as the same, wherever it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.xml.errors import XmlRefused, XmlTooMuch
from allmende.protocols.xml.tree import LANG, Element, element, parse, write


def test_an_element_is_asked_for_its_parts() -> None:
    root = parse(b"<a xmlns='urn:x' b='1'>t<c>u</c>v<c/><d xmlns=''>w</d></a>")
    assert (root.namespace, root.local, root.get("b"), root.get("z", "y")) == (
        "urn:x", "a", "1", "y",
    )  # fmt: skip
    assert root.text == "tv"
    assert [child.text for child in root.children("urn:x c")] == ["u", ""]
    assert root.child_text("urn:x c") == "u"
    assert root.child_text("d") == "w"
    assert root.child("urn:x z") is None
    assert root.child_text("urn:x z") == ""


def test_an_element_is_written_with_the_fewest_declarations() -> None:
    root = element("urn:x", "a", element("urn:x", "b", "<&>\r"), element("urn:y", "c"), type_="'\n")
    assert write(root, "urn:x") == (
        b"<a type='&apos;&#10;'><b>&lt;&amp;&gt;&#13;</b><c xmlns='urn:y'/></a>"
    )
    assert write(element("urn:s", "error"), "urn:x", {"urn:s": "s"}) == b"<s:error/>"
    assert write(element("", "a"), "urn:x") == b"<a xmlns=''/>"


def test_attributes_with_namespaces_bring_their_own() -> None:
    root = Element("a", {LANG: "de", "urn:y b": "1"})
    assert dict(parse(write(root)).attributes) == {LANG: "de", "urn:y b": "1"}


MANY = b" ".join(b"b%d=''" % number for number in range(65))


@pytest.mark.parametrize("data", [b"<a>" * 65 + b"</a>" * 65, b"<a %s/>" % MANY])
def test_a_tree_is_bounded(data: bytes) -> None:
    with pytest.raises(XmlTooMuch):
        parse(data)


def test_half_a_document_is_none() -> None:
    with pytest.raises(XmlRefused):
        parse(b"<a>")


_texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=9)


@given(_texts, _texts)
def test_texts_come_back_as_they_were(text: str, value: str) -> None:
    root = Element("urn:x a", {"b": value}, [text] if text else [])
    assert parse(write(root)) == root
