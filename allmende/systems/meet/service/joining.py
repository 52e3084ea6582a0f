"""The way from a link into a call: enter, knock, get a ticket (spec meet, 11 and 14)."""

import secrets
from base64 import b32encode
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from allmende.core.accounts import Caller
from allmende.core.clock import Clock
from allmende.core.errors import Conflict, NotAllowed, Unavailable
from allmende.core.ids import RoomId
from allmende.core.ports.calls import Client, Knocking, Seat
from allmende.core.ports.conference import (
    ROLE_ATTRIBUTE,
    TAB_CHARS,
    ConferenceBackend,
    Invitee,
    Rights,
    Ticket,
)
from allmende.core.rooms import Lobby
from allmende.identity.model.door import DoorState
from allmende.identity.service import IdentityService
from allmende.identity.service.lobby import Doors
from allmende.systems.meet.model import (
    CallRole,
    Standing,
    seat_in,
    seat_of,
    sound_fits,
)
from allmende.systems.meet.service.permitting import Known, Permitting
from allmende.systems.meet.service.running import Participant, Running, RunningCall
from allmende.systems.meet.service.telling import Telling

_RETRY_S: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a page asks when somebody presses join. ``door_pass`` is an earlier admission."""

    name: str = ""
    link: str | None = None
    door_pass: str | None = None
    video: bool = False
    again: str | None = None
    """The identity this tab had before its connection broke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """At the door: a facilitator has to let this person in."""

    ticket: str
    guest_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Inside. ``camera_fits`` is None if no camera was asked for."""

    ticket: Ticket
    identity: str
    name: str
    role: CallRole
    rights: Rights
    door_pass: str
    ends_at: datetime | None
    cameras_fit: int
    camera_fits: bool | None
    guest_token: str | None


class Joining:
    """Lets people into calls. Who waits has no token, no signalling and no leg."""

    def __init__(
        self,
        identity: IdentityService,
        doors: Doors,
        conference: ConferenceBackend,
        clock: Clock,
        running: Running,
        parts: tuple[Permitting, Telling],
        max_participants: int,
    ) -> None:
        self._identity = identity
        self._doors = doors
        self._conference = conference
        self._clock = clock
        self._running = running
        self._permitting, self._telling = parts
        self._max_participants = max_participants

    async def join(self, who: Caller, room_id: RoomId, wish: Wish) -> Joined | Waiting:
        """Enter, knock where there is a lobby, and get a ticket.

        Raises InvalidInput ``name``, NotFound ``room.not-found``, NotAllowed
        ``identity.removed`` or ``identity.room-locked``, Conflict ``meet.full``, Unavailable
        ``meet.no-room-for-sound``.
        """
        entered = await self._identity.enter(who, room_id, wish.name, wish.link)
        known = await self._permitting.known(entered.caller, room_id)
        call = self._running.find(room_id)
        if not self._is_let_in(known, call, wish.door_pass or ""):
            return Waiting(ticket=known.key, guest_token=entered.guest_token)
        await self._refuse_full(call, room_id)
        call = await self._call_of(known)
        participant = self._seat(call, known, entered.caller, wish.again)
        return await self._invite(call, participant, known, wish, entered.guest_token)

    async def enter(
        self, who: Caller, room_id: RoomId, name: str, client: Client
    ) -> Seat | Knocking:
        """Enter or knock like ``join``, for a connection that needs no ticket.

        Raises what ``join`` raises.
        """
        caller, known = await self._come(who, room_id, name)
        call = self._running.find(room_id)
        if not self._is_let_in(known, call, ""):
            return Knocking(key=known.key, who=caller)
        await self._refuse_full(call, room_id)
        call = await self._call_of(known)
        participant = self._seat(call, known, caller, None)
        participant.client = client
        await self._telling.plan(call)
        participant.given = call.rights(participant)
        return Seat(
            call=call.id,
            identity=participant.identity,
            name=known.name,
            role=call.role_of(participant).value,
            rights=participant.given,
            client=client,
            who=caller,
        )

    async def _come(self, who: Caller, room_id: RoomId, name: str) -> tuple[Caller, Known]:
        """Enter the room, in one question if nothing has to be written for it."""
        until = self._identity.renewed_until()
        inside = await self._permitting.inside(who, room_id, name, until)
        if inside is not None:
            return inside
        entered = await self._identity.enter(who, room_id, name, None)
        return entered.caller, await self._permitting.known(entered.caller, room_id)

    def _is_let_in(self, known: Known, call: RunningCall | None, door_pass: str) -> bool:
        standing, room = known.standing, known.room
        state = self._doors.ask(
            replace(room, lobby=Lobby.ALL) if self._is_early(standing, call) else room,
            known.key,
            known.name,
            facilitator=standing.role is CallRole.FACILITATOR,
            member=standing.role is not CallRole.GUEST,
            shown_pass=door_pass,
        )
        if state is DoorState.REMOVED:
            raise NotAllowed("identity.removed")
        return state in (DoorState.ADMITTED, DoorState.PRESENT)

    def _is_early(self, standing: Standing, call: RunningCall | None) -> bool:
        """Return whether nobody is here yet who may start: guests wait, lobby or not."""
        if standing.start or (call is not None and call.started):
            return False
        return call is None or not any(p.standing.start for p in call.people.values())

    async def _refuse_full(self, call: RunningCall | None, room_id: RoomId) -> None:
        people = 0 if call is None else len(call.people)
        if people >= self._max_participants:
            raise Conflict("meet.full", most=self._max_participants)
        if not sound_fits(await self._conference.capacity(), people + 1):
            raise Unavailable("meet.no-room-for-sound", retry_after_s=_RETRY_S)

    async def _call_of(self, known: Known) -> RunningCall:
        call = self._running.find(known.room.id)
        if call is None:
            call = RunningCall(
                room_id=known.room.id,
                group_room=known.room.group_id is not None,
                opened_at=self._clock.now(),
                max_cameras=known.settings.max_cameras,
            )
            self._running.add(call)
        if known.room.lobby is Lobby.OFF and known.standing.start:
            self._doors.admit_all(known.room.id)  # those who came before the first member
        return call

    def _seat(self, call: RunningCall, known: Known, who: Caller, again: str | None) -> Participant:
        """Return a new participant, or the one this tab was: others then see nobody twice."""
        seat = seat_of(call.key, known.key)
        tab = b32encode(secrets.token_bytes(5)).decode().lower()[:TAB_CHARS]
        if again is not None and again not in call.void and seat_in(again) == seat:
            tab = again[-TAB_CHARS:]
        former = call.people.get(seat + tab)
        participant = Participant(
            identity=seat + tab,
            key=known.key,
            who=who,
            name=known.name,
            standing=known.standing,
            invited_s=self._clock.monotonic_s(),
            present_since_s=None if former is None else former.present_since_s,
        )
        call.people[participant.identity] = participant
        return participant

    async def _invite(
        self,
        call: RunningCall,
        participant: Participant,
        known: Known,
        wish: Wish,
        guest_token: str | None,
    ) -> Joined:
        await self._telling.plan(call)
        fits = call.cameras() < call.cameras_fit if wish.video else None
        participant.cameras = 1 if fits else 0
        rights = call.rights(participant)
        invitee = Invitee(
            identity=participant.identity,
            name=known.name,
            rights=rights,
            attributes={ROLE_ATTRIBUTE: call.role_of(participant).value},
        )
        return Joined(
            ticket=self._conference.ticket(call.id, invitee),
            identity=participant.identity,
            name=known.name,
            role=call.role_of(participant),
            rights=rights,
            door_pass=self._doors.pass_for(call.room_id, participant.key),
            ends_at=known.room.ends_at,
            cameras_fit=call.cameras_fit,
            camera_fits=fits,
            guest_token=guest_token,
        )
