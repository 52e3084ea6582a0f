"""Reading an archive: what is asked, and what comes."""

import pytest

from allmende.protocols.xml.tree import Element, element, parse, write
from allmende.protocols.xmpp import mam, rsm
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import parse as jid
from tests.protocols.xmpp.test_delay import NOON

STAMP = "2026-11-23T12:00:00.250000Z"


def query(fields: str = "", rest: str = "", form_type: str = mam.MAM) -> Element:
    form = (
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
        f"<value>{form_type}</value></field>{fields}</x>"
    )
    return parse(f"<query xmlns='urn:xmpp:mam:2' queryid='q'>{form}{rest}</query>".encode())


def field(name: str, *values: str) -> str:
    inner = "".join(f"<value>{value}</value>" for value in values)
    return f"<field var='{name}'>{inner}</field>"


def test_all_that_can_be_asked_is_read() -> None:
    fields = (
        field("with", "B@x.example/phone")
        + field("start", STAMP)
        + field("end", "2026-11-23T14:00:00.250000+02:00")
        + field("before-id", "1")
        + field("after-id", "2")
        + field("ids", "3", "4")
    )
    rest = "<set xmlns='http://jabber.org/protocol/rsm'><max>5</max></set><flip-page/>"
    assert mam.read_query(query(fields, rest)) == mam.Query(
        "q", rsm.Wanted(5), jid("b@x.example/phone"), NOON, NOON, "1", "2", ("3", "4"), flip=True
    )
    assert mam.read_query(element(mam.MAM, "query")) == mam.Query("", rsm.Wanted())


@pytest.mark.parametrize(
    ("asked", "condition"),
    [
        (query(field("with", "@")), "jid-malformed"),
        (query(field("start", "gestern")), "bad-request"),
        (query(field("colour", "red")), "feature-not-implemented"),
        (query(form_type="urn:x"), "feature-not-implemented"),
    ],
)
def test_what_is_not_understood_is_refused(asked: Element, condition: str) -> None:
    with pytest.raises(StanzaError, match=condition):
        mam.read_query(asked)


def test_the_fields_of_a_query_are_told() -> None:
    written = write(mam.fields())
    for name in (b"with", b"start", b"end", b"before-id", b"after-id", b"ids"):
        assert b"var='%s'" % name in written


def test_a_result_wraps_the_bytes_of_the_message() -> None:
    content = b"<message xmlns='jabber:client'><body>hi</body></message>"
    for query_id in ("q'", ""):
        made = mam.result(query_id, "u", NOON, content)
        assert content in made
        assert f"stamp='{STAMP}'".encode() in made
        read = parse(made)
        assert (read.name, read.get("id"), read.get("queryid")) == (mam.RESULT, "u", query_id)


def test_a_page_ends_with_its_borders() -> None:
    assert write(mam.fin("a", "b", complete=True), mam.MAM) == (
        b"<fin complete='true'><set xmlns='http://jabber.org/protocol/rsm'>"
        b"<first>a</first><last>b</last></set></fin>"
    )
    assert mam.fin("a", "b", complete=False).attributes == {}


def test_an_archive_says_where_it_begins_and_ends() -> None:
    borders = f"<start id='a' timestamp='{STAMP}'/><end id='b' timestamp='{STAMP}'/>"
    written = write(mam.metadata((("a", NOON), ("b", NOON))), mam.MAM)
    assert written == f"<metadata>{borders}</metadata>".encode()
    assert list(mam.metadata(None)) == []


def test_preferences_come_back_as_they_went() -> None:
    wanted = mam.Preferences("roster", ("a@x", "b@x"), ("c@x",))
    written = mam.preferences(wanted)
    read = mam.read_preferences(parse(write(written)))
    assert (read.default, list(read.always), list(read.never)) == (
        "roster", ["a@x", "b@x"], ["c@x"],
    )  # fmt: skip
    assert mam.read_preferences(element(mam.MAM, "prefs", default="never")).always == []
    for refused, condition in (
        (element(mam.MAM, "prefs", default="perhaps"), "bad-request"),
        (mam.preferences(mam.Preferences("always", ["@"])), "jid-malformed"),
    ):
        with pytest.raises(StanzaError, match=condition):
            mam.read_preferences(refused)
