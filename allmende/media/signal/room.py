"""One call on the main side: who is there and what everybody is told."""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from allmende.core.ports.conference import CallEvent, CallEventKind, CallPlan, Rights, Source
from allmende.media.control import Command, OpenRoom, SendData
from allmende.media.link import Worker
from allmende.media.signal.limits import UPDATE_JOIN_S
from allmende.media.signal.outbox import leave_frame
from allmende.media.signal.participant import Participant
from allmende.media.signal.sids import new_sid
from allmende.media.signal.tracks import Track
from allmende.media.voicing import NumberLeg, OpenSlots
from allmende.protocols.livekit.messages import (
    Codec,
    ConnectionQualityInfo,
    ConnectionQualityUpdate,
    DataPacket,
    DisconnectReason,
    LeaveRequest,
    ParticipantInfo,
    ParticipantUpdate,
    SignalResponse,
    UserPacket,
)
from allmende.protocols.livekit.messages import Room as RoomInfo

NOWHERE: Final = -1
"""The generation of no worker: none knows the room."""
MIME_TYPES = ("audio/opus", "audio/red", "video/VP8", "video/rtx")


@dataclass(slots=True)
class Standing:
    """What was decided about an identity while the room is open; stronger than its token."""

    rights: Rights | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    name: str = ""
    removed: bool = False


class Room:
    """Participants by sid; an identity has at most one. Everything here happens at once.

    ``slots``: the one that stands for several voices, in no count of people; ``direct``: sound
    of clients goes to each other client in a track of its own. ``sessions``: Mumble's numbers.
    ``spoken``: participants with the last speaker last; ``front``: the cameras that everybody
    receives without asking, None for all.
    """

    def __init__(
        self,
        plan: CallPlan,
        worker: Worker,
        created_at: datetime,
        emit: Callable[[CallEvent], None],
    ) -> None:
        self.plan = plan
        self.worker = worker
        self.created_at = created_at
        self.sid = new_sid("RM_")
        self.sif_trailer = secrets.token_bytes(16)
        self.generation = NOWHERE
        self.participants: dict[str, Participant] = {}
        self.standings: dict[str, Standing] = {}
        self.empty_since_s = 0.0
        self.invited: dict[str, float] = {}
        self.seen: set[str] = set()
        self.expected: set[str] = set()
        self.slots: Participant | None = None
        self.direct = True
        self.sessions: dict[str, int] = {}
        self.spoken: dict[str, None] = {}
        self.front: frozenset[str] | None = None
        self._emit = emit
        self._started = False
        self._dirty: dict[str, Participant] = {}
        self._qualities: dict[str, ConnectionQualityInfo] = {}
        self._flush_at: asyncio.TimerHandle | None = None

    # --- who ---------------------------------------------------------------------------------

    def of(self, identity: str) -> Participant | None:
        """Return the participant of ``identity``."""
        for participant in self.participants.values():
            if participant.identity == identity:
                return participant
        return None

    def owners(self) -> list[Participant]:
        """Return all who may have tracks."""
        slots = [] if self.slots is None else [self.slots]
        return [*self.participants.values(), *slots]

    def clients(self) -> list[Participant]:
        """Return those who receive others in sections of their own, by subscriptions."""
        return [each for each in self.participants.values() if each.end.offers]

    def active(self) -> Iterator[Participant]:
        """Yield those that others know of."""
        return (each for each in self.owners() if each.active)

    def is_slot(self, track: Track) -> bool:
        """Return whether several take turns in ``track``."""
        return self.slots is not None and track.sid in self.slots.tracks

    def standing(self, identity: str) -> Standing:
        """Return the standing of ``identity``, made if there is none."""
        return self.standings.setdefault(identity, Standing())

    def invite(self, identity: str, at_s: float, valid_s: float) -> None:
        """Expect ``identity``: the room stays open until its token is used or has expired."""
        self.invited = {who: until for who, until in self.invited.items() if until > at_s}
        self.invited[identity] = at_s + valid_s
        self.expected.add(identity)

    def expects(self, identity: str) -> bool:
        """Return whether ``identity`` got a token since the room is open and has not left since.

        A token outlives its meeting: whoever left, or was in an earlier call of this name, has
        to be let in again by whoever opens calls.
        """
        return identity in self.expected

    def find_track(self, track_sid: str) -> tuple[Participant, Track] | None:
        """Return a track with its owner."""
        for participant in self.owners():
            track = participant.tracks.get(track_sid)
            if track is not None:
                return participant, track
        return None

    def cameras(self) -> int:
        """Count cameras in the room."""
        tracks = (t for p in self.participants.values() for t in p.tracks.values())
        return sum(1 for track in tracks if track.source is Source.CAMERA)

    def comes_by_itself(self, track: Track) -> bool:
        """Return whether ``track`` is for all who do not say otherwise."""
        is_camera = track.source is Source.CAMERA
        return not is_camera or self.front is None or track.sid in self.front

    # --- telling -------------------------------------------------------------------------------

    def broadcast(self, message: SignalResponse) -> None:
        """Queue ``message`` for everybody; it is serialised once."""
        frame = message.SerializeToString()
        for participant in self.participants.values():
            participant.put(frame)

    def touch(self, participant: Participant) -> None:
        """``participant`` changed: everybody is told, changes of 20 ms together."""
        participant.version += 1
        self._dirty[participant.sid] = participant
        self._schedule()

    def touch_quality(self, quality: ConnectionQualityInfo) -> None:
        """The connection of somebody became better or worse."""
        self._qualities[quality.participant_sid] = quality
        self._schedule()

    def _schedule(self) -> None:
        if self._flush_at is None:
            loop = asyncio.get_running_loop()
            self._flush_at = loop.call_later(UPDATE_JOIN_S, self.flush)

    def flush(self) -> None:
        """Tell now what waits to be told."""
        if self._flush_at is not None:
            self._flush_at.cancel()
            self._flush_at = None
        dirty, self._dirty = self._dirty, {}
        shown = [p for p in dirty.values() if p.state != ParticipantInfo.JOINING]
        if shown and any(p.outbox is not None for p in self.participants.values()):
            update = ParticipantUpdate(participants=[p.info() for p in shown])
            self.broadcast(SignalResponse(update=update))
        for participant in dirty.values():
            if participant.state == ParticipantInfo.JOINING:
                update = ParticipantUpdate(participants=[participant.info()])
                participant.send(SignalResponse(update=update))
        qualities, self._qualities = self._qualities, {}
        if qualities:
            updates = [q for q in qualities.values() if q.participant_sid in self.participants]
            quality = ConnectionQualityUpdate(updates=updates)
            self.broadcast(SignalResponse(connection_quality=quality))

    def stop(self) -> None:
        """Drop the timer of a room that is closed."""
        if self._flush_at is not None:
            self._flush_at.cancel()
            self._flush_at = None

    def happened(
        self, kind: CallEventKind, identity: str = "", source: Source | None = None
    ) -> None:
        """Tell whoever opened the room."""
        if kind is CallEventKind.JOINED and not self._started:
            self._started = True
            self._emit(CallEvent(CallEventKind.STARTED, self.plan.call))
        self._emit(CallEvent(kind, self.plan.call, identity, source))

    # --- the worker -----------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the room in its worker, if that does not know it."""
        if self.generation == self.worker.generation:
            return
        self.generation = self.worker.generation
        self.worker.tell(OpenRoom(id=0, room=self.plan.call))
        if self.slots is not None:
            self.slots.lost = False
            self.tell_slots()

    def lose(self) -> None:
        """The worker is gone: what these sent and heard is nowhere any more."""
        for participant in self.owners():
            participant.lost = True

    def tell_slots(self) -> None:
        """Tell the worker which slots there are; one that does not know the room is told later."""
        if self.slots is not None and self.generation == self.worker.generation:
            ups = tuple(self.slots.tracks)
            opening = OpenSlots(
                id=0,
                room=self.plan.call,
                ups=ups,
                direct=self.direct,
                loopback=self.plan.loopback,
            )
            self.worker.tell(opening)

    def tell_number(self, participant: Participant) -> None:
        """Tell the worker which session a client has, if it has one."""
        session = self.sessions.get(participant.identity)
        if session is not None:
            first = participant.is_first
            command = NumberLeg(id=0, leg=participant.sid, session=session, first=first)
            self.tell(participant, command)

    def data(self, topic: str, payload: bytes, to: Sequence[str] = ()) -> SendData | None:
        """Return what sends a data message to clients, all or those of identities ``to``."""
        clients = [p for p in self.participants.values() if p.active and p.end.offers]
        legs = [p.sid for p in clients if not to or p.identity in to]
        if not legs:
            return None
        user = UserPacket(payload=payload, topic=topic, destination_identities=list(to))
        packet = DataPacket(user=user, destination_identities=list(to))
        return SendData(
            id=0,
            room=self.plan.call,
            to=tuple(legs) if to else (),
            reliable=True,
            packet=packet.SerializeToString(),
        )

    def tell(self, participant: Participant, command: Command) -> None:
        """Send a command about the leg of ``participant``, unless its worker has died since."""
        if not participant.lost and participant.generation == self.worker.generation:
            self.worker.tell(command)

    # --- shown ----------------------------------------------------------------------------------

    def info(self) -> RoomInfo:
        """Return how clients see the room."""
        people = [each for each in self.participants.values() if each.active]
        return RoomInfo(
            sid=self.sid,
            name=self.plan.call,
            creation_time=int(self.created_at.timestamp()),
            creation_time_ms=int(self.created_at.timestamp() * 1000),
            enabled_codecs=[Codec(mime=mime) for mime in MIME_TYPES],
            max_participants=self.plan.max_participants,
            num_participants=len(people),
            num_publishers=sum(1 for each in people if each.tracks),
            active_recording=False,
        )


def part(
    room: Room,
    participant: Participant,
    *,
    reason: DisconnectReason,
    action: LeaveRequest.Action | None,
    silent: bool = False,
) -> None:
    """Take ``participant`` out of its room; its tracks must be unpublished already.

    ``action``: what it is told, None for nothing. ``silent``: its identity stays, with a new
    connection.
    """
    closing = participant.end.closing(participant.sid)
    if closing is not None:
        room.tell(participant, closing)
    del room.participants[participant.sid]
    room.spoken.pop(participant.sid, None)
    participant.state = ParticipantInfo.DISCONNECTED
    participant.disconnect_reason = reason
    if participant.outbox is not None:
        last = b"" if action is None else leave_frame(action, reason)
        participant.outbox.finish(last)
        participant.outbox = None
    if not silent and participant.identity not in room.invited:
        room.expected.discard(participant.identity)
    if participant.known:
        room.touch(participant)
        room.flush()
    if (participant.known or participant.returning) and not silent:
        room.happened(CallEventKind.LEFT, participant.identity)
    participant.end.ended(reason)


def attributes_after(now: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """Return ``now`` with ``changes``; an empty value removes."""
    merged = {**now, **changes}
    return {name: value for name, value in merged.items() if value}
