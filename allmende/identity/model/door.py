"""The door of a room as a pure state machine: who waits, was let in, is inside, was removed.

Values in, values out. One ``Door`` is one room; keys are ``a<account>`` or ``g<guest>``. The
table ``STEPS`` is the whole truth about a person; a pair that is not in it changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from allmende.core.errors import Conflict, NotAllowed, NotFound, QuotaExceeded
from allmende.core.rooms import Lobby

MAX_PEOPLE: Final = 2_000
"""Remembered at one door; more means that somebody knocks with made-up keys."""

MAX_WAITING: Final = 300


class DoorState(StrEnum):
    """Where a person stands. ``gone`` was inside and may come back without waiting."""

    NONE = "none"
    WAITING = "waiting"
    ADMITTED = "admitted"
    PRESENT = "present"
    GONE = "gone"
    REMOVED = "removed"


class Step(StrEnum):
    """What may happen to a person at the door."""

    KNOCK = "knock"  # asks to enter where the lobby holds them
    WALK_IN = "walk-in"  # asks with a right that needs no lobby
    ADMIT = "admit"
    REFUSE = "refuse"
    ENTER = "enter"
    LEAVE = "leave"
    REMOVE = "remove"


_S, _T = DoorState, Step
STEPS: Final[Mapping[tuple[DoorState, Step], DoorState]] = {
    (_S.NONE, _T.KNOCK): _S.WAITING,
    (_S.NONE, _T.WALK_IN): _S.ADMITTED,
    (_S.WAITING, _T.WALK_IN): _S.ADMITTED,
    (_S.WAITING, _T.ADMIT): _S.ADMITTED,
    (_S.WAITING, _T.REFUSE): _S.NONE,
    (_S.WAITING, _T.LEAVE): _S.NONE,
    (_S.ADMITTED, _T.ENTER): _S.PRESENT,
    (_S.ADMITTED, _T.LEAVE): _S.GONE,
    (_S.PRESENT, _T.LEAVE): _S.GONE,
    (_S.GONE, _T.KNOCK): _S.ADMITTED,
    (_S.GONE, _T.WALK_IN): _S.ADMITTED,
    (_S.NONE, _T.REMOVE): _S.REMOVED,
    (_S.WAITING, _T.REMOVE): _S.REMOVED,
    (_S.ADMITTED, _T.REMOVE): _S.REMOVED,
    (_S.PRESENT, _T.REMOVE): _S.REMOVED,
    (_S.GONE, _T.REMOVE): _S.REMOVED,
}


@dataclass(frozen=True, slots=True)
class AtDoor:
    """One person. ``since`` is when they began to wait or were let in."""

    state: DoorState
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """One person who waits, for those who may let them in."""

    key: str
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who asks to enter.

    ``free``: the lobby is not for them. ``trusted``: a facilitator, or somebody who was let in
    before and shows it; a lock does not hold them. ``known``: a member or facilitator.
    """

    key: str
    name: str
    free: bool
    trusted: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Door:
    """The door of one room during one meeting.

    ``strict``: somebody was removed, so guests get the lobby whatever the room says.
    """

    people: Mapping[str, AtDoor] = field(default_factory=dict)
    locked: bool = False
    strict: bool = False
    removed_names: frozenset[str] = frozenset()

    def state(self, key: str) -> DoorState:
        """Return where ``key`` stands."""
        person = self.people.get(key)
        return DoorState.NONE if person is None else person.state

    def waiting(self) -> tuple[Waiting, ...]:
        """Return who waits, longest first."""
        found = [
            Waiting(key, person.name, person.since)
            for key, person in self.people.items()
            if person.state is DoorState.WAITING
        ]
        return tuple(sorted(found, key=lambda waiting: waiting.since))

    def needs_lobby(self, lobby: Lobby, *, facilitator: bool, member: bool) -> bool:
        """Return whether somebody with these rights has to wait to be let in."""
        if facilitator:
            return False
        if member:
            return lobby is Lobby.ALL
        return self.strict or lobby is not Lobby.OFF

    def asked(self, visitor: Visitor, now: datetime) -> "Door":
        """Let somebody ask to enter.

        Raises NotAllowed ``identity.room-locked`` and QuotaExceeded ``identity.door-full``.
        """
        key, state = visitor.key, self.state(visitor.key)
        if state is DoorState.REMOVED:
            return self
        if not visitor.known and visitor.name.casefold() in self.removed_names:
            return self._moved(key, Step.REMOVE, visitor.name, now)
        is_new = state in (DoorState.NONE, DoorState.WAITING)
        if self.locked and is_new and not visitor.trusted:
            raise NotAllowed("identity.room-locked")
        free = visitor.free or visitor.trusted
        door = self._with_place() if state is DoorState.NONE else self
        if state is DoorState.NONE and not door._has_place(free=free):
            raise QuotaExceeded("identity.door-full")
        return door._moved(key, Step.WALK_IN if free else Step.KNOCK, visitor.name, now)

    def with_lock(self, on: bool) -> "Door":
        """Let nobody new in, or let people in again."""
        return replace(self, locked=on)

    def admitted(self, key: str, now: datetime) -> "Door":
        """Let somebody in who waits. Raises NotFound ``identity.nobody-waits``."""
        if self.state(key) is not DoorState.WAITING:
            raise NotFound("identity.nobody-waits")
        return self._moved(key, Step.ADMIT, "", now)

    def refused(self, key: str, now: datetime) -> "Door":
        """Send somebody away who waits; they may knock again. Raises NotFound."""
        if self.state(key) is not DoorState.WAITING:
            raise NotFound("identity.nobody-waits")
        return self._moved(key, Step.REFUSE, "", now)

    def entered(self, key: str, now: datetime) -> "Door":
        """Note that ``key`` is inside. Raises Conflict ``identity.not-admitted``."""
        door = self._moved(key, Step.ENTER, "", now)
        if door.state(key) is not DoorState.PRESENT:
            raise Conflict("identity.not-admitted")
        return door

    def left(self, key: str, now: datetime) -> "Door":
        """Note that ``key`` went away, from inside or from waiting."""
        return self._moved(key, Step.LEAVE, "", now)

    def removed(self, key: str, now: datetime) -> "Door":
        """Shut out ``key`` and, for a guest, their name; guests wait from now on."""
        door = self._moved(key, Step.REMOVE, "", now)
        person = door.people[key]
        if not key.startswith("g"):
            return door
        names = door.removed_names | ({person.name.casefold()} if person.name else set())
        return replace(door, strict=True, removed_names=frozenset(names))

    def _moved(self, key: str, step: Step, name: str, now: datetime) -> "Door":
        before = self.people.get(key)
        state = DoorState.NONE if before is None else before.state
        after = STEPS.get((state, step), state)
        shown = name or ("" if before is None else before.name)
        since = before.since if before is not None and state is after else now
        people = {**self.people, key: AtDoor(after, shown, since)}
        if after is DoorState.NONE:
            del people[key]
        return replace(self, people=people)

    def _with_place(self) -> "Door":
        """Forget those who went away once the door remembers too many; they hold passes."""
        if len(self.people) < MAX_PEOPLE:
            return self
        kept = {k: p for k, p in self.people.items() if p.state is not DoorState.GONE}
        return replace(self, people=kept)

    def _has_place(self, *, free: bool) -> bool:
        if len(self.people) >= MAX_PEOPLE:
            return False
        return free or len(self.waiting()) < MAX_WAITING
