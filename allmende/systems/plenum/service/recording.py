"""What a change of an assembly leaves behind: rows, what the minutes shall say, and facts."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, Final

from sqlalchemy import Connection

from allmende.core.events import Fact
from allmende.storage.outbox import record
from allmende.systems.plenum import events
from allmende.systems.plenum.model import agenda
from allmende.systems.plenum.model.agenda import Began, Over
from allmende.systems.plenum.model.assembly import (
    Assembly,
    Closed,
    Event,
    Happening,
    Opened,
    Paused,
    Reopened,
    Resumed,
    Started,
    step,
)
from allmende.systems.plenum.model.minutes import entry
from allmende.systems.plenum.model.moment import Moment
from allmende.systems.plenum.store import assemblies, entries

_PLAIN: Final[Mapping[type[Any], type[Any]]] = {
    Opened: events.AssemblyOpened,
    Started: events.AssemblyStarted,
    Paused: events.AssemblyPaused,
    Resumed: events.AssemblyResumed,
    Closed: events.AssemblyClosed,
    Reopened: events.AssemblyReopened,
    agenda.Edited: events.AgendaChanged,
}


def apply(
    db: Connection, assembly: Assembly, event: Event, when: Moment, zone: tzinfo
) -> tuple[Assembly, tuple[Happening, ...]]:
    """Let ``event`` happen and keep it; what it tells is recorded by the caller, last."""
    after, happened = step(assembly, event, when)
    assemblies.save(db, assembly, after)
    for happening in happened if after.pad is not None else ():
        written = entry(after, happening, zone, when.at)
        if written is not None:
            entries.add_entry(db, after.id, written, when.at)
    return after, happened


def tell(db: Connection, assembly: Assembly, happened: tuple[Happening, ...], when: Moment) -> None:
    """Record the facts of what happened."""
    for happening in happened:
        record(db, _fact(assembly, happening, when))


def _fact(assembly: Assembly, happening: Happening, when: Moment) -> Fact:
    ids: dict[str, Any] = {"at": when.at, "assembly_id": assembly.id, "room_id": assembly.room_id}
    if isinstance(happening, Began):
        return events.ItemStarted(**ids, item_id=happening.item.id)
    if isinstance(happening, Over):
        return events.ItemEnded(**ids, item_id=happening.item.id)
    fact: Fact = _PLAIN[type(happening)](**ids)
    return fact
