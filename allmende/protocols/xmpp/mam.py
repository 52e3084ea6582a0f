"""Reading an archive. XEP-0313 (urn:xmpp:mam:2, extended), XEP-0441."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allmende.protocols.xml.tree import Element, element, quoted
from allmende.protocols.xmpp import forms, rsm
from allmende.protocols.xmpp.delay import instant_of, stamp_of
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.forms import Field, Form
from allmende.protocols.xmpp.forwarding import forwarded
from allmende.protocols.xmpp.jid import Jid, JidMalformed, parse

MAM: Final = "urn:xmpp:mam:2"
EXTENDED: Final = f"{MAM}#extended"
QUERY: Final = f"{MAM} query"
METADATA: Final = f"{MAM} metadata"
PREFS: Final = f"{MAM} prefs"
RESULT: Final = f"{MAM} result"
_QUERY_ID_CHARS: Final = 256

DEFAULTS: Final = ("always", "roster", "never")
_FIELDS: Final = (
    Field(name="with", kind="jid-single"),
    Field(name="start", kind="text-single"),
    Field(name="end", kind="text-single"),
    Field(name="before-id", kind="text-single"),
    Field(name="after-id", kind="text-single"),
    Field(name="ids", kind="list-multi"),
)
_KNOWN: Final = frozenset((forms.FORM_TYPE, *(field.name for field in _FIELDS)))


@dataclass(frozen=True, slots=True)
class Query:
    """What a client asks for. ``page``: which part of it."""

    id: str
    page: rsm.Wanted
    peer: Jid | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_id: str = ""
    after_id: str = ""
    ids: Sequence[str] = ()
    flip: bool = False


@dataclass(frozen=True, slots=True)
class Preferences:
    """What is kept: ``default`` is one of `DEFAULTS`; addresses are prepared."""

    default: str
    always: Sequence[str] = ()
    never: Sequence[str] = ()


def read_query(found: Element) -> Query:
    """Return what <query/> asks for. Raises StanzaError."""
    written = found.child(forms.NAME)
    form = forms.read(written) if written is not None else Form("submit")
    values = form.values()
    if form.form_type not in ("", MAM) or not _KNOWN.issuperset(values):
        raise StanzaError("feature-not-implemented")  # XEP-0313, 4.1.5: never ignored
    one = {name: some[0] for name, some in values.items() if some}
    return Query(
        found.get("queryid")[:_QUERY_ID_CHARS],
        rsm.read(found.child(rsm.SET_NAME)),
        _address(one["with"]) if "with" in one else None,
        _instant(one["start"]) if "start" in one else None,
        _instant(one["end"]) if "end" in one else None,
        one.get("before-id", ""),
        one.get("after-id", ""),
        values.get("ids", ()),
        flip=found.child(f"{MAM} flip-page") is not None,
    )


def fields() -> Element:
    """Return the answer to a question for the fields of a query."""
    form = Form("form", [forms.hidden(MAM), *_FIELDS])
    return element(MAM, "query", forms.write(form))


def result(query_id: str, uid: str, sent_at: datetime, content: bytes) -> bytes:
    """Return <result/> around a message of an archive."""
    query = f" queryid={quoted(query_id)}" if query_id else ""
    head = f"<result xmlns={quoted(MAM)}{query} id={quoted(uid)}>".encode()
    return head + forwarded(content, sent_at) + b"</result>"


def fin(first: str, last: str, *, complete: bool) -> Element:
    """Return the end of a page."""
    attributes = {"complete": "true"} if complete else {}
    return Element(f"{MAM} fin", attributes, [rsm.page(first, last)])


def metadata(ends: tuple[tuple[str, datetime], tuple[str, datetime]] | None) -> Element:
    """Return where an archive begins and ends: uid and time of both; None for an empty one."""
    if ends is None:
        return element(MAM, "metadata")
    content = [
        element(MAM, local, id=uid, timestamp=stamp_of(sent_at))
        for local, (uid, sent_at) in zip(("start", "end"), ends, strict=True)
    ]
    return element(MAM, "metadata", *content)


def read_preferences(found: Element) -> Preferences:
    """Return what <prefs/> asks for. Raises StanzaError."""
    default = found.get("default")
    if default not in DEFAULTS:
        raise StanzaError("bad-request")
    return Preferences(default, _listed(found, "always"), _listed(found, "never"))


def preferences(wanted: Preferences) -> Element:
    """Return <prefs/>."""
    lists = [
        element(MAM, local, *(element(MAM, "jid", address) for address in addresses))
        for local, addresses in (("always", wanted.always), ("never", wanted.never))
    ]
    return element(MAM, "prefs", *lists, default=wanted.default)


def _listed(found: Element, local: str) -> Sequence[str]:
    within = found.child(f"{MAM} {local}")
    named: Iterable[Element] = () if within is None else within.children(f"{MAM} jid")
    return [str(_address(one.text.strip()).bare) for one in named]


def _address(text: str) -> Jid:
    try:
        return parse(text)
    except JidMalformed as problem:
        raise StanzaError("jid-malformed") from problem


def _instant(text: str) -> datetime:
    found = instant_of(text)
    if found is None:
        raise StanzaError("bad-request", "a time is not one")
    return found
