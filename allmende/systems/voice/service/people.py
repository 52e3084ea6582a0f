"""Who a number stands for, and who may do what to them: one answer for menus and for doing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from allmende.core.errors import NotAllowed, NotFound
from allmende.core.ids import RoomId
from allmende.core.permissions import Permission
from allmende.core.ports.calls import CallPerson, CallShown
from allmende.systems.voice.service.legs import Leg, Legs
from allmende.systems.voice.service.needs import Surroundings

_FACILITATOR = "facilitator"


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody that a leg sees. ``identity``: in the call, or the key if they wait.

    ``leg`` None: they are here by browser, or wait before a door of one.
    """

    room_id: RoomId | None
    identity: str
    waits: bool
    leg: Leg | None


class People:
    """Nobody finds out about somebody whom they do not see."""

    def __init__(self, here: Surroundings, legs: Legs) -> None:
        self._here = here
        self._legs = legs
        self._held: Mapping[RoomId, CallShown] | None = None
        self._persons: dict[RoomId, Mapping[str, CallPerson]] = {}

    def target(self, leg: Leg, session: int) -> Target:
        """Return who has this number, if ``leg`` sees them. Raises NotFound."""
        if leg.view is None or session not in leg.view.users:
            raise NotFound("voice.no-such-person")
        return self.anybody(session)

    def anybody(self, session: int) -> Target:
        """Return who has this number. Raises NotFound ``voice.no-such-person``."""
        found = self._legs.find(session)
        if found is not None:
            if found.waits is not None:
                return Target(found.waits.room_id, found.waits.key, True, found)
            identity = "" if found.seat is None else found.seat.identity
            return Target(found.room_id, identity, False, found)
        other = self._legs.other(session)
        if other is None:
            raise NotFound("voice.no-such-person")
        return Target(other.room_id, other.identity, other.waits, None)

    def is_light(self, target: Target) -> bool:
        """Return whether somebody is here by the light page, which keeps a facilitator's mute."""
        return target.room_id is not None and (target.room_id, target.identity) in self._legs.light

    def named(self, leg: Leg, name: str, *, waits: bool) -> int:
        """Return who is called so in the room of ``leg``, or waits before it. Raises NotFound."""
        wanted = name.strip().casefold()
        if leg.view is not None and wanted:
            for session, shown in leg.view.users.items():
                if shown.name.casefold() == wanted and self._is_near(leg, session, waits=waits):
                    return session
        raise NotFound("voice.no-such-person")

    def _is_near(self, leg: Leg, session: int, *, waits: bool) -> bool:
        try:
            target = self.anybody(session)
        except NotFound:
            return False
        return target.room_id == leg.room_id and target.waits is waits

    def shown(self, room_id: RoomId | None) -> CallShown | None:
        """Return the call of a room."""
        if room_id is None:
            return None
        return self._here.calls.shown(room_id) if self._held is None else self._held.get(room_id)

    @contextmanager
    def hold(self, calls: Mapping[RoomId, CallShown]) -> Iterator[None]:
        """Let these be the calls until the end of the body, which waits for nothing.

        Everybody is looked at there, and calls of hundreds are not made anew for each.
        """
        self._held, self._persons = calls, {}
        try:
            yield
        finally:
            self._held, self._persons = None, {}

    def person(self, leg: Leg) -> CallPerson | None:
        """Return how the call shows this leg."""
        call, seat = self.shown(leg.room_id), leg.seat
        if call is None or seat is None:
            return None
        if self._held is None:
            return next((one for one in call.people if one.identity == seat.identity), None)
        persons = self._persons.get(call.room_id)
        if persons is None:
            persons = {one.identity: one for one in call.people}
            self._persons[call.room_id] = persons
        return persons.get(seat.identity)

    def facilitates(self, leg: Leg, room_id: RoomId | None) -> bool:
        """Return whether this leg facilitates in a room: by right, or for the time being."""
        if room_id is None:
            return False
        if leg.may(room_id, Permission.ROOM_FACILITATE):
            return True
        person = self.person(leg) if leg.room_id == room_id else None
        return person is not None and person.role == _FACILITATOR

    def require_facilitator(self, leg: Leg, room_id: RoomId | None) -> RoomId:
        """Return the room. Raises NotAllowed ``room.not-allowed``."""
        if room_id is None or not self.facilitates(leg, room_id):
            raise NotAllowed("room.not-allowed", permission=Permission.ROOM_FACILITATE)
        return room_id
