"""What happened in calls, and what is happening. No names, no identities in facts."""

from collections.abc import Sequence
from dataclasses import dataclass

from allmende.core.events import Fact, Signal
from allmende.core.ids import RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(Fact):
    """Somebody is connected in a room where nobody was."""

    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(Fact):
    """The last one left, or a facilitator ended it for everybody."""

    room_id: RoomId
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEndAsked(Fact):
    """The operator typed ``allmende meet end``; the server that runs the call ends it."""

    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class HandsChanged(Signal):
    """The order of raised hands or the floor; both as identities of participants."""

    room_id: RoomId
    order: Sequence[str]
    floor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged(Signal):
    """What a facilitator set for everybody, or that the call is over."""

    room_id: RoomId
    locked: bool
    moderated: bool
    spotlight: str | None
    acting: str | None
    cameras_fit: int
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleChanged(Signal):
    """How many participants are connected."""

    room_id: RoomId
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NameChanged(Signal):
    """Somebody in a call is called something else."""

    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted(Signal):
    """A facilitator muted somebody; ``by`` is the name people see. Shown to all, as it happened."""

    room_id: RoomId
    identity: str
    source: str
    by: str
