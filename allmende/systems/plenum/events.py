"""What happened to assemblies. Never what their agenda says."""

from dataclasses import dataclass

from allmende.core.events import Fact
from allmende.core.ids import AssemblyId, ItemId, RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyPlanned(Fact):
    """An assembly was prepared; it is not open yet."""

    assembly_id: AssemblyId
    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyOpened(Fact):
    """People may come; the minutes are there."""

    assembly_id: AssemblyId
    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyStarted(Fact):
    """The agenda has begun."""

    assembly_id: AssemblyId
    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyPaused(Fact):
    """There is a break: the time of the running item stands still."""

    assembly_id: AssemblyId
    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyResumed(Fact):
    """The break is over."""

    assembly_id: AssemblyId
    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyClosed(Fact):
    """It ended: closed by the facilitation, or by itself after everybody had left."""

    assembly_id: AssemblyId
    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyReopened(Fact):
    """It was closed and goes on."""

    assembly_id: AssemblyId
    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStarted(Fact):
    """An item of the agenda runs now. ``item_id`` counts within the assembly."""

    assembly_id: AssemblyId
    item_id: ItemId
    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEnded(Fact):
    """An item does not run any more: done, or set aside."""

    assembly_id: AssemblyId
    item_id: ItemId
    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaChanged(Fact):
    """Items were added, changed, moved, removed, extended or set aside."""

    assembly_id: AssemblyId
    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesGone(Fact):
    """The pad with the minutes was deleted."""

    assembly_id: AssemblyId
    room_id: RoomId


FACTS = (
    AssemblyPlanned,
    AssemblyOpened,
    AssemblyStarted,
    AssemblyPaused,
    AssemblyResumed,
    AssemblyClosed,
    AssemblyReopened,
    ItemStarted,
    ItemEnded,
    AgendaChanged,
    MinutesGone,
)
