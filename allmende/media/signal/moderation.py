"""Rights and mutes. The worker's flags come first, then people are told (spec meet, 3 and 11)."""

import asyncio
from collections.abc import Mapping

from allmende.core.ports.conference import Rights, Source
from allmende.media.control import Command, Done, SetMuted
from allmende.media.link import WorkerGone, WorkerRefused
from allmende.media.signal.flow import reconsider_all, unpublish, unpublish_all
from allmende.media.signal.participant import Participant
from allmende.media.signal.room import Room, attributes_after, part
from allmende.media.signal.tracks import Track
from allmende.protocols.livekit.messages import (
    DisconnectReason,
    LeaveRequest,
    MuteTrackRequest,
    RequestResponse,
    SignalResponse,
    TrackUnpublishedResponse,
)


async def set_rights(room: Room, identity: str, rights: Rights) -> None:
    """Give ``identity`` other rights; they also hold when it comes back."""
    room.standing(identity).rights = rights
    participant = room.of(identity)
    if participant is None:
        return
    participant.rights = rights
    muted = [t for t in participant.tracks.values() if rights.suppressed and _opens(t)]
    await _carried_out(
        room.worker.ask(participant.end.restricting(participant.sid, rights)),
        *(room.worker.ask(SetMuted(id=0, up=t.sid, muted=True)) for t in muted if t.up),
    )
    if participant.sid not in room.participants:
        return  # it left meanwhile, and its other end may stand in another room
    for track in list(participant.tracks.values()):
        if track.source not in rights.sources:
            unpublish(room, participant, track)
            gone = TrackUnpublishedResponse(track_sid=track.sid)
            participant.send(SignalResponse(track_unpublished=gone))
    for track in muted:
        _tell_muted(participant, track)
    participant.end.restricted(rights)
    reconsider_all(room, participant)
    room.touch(participant)


async def mute(room: Room, identity: str, source: Source) -> None:
    """Mute what ``identity`` sends from ``source``."""
    participant = room.of(identity)
    if participant is None:
        return
    tracks = [t for t in participant.tracks.values() if t.source is source and not t.info.muted]
    commands: list[Command] = [SetMuted(id=0, up=t.sid, muted=True) for t in tracks if t.up]
    muting = participant.end.muting(source)
    commands += [] if muting is None else [muting]
    await _carried_out(*(room.worker.ask(command) for command in commands))
    if participant.sid not in room.participants:
        return
    for track in tracks:
        _tell_muted(participant, track)
    participant.end.muted(source)
    if tracks:
        room.touch(participant)


def close_cameras(room: Room, participant: Participant) -> None:
    """It sends too much: its videos are muted, with the reason."""
    for track in participant.tracks.values():
        if track.kind == "video" and not track.info.muted:
            if track.up:
                room.tell(participant, SetMuted(id=0, up=track.sid, muted=True))
            _tell_muted(participant, track)
            why = RequestResponse(
                reason=RequestResponse.LIMIT_EXCEEDED,
                mute=MuteTrackRequest(sid=track.sid, muted=True),
            )
            participant.send(SignalResponse(request_response=why))
            room.touch(participant)


def muted_by_client(room: Room, participant: Participant, track: Track, *, muted: bool) -> None:
    """The client muted or unmuted; a suppressed microphone is closed again."""
    if not muted and participant.rights.suppressed and track.source is Source.MICROPHONE:
        _tell_muted(participant, track)
        return
    if track.info.muted == muted:
        return
    track.info.muted = muted
    if track.up:
        room.tell(participant, SetMuted(id=0, up=track.sid, muted=muted))
    room.touch(participant)


def set_attributes(room: Room, identity: str, changes: Mapping[str, str]) -> None:
    """Change attributes; ``name`` is the display name. They hold when it comes back."""
    standing = room.standing(identity)
    rest = {key: value for key, value in changes.items() if key != "name"}
    standing.name = changes.get("name", standing.name)
    participant = room.of(identity)
    standing.attributes = {**standing.attributes, **rest}
    if participant is None:
        return
    was_first = participant.is_first
    participant.name = changes.get("name", participant.name)
    participant.attributes = attributes_after(participant.attributes, rest)
    if participant.is_first != was_first:
        room.tell_number(participant)
        participant.end.ranked()
    room.touch(participant)


def remove(room: Room, identity: str) -> None:
    """Put ``identity`` out for as long as the room is open."""
    room.standing(identity).removed = True
    participant = room.of(identity)
    if participant is not None:
        end(room, participant, DisconnectReason.PARTICIPANT_REMOVED, LeaveRequest.DISCONNECT)


def end(
    room: Room,
    participant: Participant,
    reason: DisconnectReason,
    action: LeaveRequest.Action | None,
    *,
    silent: bool = False,
) -> None:
    """Take ``participant`` out with all that it sends and receives."""
    unpublish_all(room, participant)
    if participant.sections.asking is not None:
        participant.sections.asking.cancel()
        participant.sections.asking = None
    part(room, participant, reason=reason, action=action, silent=silent)


def _opens(track: Track) -> bool:
    return track.source is Source.MICROPHONE and not track.info.muted


def _tell_muted(participant: Participant, track: Track) -> None:
    track.info.muted = True
    muted = MuteTrackRequest(sid=track.sid, muted=True)
    participant.send(SignalResponse(mute=muted))


async def _carried_out(*waits: asyncio.Future[Done]) -> None:
    for outcome in await asyncio.gather(*waits, return_exceptions=True):
        if isinstance(outcome, BaseException) and not isinstance(
            outcome, WorkerGone | WorkerRefused
        ):
            raise outcome
