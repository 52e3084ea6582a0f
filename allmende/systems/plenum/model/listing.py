"""The agenda as text: ``1. Title (10 min, decision)``, in German and English.

What is written is read back. Reading is forgiving: bullets, other numbers and bare lines are
items too; without minutes an item gets 10, without a kind it is a discussion. Lines that stand
further in below an item are its note.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from allmende.core.errors import QuotaExceeded
from allmende.systems.plenum.model.agenda import MAX_ITEMS, ItemKind, NewItem, new_item

MAX_LISTING_CHARS: Final = 500_000
_MAX_LINE_CHARS: Final = 1000
_INDENT: Final = "   "

KIND_WORDS: Final[Mapping[str, Mapping[ItemKind, str]]] = {
    "de": {
        ItemKind.INFO: "Info",
        ItemKind.DISCUSSION: "Diskussion",
        ItemKind.DECISION: "Entscheidung",
        ItemKind.BREAK: "Pause",
    },
    "en": {
        ItemKind.INFO: "info",
        ItemKind.DISCUSSION: "discussion",
        ItemKind.DECISION: "decision",
        ItemKind.BREAK: "break",
    },
}
"""What is written, by language."""

_KINDS: Final[Mapping[str, ItemKind]] = {
    **{word.lower(): kind for words in KIND_WORDS.values() for kind, word in words.items()},
    "information": ItemKind.INFO,
    "bericht": ItemKind.INFO,
    "berichte": ItemKind.INFO,
    "report": ItemKind.INFO,
    "austausch": ItemKind.DISCUSSION,
    "aussprache": ItemKind.DISCUSSION,
    "beschluss": ItemKind.DECISION,
}

_MARK: Final = re.compile(r"(?:[0-9]{1,3}[.)]|[-*+](?:\s+\[[ xX]\])?)\s+")
_DETAILS: Final = re.compile(
    r"(?P<title>.+)\s+\(\s*"
    r"(?P<minutes>[0-9]{1,3})\s*(?:min(?:\.|ute[ns]?)?|')"
    r"(?:\s*,\s*(?P<kind>[A-Za-z]+))?"
    r"(?:\s*,\s*(?P<presenter>[^()]+?))?\s*\)",
    re.IGNORECASE,
)


class Listed(Protocol):
    """What can be written into the list: an item, new or not."""

    @property
    def title(self) -> str:
        """Its title."""
        ...

    @property
    def kind(self) -> ItemKind:
        """Its kind."""
        ...

    @property
    def minutes(self) -> int:
        """Planned minutes."""
        ...

    @property
    def presenter(self) -> str:
        """Who presents it."""
        ...

    @property
    def note(self) -> str:
        """A text of several lines."""
        ...


def write_listing(items: Sequence[Listed], language: str) -> str:
    """Return the agenda as text. A presenter with brackets in the name is left out."""
    return "".join(f"{line}\n" for line in _written(items, KIND_WORDS[language]))


def _written(items: Sequence[Listed], words: Mapping[ItemKind, str]) -> Iterator[str]:
    for number, item in enumerate(items, start=1):
        said = [f"{item.minutes} min", words[item.kind]]
        if item.presenter and not set("()") & set(item.presenter):
            said.append(item.presenter)
        yield f"{number}. {item.title} ({', '.join(said)})"
        for line in item.note.split("\n") if item.note else ():
            yield f"{_INDENT}{line}".rstrip() or _INDENT


def read_listing(text: str) -> tuple[NewItem, ...]:
    """Return the items of a list.

    Raises InvalidInput like ``new_item``, and QuotaExceeded ``plenum.too-many-items``.
    """
    if len(text) > MAX_LISTING_CHARS:
        raise QuotaExceeded("plenum.too-many-items", field="agenda", limit=MAX_ITEMS)
    found: list[tuple[str, list[str]]] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if found and (line.startswith((_INDENT, "\t"))):
            found[-1][1].append(line.removeprefix("\t").removeprefix(_INDENT))
        elif line.strip() and not line.lstrip().startswith("#"):
            found.append((line.strip(), []))
    if len(found) > MAX_ITEMS:
        raise QuotaExceeded("plenum.too-many-items", field="agenda", limit=MAX_ITEMS)
    return tuple(_item(line, "\n".join(note)) for line, note in found)


def _item(line: str, note: str) -> NewItem:
    mark = _MARK.match(line)
    rest = line if mark is None else line[mark.end() :]
    details = _DETAILS.fullmatch(rest) if len(rest) <= _MAX_LINE_CHARS else None
    if details is None:
        return new_item(rest, note=note)
    word, presenter = details["kind"] or "", details["presenter"] or ""
    kind = _KINDS.get(word.lower())
    if kind is None:  # "(10 min, Ana)": the one word is a name
        presenter = ", ".join(part for part in (word, presenter) if part)
    return new_item(
        details["title"],
        kind or _kind_of(details["title"]),
        int(details["minutes"]),
        presenter,
        note,
    )


def _kind_of(title: str) -> ItemKind:
    """Return what an item is that does not say so: a break if it is called like one."""
    is_break = _KINDS.get(title.strip().lower()) is ItemKind.BREAK
    return ItemKind.BREAK if is_break else ItemKind.DISCUSSION
