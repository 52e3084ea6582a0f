"""What happens by itself: people come and go at the backend, rights end, time passes."""

import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.clock import Clock
from allmende.core.errors import AllmendeError, Conflict, NotFound, Unavailable
from allmende.core.ids import AccountId, AppPasswordId, CertificateId, RoomId, SessionId
from allmende.core.ports.conference import (
    CallEvent,
    CallEventKind,
    ConferenceBackend,
    Source,
)
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.storage.outbox import record
from allmende.systems.meet import store
from allmende.systems.meet.events import CallEnded, CallStarted
from allmende.systems.meet.model import (
    DOUBT_S,
    GUESTS_ALONE_S,
    NO_FACILITATOR_S,
    SEAT_KEPT_S,
    TICKET_KEPT_S,
    CallRole,
    room_of,
)
from allmende.systems.meet.service.permitting import Permitting
from allmende.systems.meet.service.running import Participant, Running, RunningCall
from allmende.systems.meet.service.telling import Telling

_log: Final = logging.getLogger(__name__)


class Watching:
    """Keeps the state of calls true while nobody asks for anything."""

    def __init__(
        self,
        database: Database,
        doors: Doors,
        conference: ConferenceBackend,
        clock: Clock,
        running: Running,
        parts: tuple[Permitting, Telling],
    ) -> None:
        self._database = database
        self._doors = doors
        self._conference = conference
        self._clock = clock
        self._running = running
        self._permitting, self._telling = parts
        self._counted: dict[RoomId, int] | None = None
        self._steps: dict[CallEventKind, Callable[[RunningCall, CallEvent], Awaitable[None]]] = {
            CallEventKind.STARTED: self._started,
            CallEventKind.JOINED: self._joined,
            CallEventKind.PUBLISHED: self._published,
            CallEventKind.UNPUBLISHED: self._unpublished,
            CallEventKind.LEFT: self._left,
            CallEventKind.ENDED: self._ended,
        }

    # --- the backend tells --------------------------------------------------------------

    async def follow(self) -> None:
        """Follow the backend for ever; ends by cancellation.

        What fails for a known reason concerns one event, not all calls.
        """
        async for event in self._conference.events():
            try:
                await self.happened(event)
            except AllmendeError as failure:
                _log.warning("event %s of a call failed: %s", event.kind, failure.message_id)

    async def happened(self, event: CallEvent) -> None:
        """Take in one event of the backend. Echo tests and unknown calls are let pass."""
        room_id = room_of(event.call)
        call = None if room_id is None else self._running.find(room_id)
        if call is not None:
            await self._steps[event.kind](call, event)

    async def _started(self, call: RunningCall, event: CallEvent) -> None:
        if not call.started:
            call.started = True
            fact = CallStarted(at=self._clock.now(), room_id=call.room_id)
            await self._database.write(lambda db: record(db, fact))

    async def _joined(self, call: RunningCall, event: CallEvent) -> None:
        participant = call.people.get(event.identity)
        if participant is None:  # a ticket of a call that ended meanwhile, or of a forgotten one
            with suppress(NotFound, Conflict):
                await self._conference.remove(call.id, event.identity)
            return
        await self._started(call, event)
        try:
            self._doors.entered(call.room_id, participant.key)
        except Conflict:  # whatever the reason: nobody is present whom the door did not let in
            await self.put_out(call, participant)
            return
        participant.present_since_s = self._clock.monotonic_s()
        call.away_since_s.pop(participant.seat, None)
        if call.rights(participant) != participant.given:
            # What changed between the ticket and now counts from the first packet on.
            await self._telling.rights(call, [participant])
        await self._seat_moved(call, participant)
        await self._facilitation(call)
        self._telling.people(call)

    async def _published(self, call: RunningCall, event: CallEvent) -> None:
        participant = call.people.get(event.identity)
        if participant is not None and event.source is Source.CAMERA:
            participant.cameras = 1

    async def _unpublished(self, call: RunningCall, event: CallEvent) -> None:
        participant = call.people.get(event.identity)
        if participant is not None and event.source is Source.CAMERA:
            participant.cameras = 0

    async def _left(self, call: RunningCall, event: CallEvent) -> None:
        participant = call.people.pop(event.identity, None)
        if participant is None:
            return
        if call.spotlight == event.identity:
            call.spotlight = None
            self._telling.state(call)
        if self._comes_back(participant):
            participant.present_since_s = None
            call.people[event.identity] = participant
        if not any(p.key == participant.key for p in call.present()):
            self._leave_door(call, participant)
            if participant.seat in {*call.hands.order(), call.hands.floor}:
                call.away_since_s[participant.seat] = self._clock.monotonic_s()
        await self._seat_moved(call, participant)
        await self._facilitation(call)
        await self._telling.plan(call)
        self._telling.people(call)

    async def _seat_moved(self, call: RunningCall, participant: Participant) -> None:
        """A person is shown by their newest connection, and that is another one now."""
        if participant.seat in {*call.hands.order(), call.hands.floor}:
            await self._telling.hands(call)
        if participant.seat == call.acting:
            self._telling.state(call)

    def _comes_back(self, participant: Participant) -> bool:
        """Return whether this tab got another ticket before its old connection was given up."""
        since_s = participant.present_since_s
        return since_s is not None and participant.invited_s > since_s

    def _leave_door(self, call: RunningCall, participant: Participant) -> None:
        """Tell the door that somebody went away, unless they hold a ticket and may come in."""
        if not call.of_key(participant.key):
            self._doors.left(call.room_id, participant.key)

    async def _ended(self, call: RunningCall, event: CallEvent) -> None:
        fresh = {i: p for i, p in call.people.items() if self._has_fresh_ticket(p)}
        await self._note_end(call)
        if fresh:  # somebody got a ticket in this very moment: keep the call for them
            call.people = fresh
            await self._telling.plan(call)
        else:
            self.forget(call)

    def _has_fresh_ticket(self, participant: Participant) -> bool:
        age_s = self._clock.monotonic_s() - participant.invited_s
        return participant.present_since_s is None and age_s < TICKET_KEPT_S

    async def _note_end(self, call: RunningCall) -> None:
        if call.started:
            call.started = False
            now = self._clock.now()
            minutes = int((now - call.opened_at).total_seconds() // 60)
            fact = CallEnded(at=now, room_id=call.room_id, minutes=minutes)
            await self._database.write(lambda db: record(db, fact))

    def forget(self, call: RunningCall) -> None:
        """Drop everything that was known of a call."""
        self._doors.close(call.room_id)
        self._running.drop(call.room_id)
        call.people.clear()
        self._telling.people(call)

    async def end(self, call: RunningCall) -> None:
        """End the call for everybody."""
        await self._conference.close(call.id)
        await self._note_end(call)
        self._telling.state(call, ended=True)
        self.forget(call)

    # --- rights end ---------------------------------------------------------------------

    async def recheck(
        self, concerned: Callable[[Participant, RoomId], bool], *, patient: bool = False
    ) -> None:
        """Ask again for everybody concerned: put them out, or give them what they have now.

        While the database does not answer they are in doubt: asked again at each tick, and put
        out once that takes too long, unless ``patient``: somebody may have gained as well as
        lost. They may come back as soon as it can be asked.
        """
        now_s = math.inf if patient else self._clock.monotonic_s()
        for call in self._running:
            for participant in call.people.values():
                if concerned(participant, call.room_id):
                    participant.in_doubt_since_s = now_s
        await self._settle_doubts()

    async def _settle_doubts(self) -> None:
        for call in self._running:
            for participant in list(call.people.values()):
                since_s = participant.in_doubt_since_s
                if since_s is not None:
                    await self._settle(call, participant, since_s)

    async def _settle(self, call: RunningCall, participant: Participant, since_s: float) -> None:
        participant.in_doubt_since_s = None
        try:
            await self._recheck(call, participant)
        except Unavailable as failure:
            if self._clock.monotonic_s() - since_s >= DOUBT_S:
                _log.warning("rights in a call are not known: %s", failure.message_id)
                await self.put_out(call, participant)
            else:
                participant.in_doubt_since_s = since_s

    async def _recheck(self, call: RunningCall, participant: Participant) -> None:
        if not await self._permitting.may_enter(participant.who, call.room_id):
            await self.put_out(call, participant)
            return
        before = participant.standing
        participant.standing = await self._permitting.standing(participant.who, call.room_id)
        if participant.standing != before:
            await self._telling.roles(call, [participant.seat])
            await self._facilitation(call)

    async def put_out(self, call: RunningCall, participant: Participant) -> None:
        """End one connection; its token is void from now on."""
        call.people.pop(participant.identity, None)
        call.void.add(participant.identity)
        with suppress(NotFound, Conflict):
            await self._conference.remove(call.id, participant.identity)
        await self._is_out(call, participant)

    async def gone(self, call: RunningCall, identity: str) -> None:
        """Forget somebody who left on purpose and whose leg does not stand here any more.

        Unlike after a broken connection, neither hand nor floor waits for them.
        """
        participant = call.people.pop(identity, None)
        if participant is not None:
            call.void.add(identity)
            await self._is_out(call, participant)
            await self._telling.plan(call)

    async def _is_out(self, call: RunningCall, participant: Participant) -> None:
        if call.spotlight == participant.identity:
            call.spotlight = None
            self._telling.state(call)
        if not call.of_key(participant.key):
            self._doors.left(call.room_id, participant.key)
            call.hands = call.hands.left(participant.seat)
            await self._telling.hands(call)
        await self._seat_moved(call, participant)
        await self._facilitation(call)
        self._telling.people(call)

    async def session_ended(self, account_id: AccountId, session_id: SessionId | None) -> None:
        """Put out the connections of a session, or of all of an account."""

        def is_over(who: Caller) -> bool:
            same = who.account_id == account_id
            return same and session_id in (None, who.session_id)

        await self._end_those(is_over)

    async def app_password_ended(
        self, account_id: AccountId, app_password_id: AppPasswordId | None
    ) -> None:
        """Put out what a program opened with an app password, or with any of an account."""

        def is_over(who: Caller) -> bool:
            same = who.account_id == account_id and who.app_password_id is not None
            return same and app_password_id in (None, who.app_password_id)

        await self._end_those(is_over)

    async def certificate_ended(
        self, account_id: AccountId, certificate_id: CertificateId | None
    ) -> None:
        """Put out what a program opened with a certificate, or with any of an account."""

        def is_over(who: Caller) -> bool:
            same = who.account_id == account_id and who.certificate_id is not None
            return same and certificate_id in (None, who.certificate_id)

        await self._end_those(is_over)

    async def _end_those(self, is_over: Callable[[Caller], bool]) -> None:
        for call in self._running:
            for participant in list(call.people.values()):
                if is_over(participant.who):
                    await self.put_out(call, participant)

    # --- time passes --------------------------------------------------------------------

    async def tick(self) -> None:
        """Look at every call once; meant to be called each second."""
        await self._settle_doubts()
        await self._count()
        for call in self._running:
            self._forget_tickets(call)
            await self._forget_away(call)
            await self._facilitation(call)
            if self._guests_are_alone_too_long(call):
                await self.end(call)

    async def _count(self) -> None:
        """Keep how many are where, for the operator; nothing is written while nothing moves."""
        now = {call.room_id: len(call.present()) for call in self._running}
        now = {room_id: people for room_id, people in now.items() if people}
        before, self._counted = self._counted, now
        if before == now:
            return
        changed = {room: now.get(room, 0) for room in {*(before or {}), *now}}

        def change(db: Connection) -> None:
            if before is None:
                store.forget_counts(db)
            for room_id, people in changed.items():
                store.count_people(db, room_id, people)

        await self._database.write(change)

    def _forget_tickets(self, call: RunningCall) -> None:
        for identity, participant in list(call.people.items()):
            if participant.present_since_s is None and not self._has_fresh_ticket(participant):
                del call.people[identity]
                self._leave_door(call, participant)
        if not call.people and not call.started:
            self.forget(call)

    async def _forget_away(self, call: RunningCall) -> None:
        now_s = self._clock.monotonic_s()
        gone = [seat for seat, since in call.away_since_s.items() if now_s - since > SEAT_KEPT_S]
        for seat in gone:
            del call.away_since_s[seat]
            call.hands = call.hands.left(seat)
        if gone:
            await self._telling.hands(call)

    async def _facilitation(self, call: RunningCall) -> None:
        """Let the member present longest act while no facilitator is there (5 s)."""
        here, now_s = call.present(), self._clock.monotonic_s()
        if not here or any(p.standing.role is CallRole.FACILITATOR for p in here):
            call.no_facilitator_since_s = None
            await self._act(call, None)
            return
        if call.acting in {p.seat for p in here}:
            return
        if call.no_facilitator_since_s is None:
            call.no_facilitator_since_s = now_s
        if now_s - call.no_facilitator_since_s >= NO_FACILITATOR_S:
            members = (p.seat for p in here if p.standing.role is CallRole.MEMBER)
            await self._act(call, next(members, None))

    async def _act(self, call: RunningCall, seat: str | None) -> None:
        before = call.acting
        if before != seat:
            call.acting = seat
            call.no_facilitator_since_s = None
            await self._telling.roles(call, [s for s in (before, seat) if s is not None])

    def _guests_are_alone_too_long(self, call: RunningCall) -> bool:
        here = call.present()
        if not call.group_room or not here or any(p.standing.start for p in here):
            call.guests_alone_since_s = None
            return False
        now_s = self._clock.monotonic_s()
        if call.guests_alone_since_s is None:
            call.guests_alone_since_s = now_s
        return now_s - call.guests_alone_since_s > GUESTS_ALONE_S
