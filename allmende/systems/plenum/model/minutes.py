"""What the server writes into the minutes: once at the end of the text, and never again.

``head`` is the text of a new pad. After that each happening gives at most one ``Entry``, whose
key is the same whenever it is made: the pad takes each key once. What people typed is escaped,
so that a title cannot become a heading, a link or HTML.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from allmende.systems.plenum.model.agenda import Began, Item, ItemKind, ItemState, Over
from allmende.systems.plenum.model.assembly import (
    Assembly,
    Closed,
    Happening,
    Language,
    Paused,
    Reopened,
    Resumed,
    Started,
)
from allmende.systems.plenum.model.listing import KIND_WORDS

_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    Language.DE: {
        "facilitation": "Moderation:",
        "minutes": "Protokoll:",
        "started": "*Beginn {at}*",
        "began": "(geplant {planned} min, ab {at})",
        "again": "(weiter ab {at})",
        "over": "*Ende {at} nach {took} min, geplant {planned} min*",
        "set-aside": "*In den Themenspeicher {at} nach {took} min*",
        "paused": "*Pause ab {at}*",
        "resumed": "*Weiter {at} nach {took} min Pause*",
        "reopened": "*Wieder geöffnet {at}*",
        "parked": "Themenspeicher",
        "end": "Ende",
        "closed": "Beginn {began}, Ende {at}.",
        "attended": "Anwesend: {n}.",
    },
    Language.EN: {
        "facilitation": "Facilitation:",
        "minutes": "Minutes:",
        "started": "*Started {at}*",
        "began": "(planned {planned} min, from {at})",
        "again": "(continued from {at})",
        "over": "*Ended {at} after {took} min, planned {planned} min*",
        "set-aside": "*Parked {at} after {took} min*",
        "paused": "*Break from {at}*",
        "resumed": "*Continued {at} after a break of {took} min*",
        "reopened": "*Opened again {at}*",
        "parked": "Parked",
        "end": "End",
        "closed": "Started {began}, ended {at}.",
        "attended": "Present: {n}.",
    },
}
_MONTHS: Final = """
January February March April May June July August September October November December
"""

_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>#|~&^]|^[-+=]")
_NUMBERED: Final = re.compile(r"^([0-9]{1,9})([.)])")
_OPENING: Final = "\u2066\u2067\u2068"
_CLOSING: Final = "\u2069"
_FIRST_STRONG: Final = "\u2068"
_BIDI: Final = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Entry:
    """Blocks for the end of the minutes. ``key`` names them for ever."""

    key: str
    markdown: str


def pad_name(day: datetime, zone: tzinfo, taken: Sequence[str]) -> str:
    """Return the name of the pad in its room: the day, and a number if there is one already."""
    name = f"minutes-{day.astimezone(zone):%Y-%m-%d}"
    names = (name if number == 1 else f"{name}-{number}" for number in range(1, len(taken) + 2))
    return next(one for one in names if one not in taken)


def head(
    title: str, language: Language, at: datetime, zone: tzinfo, facilitation: Sequence[str]
) -> str:
    """Return what the minutes begin with. ``facilitation``: names of accounts, maybe none."""
    words = _WORDS[language]
    names = ", ".join(escaped(name) for name in facilitation)
    return (
        f"# {escaped(title)}, {_day(at.astimezone(zone), language)}\n\n"
        f"- {words['facilitation']} {names}".rstrip()
        + "\n"
        f"- {words['minutes']}\n"
    )


def entry(assembly: Assembly, happening: Happening, zone: tzinfo, at: datetime) -> Entry | None:
    """Return what to write of ``happening``, None if nothing; ``assembly`` as it is after it."""
    write = _ENTRIES.get(type(happening))
    if write is None:
        return None
    said, markdown = write(_Pen(assembly, zone, at), happening)
    return Entry(f"a{assembly.id}-{said}", markdown)


def escaped(text: str) -> str:
    """Return one line of text as Markdown that shows exactly it, and leaves what follows alone."""
    return isolated(_NUMBERED.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", text)))


def isolated(text: str) -> str:
    """Close what turns the direction of writing in ``text``, so that it ends where it ends."""
    if not _BIDI.search(text):
        return text
    depth, kept = 0, []
    for char in text:
        if char in _OPENING:
            depth += 1
        elif char == _CLOSING:
            if depth == 0:
                continue
            depth -= 1
        kept.append(char)
    return _FIRST_STRONG + "".join(kept) + _CLOSING * (depth + 1)


@dataclass(frozen=True, slots=True)
class _Pen:
    """Writes in the words of one assembly."""

    assembly: Assembly
    zone: tzinfo
    at: datetime

    def says(self, word: str, **values: object) -> str:
        shown = {
            name: f"{value.astimezone(self.zone):%H:%M}" if isinstance(value, datetime) else value
            for name, value in {"at": self.at, **values}.items()
        }
        return _WORDS[self.assembly.language][word].format(**shown)


Written = tuple[str, str]


def _started(pen: _Pen, _: Started) -> Written:
    return "start", pen.says("started") + "\n"


def _began(pen: _Pen, happening: Began) -> Written:
    item = happening.item
    is_first = item.starts == 1
    about = pen.says("began" if is_first else "again", planned=item.minutes)
    number = "" if item.kind is ItemKind.BREAK else f"{happening.place}. "
    key = f"item{item.id}-start" + ("" if is_first else str(item.starts))
    return key, f"## {number}{escaped(item.title)} {about}\n"


def _over(pen: _Pen, happening: Over) -> Written:
    item = happening.item
    word = "set-aside" if item.state is ItemState.PARKED else "over"
    said = pen.says(word, took=_minutes(item.elapsed_ms), planned=item.minutes)
    return f"item{item.id}-end" + ("" if item.starts == 1 else str(item.starts)), said + "\n"


def _paused(pen: _Pen, _: Paused) -> Written:
    return f"break{pen.assembly.breaks}-start", pen.says("paused") + "\n"


def _resumed(pen: _Pen, happening: Resumed) -> Written:
    took_ms = int((pen.at - happening.since).total_seconds() * 1000)
    said = pen.says("resumed", took=_minutes(max(0, took_ms)))
    return f"break{pen.assembly.breaks}-end", said + "\n"


def _closed(pen: _Pen, happening: Closed) -> Written:
    assembly = pen.assembly
    blocks = []
    if happening.parked:
        blocks.append(f"## {pen.says('parked')}\n")
        blocks.append("".join(_parked(item, assembly.language) for item in happening.parked))
    blocks.append(f"## {pen.says('end')}\n")
    said = [pen.says("closed", began=assembly.started_at or assembly.opened_at or pen.at)]
    if assembly.attended:
        said.append(pen.says("attended", n=assembly.attended))
    blocks.append(" ".join(said) + "\n")
    return f"end{assembly.closings}", "\n".join(blocks)


def _parked(item: Item, language: Language) -> str:
    kind = KIND_WORDS[language][item.kind]
    return f"- {escaped(item.title)} ({item.minutes} min, {kind})\n"


def _reopened(pen: _Pen, _: Reopened) -> Written:
    return f"reopen{pen.assembly.closings}", pen.says("reopened") + "\n"


def _minutes(elapsed_ms: int) -> int:
    return (elapsed_ms + 30_000) // 60_000


def _day(at: datetime, language: Language) -> str:
    if language is Language.DE:
        return f"{at:%d.%m.%Y}"
    return f"{at.day} {_MONTHS.split()[at.month - 1]} {at.year}"


_ENTRIES: Final[Mapping[type[Any], Callable[[_Pen, Any], Written]]] = {
    Started: _started,
    Began: _began,
    Over: _over,
    Paused: _paused,
    Resumed: _resumed,
    Closed: _closed,
    Reopened: _reopened,
}
