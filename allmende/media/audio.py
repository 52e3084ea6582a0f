"""Legs that do not speak LiveKit's protocol, in the calls of this house: AudioLegs."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from allmende.config.sections import Voice
from allmende.core.errors import AllmendeError, Conflict, NotAllowed, NotFound, Unavailable
from allmende.core.ports.audio import (
    Aim,
    AudioEvent,
    CryptKeys,
    LegCounts,
    LegFlags,
    LegPlan,
    Rekeyed,
    Session,
    WebAnswer,
)
from allmende.core.ports.conference import CallId, Invitee
from allmende.media.broadcast import Broadcast
from allmende.media.control import Command, Done
from allmende.media.link import Worker, WorkerGone, WorkerRefused
from allmende.media.signal.arrival import media_up
from allmende.media.signal.calls import Calls
from allmende.media.signal.native import NativeLeg
from allmende.media.signal.participant import Participant
from allmende.media.signal.room import NOWHERE, Room
from allmende.media.signal.slots import MAX_DIRECT, microphones, open_slots
from allmende.media.signal.weblegs import WebLegs
from allmende.media.voicing import (
    AimMumble,
    CloseMumble,
    FormatMumble,
    PublicCount,
    ResyncMumble,
    TunnelIn,
)

KEY_BYTES: Final = 16


class VoiceWorkers(Protocol):
    """The workers as audio legs need them: `supervisor.Workers`."""

    def first(self) -> Worker:
        """Return the one that carries Mumble's voice."""
        ...


class EmbeddedAudio:
    """AudioLegs over worker 0. What workers say comes by `media.hearing`."""

    def __init__(self, calls: Calls, workers: VoiceWorkers, settings: Voice) -> None:
        self.calls = calls
        self.told: Broadcast[AudioEvent] = Broadcast()
        self.legs: dict[Session, NativeLeg] = {}
        self.by_sid: dict[str, NativeLeg] = {}
        self._numbered: dict[Session, tuple[Room, str]] = {}
        self._counted = (NOWHERE, 0)
        self._workers = workers
        self._settings = settings
        self._web = WebLegs(self.told.tell, settings)

    # --- legs -----------------------------------------------------------------------------------

    async def open(self, plan: LegPlan) -> CryptKeys:
        """Make a native leg that stands in no call yet. Raises Unavailable, Conflict."""
        if plan.session in self.legs:
            raise Conflict("voice.session-taken")
        worker, keys = self._worker(), _fresh_keys()
        leg = NativeLeg(plan, self.told.tell)
        self.legs[plan.session] = self.by_sid[leg.sid] = leg
        try:
            await worker.ask(leg.opening(keys))
        except (WorkerGone, WorkerRefused) as failure:
            self._forget(leg)
            raise _unavailable(failure) from failure
        except asyncio.CancelledError:
            self._forget(leg)
            self._tell(CloseMumble(id=0, leg=leg.sid))
            raise
        self.count()
        return keys

    async def open_web(self, call: CallId, who: Invitee, offer: str) -> WebAnswer:
        """Let a browser without LiveKit into a call, or answer its offer after a cut anew.

        Raises InvalidInput ``voice.offer`` for an offer without one sendonly and K recvonly
        sections of Opus, Unavailable.
        """
        described = self._web.understood(offer)
        room = self._room(call, who)
        now, at_s = self.calls.clock.now(), self.calls.clock.monotonic_s()
        try:
            return await self._web.answer(room, who, described, now, at_s)
        except (WorkerGone, WorkerRefused) as failure:
            raise _unavailable(failure) from failure

    async def close(self, session: Session) -> None:
        """End a native leg, or that of a light page. Ended already: nothing."""
        leg = self.legs.get(session)
        if leg is None:
            found = self._find_numbered(session)
            if found is not None:
                self._web.close(*found)
            return
        self._forget(leg)
        leg.step_out()
        await self._carried_out(CloseMumble(id=0, leg=leg.sid))
        self.count()

    async def place(self, session: Session, call: CallId | None, who: Invitee | None) -> None:
        """Let a leg stand in another call, or in none. Rights are in force before this returns.

        Raises NotFound for a call or leg that has ended, NotAllowed for who was removed,
        Unavailable; then it stands where it stood.
        """
        leg = self._leg(session)
        if call is None or who is None:
            leg.step_out()
            await self._carried_out(leg.placing())
            return
        room = self._room(call, who)
        room.prepare()
        open_slots(room, self._settings.slots, direct=microphones(room) <= MAX_DIRECT)
        try:
            await room.worker.ask(leg.moving(room, who))
            await self._arrive(leg, room, who)
        except (WorkerGone, WorkerRefused) as failure:
            raise _unavailable(failure) from failure

    async def _arrive(self, leg: NativeLeg, room: Room, who: Invitee) -> None:
        """The worker has put ``leg`` there: so it is, unless one of both ended meanwhile."""
        self._leg(leg.plan.session)
        try:
            if self._room(room.plan.call, who) is not room:
                raise NotFound("meet.no-such-call")
        except AllmendeError:
            self._tell(leg.placing())
            raise
        leg.step_out()
        now, at_s = self.calls.clock.now(), self.calls.clock.monotonic_s()
        participant = leg.step_in(room, who, now, at_s)
        if not leg.are_flags_told:
            room.worker.tell(leg.flagging())
        if not leg.is_where_told:  # something was decided while it was moved
            await self._carried_out(leg.placing())
        if leg.participant is participant:
            media_up(room, participant, at_s)

    async def aim(
        self, session: Session, target: int, sessions: Sequence[Session], how: Aim = Aim.WHISPER
    ) -> None:
        """Say who hears target 1 to 30 of this leg, as whisper or shout; empty: nobody."""
        leg = self._leg(session)
        leg.aims.pop(target, None)
        if sessions:
            leg.aims[target] = (tuple(sessions), how)
        await self._carried_out(self._aiming(leg, target))

    async def resync(self, session: Session, client_nonce: bytes | None) -> bytes:
        """Take the client's nonce if there is one; return ours of now. Counts a resync."""
        leg = self._leg(session)
        command = ResyncMumble(id=0, leg=leg.sid, client_nonce=client_nonce or b"")
        try:
            answer = await self._worker().ask(command)
        except (WorkerGone, WorkerRefused) as failure:
            raise _unavailable(failure) from failure
        return answer.nonce

    def set_flags(self, session: Session, flags: LegFlags) -> None:
        """Mute, deafen and the like."""
        leg = self.legs.get(session)
        if leg is not None:
            leg.flags = flags
            self._tell(leg.flagging())
            leg.show()
            return
        found = self._find_numbered(session)
        if found is not None:
            self._web.set_flags(found[1], flags)

    def set_format(self, session: Session, *, protobuf: bool) -> None:
        """The client said its version: voice packets in that form."""
        leg = self.legs.get(session)
        if leg is not None:
            leg.plan = replace(leg.plan, protobuf=protobuf)
            self._tell(FormatMumble(id=0, leg=leg.sid, protobuf=protobuf))

    def limit(self, session: Session, *, bandwidth_bps: int, may_whisper: bool) -> None:
        """Say what a native leg may send: so much with overhead, and whether by targets 1 to 30."""
        leg = self.legs.get(session)
        if leg is None:
            return
        if bandwidth_bps != leg.plan.bandwidth_bps:
            leg.plan = replace(leg.plan, bandwidth_bps=bandwidth_bps)
            self._tell(leg.limiting())
        if may_whisper is not leg.may_whisper:
            leg.may_whisper = may_whisper
            self._tell(leg.placing())

    def listen(self, session: Session, calls: Sequence[CallId]) -> None:
        """Let a native leg hear these calls, too, as far as they run now; said again for others."""
        leg, worker = self.legs.get(session), self._workers.first()
        if leg is None or worker.ready is None:
            return
        rooms = [room for call in calls if (room := self.calls.rooms.get(call)) is not None]
        for room in rooms:
            if room.worker is not worker:
                self.calls.move(room, worker)
            room.prepare()
        leg.listens = tuple(calls)
        worker.tell(leg.listening())

    def tunnel(self, session: Session, packet: bytes) -> None:
        """Take a voice packet that came through the control connection."""
        leg = self.legs.get(session)
        if leg is not None:
            self._tell(TunnelIn(id=0, leg=leg.sid, packet=packet))

    def number(self, call: CallId, identity: str, session: Session) -> None:
        """Give a participant of LiveKit or of the light page its session."""
        room = self.calls.rooms.get(call)
        if room is None:
            return
        rooms = self.calls.rooms
        self._numbered = {
            number: (where, who)
            for number, (where, who) in self._numbered.items()
            if rooms.get(where.plan.call) is where
        }
        self._numbered[session] = (room, identity)
        room.sessions[identity] = session
        participant = room.of(identity)
        if participant is not None:
            room.tell_number(participant)
            self.aim_again(session)

    def counts(self, session: Session) -> LegCounts:
        """Return what was counted, at most a second old."""
        leg = self.legs.get(session)
        return LegCounts() if leg is None else leg.counts

    def events(self) -> AsyncIterator[AudioEvent]:
        """Yield what happens to legs, from now on. Many may listen."""
        return self.told.listen()

    # --- what happens by itself -----------------------------------------------------------------

    def tick(self) -> None:
        """Each second: rooms that have grown get their sound through slots."""
        for room in self.calls.rooms.values():
            if room.direct and microphones(room) > MAX_DIRECT and room.worker.ready is not None:
                room.prepare()
                open_slots(room, self._settings.slots, direct=False)

    def aim_again(self, session: Session) -> None:
        """Another leg has this session now: those who aim at it are told to the worker anew."""
        for leg in self.legs.values():
            for target, (sessions, _) in leg.aims.items():
                if session in sessions:
                    self._tell(self._aiming(leg, target))

    def lose(self, worker: Worker) -> None:
        """The worker is gone with what it carried."""
        at_s = self.calls.clock.monotonic_s()
        for room in self.calls.rooms.values():
            if room.worker is worker:
                self._web.lose(room, at_s)

    def reopen(self, worker: Worker) -> None:
        """The worker began anew: legs stand where they stood, with other keys."""
        for leg in self.legs.values():
            keys = _fresh_keys()
            opened = worker.ask(leg.opening(keys))
            room, participant = leg.room, leg.participant
            if room is not None and participant is not None:
                room.prepare()
                participant.lost, participant.generation = False, room.generation
                worker.tell(leg.placing())
                room.touch(participant)
            worker.tell(leg.flagging())
            if leg.listens:
                self.listen(leg.plan.session, leg.listens)
            opened.add_done_callback(partial(self._reopened, Rekeyed(leg.plan.session, keys)))
        for leg in self.legs.values():
            for target in leg.aims:
                worker.tell(self._aiming(leg, target))
        for room in self.calls.rooms.values():
            if room.worker is worker:
                self._web.call_back(room)
        self.count()

    def _reopened(self, event: Rekeyed, answer: asyncio.Future[Done]) -> None:
        if not answer.cancelled() and answer.exception() is None:
            self.told.tell(event)

    # --- looked up ------------------------------------------------------------------------------

    def _leg(self, session: Session) -> NativeLeg:
        leg = self.legs.get(session)
        if leg is None:
            raise NotFound("meet.no-such-call", detail="no such leg")
        return leg

    def _find_numbered(self, session: Session) -> tuple[Room, Participant] | None:
        room, identity = self._numbered.get(session, (None, ""))
        participant = None if room is None else room.of(identity)
        return None if room is None or participant is None else (room, participant)

    def _room(self, call: CallId, who: Invitee) -> Room:
        room, worker = self.calls.rooms.get(call), self._worker()
        if room is None:
            raise NotFound("meet.no-such-call")
        if who.identity in room.standings and room.standing(who.identity).removed:
            raise NotAllowed("meet.removed-from-call")
        if room.worker is not worker:
            self.calls.move(room, worker)
        return room

    def _forget(self, leg: NativeLeg) -> None:
        self.legs.pop(leg.plan.session, None)
        self.by_sid.pop(leg.sid, None)

    # --- the worker -----------------------------------------------------------------------------

    def _worker(self) -> Worker:
        worker = self._workers.first()
        if worker.ready is None:
            raise Unavailable("meet.media-restarting", retry_after_s=1)
        return worker

    def _tell(self, command: Command) -> None:
        worker = self._workers.first()
        if worker.ready is not None:
            worker.tell(command)

    async def _carried_out(self, command: Command) -> None:
        """Let the worker do it. One that is down has lost the leg, and makes it anew as it is."""
        try:
            await self._workers.first().ask(command)
        except (WorkerGone, WorkerRefused):
            return

    def _aiming(self, leg: NativeLeg, target: int) -> AimMumble:
        sessions, how = leg.aims.get(target, ((), Aim.WHISPER))
        legs = tuple(self._sids(sessions))
        whisper = how is Aim.WHISPER
        return AimMumble(id=0, leg=leg.sid, target=target, legs=legs, whisper=whisper)

    def _sids(self, sessions: Iterable[Session]) -> Iterable[str]:
        for session in sessions:
            leg, found = self.legs.get(session), self._find_numbered(session)
            if leg is not None:
                yield leg.sid
            elif found is not None:
                yield found[1].sid

    def count(self) -> None:
        """Tell what strangers who ask may hear, if the worker answers them at all."""
        ready, settings = self._workers.first().ready, self._settings
        if ready is None or ready.voice_port == 0:
            return
        users = len(self.legs) if settings.public_count else 0
        most, bps = settings.max_participants, settings.max_bandwidth_bps
        counted = (self._workers.first().generation, users)
        if counted != self._counted:
            self._counted = counted
            self._tell(PublicCount(id=0, users=users, most=most, bandwidth_bps=bps))


def _fresh_keys() -> CryptKeys:
    key, client_nonce, server_nonce = (secrets.token_bytes(KEY_BYTES) for _ in range(3))
    return CryptKeys(key, client_nonce, server_nonce)


def _unavailable(failure: WorkerGone | WorkerRefused) -> Unavailable:
    if isinstance(failure, WorkerRefused):
        return Unavailable("meet.no-room-for-sound", detail=str(failure), retry_after_s=30)
    return Unavailable("meet.media-restarting", retry_after_s=1)
