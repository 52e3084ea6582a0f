"""What is asked of nodes is read into values; answers and events are written as in XEP-0060."""

import pytest

from allmende.protocols.xml.tree import Element, element, parse, write
from allmende.protocols.xmpp import forms, pubsub
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.pubsub import (
    Configure,
    Create,
    Defaults,
    Delete,
    Entry,
    Items,
    Publish,
    Purge,
    Retract,
)

FORM = "<x xmlns='jabber:x:data' type='submit'><field var='a'><value>1</value></field></x>"
READ = forms.Form("submit", [forms.Field(name="a", values=("1",))])
WRITTEN = "<tune xmlns='urn:tune'><title>Lied</title></tune>"
TUNE = parse(WRITTEN.encode())


def asked(inner: str, *, owner: bool = False, is_set: bool = True) -> pubsub.Asked:
    namespace = pubsub.OWNER if owner else pubsub.PUBSUB
    payload = parse(f"<pubsub xmlns='{namespace}'>{inner}</pubsub>".encode())
    return pubsub.read(payload, is_set=is_set)


def test_publishing_names_a_node_items_and_terms() -> None:
    plain = f"<publish node='n'><item id='a'>{WRITTEN}</item><item/></publish>"
    assert asked(plain) == Publish("n", (Entry("a", TUNE), Entry("")))
    terms = f"<publish node='n'/><publish-options>{FORM}</publish-options>"
    assert asked(terms) == Publish("n", (), READ)
    assert asked("<publish node='n'/><publish-options/>") == Publish("n", ())


def test_items_are_read_by_name_or_by_number() -> None:
    def read(inner: str) -> pubsub.Asked:
        return asked(inner, is_set=False)

    assert read("<items node='n'/>") == Items("n")
    assert read("<items node='n' max_items='3'/>") == Items("n", (), 3)
    assert read(f"<items node='n' max_items='{'9' * 50}'/>") == Items("n", (), 10**6)
    assert read("<items node='n'><item id='a'/><item id='b'/></items>") == Items("n", ("a", "b"))


def test_nodes_are_made_set_emptied_and_deleted() -> None:
    assert asked("<create/>") == Create("")
    assert asked(f"<create node='n'/><configure>{FORM}</configure>") == Create("n", READ)
    assert asked("<create node='n'/><configure/>") == Create("n")
    assert asked(f"<configure node='n'>{FORM}</configure>", owner=True) == Configure("n", READ)
    assert asked("<configure node='n'/>", owner=True, is_set=False) == Configure("n")
    assert asked("<default/>", owner=True, is_set=False) == Defaults()
    assert asked("<default/>", is_set=False) == Defaults()
    assert asked("<delete node='n'/>", owner=True) == Delete("n")
    assert asked("<purge node='n'/>", owner=True) == Purge("n")


def test_items_are_retracted_by_name() -> None:
    assert asked("<retract node='n'><item id='a'/></retract>") == Retract("n", ("a",))
    assert asked("<retract node='n' notify='true'><item id='a'/></retract>") == Retract(
        "n", ("a",), notify=True
    )


@pytest.mark.parametrize(
    ("inner", "owner", "is_set", "condition", "more"),
    [
        ("", False, True, "bad-request", ""),
        ("<publish/>", False, True, "bad-request", "nodeid-required"),
        (
            "<publish node='n'><item><a/><b/></item></publish>",
            False, True, "bad-request", "invalid-payload",
        ),
        (
            f"<publish node='n'>{'<item/>' * 101}</publish>",
            False, True, "not-allowed", "max-items-exceeded",
        ),
        ("<retract node='n'/>", False, True, "bad-request", "item-required"),
        ("<retract node='n'><item/></retract>", False, True, "bad-request", "item-required"),
        ("<items node='n' max_items='-1'/>", False, False, "bad-request", ""),
        ("<items node='n'><item/></items>", False, False, "bad-request", ""),
        ("<configure node='n'/>", True, True, "bad-request", ""),
        ("<subscribe node='n'/>", False, True, "feature-not-implemented", "unsupported"),
        ("<affiliations node='n'/>", True, False, "feature-not-implemented", "unsupported"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_by_name(
    inner: str, owner: bool, is_set: bool, condition: str, more: str
) -> None:
    with pytest.raises(StanzaError, match=condition) as refused:
        asked(inner, owner=owner, is_set=is_set)
    assert ("" if refused.value.more is None else refused.value.more.local) == more


def test_a_feature_that_is_not_there_has_its_name() -> None:
    with pytest.raises(StanzaError) as refused:
        asked("<affiliations/>", owner=True, is_set=False)
    assert refused.value.more == element(
        pubsub.ERRORS, "unsupported", feature="retrieve-affiliations"
    )


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            pubsub.published("n", ["a"]),
            "<pubsub xmlns='P'><publish node='n'><item id='a'/></publish></pubsub>",
        ),
        (
            pubsub.items_of("n", [Entry("a", TUNE), Entry("b")]),
            "<pubsub xmlns='P'><items node='n'><item id='a'><tune xmlns='urn:tune'>"
            "<title>Lied</title></tune></item><item id='b'/></items></pubsub>",
        ),
        (pubsub.created("n"), "<pubsub xmlns='P'><create node='n'/></pubsub>"),
        (
            pubsub.configuration("n", forms.Form("form")),
            "<pubsub xmlns='P#owner'><configure node='n'><x xmlns='jabber:x:data' type='form'/>"
            "</configure></pubsub>",
        ),
        (
            pubsub.defaults(forms.Form("form")),
            "<pubsub xmlns='P#owner'><default><x xmlns='jabber:x:data' type='form'/></default>"
            "</pubsub>",
        ),
        (
            pubsub.told_items("n", [Entry("a", TUNE)]),
            "<event xmlns='P#event'><items node='n'><item id='a'><tune xmlns='urn:tune'>"
            "<title>Lied</title></tune></item></items></event>",
        ),
        (
            pubsub.told_retracted("n", ["a"]),
            "<event xmlns='P#event'><items node='n'><retract id='a'/></items></event>",
        ),
        (pubsub.told_purged("n"), "<event xmlns='P#event'><purge node='n'/></event>"),
        (pubsub.told_deleted("n"), "<event xmlns='P#event'><delete node='n'/></event>"),
    ],
)
def test_answers_and_events_are_written_as_the_document_has_them(
    made: Element, expected: str
) -> None:
    assert write(made).decode().replace(pubsub.PUBSUB, "P") == expected
