"""Forms: questions with their kinds, and answers to them. XEP-0004."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.errors import StanzaError

DATA: Final = "jabber:x:data"
NAME: Final = f"{DATA} x"
FORM_TYPE: Final = "FORM_TYPE"
MAX_FIELDS: Final = 200
MAX_VALUES: Final = 200
MAX_VALUE_CHARS: Final = 16 * 1024

KINDS: Final = frozenset(("form", "submit", "cancel", "result"))
_TRUE: Final = frozenset(("1", "true"))
_FALSE: Final = frozenset(("0", "false"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question, or its answer. ``kind``: "" in answers, where it need not be said."""

    name: str
    kind: str = ""
    label: str = ""
    values: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    """Values to choose from, each with its label."""

    @property
    def value(self) -> str:
        """The first value, "" without one."""
        return self.values[0] if self.values else ""


@dataclass(frozen=True, slots=True)
class Form:
    """``kind``: form, submit, cancel or result."""

    kind: str
    fields: Sequence[Field] = ()
    title: str = ""
    instructions: str = ""

    @property
    def form_type(self) -> str:
        """What the fields are about (XEP-0068), "" where that is not said."""
        return self.values().get(FORM_TYPE, ("",))[0]

    def values(self) -> Mapping[str, tuple[str, ...]]:
        """Return the values by the name of their field; those without a value are left out."""
        return {field.name: field.values for field in self.fields if field.values}


def read(found: Element) -> Form:
    """Return a form as it came.

    Raises StanzaError ``bad-request``, ``resource-constraint`` if it is larger than any of ours.
    """
    kind = found.get("type")
    if found.name != NAME or kind not in KINDS:
        raise StanzaError("bad-request")
    fields: list[Field] = []
    for number, one in enumerate(found.children(f"{DATA} field")):
        if number >= MAX_FIELDS:
            raise StanzaError("resource-constraint", kind="modify")
        if one.get("var"):
            fields.append(_field(one))
    return Form(
        kind, fields, found.child_text(f"{DATA} title"), found.child_text(f"{DATA} instructions")
    )


def _field(found: Element) -> Field:
    values = tuple(value.text for value in found.children(f"{DATA} value"))
    if len(values) > MAX_VALUES or any(len(value) > MAX_VALUE_CHARS for value in values):
        raise StanzaError("resource-constraint", kind="modify")
    return Field(name=found.get("var"), kind=found.get("type"), values=values)


def write(form: Form) -> Element:
    """Return a form as an element."""
    head = [("title", form.title), ("instructions", form.instructions)]
    content = [element(DATA, name, text) for name, text in head if text]
    content.extend(_written(field) for field in form.fields)
    return element(DATA, "x", *content, type=form.kind)


def _written(field: Field) -> Element:
    attributes = {"var": field.name}
    if field.kind:
        attributes["type"] = field.kind
    if field.label:
        attributes["label"] = field.label
    content = [element(DATA, "value", *([value] if value else [])) for value in field.values]
    content.extend(
        element(DATA, "option", element(DATA, "value", value), label=label)
        for value, label in field.options
    )
    return Element(f"{DATA} field", attributes, content)


def hidden(form_type: str) -> Field:
    """Return the field that says what a form is about."""
    return Field(name=FORM_TYPE, kind="hidden", values=(form_type,))


def answered(form_type: str, values: Mapping[str, Iterable[str]], kind: str = "submit") -> Form:
    """Return a form of answers alone."""
    fields = [Field(name=name, values=tuple(some)) for name, some in values.items()]
    return Form(kind, [hidden(form_type), *fields])


def boolean(text: str) -> bool:
    """Return what a field of kind boolean says. Raises StanzaError ``bad-request``."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise StanzaError("bad-request")


def said(value: bool) -> str:
    """Return a boolean as a field says it."""
    return "1" if value else "0"
