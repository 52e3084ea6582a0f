"""The doors of all rooms, in memory: who waits, who was let in, who was removed.

Nothing of it is stored. What survives a restart is the signed pass that a person who was let
in keeps on their page, and the ban of a person who was removed.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.errors import Conflict
from allmende.core.ids import RoomId
from allmende.core.rooms import Room
from allmende.identity.events import DoorAnswered, DoorChanged
from allmende.identity.model.door import Door, DoorState, Visitor, Waiting
from allmende.identity.model.tokens import sign, unsign

PASS_LIFETIME: Final = timedelta(hours=12)
_PURPOSE: Final = "door-pass"
_INSIDE: Final = (DoorState.ADMITTED, DoorState.PRESENT, DoorState.GONE)


class Doors:
    """One door a room. Keys are ``a<account id>`` or ``g<guest id>``.

    Whether the asker may do a thing is asked before, with ``access.require``.
    """

    def __init__(self, bus: Bus, clock: Clock, key: bytes) -> None:
        self._bus = bus
        self._clock = clock
        self._key = key
        self._doors: dict[RoomId, Door] = {}

    def ask(
        self,
        room: Room,
        key: str,
        name: str,
        *,
        facilitator: bool,
        member: bool,
        shown_pass: str = "",
    ) -> DoorState:
        """Let ``key`` ask to come in; return ``admitted``, ``waiting``, ``present``, ``removed``.

        Facilitators walk in, members unless the lobby is for all, and whoever shows a pass.
        Raises NotAllowed ``identity.room-locked``, QuotaExceeded ``identity.door-full``.
        """
        door = self._door(room.id)
        waits = door.needs_lobby(room.lobby, facilitator=facilitator, member=member)
        visitor = Visitor(
            key,
            name,
            free=not waits,
            trusted=facilitator or self._is_good(shown_pass, room.id, key),
            known=member or facilitator,
        )
        asked = door.asked(visitor, self._clock.now())
        self._keep(room.id, asked)
        return asked.state(key)

    def admit(self, room_id: RoomId, key: str) -> None:
        """Let one in. Raises NotFound ``identity.nobody-waits``."""
        self._keep(room_id, self._door(room_id).admitted(key, self._clock.now()))
        self._answer(room_id, key, DoorState.ADMITTED)

    def admit_all(self, room_id: RoomId) -> int:
        """Let in everybody who waits and return how many that were."""
        waiting = self.waiting(room_id)
        for person in waiting:
            self.admit(room_id, person.key)
        return len(waiting)

    def refuse(self, room_id: RoomId, key: str) -> None:
        """Send one away who waits. Raises NotFound ``identity.nobody-waits``."""
        self._keep(room_id, self._door(room_id).refused(key, self._clock.now()))
        self._answer(room_id, key, "refused")

    def entered(self, room_id: RoomId, key: str) -> None:
        """Note that ``key`` is in the call. Raises Conflict ``identity.not-admitted``."""
        self._keep(room_id, self._door(room_id).entered(key, self._clock.now()))

    def left(self, room_id: RoomId, key: str) -> None:
        """Note that ``key`` went away, from the call or from waiting."""
        self._keep(room_id, self._door(room_id).left(key, self._clock.now()))

    def remove(self, room_id: RoomId, key: str) -> None:
        """Shut out ``key`` and its name until the meeting ends; guests wait from now on."""
        self._keep(room_id, self._door(room_id).removed(key, self._clock.now()))
        self._answer(room_id, key, DoorState.REMOVED)

    def lock(self, room_id: RoomId, on: bool) -> None:
        """Let nobody new in but facilitators; who was inside may come back."""
        self._keep(room_id, self._door(room_id).with_lock(on))

    def is_locked(self, room_id: RoomId) -> bool:
        """Return whether nobody new is let in."""
        return self._door(room_id).locked

    def state(self, room_id: RoomId, key: str) -> DoorState:
        """Return where ``key`` stands."""
        return self._door(room_id).state(key)

    def is_inside(self, room_id: RoomId, key: str) -> bool:
        """Return whether ``key`` was let in and not put out since."""
        return self.state(room_id, key) in _INSIDE

    def is_open_to(self, room: Room, key: str, *, facilitator: bool, member: bool) -> bool:
        """Return whether ``key`` may take part in what goes on behind this door.

        Either they were let in, or nobody has to let them in and they are not waiting.
        """
        state = self.state(room.id, key)
        if state is not DoorState.NONE:
            return state in _INSIDE
        door = self._door(room.id)
        return not door.needs_lobby(room.lobby, facilitator=facilitator, member=member)

    def waiting(self, room_id: RoomId) -> Sequence[Waiting]:
        """Return who waits, longest first."""
        return self._door(room_id).waiting()

    def close(self, room_id: RoomId) -> None:
        """Forget everything about a meeting that has ended."""
        if self._doors.pop(room_id, Door()).waiting():
            self._bus.publish(DoorChanged(room_id=room_id, waiting=0))

    def pass_for(self, room_id: RoomId, key: str) -> str:
        """Return a signed pass for somebody who was let in, good for 12 hours.

        It holds through a restart of the server; a ban outweighs it. Raises Conflict
        ``identity.not-admitted``.
        """
        if not self.is_inside(room_id, key):
            raise Conflict("identity.not-admitted")
        ends_s = int((self._clock.now() + PASS_LIFETIME).timestamp())
        payload = json.dumps([room_id, key, ends_s], separators=(",", ":"))
        return sign(self._key, _PURPOSE, payload.encode())

    def _is_good(self, shown: str, room_id: RoomId, key: str) -> bool:
        payload = unsign(self._key, _PURPOSE, shown) if shown else None
        if payload is None:
            return False
        # Signed by us: the shape is what pass_for wrote.
        of_room, of_key, ends_s = json.loads(payload)
        fits = (of_room, of_key) == (room_id, key)
        return fits and self._clock.now().timestamp() < ends_s

    def _door(self, room_id: RoomId) -> Door:
        return self._doors.get(room_id, Door())

    def _keep(self, room_id: RoomId, door: Door) -> None:
        before = len(self._door(room_id).waiting())
        self._doors[room_id] = door
        if not door.people and not door.locked and not door.strict:
            del self._doors[room_id]
        after = len(door.waiting())
        if after != before:
            self._bus.publish(DoorChanged(room_id=room_id, waiting=after))

    def _answer(self, room_id: RoomId, key: str, state: str) -> None:
        self._bus.publish(DoorAnswered(room_id=room_id, key=key, state=str(state)))
