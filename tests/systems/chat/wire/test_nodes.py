"""Forms say how a node is set."""

from dataclasses import replace

import pytest

from allmende.protocols.xmpp import forms, pubsub
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.forms import Form
from allmende.systems.chat.model.items import MAX_ITEMS, USUAL, Access, NodeOptions, SendLast
from allmende.systems.chat.wire.nodes import form_of, settings_of, terms_of


def form(**values: str) -> Form:
    return forms.answered(
        pubsub.PUBLISH_OPTIONS, {f"pubsub#{name}": [value] for name, value in values.items()}
    )


def test_what_a_form_asks_is_what_it_sets() -> None:
    options = NodeOptions(
        access=Access.ROSTER,
        contact_groups=("Küche", "Rad"),
        max_items=7,
        persistent=False,
        send_last=SendLast.NEVER,
        payloads=False,
        notify_retract=False,
        notify_delete=True,
        title="Titel",
        kind="urn:x",
    )
    for one in (options, USUAL, replace(USUAL, max_items=MAX_ITEMS)):
        terms = terms_of(form_of(one))
        assert terms is not None
        assert terms(replace(USUAL, title="", kind="", contact_groups=())) == one
        assert settings_of(form_of(one))(USUAL) == one
    assert form_of(replace(USUAL, max_items=MAX_ITEMS)).values()["pubsub#max_items"] == ("max",)


def test_terms_leave_alone_what_they_do_not_name() -> None:
    terms = terms_of(form(access_model="open", publish_model="publishers"))
    assert terms is not None
    assert terms(replace(USUAL, max_items=3)) == replace(USUAL, max_items=3, access=Access.OPEN)
    assert terms_of(None) is None
    assert terms_of(Form("submit")) is None


@pytest.mark.parametrize(
    "impossible",
    [
        {"access_model": "authorize"},
        {"max_items": "0"},
        {"max_items": "many"},
        {"max_items": "9" * 20},
        {"persist_items": "perhaps"},
        {"send_last_published_item": "often"},
        {"publish_model": "open"},
        {"no_such_field": "1"},
    ],
)
def test_terms_that_no_node_meets_are_told_from_settings(impossible: dict[str, str]) -> None:
    with pytest.raises(StanzaError, match="conflict") as refused:
        terms_of(form(**impossible))
    assert refused.value.more is not None
    assert refused.value.more.name == f"{pubsub.ERRORS} precondition-not-met"


def test_settings_ignore_what_is_unknown_and_refuse_what_is_wrong() -> None:
    assert settings_of(form(no_such_field="1", publish_model="open"))(USUAL) == USUAL
    assert settings_of(None)(USUAL) == USUAL
    assert settings_of(Form("cancel"))(USUAL) == USUAL
    assert settings_of(form(max_items="5000"))(USUAL).max_items == MAX_ITEMS
    with pytest.raises(StanzaError, match="not-acceptable"):
        settings_of(form(access_model="authorize"))
