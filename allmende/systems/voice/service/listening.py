"""Who hears rooms in which they do not stand: shown to everybody there before they hear (spec
voice, 4). Off unless the room says otherwise."""

from collections.abc import Sequence
from typing import Final

from allmende.core.errors import NotAllowed
from allmende.core.ids import RoomId
from allmende.core.permissions import Permission
from allmende.core.ports.conference import CallId
from allmende.systems.voice.service.legs import Leg, Legs
from allmende.systems.voice.service.moving import Moving
from allmende.systems.voice.service.needs import Broadcast, Surroundings
from allmende.systems.voice.service.seeing import is_held

LISTEN: Final = Permission.VOICE_LISTEN


class Listening:
    """``renew`` is called once everybody was shown who listens."""

    def __init__(
        self, here: Surroundings, legs: Legs, moving: Moving, broadcast: Broadcast
    ) -> None:
        self._here = here
        self._legs = legs
        self._moving = moving
        self._broadcast = broadcast

    def change(self, leg: Leg, *, begin: Sequence[int] = (), end: Sequence[int] = ()) -> None:
        """Listen to the rooms of these channels, or do so no more.

        Raises NotFound ``voice.no-such-room``, NotAllowed.
        """
        rooms = [self._moving.room_at(leg, channel) for channel in begin]
        for room_id in rooms:
            if not may_listen(leg, room_id):
                raise NotAllowed("room.not-allowed", permission=LISTEN)
        leg.listening |= frozenset(rooms)
        leg.listening -= {self._moving.room_at(leg, channel) for channel in end}
        self._broadcast.touch()

    def renew(self) -> None:
        """Let everybody hear what they may hear now, and nothing else."""
        for leg in self._legs:
            if not leg.listening and not leg.listens:
                continue
            leg.listening = frozenset(room for room in leg.listening if may_listen(leg, room))
            heard = leg.listening if leg.view is not None and leg.waits is None else ()
            wanted = tuple(sorted(room for room in heard if self._is_heard(leg, room)))
            if wanted != leg.listens:
                leg.listens = wanted
                # Media's name of a call is the room's, as meet gives it.
                self._here.audio.listen(leg.session, [CallId(f"r{room}") for room in wanted])

    def _is_heard(self, leg: Leg, room_id: RoomId) -> bool:
        """Return whether there is something to hear that one does not hear anyway."""
        call = self._here.calls.shown(room_id)
        return room_id != leg.room_id and call is not None and bool(call.people)


def may_listen(leg: Leg, room_id: RoomId) -> bool:
    """Return whether a leg may hear a room from elsewhere: never through a door."""
    known = leg.room(room_id)
    return known is not None and LISTEN in known.rights and not is_held(known.room, known.rights)
