"""expat with limits refuses what could be a trap."""

import pytest

from allmende.protocols.xml.bounded import bounded_parser, feed
from allmende.protocols.xml.errors import XmlMalformed, XmlRestricted


def events(data: bytes) -> list[str]:
    found: list[str] = []
    parser = bounded_parser(lambda name, _: found.append(name), lambda name: found.append("/"))
    feed(parser, data, last=True)
    return found


def test_elements_are_called_by_their_expanded_names() -> None:
    assert events(b"<a xmlns='urn:x'><p:b xmlns:p='urn:y'/></a>") == [
        "urn:x a",
        "urn:y b",
        "/",
        "/",
    ]


LAUGHS = b"<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;&b;&b;'>]><a>&d;</a>"


@pytest.mark.parametrize("data", [LAUGHS, b"<!DOCTYPE a SYSTEM 'x'><a/>", b"<a><?x?></a>",
                                  b"<a><!-- --></a>"])  # fmt: skip
def test_traps_are_restricted(data: bytes) -> None:
    with pytest.raises(XmlRestricted):
        events(data)


@pytest.mark.parametrize(
    "data",
    [
        b"<a>&b;</a>",
        b"<a>\xff</a>",
        b"<a>\x00</a>",
        b"<a b='1' b='2'/>",
        b"<p:a/>",
        b"<a",
        b"",
        b"<a/><b/>",
        b"<?xml version='1.0' encoding='UTF-16'?><a/>",
        "<a/>".encode("utf-16"),
    ],
)
def test_what_is_not_well_formed_is_refused(data: bytes) -> None:
    with pytest.raises(XmlMalformed):
        events(data)


def test_utf_8_may_be_declared() -> None:
    assert events(b"<?xml version='1.0' encoding='utf-8'?><a/>") == ["a", "/"]
