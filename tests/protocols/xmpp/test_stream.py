"""Streams: any cutting gives the same stanzas, and what breaks a rule gives its condition."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.xml.tree import Element, parse, write
from allmende.protocols.xmpp.names import CLIENT, STREAM
from allmende.protocols.xmpp.stanza import Stanza
from allmende.protocols.xmpp.stream import MAX_NAMES, Closed, Event, Failed, Opened, Stream

HEADER = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>"
)
LIMIT = 4096


def events(*pieces: bytes, limit: int = LIMIT) -> Sequence[Event]:
    stream = Stream(limit)
    return [event for piece in pieces for event in stream.receive(piece)]


def stanzas(*pieces: bytes, limit: int = LIMIT) -> Sequence[Stanza]:
    return [event for event in events(*pieces, limit=limit) if isinstance(event, Stanza)]


def conditions(*pieces: bytes, limit: int = LIMIT) -> Sequence[str]:
    return [event.condition for event in events(*pieces, limit=limit) if isinstance(event, Failed)]


def inside(stanza: Stanza) -> Sequence[bytes]:
    return [stanza.inner[child.start : child.end] for child in stanza.children]


def test_a_header_opens_the_stream() -> None:
    (opened,) = events(HEADER)
    assert isinstance(opened, Opened)
    assert opened.namespace == CLIENT
    assert opened.attributes == {"to": "localhost", "version": "1.0"}


@pytest.mark.parametrize(
    ("written", "inner", "children"),
    [
        (b"<presence/>", b"", []),
        (b"<presence />", b"", []),
        (b"<presence></presence >", b"", []),
        (b"<message><body>hi</body></message>", b"<body>hi</body>", [b"<body>hi</body>"]),
        (b"<message><a/><b></b>x</message>", b"<a/><b></b>x", [b"<a/>", b"<b></b>"]),
        (b"<message><a>/></a></message>", b"<a>/></a>", [b"<a>/></a>"]),
        (b"<message><a b='/>'></a></message>", b"<a b='/>'></a>", [b"<a b='/>'></a>"]),
        (b"<message a='>'><b c=\"'>\"/></message>", b'<b c="\'>"/>', [b'<b c="\'>"/>']),
        (b"<message><a><a/></a ></message>", b"<a><a/></a >", [b"<a><a/></a >"]),
        (b"<message><a><![CDATA[</a>]]></a></message>", *[b"<a><![CDATA[</a>]]></a>"] * 1, None),
    ],
)
def test_a_stanza_is_cut_out_as_it_came(
    written: bytes, inner: bytes, children: list[bytes] | None
) -> None:
    (stanza,) = stanzas(HEADER, written)
    assert stanza.inner == inner
    assert inside(stanza) == ([inner] if children is None else children)


def test_what_leans_on_the_header_is_written_anew() -> None:
    header = HEADER.replace(b" to=", b" xmlns:e='urn:e' to=")
    (stanza,) = stanzas(header, b"<message><e:x e:a='1'>t</e:x><body>hi</body></message>")
    assert stanza.children[0].name == "urn:e x"
    alone = parse(b"<message xmlns='jabber:client'>%s</message>" % stanza.inner)
    first = next(iter(alone))
    assert (first.name, dict(first.attributes), first.text) == ("urn:e x", {"urn:e a": "1"}, "t")
    assert alone.child_text("jabber:client body") == "hi"


@pytest.mark.parametrize(
    "written",
    [
        b"<message><stream:error/></message>",
        b"<message><a><stream:x/></a></message>",
        b"<message><a stream:b='1'/></message>",
        b"<message xmlns:p='urn:p'><p:a/></message>",
        b"<c:message xmlns:c='jabber:client'><c:body/></c:message>",
        b"<message xmlns:p='urn:p' p:a='1'><b/></message>",
    ],
)
def test_an_inner_part_stands_alone(written: bytes) -> None:
    (stanza,) = stanzas(HEADER, written)
    assert stanza.kind == "message"
    assert parse(b"<message xmlns='jabber:client'>%s</message>" % stanza.inner).content
    assert all(" " not in name for name in stanza.attributes)


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]>", "not-well-formed"),
        (b"<!-- hi -->", "restricted-xml"),
        (b"<?php ?>", "restricted-xml"),
        (b"<message><!-- hi --></message>", "restricted-xml"),
        (b"<message>&a;</message>", "not-well-formed"),
        (b"<message>\xff</message>", "not-well-formed"),
        (b"<message></presence>", "not-well-formed"),
        (b"text<message/>", "bad-format"),
        (b"<p:message/>", "not-well-formed"),
        (b"<a>" * 80, "policy-violation"),
        (b"<message>" + b"<a/>" * 65 + b"</message>", "policy-violation"),
        (b"<message " + b"".join(b"a%d='' " % n for n in range(65)) + b"/>", "policy-violation"),
        (b"<message>" + b"x" * LIMIT + b"</message>", "policy-violation"),
        (b"<message>" + b"x" * LIMIT, "policy-violation"),
        (b"<" + b"x" * LIMIT, "policy-violation"),
        (b"<message a='" + b"x" * LIMIT, "policy-violation"),
    ],
)
def test_a_broken_rule_ends_the_stream(written: bytes, condition: str) -> None:
    assert conditions(HEADER, written, b"<message/>") == [condition]
    assert conditions(HEADER, *(bytes([byte]) for byte in written)) == [condition]


@pytest.mark.parametrize(
    ("header", "condition"),
    [
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "restricted-xml"),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?>" + HEADER[21:], "not-well-formed"),
        (b"<a xmlns='jabber:client'>", "bad-format"),
        (b"<stream xmlns='jabber:client'>", "invalid-namespace"),
        (b"<s:stream xmlns:s='urn:other'>", "invalid-namespace"),
        (b"GET / HTTP/1.1\r\n>", "not-well-formed"),
        (HEADER.replace(b" to=", b" x='" + b"x" * 20_000 + b"' to="), "policy-violation"),
    ],
)
def test_a_stream_has_to_begin_as_one(header: bytes, condition: str) -> None:
    assert conditions(header, limit=100_000) == [condition]


def test_what_begins_as_no_stream_ends_at_once_not_when_a_tag_would() -> None:
    client_hello = b"\x16\x03\x01\x02\x00\x01\x00"
    assert conditions(client_hello) == ["not-well-formed"]
    assert conditions(b"GET / HTTP/1.1\r\n") == ["not-well-formed"]


def test_nothing_is_acted_upon_behind_a_broken_rule_but_all_before_it() -> None:
    found = events(HEADER + b"<message id='1'/><message id='2'><!-- --></message><message id='3'/>")
    assert [event.id for event in found if isinstance(event, Stanza)] == ["1"]


def test_a_closed_stream_takes_nothing_more() -> None:
    found = events(HEADER, b"</stream:stream>garbage", b"<message/>")
    assert [type(event) for event in found] == [Opened, Closed]


def test_spaces_between_stanzas_are_not_kept() -> None:
    opened = Stream(LIMIT)
    opened.receive(HEADER)
    assert [opened.receive(b" " * 4000 + b"\n") for _ in range(9)] == [[]] * 9
    assert len(opened.receive(b"<presence/>")) == 1


def test_a_restart_is_clean_only_without_bytes_that_came_too_early() -> None:
    stream = Stream(LIMIT)
    stream.receive(HEADER + b"<starttls/>\n")
    assert stream.restart()
    assert isinstance(stream.receive(HEADER)[0], Opened)
    stream.receive(b"<auth/><mess")
    assert not stream.restart()


def test_fresh_names_without_end_do_not_grow_the_parser() -> None:
    stream = Stream(LIMIT)
    stream.receive(HEADER)
    for number in range(3 * MAX_NAMES):
        found = stream.receive(b"<message><a%d/></message><presence><b" % number)
        assert isinstance(found[0], Stanza)
        assert found[0].children[0].name == f"{CLIENT} a{number}"
        (rest,) = stream.receive(b"%d/></presence>" % number)
        assert isinstance(rest, Stanza)
        assert rest.inner == b"<b%d/>" % number
        assert len(stream._parser.intern) <= MAX_NAMES + 20


def test_a_token_in_pieces_is_not_scanned_without_end() -> None:
    stream = Stream(1 << 20)
    stream.receive(HEADER + b"<message a='")
    found: list[Event] = []
    fed = 0
    while not found:
        fed += 1
        found += stream.receive(b">" * 512)
    assert found == [Failed("policy-violation")]
    assert fed < 1500


# --- slices against trees -------------------------------------------------------------------

_names = st.sampled_from(["body", "x", "encrypted", "stream"])
_spaces = st.sampled_from([CLIENT, "urn:a", "urn:b", STREAM, ""])
_texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from("<>&'\"/\n\t"),
    max_size=8,
)


@st.composite
def _elements(draw: st.DrawFn, depth: int = 0) -> Element:
    space = draw(_spaces)
    name = f"{space} {draw(_names)}" if space else draw(_names)
    attributes = draw(st.dictionaries(st.sampled_from(["a", "b", "urn:c d"]), _texts, max_size=2))
    content: list[str | Element] = []
    if depth < 3:
        for part in draw(st.lists(_texts | _elements(depth + 1), max_size=3)):
            if part != "":
                content.append(part)
    return Element(name, attributes, content)


@given(st.lists(_elements(), min_size=1, max_size=3), st.data())
def test_any_cutting_gives_the_same_stanzas_and_children(
    written: list[Element], data: st.DataObject
) -> None:
    roots = [Element(f"{CLIENT} message", {"id": "1"}, [one, "t", one]) for one in written]
    whole = HEADER + b" ".join(write(root, CLIENT, {STREAM: "stream"}) for root in roots)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    borders = [0, *cuts, len(whole)]
    pieces = [whole[a:b] for a, b in pairwise(borders)]
    found = stanzas(*pieces, limit=100_000)
    assert len(found) == len(roots)
    for stanza, root in zip(found, roots, strict=True):
        assert [child.name for child in stanza.children] == [child.name for child in root]
        assert _plain(stanza.tree()) == _plain(root)
        alone = parse(stanza.bytes_for(CLIENT))
        assert _plain(alone) == _plain(root)


def _plain(root: Element) -> object:
    content: list[object] = []
    for part in root.content:
        if isinstance(part, Element):
            content.append(_plain(part))
        elif content and isinstance(content[-1], str):
            content[-1] += part
        else:
            content.append(part)
    return root.name, dict(root.attributes), content
