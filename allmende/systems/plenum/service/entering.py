"""The way in for who reads along without the call, in a browser that runs no scripts."""

from dataclasses import dataclass

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed
from allmende.core.groups import Role
from allmende.core.permissions import Permission
from allmende.core.rooms import Room
from allmende.identity import access
from allmende.identity.model.door import DoorState
from allmende.identity.service import IdentityService
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database


@dataclass(frozen=True, slots=True)
class _Visitor:
    """Who stands at the door, as the door wants to know it."""

    room: Room
    key: str
    name: str
    facilitator: bool
    member: bool


class Entering:
    """The same door as that of the call: one admission counts for both."""

    def __init__(self, database: Database, identity: IdentityService, doors: Doors) -> None:
        self._database = database
        self._identity = identity
        self._doors = doors

    async def enter(self, who: Caller, slug: str, name: str, link: str | None) -> str | None:
        """Become somebody in the room and ask at its door."""
        room = (await self._identity.entrance(who, slug, link)).room
        entered = await self._identity.enter(who, room.id, name, link)

        def question(db: Connection) -> _Visitor:
            access.require(db, entered.caller, Permission.ROOM_ENTER, room.id)
            role = access.role_in_room(db, entered.caller, room)
            return _Visitor(
                room=room,
                key=access.key_of(entered.caller, room, role),
                name=access.display_name(db, entered.caller, room.id),
                facilitator=access.may(db, entered.caller, Permission.ROOM_FACILITATE, room.id),
                member=role is not None and role is not Role.GUEST,
            )

        one = await self._database.read(question)
        state = self._doors.ask(
            one.room, one.key, one.name, facilitator=one.facilitator, member=one.member
        )
        if state is DoorState.REMOVED:
            raise NotAllowed("identity.removed")
        return entered.guest_token
