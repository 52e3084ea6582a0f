"""What worker 0 says of Mumble legs, slots and who talks, told on (spec voice, 6)."""

from typing import Final

from allmende.core.ports.audio import (
    Aim,
    LegCounts,
    ResyncWanted,
    Session,
    SlotTaken,
    Talking,
    Tunnelled,
)
from allmende.core.ports.conference import CallId
from allmende.media.audio import EmbeddedAudio
from allmende.media.control import LegUp, Report
from allmende.media.link import Worker
from allmende.media.signal.participant import Participant
from allmende.media.signal.room import Room
from allmende.media.signal.slots import fill
from allmende.media.voicing import MumbleCounts, ResyncNeeded, SlotFilled, Talks, TunnelOut
from allmende.protocols.livekit.messages import SignalResponse, SpeakerInfo, SpeakersChanged

LEVEL: Final = round(10 ** (-30 / 20), 3)
"""How loud native legs are said to be: -30 dBov, as in their packets (spec voice, 7.2)."""


class Hearing:
    """A WorkerListener. Reports about what is gone are passed over."""

    def __init__(self, audio: EmbeddedAudio) -> None:
        self._audio = audio
        self._talking: dict[tuple[CallId, str], Aim] = {}

    def worker_started(self, worker: Worker) -> None:
        """Native legs stand where they stood."""
        if worker.index == 0:
            self._audio.reopen(worker)

    def worker_died(self, worker: Worker) -> None:
        """Nobody is heard any more."""
        if worker.index == 0:
            self._audio.lose(worker)
            talking, self._talking = self._talking, {}
            for (call, identity), aim in talking.items():
                self._audio.told.tell(Talking(call, identity, talking=False, aim=aim))

    def reported(self, worker: Worker, report: Report) -> None:
        """Tell whom it concerns."""
        match report:
            case Talks():
                self._talks(report)
            case TunnelOut():
                self._tunnelled(report)
            case ResyncNeeded():
                leg = self._audio.by_sid.get(report.leg)
                if leg is not None:
                    self._audio.told.tell(ResyncWanted(leg.plan.session))
            case SlotFilled():
                self._filled(report)
            case MumbleCounts():
                self._counted(report)
            case LegUp():
                self._came(report)
            case _:
                pass

    def _talks(self, report: Talks) -> None:
        room = self._audio.calls.rooms.get(report.room)
        identity = "" if room is None else self._identity(room, report.leg)
        if room is None or not identity:
            return
        call, aim = room.plan.call, Aim(report.aim)
        self._talking.pop((call, identity), None)
        if report.talking:
            self._talking[call, identity] = aim
        self._audio.told.tell(Talking(call, identity, report.talking, aim))
        leg = self._audio.by_sid.get(report.leg)
        if leg is not None and leg.participant is not None and aim is Aim.TALK:
            speaker = _speaker(leg.participant, talking=report.talking)
            room.broadcast(SignalResponse(speakers_changed=SpeakersChanged(speakers=[speaker])))

    def _identity(self, room: Room, sid: str) -> str:
        """Return who stands behind a leg of ``room``; empty: nobody any more."""
        leg = self._audio.by_sid.get(sid)
        if leg is not None:
            participant = leg.participant if leg.room is room else None
        else:
            participant = room.participants.get(sid)
        return "" if participant is None else participant.identity

    def _tunnelled(self, report: TunnelOut) -> None:
        legs = (self._audio.by_sid.get(sid) for sid in report.legs)
        sessions: list[Session] = [leg.plan.session for leg in legs if leg is not None]
        if sessions:
            self._audio.told.tell(Tunnelled(sessions, report.packet))

    def _filled(self, report: SlotFilled) -> None:
        room = self._audio.calls.rooms.get(report.room)
        if room is None:
            return
        identity = self._identity(room, report.leg) if report.leg else ""
        to = tuple(found for sid in report.to if (found := self._identity(room, sid)))
        if to or not report.to:
            fill(room, report.slot, identity, to)
            self._audio.told.tell(SlotTaken(room.plan.call, report.slot + 1, identity, to))

    def _counted(self, report: MumbleCounts) -> None:
        for count in report.counts:
            leg = self._audio.by_sid.get(count.leg)
            if leg is not None:
                leg.counts = LegCounts(
                    good=count.good,
                    late=count.late,
                    lost=count.lost,
                    resync=count.resync,
                    udp_packets=count.udp_packets,
                    tcp_packets=count.tcp_packets,
                )

    def _came(self, report: LegUp) -> None:
        """Tell a client who talks already. Who came anew has another leg under its session."""
        for room in self._audio.calls.rooms.values():
            participant = room.participants.get(report.leg)
            if participant is None:
                continue
            if participant.identity in room.sessions:
                self._audio.aim_again(Session(room.sessions[participant.identity]))
            speakers = [
                _speaker(leg.participant, talking=True)
                for leg in self._audio.legs.values()
                if leg.room is room and leg.participant is not None
                if self._talking.get((room.plan.call, leg.participant.identity)) is Aim.TALK
            ]
            if speakers:
                changed = SpeakersChanged(speakers=speakers)
                participant.send(SignalResponse(speakers_changed=changed))


def _speaker(participant: Participant, *, talking: bool) -> SpeakerInfo:
    return SpeakerInfo(sid=participant.sid, level=LEVEL if talking else 0.0, active=talking)
