"""MeetService: every way into a call, page, program and command alike, goes through here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.errors import Conflict, InvalidInput
from allmende.core.ids import RoomId
from allmende.core.ports.calls import Client, Knocking, Seat
from allmende.core.ports.conference import ConferenceBackend, Source
from allmende.identity.model.door import Waiting as AtDoor
from allmende.identity.service import IdentityService
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.systems.meet import store
from allmende.systems.meet.events import Muted
from allmende.systems.meet.model import MAX_CAMERAS_SETTING, CallRole, clean_sources
from allmende.systems.meet.service.echoing import Echo, Echoing
from allmende.systems.meet.service.inviting import Invitation, Inviting
from allmende.systems.meet.service.joining import Joined, Joining, Waiting, Wish
from allmende.systems.meet.service.permitting import Permitting
from allmende.systems.meet.service.running import (
    Participant,
    Running,
    RunningCall,
    door_keys,
)
from allmende.systems.meet.service.showing import Doorway, Renamed, Showing, Snapshot
from allmende.systems.meet.service.telling import Telling
from allmende.systems.meet.service.watching import Watching


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the configuration says of calls."""

    max_participants: int = 150
    test_hooks: bool = False


class MeetService:
    """Calls of rooms: join, speak in turn, keep order. State is memory, gone with the call."""

    def __init__(
        self,
        database: Database,
        identity: IdentityService,
        doors: Doors,
        conference: ConferenceBackend,
        clock: Clock,
        bus: Bus,
        limits: Limits,
    ) -> None:
        self._database = database
        self._identity = identity
        self._doors = doors
        self._conference = conference
        self._bus = bus
        self.running = Running()
        self._permitting = Permitting(database, self.running)
        self._telling = Telling(
            conference,
            bus,
            self.running,
            max_participants=limits.max_participants,
            test_hooks=limits.test_hooks,
        )
        parts = (self._permitting, self._telling)
        self._joining = Joining(
            identity, doors, conference, clock, self.running, parts, limits.max_participants
        )
        self.watching = Watching(database, doors, conference, clock, self.running, parts)
        self._showing = Showing(identity, self.running, parts, conference)
        self._echoing = Echoing(conference)
        self._inviting = Inviting(identity, self._permitting)

    # --- come and go --------------------------------------------------------------------

    async def doorway(self, who: Caller, slug: str, link: str | None) -> Doorway:
        """Return what somebody before the door may know. Raises NotFound ``room.not-found``."""
        return await self._showing.doorway(who, slug, link)

    async def join(self, who: Caller, room_id: RoomId, wish: Wish) -> Joined | Waiting:
        """Enter, knock where there is a lobby, and get a ticket (see ``Joining.join``)."""
        return await self._joining.join(who, room_id, wish)

    async def leave(self, who: Caller, room_id: RoomId, identity: str | None = None) -> None:
        """Lower the hand of who leaves for good; the connection itself ends at the backend.

        ``identity``: only this tab. Nobody who waits stays at the door either.
        """
        call = self.running.find(room_id)
        mine = [] if call is None else call.of_caller(who)
        staying = [p for p in mine if identity is not None and p.identity != identity]
        if call is not None and mine and not staying:
            call.hands = call.hands.left(mine[0].seat)
            await self._telling.hands(call, [mine[0].seat])
        if not mine:
            for key in door_keys(who, room_id):
                self._doors.left(room_id, key)

    async def invitation(
        self, who: Caller, room_id: RoomId, link: str | None, *, make: bool
    ) -> Invitation:
        """Return what to pass on so that others find the way (see ``Inviting``)."""
        return await self._inviting.invitation(who, room_id, link, make=make)

    async def snapshot(self, who: Caller, room_id: RoomId) -> Snapshot:
        """Return hands, floor and settings of the call as the caller may see them."""
        return await self._showing.snapshot(who, room_id)

    async def echo(self) -> Echo:
        """Open a private call for an echo test: one leg sends, one receives."""
        return await self._echoing.open()

    async def echo_by_sound(self) -> Seat:
        """Open the same for one leg that hears itself."""
        return await self._echoing.open_for_one()

    def snapshot_of(self, room_id: RoomId) -> Snapshot:
        """Return the state of a running call, for somebody who just got a ticket."""
        return self._showing.of_call(self.running.call(room_id))

    def is_inside(self, who: Caller, room_id: RoomId) -> bool:
        """Return whether somebody is in the call; who waits learns nothing of it."""
        call = self.running.find(room_id)
        return call is not None and bool(call.of_caller(who))

    def is_mine(self, who: Caller, room_id: RoomId, identity: str) -> bool:
        """Return whether a participant is a tab of who asks."""
        call = self.running.find(room_id)
        return call is not None and any(p.identity == identity for p in call.of_caller(who))

    def is_key_of(self, who: Caller, room_id: RoomId, key: str) -> bool:
        """Return whether the door names who asks by ``key``."""
        return key in door_keys(who, room_id)

    def at_door(self, room_id: RoomId) -> Sequence[AtDoor]:
        """Return who waits, for those of whom ``facilitates`` is true."""
        return self._doors.waiting(room_id)

    async def facilitates(self, who: Caller, room_id: RoomId) -> bool:
        """Return whether somebody facilitates here, by right or for the time being."""
        return await self._permitting.facilitates(who, room_id)

    # --- with other programs than the page ----------------------------------------------

    async def enter(
        self, who: Caller, room_id: RoomId, name: str, client: Client
    ) -> Seat | Knocking:
        """Bring somebody in who comes with another program (see ``Joining.enter``)."""
        return await self._joining.enter(who, room_id, name, client)

    # --- speak in turn ------------------------------------------------------------------

    async def hand(self, who: Caller, room_id: RoomId, *, up: bool) -> Snapshot:
        """Raise or lower one's own hand. Done already: nothing changes."""
        call, seat = await self._permitting.require_present(who, room_id)
        is_up = seat in call.hands.order()
        if up and not is_up:
            call.hands = call.hands.raised(seat)
        elif is_up and not up:
            call.hands = call.hands.lowered(seat)
        await self._telling.hands(call, [seat])
        return self._showing.of_call(call)

    async def call_next(self, who: Caller, room_id: RoomId) -> Snapshot:
        """Give the floor to the first who waits and is here."""
        call = await self._permitting.require_facilitator(who, room_id)
        here = call.seats()
        seat = next((s for s in call.hands.order() if s in here), None)
        if seat is None:
            raise Conflict("meet.nobody-waiting")
        return await self._give_floor(call, seat)

    async def call(self, who: Caller, room_id: RoomId, identity: str) -> Snapshot:
        """Give the floor to somebody, who may have raised a hand."""
        call = await self._permitting.require_facilitator(who, room_id)
        seat = call.participant(identity).seat
        if seat not in call.hands.order():
            call.hands = call.hands.raised(seat)
        return await self._give_floor(call, seat)

    async def floor_end(self, who: Caller, room_id: RoomId) -> Snapshot:
        """Free the floor: facilitators for everybody, others for themselves."""
        call, seat = await self._permitting.require_present(who, room_id)
        if call.hands.floor != seat:
            await self._permitting.require_facilitator(who, room_id)
        before = call.hands.floor
        call.hands = call.hands.ended()
        await self._floor_moved(call, before)
        return self._showing.of_call(call)

    async def lower(self, who: Caller, room_id: RoomId, identity: str) -> Snapshot:
        """Lower the hand of somebody else."""
        call = await self._permitting.require_facilitator(who, room_id)
        seat = call.participant(identity).seat
        call.hands = call.hands.lowered(seat)
        await self._telling.hands(call, [seat])
        return self._showing.of_call(call)

    async def _give_floor(self, call: RunningCall, seat: str) -> Snapshot:
        before = call.hands.floor
        call.hands = call.hands.called(seat)
        await self._floor_moved(call, before)
        return self._showing.of_call(call)

    async def _floor_moved(self, call: RunningCall, before: str | None) -> None:
        seats = {seat for seat in (before, call.hands.floor) if seat is not None}
        await self._telling.rights(call, [p for p in call.present() if p.seat in seats])
        await self._telling.hands(call, seats)

    # --- keep order ---------------------------------------------------------------------

    async def mute(self, who: Caller, room_id: RoomId, identity: str, source: str) -> None:
        """Mute one track of somebody; they may unmute it, nobody else can."""
        (wanted,) = clean_sources([source])
        call = await self._permitting.require_facilitator(who, room_id)
        participant = call.participant(identity)
        await self._conference.mute(call.id, participant.identity, wanted)
        by = self._showing.name(call, who)
        self._bus.publish(Muted(room_id=room_id, identity=identity, source=wanted.value, by=by))

    async def mute_all(self, who: Caller, room_id: RoomId) -> None:
        """Mute every microphone but those of facilitators and of the floor."""
        call = await self._permitting.require_facilitator(who, room_id)
        by = self._showing.name(call, who)
        for participant in call.present():
            if self._keeps_speaking(call, participant):
                continue
            await self._conference.mute(call.id, participant.identity, Source.MICROPHONE)
            muted = Muted(
                room_id=room_id,
                identity=participant.identity,
                source=Source.MICROPHONE.value,
                by=by,
            )
            self._bus.publish(muted)

    async def unmute(self, who: Caller, room_id: RoomId, identity: str) -> None:
        """Let somebody speak again whose program keeps a facilitator's mute, such as Mumble.

        A microphone that its owner shut stays shut, and browsers unmute themselves alone.
        """
        call = await self._permitting.require_facilitator(who, room_id)
        await self._conference.unmute(call.id, call.participant(identity).identity)

    async def unmute_all(self, who: Caller, room_id: RoomId) -> None:
        """The same for everybody."""
        call = await self._permitting.require_facilitator(who, room_id)
        for participant in call.present():
            await self._conference.unmute(call.id, participant.identity)

    def _keeps_speaking(self, call: RunningCall, participant: Participant) -> bool:
        facilitates = call.role_of(participant) is CallRole.FACILITATOR
        return facilitates or participant.seat == call.hands.floor

    async def moderated(self, who: Caller, room_id: RoomId, *, on: bool) -> None:
        """Let only facilitators and the floor speak, or everybody again."""
        call = await self._permitting.require_facilitator(who, room_id)
        call.moderated = on
        await self._telling.rights(call, call.present())
        self._telling.state(call)

    async def remove(self, who: Caller, room_id: RoomId, identity: str) -> None:
        """Put somebody out until the call ends; guests wait at the door from then on."""
        call = await self._permitting.require_facilitator(who, room_id)
        participant = call.participant(identity)
        if participant in call.of_caller(who):
            raise InvalidInput("meet.not-yourself", field="identity")
        await self._shut_out(who, call, participant)
        for connection in call.of_key(participant.key):
            await self.watching.put_out(call, connection)

    async def _shut_out(self, who: Caller, call: RunningCall, participant: Participant) -> None:
        if await self._permitting.may_facilitate(who, call.room_id):
            await self._identity.ban(who, call.room_id, participant.key)
        self._doors.remove(call.room_id, participant.key)

    async def lock(self, who: Caller, room_id: RoomId, *, on: bool) -> None:
        """Refuse everybody who is not in yet, or open again."""
        call = await self._permitting.require_facilitator(who, room_id)
        call.locked = on
        self._doors.lock(room_id, on)
        self._telling.state(call)

    async def end(self, who: Caller, room_id: RoomId) -> None:
        """End the call for everybody."""
        await self.watching.end(await self._permitting.require_facilitator(who, room_id))

    async def end_as_operator(self, room_id: RoomId) -> None:
        """End the call of a room, if one runs, whoever is in it."""
        call = self.running.find(room_id)
        if call is not None:
            await self.watching.end(call)

    async def room_gone(self, room_id: RoomId) -> None:
        """End the call of a room that was deleted and forget its settings."""
        await self.end_as_operator(room_id)
        await self._database.write(lambda db: store.forget(db, room_id))

    async def spotlight(self, who: Caller, room_id: RoomId, identity: str | None) -> None:
        """Show somebody in the big tile for all; None: nobody."""
        call = await self._permitting.require_facilitator(who, room_id)
        before = call.spotlight
        call.spotlight = None if identity is None else call.participant(identity).identity
        await self._telling.spotlight(call, before)

    async def rights(
        self, who: Caller, room_id: RoomId, identity: str, sources: Sequence[str]
    ) -> None:
        """Leave somebody only these sources, out of those of their role."""
        wanted = clean_sources(sources)
        call = await self._permitting.require_facilitator(who, room_id)
        seat = call.participant(identity).seat
        call.only[seat] = wanted
        await self._telling.rights(call, call.of_seat(seat))

    async def cameras(self, who: Caller, room_id: RoomId, most: int | None) -> None:
        """Allow at most this many cameras in the room; None: as many as fit."""
        if most is not None and not 0 <= most <= MAX_CAMERAS_SETTING:
            raise InvalidInput("meet.cameras-out-of-range", field="most", most=MAX_CAMERAS_SETTING)
        call = await self._permitting.require_facilitator(who, room_id)
        await self._database.write(lambda db: store.set_max_cameras(db, room_id, most))
        call.max_cameras = most
        await self._telling.plan(call)
        self._telling.state(call)

    # --- the door -----------------------------------------------------------------------

    async def waiting(self, who: Caller, room_id: RoomId) -> Sequence[AtDoor]:
        """Return who waits, longest first."""
        await self._permitting.require_doorkeeper(who, room_id)
        return self._doors.waiting(room_id)

    async def admit(self, who: Caller, room_id: RoomId, key: str) -> None:
        """Let one person in."""
        await self._at_door(who, room_id, lambda: self._doors.admit(room_id, key))

    async def admit_all(self, who: Caller, room_id: RoomId) -> None:
        """Let everybody in who waits."""
        await self._permitting.require_doorkeeper(who, room_id)
        self._doors.admit_all(room_id)

    async def refuse(self, who: Caller, room_id: RoomId, key: str) -> None:
        """Send somebody away who waits."""
        await self._at_door(who, room_id, lambda: self._doors.refuse(room_id, key))

    async def _at_door(self, who: Caller, room_id: RoomId, step: Callable[[], None]) -> None:
        await self._permitting.require_doorkeeper(who, room_id)
        step()

    # --- names --------------------------------------------------------------------------

    async def name(self, who: Caller, room_id: RoomId, name: str) -> Renamed:
        """Change the name that others see in this call; a guest keeps it with their key."""
        return await self._showing.rename(who, room_id, name)
