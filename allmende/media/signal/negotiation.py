"""An offer comes in: sections are assigned, the worker is told, the answer goes out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

import msgspec

from allmende.media.control import AddDown, AddUp, CloseDown, Done
from allmende.media.link import WorkerGone, WorkerRefused
from allmende.media.signal.answer import (
    Assignment,
    assign,
    offered_rids,
    offered_ssrcs,
    write_answer,
)
from allmende.media.signal.codecs import (
    formats_down,
    formats_up,
    main_format,
    red_format,
    worker_codecs,
    worker_extensions,
)
from allmende.media.signal.flow import announce, answered, unpublish
from allmende.media.signal.participant import Participant
from allmende.media.signal.room import Room
from allmende.media.signal.sids import new_sid
from allmende.media.signal.subscriptions import Subscription
from allmende.media.signal.tracks import Track
from allmende.media.signal.transport import OfferRefused, settle
from allmende.protocols.livekit.messages import (
    SessionDescription,
    SignalResponse,
    TrackSubscribed,
)
from allmende.protocols.sdp.errors import SdpRefused
from allmende.protocols.sdp.model import Description, Direction, Section
from allmende.protocols.sdp.parse import parse
from allmende.protocols.sdp.write import write

_RIDS: Final = ("q", "h", "f")


async def negotiate(
    room: Room,
    participant: Participant,
    clock_s: Callable[[], float],
    current: Callable[[], bool],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Answer the offers of ``participant``, always the newest one. Raises OfferRefused.

    Returns when ``current`` is false: another WebSocket has taken over.
    """
    while True:
        await participant.offered.wait()
        if not current():
            return
        while not participant.offer_pace.take(clock_s()):
            await sleep(participant.offer_pace.wait_s())
        participant.offered.clear()
        offer, participant.offer = participant.offer, None
        if offer is not None:
            await answer_offer(room, participant, offer)


async def answer_offer(room: Room, participant: Participant, message: SessionDescription) -> None:
    """Answer one offer, after the worker has done all that the answer promises."""
    try:
        offer = parse(message.sdp)
    except SdpRefused as refused:
        raise OfferRefused(str(refused)) from refused
    try:
        local = await settle(room, participant, offer)
        assignment, placed = await _carry_out(room, participant, offer)
    except WorkerGone:
        return  # everybody of this worker is about to be asked to join anew
    except WorkerRefused as refused:
        if participant.lost or participant.sid not in room.participants:
            return  # the new worker does not know the leg, or it was closed meanwhile
        raise OfferRefused(str(refused)) from refused
    assignment = _still_true(participant, assignment)
    answer = SessionDescription(
        type="answer",
        sdp=write(write_answer(offer, assignment, local)),
        id=message.id,
        mid_to_track_id={mid: down.sid for mid, down in assignment.downs.items()},
    )
    room.flush()  # what is told of a track comes before the answer that carries it
    participant.send(SignalResponse(answer=answer))
    _remember(participant, offer, assignment)
    for track in list(participant.tracks.values()):
        if track.up:
            announce(room, participant, track)
    answered(room, participant, placed=placed)


async def _carry_out(
    room: Room, participant: Participant, offer: Description
) -> tuple[Assignment, int]:
    """Assign sections and tell the worker; return the assignment and how many downs are new."""
    assignment = _assign(participant, offer)
    for sid in assignment.ended:
        unpublish(room, participant, participant.tracks[sid])
    sections = {section.mid: section for section in offer.sections}
    ups: list[tuple[Track, asyncio.Future[Done]]] = []
    for mid, up in assignment.ups.items():
        track = participant.tracks[up.sid]
        if not track.up:
            ups.append((track, _open_up(room, participant, track, sections[mid])))
    downs: list[tuple[Subscription, asyncio.Future[Done]]] = []
    for mid, down in assignment.downs.items():
        subscription = participant.subscriptions[down.sid]
        if subscription.mid != mid or not subscription.opened:
            opening = _open_down(room, participant, subscription, sections[mid])
            downs.append((subscription, opening))
    _forget_lost(room, participant, assignment)
    waits = [future for _, future in ups] + [future for _, future in downs]
    await asyncio.gather(*waits, return_exceptions=True)
    for track, future in ups:
        if _failed(future):
            track.up = False
            unpublish(room, participant, track)
    for subscription, future in downs:
        if _failed(future):
            subscription.opened, subscription.mid, subscription.failed = False, "", True
        else:
            _first_down(room, subscription.track)
    return assignment, len(downs)


def _assign(participant: Participant, offer: Description) -> Assignment:
    subscriptions = participant.subscriptions
    split = participant.split_streams
    resting = {
        mid
        for mid, sid in participant.sections.sending.items()
        if sid not in subscriptions or subscriptions[sid].mid != mid
    }
    assignment = assign(
        offer,
        [track.wanted() for track in participant.tracks.values()],
        [sub.wanted(split=split) for sub in subscriptions.values() if not sub.failed],
        resting=frozenset(resting),
        cids_fit=participant.sections.cids_fit,
    )
    participant.sections.cids_fit |= _cids_fit(offer, assignment)
    return assignment


def _cids_fit(offer: Description, assignment: Assignment) -> bool:
    msids = {section.mid: section.msid for section in offer.sections}
    for mid, up in assignment.ups.items():
        msid = msids[mid]
        if msid is not None and msid.track in up.cids:
            return True
    return False


def _open_up(
    room: Room, participant: Participant, track: Track, section: Section
) -> asyncio.Future[Done]:
    up = track.wanted()
    formats = formats_up(section, red=up.red, dtx=up.dtx, stereo=up.stereo)
    rids = offered_rids(section)
    if set(rids) <= set(_RIDS):
        rids = tuple(rid for rid in _RIDS if rid in rids)
    track.mid, track.up, track.rids = section.mid, True, rids
    track.info.mid = section.mid
    if track.kind == "audio" and red_format(section) is None:
        track.info.mime_type = "audio/opus"
    return room.worker.ask(
        AddUp(
            id=0,
            leg=participant.sid,
            up=track.sid,
            mid=section.mid,
            kind=track.kind,
            source=track.source,
            codecs=worker_codecs(formats),
            extensions=worker_extensions(section),
            rids=rids,
            ssrcs=offered_ssrcs(section),
            width=track.info.width,
            height=track.info.height,
            muted=track.info.muted,
        )
    )


def _open_down(
    room: Room, participant: Participant, subscription: Subscription, section: Section
) -> asyncio.Future[Done]:
    if subscription.opened:
        _close_down(room, participant, subscription)
    subscription.mid, subscription.opened = section.mid, True
    future = room.worker.ask(
        AddDown(
            id=0,
            leg=participant.sid,
            down=subscription.down,
            up=subscription.track.sid,
            mid=section.mid,
            ssrc=subscription.ssrc,
            codecs=worker_codecs(formats_down(section)),
            extensions=worker_extensions(section),
            strip_red=subscription.track.kind == "audio" and red_format(section) is None,
        )
    )
    room.tell(participant, subscription.settings)
    return future


def _close_down(room: Room, participant: Participant, subscription: Subscription) -> None:
    room.tell(participant, CloseDown(id=0, down=subscription.down))
    subscription.opened, subscription.mid = False, ""
    subscription.down = new_sid("DN_")
    subscription.settings = msgspec.structs.replace(subscription.settings, down=subscription.down)


def _forget_lost(room: Room, participant: Participant, assignment: Assignment) -> None:
    """A section that went away, or does not receive any more, takes its down along."""
    for subscription in participant.subscriptions.values():
        if subscription.opened and subscription.mid not in assignment.downs:
            _close_down(room, participant, subscription)


def _failed(future: asyncio.Future[Done]) -> bool:
    failure = future.exception()
    if isinstance(failure, WorkerGone):
        raise failure
    return failure is not None


def _first_down(room: Room, track: Track) -> None:
    if track.heard:
        return
    track.heard = True
    owner = room.participants.get(track.owner)
    if owner is not None:
        owner.send(SignalResponse(track_subscribed=TrackSubscribed(track_sid=track.sid)))


def _still_true(participant: Participant, assignment: Assignment) -> Assignment:
    """Leave out what ended while the worker was asked."""
    tracks, subscriptions = participant.tracks, participant.subscriptions
    ups = {m: up for m, up in assignment.ups.items() if up.sid in tracks and tracks[up.sid].up}
    downs = {}
    for mid, down in assignment.downs.items():
        subscription = subscriptions.get(down.sid)
        if subscription is not None and subscription.opened and subscription.mid == mid:
            downs[mid] = down
    return replace(assignment, ups=ups, downs=downs)


def _remember(participant: Participant, offer: Description, assignment: Assignment) -> None:
    sections = participant.sections
    sections.sending = {mid: down.sid for mid, down in assignment.downs.items()}
    sections.free = _free(offer, assignment.downs)


def _free(offer: Description, downs: Mapping[str, object]) -> dict[str, int]:
    free = {"audio": 0, "video": 0}
    for section in offer.sections:
        receives = section.direction is Direction.RECVONLY and not section.rejected
        if receives and section.mid not in downs and main_format(section) is not None:
            free[section.kind] += 1
    return free
