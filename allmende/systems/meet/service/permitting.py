"""Who may do what in a call: the permissions of the room, and the one who acts as facilitator."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict, NotAllowed, NotFound
from allmende.core.ids import RoomId
from allmende.core.permissions import Permission
from allmende.core.rooms import Room
from allmende.identity import access
from allmende.identity.model.ways import Way
from allmende.identity.service.guests import as_before, way_of_group
from allmende.storage.database import Database
from allmende.systems.meet import store
from allmende.systems.meet.model import CallRole, RoomSettings, Standing
from allmende.systems.meet.service.running import Running, RunningCall


@dataclass(frozen=True, slots=True)
class Known:
    """What the database says of a caller in a room, on one snapshot."""

    room: Room
    key: str
    standing: Standing
    name: str
    settings: RoomSettings


def standing(db: Connection, who: Caller, room_id: RoomId) -> Standing:
    """Return what somebody may do in a room; nothing if they may not see it."""
    try:
        return standing_by(access.place(db, who, room_id).rights)
    except NotFound:
        return standing_by(frozenset())


def standing_by(rights: frozenset[Permission]) -> Standing:
    """Return what somebody with these rights may do."""
    start = Permission.MEET_START in rights
    role = CallRole.MEMBER if start else CallRole.GUEST
    return Standing(
        role=CallRole.FACILITATOR if Permission.ROOM_FACILITATE in rights else role,
        speak=Permission.MEET_SPEAK in rights,
        share=Permission.MEET_SHARE in rights,
        start=start,
    )


def _known(db: Connection, who: Caller, place: access.Place) -> Known:
    room = place.room
    return Known(
        room=room,
        key=access.key_of(who, room, place.role),
        standing=standing_by(place.rights),
        name=access.display_name_in(db, who, room),
        settings=store.settings(db, room.id),
    )


class Permitting:
    """Answers before anything is done; asks the database each time."""

    def __init__(self, database: Database, running: Running) -> None:
        self._database = database
        self._running = running

    async def known(self, who: Caller, room_id: RoomId) -> Known:
        """Return room, rights and name. Raises NotFound or NotAllowed: may not enter."""

        def question(db: Connection) -> Known:
            place = access.require_place(db, who, Permission.ROOM_ENTER, room_id)
            return _known(db, who, place)

        return await self._database.read(question)

    async def inside(
        self, who: Caller, room_id: RoomId, name: str, renewed_until: datetime
    ) -> tuple[Caller, Known] | None:
        """Return the same, and as whom, for who need not enter first: nothing would change."""

        def question(db: Connection) -> tuple[Caller, Known] | None:
            try:
                place = access.place(db, who, room_id)
            except NotFound:
                return None
            caller = as_before(place, who, name, renewed_until)
            return None if caller is None else (caller, _known(db, caller, place))

        return await self._database.read(question)

    async def way_of_group(self, room: Room) -> Way | None:
        """Return how a Mumble client of a member finds a room of a group."""
        return await self._database.read(lambda db: way_of_group(db, room))

    async def may_enter(self, who: Caller, room_id: RoomId) -> bool:
        """Return whether somebody may still be in the room."""
        return await self._database.read(
            lambda db: access.may(db, who, Permission.ROOM_ENTER, room_id)
        )

    async def standing(self, who: Caller, room_id: RoomId) -> Standing:
        """Return what somebody may do now."""
        return await self._database.read(lambda db: standing(db, who, room_id))

    async def facilitates(self, who: Caller, room_id: RoomId) -> bool:
        """Return whether somebody facilitates here, by right or for the time being."""
        return self._acts(who, room_id) or await self.may_facilitate(who, room_id)

    async def may_facilitate(self, who: Caller, room_id: RoomId) -> bool:
        """Return whether somebody is a facilitator by right, not just for the time being."""
        return await self._database.read(
            lambda db: access.may(db, who, Permission.ROOM_FACILITATE, room_id)
        )

    async def require_facilitator(self, who: Caller, room_id: RoomId) -> RunningCall:
        """Return the running call to somebody who facilitates.

        Raises NotFound ``room.not-found``, NotAllowed ``room.not-allowed``, Conflict
        ``meet.no-call``.
        """
        await self.require_doorkeeper(who, room_id)
        return self._running.call(room_id)

    async def require_doorkeeper(self, who: Caller, room_id: RoomId) -> None:
        """Raise unless somebody facilitates here; nobody needs to be inside yet.

        Raises NotFound ``room.not-found``, NotAllowed ``room.not-allowed``.
        """
        await self._database.read(lambda db: access.require(db, who, Permission.ROOM_SEE, room_id))
        if not await self.facilitates(who, room_id):
            raise NotAllowed("room.not-allowed", permission=Permission.ROOM_FACILITATE.value)

    async def require_inside(self, who: Caller, room_id: RoomId) -> RunningCall:
        """Return the call to who is connected or about to be. Raises like ``require_present``."""
        await self._database.read(
            lambda db: access.require(db, who, Permission.ROOM_ENTER, room_id)
        )
        call = self._running.call(room_id)
        if not call.of_caller(who):
            raise Conflict("meet.not-in-call")
        return call

    async def require_present(self, who: Caller, room_id: RoomId) -> tuple[RunningCall, str]:
        """Return the call and the caller's seat in it. Raises Conflict ``meet.not-in-call``."""
        await self._database.read(
            lambda db: access.require(db, who, Permission.ROOM_ENTER, room_id)
        )
        call = self._running.call(room_id)
        return call, call.seat_of(who)

    def _acts(self, who: Caller, room_id: RoomId) -> bool:
        call = self._running.find(room_id)
        if call is None or call.acting is None:
            return False
        return any(p.seat == call.acting for p in call.of_caller(who))
