"""Into a room, before its door, home: the way of a leg between channels (spec voice, 2)."""

from contextlib import suppress
from dataclasses import replace
from typing import Final

from allmende.core.errors import AllmendeError, Conflict, NotAllowed, NotFound, Unavailable
from allmende.core.ids import GroupId, RoomId
from allmende.core.permissions import Permission
from allmende.core.ports.calls import CLIENT_ATTRIBUTE, Client, Knocking, Seat
from allmende.core.ports.conference import ROLE_ATTRIBUTE, Invitee, Rights, Source
from allmende.systems.voice.service.channels import Channels
from allmende.systems.voice.service.legs import Leg, Legs, Waits
from allmende.systems.voice.service.needs import Broadcast, Surroundings

ENTER: Final = Permission.ROOM_ENTER


def may_sound(rights: Rights) -> bool:
    """Return whether the call lets the microphone through."""
    return Source.MICROPHONE in rights.sources and not rights.suppressed


class Moving:
    """Rights are in force in the media plane before anybody is told of them."""

    def __init__(
        self, here: Surroundings, legs: Legs, channels: Channels, broadcast: Broadcast
    ) -> None:
        self._here = here
        self._legs = legs
        self._channels = channels
        self._broadcast = broadcast

    async def enter(self, leg: Leg, room_id: RoomId) -> None:
        """Bring a leg into a room, or before its door.

        Raises NotFound ``voice.no-such-room``, and what ``Calls.enter`` raises.
        """
        async with leg.moving:
            if leg.gone or leg.room_id == room_id:
                return
            known = leg.room(room_id)
            if known is None:
                raise NotFound("voice.no-such-room")
            if ENTER not in known.rights:
                raise NotAllowed("room.not-allowed", permission=ENTER)
            if leg.recording and not known.voice.may_record:
                raise Conflict("voice.no-recording")
            who, name = leg.who_in(room_id), leg.arrival.name
            answer = await self._here.calls.enter(who, room_id, name, Client.MUMBLE)
            if isinstance(answer, Knocking):
                await self._wait(leg, Waits(room_id, answer.key))
            else:
                await self._sit(leg, room_id, answer)

    async def _sit(self, leg: Leg, room_id: RoomId, seat: Seat) -> None:
        attributes = {ROLE_ATTRIBUTE: seat.role, CLIENT_ATTRIBUTE: Client.MUMBLE.value}
        invitee = Invitee(seat.identity, seat.name, seat.rights, attributes)
        try:
            if not leg.gone:
                await self._here.audio.place(leg.session, seat.call, invitee)
        except AllmendeError:
            await self._here.calls.leave(room_id, seat.identity)
            raise
        if leg.gone:
            await self._here.calls.leave(room_id, seat.identity)
            return
        before = (leg.room_id, leg.seat, leg.waits)
        leg.room_id, leg.seat, leg.waits = room_id, seat, None
        leg.suppressed = not may_sound(seat.rights)
        self._broadcast.touch()
        # Who was let in stands at the door no more; only another door is left behind.
        waited = before[2]
        await self._leave(before[0], before[1], None if _same(waited, room_id) else waited)

    async def _wait(self, leg: Leg, waits: Waits) -> None:
        if leg.waits == waits:
            return
        before = (leg.room_id, leg.seat, leg.waits)
        if leg.seat is not None:
            await self._here.audio.place(leg.session, None, None)
        if leg.gone:
            await self._here.calls.leave(waits.room_id, waits.key)
            return
        leg.room_id, leg.seat, leg.waits, leg.suppressed = None, None, waits, True
        self._broadcast.touch()
        await self._leave(*before)

    async def home(self, leg: Leg) -> None:
        """Bring a leg to the home channel, where no sound is."""
        async with leg.moving:
            await self._home(leg)

    async def _home(self, leg: Leg) -> None:
        before = (leg.room_id, leg.seat, leg.waits)
        leg.room_id, leg.seat, leg.waits, leg.suppressed = None, None, None, True
        self._broadcast.touch()
        if before[1] is not None and not leg.gone:
            with suppress(Unavailable):  # no sound goes anywhere then
                await self._here.audio.place(leg.session, None, None)
        await self._leave(*before)

    async def put_out(self, leg: Leg) -> None:
        """The call has put a leg out already, or has ended."""
        async with leg.moving:
            leg.room_id, leg.seat, leg.suppressed = None, None, True
            self._broadcast.touch()

    async def left(self, leg: Leg) -> None:
        """The leg is gone: nothing of it stays before a door.

        Mumble clients say no goodbye, so a hand and the floor wait a minute for who comes back,
        as the call does for everybody; not for who was sent away.
        """
        async with leg.moving:
            room_id, seat, waits = leg.room_id, leg.seat, leg.waits
            leg.room_id, leg.seat, leg.waits = None, None, None
            await self._leave(room_id, seat if leg.put_off else None, waits)

    async def _leave(self, room_id: RoomId | None, seat: Seat | None, waits: Waits | None) -> None:
        if room_id is not None and seat is not None:
            await self._here.calls.leave(room_id, seat.identity)
        if waits is not None:
            await self._here.calls.leave(waits.room_id, waits.key)

    async def answered(self, leg: Leg) -> None:
        """The door has answered; ask what it says. Raises what ``enter`` raises."""
        waits = leg.waits
        if waits is None:
            return
        try:
            await self.enter(leg, waits.room_id)
        except AllmendeError:
            await self.home(leg)
            raise

    # --- flags of one's own -------------------------------------------------------------

    def set_self(self, leg: Leg, *, mute: bool | None, deaf: bool | None) -> None:
        """Mute or deafen oneself: deaf implies mute, and who speaks hears."""
        flags = leg.flags
        self_mute = flags.self_mute if mute is None else mute
        self_deaf = flags.self_deaf if deaf is None else deaf
        if deaf:
            self_mute = True
        elif mute is False:
            self_deaf = False
        self._set(leg, self_mute=self_mute, self_deaf=self_deaf)

    def set_by_others(self, leg: Leg, *, mute: bool | None, deaf: bool | None) -> None:
        """Mute or deafen somebody as a facilitator; the same implications."""
        muted = leg.flags.muted if mute is None else mute
        deafened = leg.flags.deaf if deaf is None else deaf
        if deaf:
            muted = True
        elif mute is False:
            deafened = False
        self._set(leg, muted=muted, deaf=deafened)

    def set_recording(self, leg: Leg, *, on: bool) -> None:
        """Show everybody that somebody records, or does so no more."""
        self._set(leg, recording=on)

    def _set(self, leg: Leg, **changes: bool) -> None:
        flags = replace(leg.flags, **changes)
        if flags != leg.flags:
            leg.flags = flags
            self._here.audio.set_flags(leg.session, flags)
            self._broadcast.touch()

    # --- what a channel leads to --------------------------------------------------------

    def room_at(self, leg: Leg, channel: int) -> RoomId:
        """Return the room of a channel that this leg sees. Raises NotFound."""
        room_id = self._channels.room_of(channel)
        if room_id is None or leg.room(room_id) is None:
            raise NotFound("voice.no-such-room")
        return room_id

    def group_at(self, leg: Leg, channel: int) -> GroupId:
        """Return the group that a channel belongs to. Raises NotFound ``voice.no-such-room``."""
        group_id = self._channels.group_of(channel)
        if group_id is None:
            group_id = leg.known.rooms[self.room_at(leg, channel)].room.group_id
        if group_id is None or all(group.id != group_id for group in leg.known.groups):
            raise NotFound("voice.no-such-room")
        return group_id


def _same(waits: Waits | None, room_id: RoomId) -> bool:
    return waits is not None and waits.room_id == room_id
