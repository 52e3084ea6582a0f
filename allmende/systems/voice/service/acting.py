"""What facilitators do to others, and what everybody does in turn (spec voice, 2 and 9)."""

from typing import Final

from allmende.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from allmende.core.ids import RoomId
from allmende.core.permissions import Permission
from allmende.core.ports.calls import Act
from allmende.systems.voice.service.legs import Leg
from allmende.systems.voice.service.moving import Moving
from allmende.systems.voice.service.needs import Surroundings
from allmende.systems.voice.service.people import People, Target

MODERATE: Final = Permission.DESK_MODERATE


class Acting:
    """The rules of a call are those of meet: nearly everything here is asked of ``Calls``."""

    def __init__(self, here: Surroundings, people: People, moving: Moving) -> None:
        self._here = here
        self._people = people
        self._moving = moving

    # --- speak in turn ------------------------------------------------------------------

    async def act(self, leg: Leg, act: Act, target: str = "") -> None:
        """Do something in the call that this leg is in. Raises Conflict ``voice.not-in-room``."""
        room_id = inside(leg)
        await self._here.calls.act(leg.who_in(room_id), room_id, act, target)

    async def close_floor(self, leg: Leg) -> None:
        """Let nobody speak but facilitators: moderated, and the floor is free."""
        await self.act(leg, Act.MODERATE)
        call = self._people.shown(leg.room_id)
        if call is not None and call.floor is not None:
            await self.act(leg, Act.END_FLOOR)

    async def give_floor(self, leg: Leg, session: int) -> None:
        """Give the floor to somebody in one's own room who waits for it."""
        target = self._people.target(leg, session)
        if target.room_id != inside(leg) or target.waits:
            raise NotFound("voice.no-such-person")
        await self.act(leg, Act.GIVE_FLOOR, target.identity)

    async def admit(self, leg: Leg, session: int) -> None:
        """Let somebody in who waits before a room that one facilitates."""
        target = self._people.target(leg, session)
        if not target.waits:
            raise NotFound("voice.no-such-person")
        await self._admit(leg, target)

    async def _admit(self, leg: Leg, target: Target) -> None:
        room_id = self._people.require_facilitator(leg, target.room_id)
        await self._here.calls.act(leg.who_in(room_id), room_id, Act.ADMIT, target.identity)

    # --- keep order ---------------------------------------------------------------------

    async def set_mute(
        self, leg: Leg, session: int, *, mute: bool | None, deaf: bool | None
    ) -> None:
        """Mute or deafen somebody, or end that. Who is in a call by its page unmutes themself."""
        target = self._people.target(leg, session)
        room_id = self._people.require_facilitator(leg, target.room_id)
        if target.leg is None:
            if deaf is not None or not (mute or self._people.is_light(target)):
                raise Conflict("voice.browser-does-this-alone")
            act = Act.MUTE if mute else Act.UNMUTE
            await self._here.calls.act(leg.who_in(room_id), room_id, act, target.identity)
            return
        if mute not in (None, target.leg.flags.muted) and not target.waits:
            act = Act.MUTE if mute else Act.UNMUTE
            await self._here.calls.act(leg.who_in(room_id), room_id, act, target.identity)
        self._moving.set_by_others(target.leg, mute=mute, deaf=deaf)

    async def move(self, leg: Leg, session: int, channel: int) -> None:
        """Bring somebody to another channel: home, into a room they may enter, or inside."""
        target = self._people.target(leg, session)
        room_id = self._moving.room_at(leg, channel) if channel else None
        if target.waits and room_id == target.room_id and room_id is not None:
            await self._admit(leg, target)
            return
        source = self._people.require_facilitator(leg, target.room_id)
        if target.waits and room_id is None:
            who = leg.who_in(source)
            await self._here.calls.act(who, source, Act.REFUSE, target.identity)
        elif target.leg is None:
            raise Conflict("voice.browser-does-this-alone")
        elif room_id is None:
            await self._moving.home(target.leg)
        else:
            await self._moving.enter(target.leg, room_id)

    async def kick(self, leg: Leg, session: int) -> Target:
        """Put somebody out of the room until they are let in again.

        Returns who it was. Raises NotAllowed, InvalidInput ``meet.not-yourself``.
        """
        target = self._people.target(leg, session)
        if target.leg is leg:
            raise InvalidInput("meet.not-yourself", field="session")
        room_id = self._people.require_facilitator(leg, target.room_id)
        act = Act.REFUSE if target.waits else Act.REMOVE
        await self._here.calls.act(leg.who_in(room_id), room_id, act, target.identity)
        return target

    async def ban(self, leg: Leg, session: int, reason: str) -> Target:
        """Put somebody out of the room for twelve hours, with a reason."""
        target = self._people.target(leg, session)
        if target.leg is leg:
            raise InvalidInput("meet.not-yourself", field="session")
        room_id = self._people.require_facilitator(leg, target.room_id)
        key = door_key(target.leg, room_id) if target.leg is not None else ""
        if key:
            await self._here.identity.ban(leg.who_in(room_id), room_id, key, reason)
        return await self.kick(leg, session)

    async def ban_here(self, leg: Leg, session: int, reason: str) -> Target:
        """Put somebody out of a room for twelve hours, as who looks after the whole server.

        Raises NotAllowed, NotFound, Conflict for who is in no room: an account is frozen in the
        browser.
        """
        target = self.may_end(leg, session)
        key = self._banned_as(target)
        if target.room_id is None or not key:
            page = self._here.settings.page("/")
            raise Conflict("voice.bans-are-made-in-browser", page=page)
        await self._here.identity.ban(leg.who_in(target.room_id), target.room_id, key, reason)
        return target

    def _banned_as(self, target: Target) -> str:
        if target.waits or target.room_id is None:
            return target.identity
        if target.leg is not None:
            return door_key(target.leg, target.room_id)
        call = self._people.shown(target.room_id)
        people = () if call is None else call.people
        found = (one.account_id for one in people if one.identity == target.identity)
        account_id = next(found, None)
        return "" if account_id is None else f"a{account_id}"

    def may_end(self, leg: Leg, session: int) -> Target:
        """Return whom a moderator of the server may disconnect. Raises NotAllowed, NotFound."""
        target = self._people.target(leg, session)
        if MODERATE not in leg.known.server:
            raise NotAllowed("identity.server-not-allowed", permission=MODERATE)
        return target


def inside(leg: Leg) -> RoomId:
    """Return the room that a leg is in. Raises Conflict ``voice.not-in-room``."""
    if leg.room_id is None:
        raise Conflict("voice.not-in-room")
    return leg.room_id


def door_key(leg: Leg, room_id: RoomId) -> str:
    """Return how bans name the person of a leg in a room."""
    who = leg.who_in(room_id)
    guest = who.guest_of(room_id)
    if guest is not None:
        return f"g{guest.id}"
    return "" if who.account_id is None else f"a{who.account_id}"
