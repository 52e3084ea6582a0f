"""All rooms of this process: opened by name, entered by token, closed when empty."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from allmende.core.clock import Clock
from allmende.core.errors import NotSignedIn
from allmende.core.ports.conference import CallEvent, CallEventKind, CallId, CallPlan, Invitee
from allmende.media.control import CloseRoom
from allmende.media.link import Worker
from allmende.media.signal.admission import Admission, admit, read_request
from allmende.media.signal.arrival import join, resume
from allmende.media.signal.flow import need_sections
from allmende.media.signal.limits import (
    GONE_S,
    JOIN_VALID_S,
    MEDIA_UP_WITHIN_S,
    RECONNECT_SPREAD_S,
    REFRESH_EVERY_S,
    REFRESH_VALID_S,
    SILENCE_S,
)
from allmende.media.signal.moderation import end
from allmende.media.signal.outbox import Outbox, leave_frame
from allmende.media.signal.participant import Participant
from allmende.media.signal.requests import Seat
from allmende.media.signal.room import NOWHERE, Room
from allmende.media.signal.sids import new_sid
from allmende.protocols.livekit.messages import DisconnectReason, LeaveRequest, SignalResponse
from allmende.protocols.livekit.token import Grants, TokenRefused, read_token, write_token

ISSUER: Final = "allmende"


class Placing(Protocol):
    """Whoever knows the workers."""

    def place(self) -> Worker:
        """Return the worker for a new room."""
        ...


class Calls:
    """The rooms of this process."""

    def __init__(
        self,
        workers: Placing,
        secret: bytes,
        clock: Clock,
        emit: Callable[[CallEvent], None],
    ) -> None:
        self.clock = clock
        self.node = new_sid("ND_")
        self.rooms: dict[str, Room] = {}
        self._workers = workers
        self._secret = secret
        self._emit = emit

    # --- rooms ----------------------------------------------------------------------------------

    def open(self, plan: CallPlan) -> Room:
        """Make the room of ``plan``, or change its plan."""
        room = self.rooms.get(plan.call)
        if room is not None:
            room.plan = plan
            return room
        room = Room(plan, self._workers.place(), self.clock.now(), self._emit)
        room.empty_since_s = self.clock.monotonic_s()
        room.invited[""] = room.empty_since_s + JOIN_VALID_S
        self.rooms[plan.call] = room
        return room

    def close(self, room: Room, reason: DisconnectReason) -> None:
        """End a room for everybody."""
        for participant in list(room.participants.values()):
            end(room, participant, reason, LeaveRequest.DISCONNECT)
        room.stop()
        del self.rooms[room.plan.call]
        if room.generation == room.worker.generation:
            room.worker.tell(CloseRoom(id=0, room=room.plan.call))
        room.happened(CallEventKind.ENDED)

    # --- tokens ---------------------------------------------------------------------------------

    def token(self, call: CallId, who: Invitee) -> str:
        """Mint a token for joining. The room is kept open for as long as it is valid."""
        room = self.rooms.get(call)
        if room is not None:
            room.invite(who.identity, self.clock.monotonic_s(), JOIN_VALID_S)
            if who.rights.suppressed:
                room.standing(who.identity).rights = who.rights
        grants = Grants(
            identity=who.identity,
            room=call,
            name=who.name,
            attributes=who.attributes,
            sources=tuple(sorted(who.rights.sources)),
            data=who.rights.data,
            subscribe=who.rights.subscribe,
        )
        return self._write(grants, JOIN_VALID_S)

    def _write(self, grants: Grants, valid_s: int) -> str:
        now_s = int(self.clock.now().timestamp())
        return write_token(grants, key=ISSUER, secret=self._secret, now_s=now_s, valid_s=valid_s)

    def refresh(self, room: Room, participant: Participant) -> None:
        """Send a token that is good for the next resume."""
        rights = participant.rights
        grants = Grants(
            identity=participant.identity,
            room=room.plan.call,
            name=participant.name,
            attributes=participant.attributes,
            sources=tuple(sorted(rights.sources)),
            data=rights.data,
            subscribe=rights.subscribe,
        )
        participant.refreshed_at_s = self.clock.monotonic_s()
        participant.send(SignalResponse(refresh_token=self._write(grants, REFRESH_VALID_S)))

    # --- entering -------------------------------------------------------------------------------

    def admission(self, access_token: str, join_request: str) -> Admission:
        """Check everything that can be checked before the WebSocket is accepted.

        Raises NotSignedIn 401, NotAllowed 403, NotFound 404, InvalidInput 400, QuotaExceeded 414,
        Unavailable 503.
        """
        now_s = int(self.clock.now().timestamp())
        try:
            grants = read_token(access_token, key=ISSUER, secret=self._secret, now_s=now_s)
        except TokenRefused as refused:
            raise NotSignedIn("meet.token-refused", detail=str(refused)) from refused
        return admit(self.rooms.get(grants.room), grants, read_request(join_request))

    def enter(self, admission: Admission, outbox: Outbox) -> Seat | None:
        """Let somebody in or back in; None: told to join anew."""
        now, at_s = self.clock.now(), self.clock.monotonic_s()
        come = resume if admission.request.reconnect else join
        seat = come(admission, outbox, self.node, now, at_s)
        if seat is not None:
            self.refresh(seat.room, seat.participant)
        return seat

    def left_socket(self, seat: Seat, outbox: Outbox) -> None:
        """A WebSocket is closed: its participant has GONE_S to come back with another."""
        if seat.participant.outbox is outbox:
            seat.participant.outbox = None
            seat.participant.gone_since_s = self.clock.monotonic_s()

    # --- time -----------------------------------------------------------------------------------

    def tick(self) -> None:
        """Look at all that ends by itself. Called every second."""
        at_s = self.clock.monotonic_s()
        for room in list(self.rooms.values()):
            if room.participants:
                room.empty_since_s = at_s
            for participant in list(room.participants.values()):
                self._look_at(room, participant, at_s)
            if not room.participants and self._is_over(room, at_s):
                self.close(room, DisconnectReason.ROOM_CLOSED)

    def _is_over(self, room: Room, at_s: float) -> bool:
        empty_until_s = room.empty_since_s + room.plan.empty_timeout_s
        return at_s >= max(empty_until_s, *room.invited.values(), 0.0)

    def _look_at(self, room: Room, participant: Participant, at_s: float) -> None:
        gone = participant.gone_since_s
        if gone is not None and at_s - gone >= GONE_S:
            end(room, participant, DisconnectReason.SIGNAL_CLOSE, None)
        elif participant.media_since_s is None and at_s - participant.joined_s > MEDIA_UP_WITHIN_S:
            end(room, participant, DisconnectReason.JOIN_FAILURE, LeaveRequest.DISCONNECT)
        elif participant.outbox is not None and at_s - participant.heard_at_s >= SILENCE_S:
            participant.outbox.finish()
        else:
            if at_s - participant.refreshed_at_s >= REFRESH_EVERY_S:
                self.refresh(room, participant)
            if participant.sections.asked_at_s is not None:
                need_sections(room, participant)  # a request that was never answered

    # --- workers --------------------------------------------------------------------------------

    def lose(self, worker: Worker) -> None:
        """A worker died: what its rooms sent is nowhere any more."""
        for room in self.rooms.values():
            if room.worker is worker:
                room.lose()

    def move(self, room: Room, worker: Worker) -> None:
        """Let ``room`` go on in another worker; those inside join anew as after a death."""
        room.lose()
        if room.generation == room.worker.generation:
            room.worker.tell(CloseRoom(id=0, room=room.plan.call))
        room.worker, room.generation = worker, NOWHERE
        self.call_back(worker)

    def call_back(self, worker: Worker) -> None:
        """The worker is there again: everybody is asked to join anew, spread over 0.5 s."""
        lost = [
            participant
            for room in self.rooms.values()
            if room.worker is worker
            for participant in room.participants.values()
            if participant.lost
        ]
        loop = asyncio.get_running_loop()
        for place, participant in enumerate(lost):
            loop.call_later(RECONNECT_SPREAD_S * place / len(lost), _ask_to_rejoin, participant)


def _ask_to_rejoin(participant: Participant) -> None:
    if participant.outbox is not None:
        frame = leave_frame(LeaveRequest.RECONNECT, DisconnectReason.MEDIA_FAILURE)
        participant.outbox.finish(frame)
