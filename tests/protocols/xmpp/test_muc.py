"""What is said to rooms and by them is read and written."""

from collections.abc import Callable

import pytest

from allmende.protocols.xml.tree import parse, write
from allmende.protocols.xmpp import muc
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import parse as jid
from allmende.protocols.xmpp.muc import HistoryWish, Invitation, Item, Joining
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza, stanza_of


def stanza(inner: str) -> Stanza:
    return stanza_of(parse(f"<presence xmlns='{CLIENT}'>{inner}</presence>".encode()))


def test_joining_says_password_and_history() -> None:
    assert muc.joining(stanza("")) is None
    assert muc.joining(stanza(f"<x xmlns='{muc.MUC}'/>")) == Joining()
    found = muc.joining(
        stanza(
            f"<x xmlns='{muc.MUC}'><password>key</password>"
            "<history maxstanzas='3' maxchars='9' seconds='7' since='2026-01-01T00:00:00Z'/></x>"
        )
    )
    assert found is not None
    assert (found.password,) == ("key",)
    assert found.history.since is not None
    since = found.history.since
    assert found.history == HistoryWish(stanzas=3, chars=9, since=since, seconds=7)
    for wrong in ("maxstanzas='-1'", "since='yesterday'"):
        with pytest.raises(StanzaError, match="bad-request"):
            muc.joining(stanza(f"<x xmlns='{muc.MUC}'><history {wrong}/></x>"))


def test_presence_says_who_somebody_is_and_what_happened() -> None:
    item = Item("member", "none", jid("a@x/r"), "b", "loud", "anna")
    said = write(muc.shown([item], (307, 110), muc.destroyed("old", jid("n@x")))).decode()
    assert "affiliation='member' role='none' jid='a@x/r' nick='b'" in said
    assert "<actor nick='anna'/><reason>loud</reason>" in said
    assert "<destroy jid='n@x'><reason>old</reason></destroy>" in said
    assert said.index("307") < said.index("110")


def test_orders_are_read_as_they_are_listed() -> None:
    item = Item("member", jid=jid("a@x"), nick="b")
    assert muc.ordered(muc.listed([item])) == [item]
    with pytest.raises(StanzaError, match="bad-request"):
        muc.ordered(muc.listed([]))
    with pytest.raises(StanzaError, match="resource-constraint"):
        muc.ordered(muc.listed([item] * (muc.MAX_ITEMS + 1)))
    with pytest.raises(StanzaError, match="jid-malformed"):
        muc.ordered(parse(f"<query xmlns='{muc.ADMIN}'><item jid='@'/></query>".encode()))


@pytest.mark.parametrize(
    ("local", "read"), [("invite", muc.invitations), ("decline", muc.refusals)]
)
def test_invitations_are_read_and_passed_on(
    local: str, read: Callable[[Stanza], list[Invitation]]
) -> None:
    inner = f"<{local} to='a@x'><reason>tea</reason></{local}>"
    found = read(stanza(f"<x xmlns='{muc.USER}'>{inner}</x>"))
    assert found == [Invitation(jid("a@x"), "tea")]
    assert not read(stanza(""))
    many = inner * (muc.MAX_ITEMS + 1)
    with pytest.raises(StanzaError, match="resource-constraint"):
        read(stanza(f"<x xmlns='{muc.USER}'>{many}</x>"))


def test_who_invites_is_said_to_the_invited() -> None:
    said = write(muc.invited(jid("a@x"), "tea", "key")).decode()
    assert "<invite from='a@x'><reason>tea</reason></invite><password>key</password>" in said
    assert "<decline from='a@x'/>" in write(muc.refused(jid("a@x"), "")).decode()


def test_destruction_is_asked_for() -> None:
    query = f"<query xmlns='{muc.OWNER}'>{{}}</query>"
    assert muc.destruction(parse(query.format("").encode())) is None
    inner = "<destroy jid='n@x'><reason>old</reason></destroy>"
    assert muc.destruction(parse(query.format(inner).encode())) == ("old", jid("n@x"))
    assert muc.destruction(parse(query.format("<destroy/>").encode())) == ("", None)


def test_an_occupant_id_is_of_a_person_in_one_room() -> None:
    key = muc.occupant_key(b"room", "a@x")
    assert key == muc.occupant_id(b"room", "a@x").get("id")
    assert key not in (muc.occupant_key(b"room", "b@x"), muc.occupant_key(b"other", "a@x"))
