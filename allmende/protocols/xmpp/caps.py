"""What a client can do, under a short name that can be checked. XEP-0115.

A name is remembered only after the answer behind it was found to make just this name (5.4).
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xml.tree import LANG, Element
from allmende.protocols.xmpp.disco import INFO, INFO_NAME, read_features
from allmende.protocols.xmpp.forms import DATA, FORM_TYPE, NAME
from allmende.protocols.xmpp.stanza import Stanza

NAMESPACE: Final = "http://jabber.org/protocol/caps"
MAX_FEATURES: Final = 400
_C: Final = f"{NAMESPACE} c"
_HASHES: Final = {"sha-1": "sha1", "sha-256": "sha256", "sha-512": "sha512"}


class CapsRefused(ValueError):
    """The answer does not make the name, or cannot be used for one."""


@dataclass(frozen=True, slots=True)
class Caps:
    """The name that a presence carries."""

    node: str
    hash: str
    ver: str

    def question(self) -> Element:
        """Return the query that asks what is behind it."""
        return Element(INFO_NAME, {"node": f"{self.node}#{self.ver}"})


def caps_of(presence: Stanza) -> Caps | None:
    """Return the name in a presence, None if there is none that can be checked."""
    found = presence.child(_C)
    if found is None:
        return None
    caps = Caps(found.get("node"), found.get("hash"), found.get("ver"))
    return caps if caps.hash in _HASHES and caps.ver and caps.node else None


def verified(info: Element, caps: Caps) -> frozenset[str]:
    """Return the features of an answer that makes the name. Raises CapsRefused."""
    if name_of(info, caps.hash) != caps.ver:
        raise CapsRefused("another name")
    return frozenset(read_features(info))


def name_of(info: Element, hash_name: str) -> str:
    """Return the name that an answer makes (5.1). Raises CapsRefused (5.4, 3)."""
    identities = [_identity(one) for one in info.children(f"{INFO} identity")]
    features = read_features(info)
    if len(features) > MAX_FEATURES:
        raise CapsRefused("too many features")
    forms = [form for form in info.children(NAME) if _is_typed(form)]
    types = [_values(form, FORM_TYPE) for form in forms]
    if any(len(set(all_of)) != len(all_of) for all_of in (identities, features)):
        raise CapsRefused("something is there twice")
    firsts = [values[0] for values in types]
    if any(len(set(values)) > 1 for values in types) or len(set(firsts)) != len(firsts):
        raise CapsRefused("two types of one form, or two forms of one type")
    parts = [*sorted(identities), *sorted(features)]
    for form in sorted(forms, key=lambda form: _values(form, FORM_TYPE)[0]):
        parts += _form(form)
    text = "".join(f"{part}<" for part in parts)
    digest = hashlib.new(_HASHES[hash_name], text.encode(), usedforsecurity=False)
    return b64encode(digest.digest()).decode()


def _identity(found: Element) -> str:
    return "/".join((found.get("category"), found.get("type"), found.get(LANG), found.get("name")))


def _fields(form: Element) -> Iterator[Element]:
    return form.children(f"{DATA} field")


def _is_typed(form: Element) -> bool:
    """Whether a form says what it is, in a hidden field; others do not count (5.4, 3.6)."""
    return any(
        field.get("var") == FORM_TYPE and field.get("type") == "hidden" and list(field)
        for field in _fields(form)
    )


def _values(form: Element, var: str) -> Sequence[str]:
    return [
        value.text
        for field in _fields(form)
        if field.get("var") == var
        for value in field.children(f"{DATA} value")
    ]


def _form(form: Element) -> Iterator[str]:
    yield _values(form, FORM_TYPE)[0]
    for var in sorted({field.get("var") for field in _fields(form)} - {FORM_TYPE}):
        yield var
        yield from sorted(_values(form, var))
