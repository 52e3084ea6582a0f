"""The life of an assembly: planned, open, running, paused, closed; and reopened (spec, 4).

``step(assembly, event, when)`` is the whole rule. An event that asks for what is so already
changes nothing and refuses nothing: of two who press at once the second was not wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from allmende.core.errors import Conflict
from allmende.core.ids import AssemblyId, PadId, RoomId
from allmende.systems.plenum.model import agenda
from allmende.systems.plenum.model.agenda import (
    Agenda,
    AgendaEvent,
    AgendaHappening,
    Item,
)
from allmende.systems.plenum.model.moment import Moment

REOPEN: Final = timedelta(minutes=60)
FREEZE: Final = timedelta(days=7)
"""After this time the minutes of a closed assembly are read only."""


EMPTY: Final = Agenda()


class AssemblyState(StrEnum):
    """Where an assembly is in its life."""

    PLANNED = "planned"
    OPEN = "open"
    RUNNING = "running"
    PAUSED = "paused"
    CLOSED = "closed"


class Language(StrEnum):
    """In which words the server writes into the minutes."""

    DE = "de"
    EN = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesPad:
    """The pad that holds the minutes."""

    id: PadId
    path: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """One assembly of a room. ``attended``: how many people were seen in its call so far.

    ``breaks`` and ``closings`` count up and name what is written into the minutes.
    """

    id: AssemblyId
    room_id: RoomId
    title: str
    language: Language
    state: AssemblyState
    planned_at: datetime
    opened_at: datetime | None = None
    started_at: datetime | None = None
    paused_at: datetime | None = None
    closed_at: datetime | None = None
    reopened_at: datetime | None = None
    freeze_at: datetime | None = None
    pad: MinutesPad | None = None
    breaks: int = 0
    closings: int = 0
    attended: int = 0
    agenda: Agenda = EMPTY

    @property
    def is_over(self) -> bool:
        """Whether it is closed."""
        return self.state is AssemblyState.CLOSED

    def may_reopen(self, at: datetime) -> bool:
        """Whether it was closed so short ago that it can go on."""
        return self.is_over and self.closed_at is not None and at - self.closed_at <= REOPEN

    def expected_end(self, when: Moment) -> datetime | None:
        """Return when everything will be done as planned; None before opening and when closed."""
        if self.state in (AssemblyState.PLANNED, AssemblyState.CLOSED):
            return None
        return when.at + timedelta(milliseconds=self.agenda.left_ms(when.ms))


@dataclass(frozen=True, slots=True)
class Open:
    """Let people in. ``pad``: where the minutes are written, None where there are no pads."""

    pad: MinutesPad | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Begin with the agenda."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop the time for a break."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after a break."""


@dataclass(frozen=True, slots=True)
class Close:
    """End it. ``attended``: how many people were seen in the call."""

    attended: int = 0


@dataclass(frozen=True, slots=True)
class Reopen:
    """Go on after it was closed."""


AssemblyEvent = Open | Start | Pause | Resume | Close | Reopen
Event = AssemblyEvent | AgendaEvent


@dataclass(frozen=True, slots=True)
class Opened:
    """People may come."""


@dataclass(frozen=True, slots=True)
class Started:
    """The agenda has begun."""


@dataclass(frozen=True, slots=True)
class Paused:
    """There is a break."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The break that began ``since`` is over."""

    since: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """It has ended. ``parked``: what was set aside, after reopening only what is new."""

    parked: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Reopened:
    """It goes on."""


Happening = Opened | Started | Paused | Resumed | Closed | Reopened | AgendaHappening
Stepped = tuple[Assembly, tuple[Happening, ...]]

_ALIVE: Final = frozenset({AssemblyState.OPEN, AssemblyState.RUNNING, AssemblyState.PAUSED})


def step(assembly: Assembly, event: Event, when: Moment) -> Stepped:
    """Return the assembly after ``event`` and what happened; nothing if it was so already.

    Raises Conflict where the state does not allow it, and what ``agenda.step`` raises.
    """
    if isinstance(event, AgendaEvent):
        _require_agenda(assembly, event)
        changed, happened = agenda.step(assembly.agenda, event, when)
        return replace(assembly, agenda=changed), happened
    return _STEPS[type(event)](assembly, event, when)


def _require_agenda(assembly: Assembly, event: AgendaEvent) -> None:
    if assembly.is_over:
        raise Conflict("plenum.is-closed")
    if not isinstance(event, agenda.Begin | agenda.Next | agenda.End):
        return
    if assembly.state is AssemblyState.PAUSED:
        raise Conflict("plenum.is-paused")
    if assembly.state is not AssemblyState.RUNNING:
        raise Conflict("plenum.not-started")


def _open(assembly: Assembly, event: Open, when: Moment) -> Stepped:
    if assembly.state in _ALIVE:
        return assembly, ()
    if assembly.is_over:
        raise Conflict("plenum.is-closed")
    opened = replace(assembly, state=AssemblyState.OPEN, opened_at=when.at, pad=event.pad)
    return opened, (Opened(),)


def _start(assembly: Assembly, _: Start, when: Moment) -> Stepped:
    if assembly.state in (AssemblyState.RUNNING, AssemblyState.PAUSED):
        return assembly, ()
    _require(assembly, AssemblyState.OPEN)
    started = replace(assembly, state=AssemblyState.RUNNING, started_at=when.at)
    return started, (Started(),)


def _pause(assembly: Assembly, _: Pause, when: Moment) -> Stepped:
    if assembly.state is AssemblyState.PAUSED:
        return assembly, ()
    _require(assembly, AssemblyState.RUNNING)
    stands = replace(
        assembly,
        state=AssemblyState.PAUSED,
        paused_at=when.at,
        breaks=assembly.breaks + 1,
        agenda=agenda.paused(assembly.agenda, when),
    )
    return stands, (Paused(),)


def _resume(assembly: Assembly, _: Resume, when: Moment) -> Stepped:
    if assembly.state is AssemblyState.RUNNING:
        return assembly, ()
    _require(assembly, AssemblyState.PAUSED)
    goes_on = replace(
        assembly,
        state=AssemblyState.RUNNING,
        paused_at=None,
        agenda=agenda.resumed(assembly.agenda, when),
    )
    return goes_on, (Resumed(assembly.paused_at or when.at),)


def _close(assembly: Assembly, event: Close, when: Moment) -> Stepped:
    if assembly.is_over:
        return assembly, ()
    if assembly.state not in _ALIVE:
        raise Conflict("plenum.not-open")
    happened: tuple[Happening, ...] = ()
    if assembly.state is AssemblyState.PAUSED:
        happened = (Resumed(assembly.paused_at or when.at),)
    items, over = agenda.step(assembly.agenda, agenda.End(), when)
    since = assembly.reopened_at
    parked = tuple(
        item
        for item in items.parked()
        if since is None or (item.ended_at is not None and item.ended_at >= since)
    )
    closed = replace(
        assembly,
        state=AssemblyState.CLOSED,
        paused_at=None,
        closed_at=when.at,
        freeze_at=None if assembly.pad is None else when.at + FREEZE,
        closings=assembly.closings + 1,
        attended=max(assembly.attended, event.attended),
        agenda=items,
    )
    return closed, (*happened, *over, Closed(parked))


def _reopen(assembly: Assembly, _: Reopen, when: Moment) -> Stepped:
    if assembly.state in _ALIVE:
        return assembly, ()
    if not assembly.is_over:
        raise Conflict("plenum.not-open")
    if not assembly.may_reopen(when.at):
        raise Conflict("plenum.closed-too-long", minutes=int(REOPEN.total_seconds() // 60))
    again = replace(
        assembly,
        state=AssemblyState.RUNNING,
        started_at=assembly.started_at or when.at,
        closed_at=None,
        reopened_at=when.at,
        freeze_at=None,
    )
    return again, (Reopened(),)


def _require(assembly: Assembly, state: AssemblyState) -> None:
    if assembly.is_over:
        raise Conflict("plenum.is-closed")
    if assembly.state is not state:
        unlike = {
            AssemblyState.OPEN: "plenum.not-open",
            AssemblyState.RUNNING: "plenum.not-started",
            AssemblyState.PAUSED: "plenum.not-paused",
        }
        raise Conflict(unlike[state])


_STEPS: Final[Mapping[type[Any], Callable[[Assembly, Any, Moment], Stepped]]] = {
    Open: _open,
    Start: _start,
    Pause: _pause,
    Resume: _resume,
    Close: _close,
    Reopen: _reopen,
}
