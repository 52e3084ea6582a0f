"""Forms are read within limits, and written so that they are read the same."""

import pytest

from allmende.protocols.xml.tree import Element, element, parse, write
from allmende.protocols.xmpp import forms
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.forms import DATA, Field, Form

SUBMITTED = b"""
<x xmlns='jabber:x:data' type='submit'>
  <field var='FORM_TYPE' type='hidden'><value>urn:about</value></field>
  <field var='one'><value>1</value></field>
  <field var='two'><value>a</value><value/></field>
  <field var='none'/>
  <field type='fixed'><value>for people</value></field>
</x>"""


def test_answers_are_found_by_name() -> None:
    form = forms.read(parse(SUBMITTED))
    assert (form.kind, form.form_type) == ("submit", "urn:about")
    assert form.values() == {"FORM_TYPE": ("urn:about",), "one": ("1",), "two": ("a", "")}
    assert [field.value for field in form.fields] == ["urn:about", "1", "a", ""]
    assert Form("cancel").form_type == ""


def test_a_form_is_written_with_its_questions() -> None:
    choice = Field(
        name="who", kind="list-single", label="Who", values=("me",), options=(("me", "I"),)
    )
    form = Form("form", [forms.hidden("urn:about"), choice], "Title", "Do it")
    assert write(forms.write(form)) == (
        b"<x xmlns='jabber:x:data' type='form'><title>Title</title>"
        b"<instructions>Do it</instructions>"
        b"<field var='FORM_TYPE' type='hidden'><value>urn:about</value></field>"
        b"<field var='who' type='list-single' label='Who'><value>me</value>"
        b"<option label='I'><value>me</value></option></field></x>"
    )


def test_answers_survive_writing_and_reading() -> None:
    form = forms.answered("urn:about", {"a": ("1", ""), "b": ()})
    assert forms.read(parse(write(forms.write(form)))) == form
    assert form.kind == "submit"


def test_what_is_no_form_is_refused() -> None:
    for found in (
        element(DATA, "x"),
        element(DATA, "x", type="strange"),
        element("urn:other", "x", type="submit"),
    ):
        with pytest.raises(StanzaError, match="bad-request"):
            forms.read(found)


def _with_values(*values: str) -> Element:
    return element(DATA, "field", *(element(DATA, "value", value) for value in values), var="a")


@pytest.mark.parametrize(
    "fields",
    [
        [_with_values("1")] * (forms.MAX_FIELDS + 1),
        [_with_values(*["1"] * (forms.MAX_VALUES + 1))],
        [_with_values("x" * (forms.MAX_VALUE_CHARS + 1))],
    ],
)
def test_a_form_has_an_end(fields: list[Element]) -> None:
    with pytest.raises(StanzaError, match="resource-constraint"):
        forms.read(element(DATA, "x", *fields, type="submit"))


def test_booleans_have_four_spellings() -> None:
    assert [forms.boolean(text) for text in ("1", "true", "0", "false")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert [forms.boolean(forms.said(value)) for value in (True, False)] == [True, False]
    with pytest.raises(StanzaError, match="bad-request"):
        forms.boolean("yes")
