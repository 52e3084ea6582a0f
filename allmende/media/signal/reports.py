"""What a worker tells, turned into messages for people."""

from collections.abc import Sequence
from typing import Final

from allmende.media.control import LegDown, LegUp, Overrun, Quality, Report, Speakers, Wanted
from allmende.media.link import Worker, WorkerListener
from allmende.media.signal.arrival import media_up
from allmende.media.signal.calls import Calls
from allmende.media.signal.flow import spoke
from allmende.media.signal.moderation import close_cameras, end
from allmende.media.signal.outbox import leave_frame
from allmende.media.signal.participant import Participant
from allmende.media.signal.room import Room
from allmende.protocols.livekit.messages import (
    ConnectionQuality,
    ConnectionQualityInfo,
    DisconnectReason,
    LeaveRequest,
    SignalResponse,
    SpeakerInfo,
    SpeakersChanged,
    SubscribedCodec,
    SubscribedQuality,
    SubscribedQualityUpdate,
    VideoQuality,
)

_QUALITIES: Final = {
    "q": VideoQuality.LOW,
    "h": VideoQuality.MEDIUM,
    "f": VideoQuality.HIGH,
}
_CONNECTION: Final = (
    ConnectionQuality.POOR,
    ConnectionQuality.GOOD,
    ConnectionQuality.EXCELLENT,
    ConnectionQuality.LOST,
)


class Reports:
    """A WorkerListener: routes reports to the rooms of that worker, then to ``others``."""

    def __init__(self, calls: Calls, others: Sequence[WorkerListener] = ()) -> None:
        self._calls = calls
        self._others = others

    def worker_started(self, worker: Worker) -> None:
        """Ask those who were on it to join anew."""
        for other in self._others:
            other.worker_started(worker)
        self._calls.call_back(worker)

    def worker_died(self, worker: Worker) -> None:
        """Remember who lost their media."""
        self._calls.lose(worker)
        for other in self._others:
            other.worker_died(worker)

    def reported(self, worker: Worker, report: Report) -> None:
        """Tell whom it concerns. Reports about legs that are gone are passed over."""
        match report:
            case Speakers():
                self._speakers(report)
            case Wanted():
                self._wanted(worker, report)
            case LegUp() | LegDown() | Quality() | Overrun():
                for room, participant in self._of(worker, report.leg):
                    self._about_leg(room, participant, report)
            case _:
                pass
        for other in self._others:
            other.reported(worker, report)

    def _about_leg(
        self,
        room: Room,
        participant: Participant,
        report: LegUp | LegDown | Quality | Overrun,
    ) -> None:
        match report:
            case LegUp():
                media_up(room, participant, self._calls.clock.monotonic_s())
            case LegDown():
                _media_down(room, participant, report.why)
            case Quality():
                _quality(room, participant, report)
            case Overrun():
                close_cameras(room, participant)

    def _of(self, worker: Worker, leg: str) -> list[tuple[Room, Participant]]:
        rooms = (room for room in self._calls.rooms.values() if room.worker is worker)
        found = [(room, room.participants.get(leg)) for room in rooms]
        return [(room, participant) for room, participant in found if participant is not None]

    def _speakers(self, report: Speakers) -> None:
        room = self._calls.rooms.get(report.room)
        if room is None:
            return
        speakers = [
            SpeakerInfo(sid=change.leg, level=change.level, active=change.active)
            for change in report.changes
            if change.leg in room.participants
        ]
        if speakers:
            changed = SpeakersChanged(speakers=speakers)
            room.broadcast(SignalResponse(speakers_changed=changed))
            spoke(room, [speaker.sid for speaker in speakers if speaker.active])

    def _wanted(self, worker: Worker, report: Wanted) -> None:
        for room in self._calls.rooms.values():
            found = room.find_track(report.up) if room.worker is worker else None
            if found is not None:
                owner, track = found
                update = quality_update(track.sid, track.rids, report.rids)
                owner.send(SignalResponse(subscribed_quality_update=update))


def quality_update(
    track_sid: str, rids: tuple[str, ...], wanted: tuple[str, ...]
) -> SubscribedQualityUpdate:
    """Return dynacast's word to the publisher: which layers somebody looks at."""
    on = {_QUALITIES[rid] for rid in wanted if rid in _QUALITIES}
    if not rids and wanted:
        on = set(_QUALITIES.values())
    qualities = [
        SubscribedQuality(quality=quality, enabled=quality in on) for quality in _QUALITIES.values()
    ]
    return SubscribedQualityUpdate(
        track_sid=track_sid,
        subscribed_qualities=qualities,
        subscribed_codecs=[SubscribedCodec(codec="vp8", qualities=qualities)],
    )


def _quality(room: Room, participant: Participant, report: Quality) -> None:
    quality = _CONNECTION[min(max(report.quality, 0), 3)]
    info = ConnectionQualityInfo(
        participant_sid=participant.sid, quality=quality, score=report.score
    )
    room.touch_quality(info)


def _media_down(room: Room, participant: Participant, why: str) -> None:
    """The client joins anew; without a WebSocket it has left."""
    if why == "closed":
        end(room, participant, DisconnectReason.CLIENT_INITIATED, LeaveRequest.DISCONNECT)
    elif participant.outbox is None:
        end(room, participant, DisconnectReason.MEDIA_FAILURE, None)
    elif why in ("consent", "data"):
        frame = leave_frame(LeaveRequest.RECONNECT, DisconnectReason.MEDIA_FAILURE)
        participant.outbox.finish(frame)
    else:
        end(room, participant, DisconnectReason.JOIN_FAILURE, LeaveRequest.DISCONNECT)
