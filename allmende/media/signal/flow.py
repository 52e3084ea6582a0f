"""Tracks that begin and end, and who receives them."""

import asyncio
from collections.abc import Sequence

from allmende.core.ports.conference import CallEventKind, Source
from allmende.media.control import CloseDown, CloseUp
from allmende.media.signal.cameras import front
from allmende.media.signal.limits import (
    SECTIONS_ATTEMPTS,
    SECTIONS_JOIN_S,
    SECTIONS_WAIT_S,
)
from allmende.media.signal.participant import Participant
from allmende.media.signal.room import Room
from allmende.media.signal.sids import new_sid, new_ssrc
from allmende.media.signal.subscriptions import Subscription, first_settings, waiting
from allmende.media.signal.tracks import Track
from allmende.protocols.livekit.messages import (
    MediaSectionsRequirement,
    SignalResponse,
    SubscriptionError,
    SubscriptionResponse,
)


def announce(room: Room, owner: Participant, track: Track) -> None:
    """The worker takes ``track``: tell everybody and offer it to all."""
    if track.announced:
        return
    track.announced = True
    room.touch(owner)
    if owner.active:
        room.happened(CallEventKind.PUBLISHED, owner.identity, track.source)
    if track.source is Source.CAMERA:
        rearrange(room)
    for receiver in room.clients():
        reconsider(room, receiver, owner, track)


def unpublish(room: Room, owner: Participant, track: Track) -> None:
    """``track`` is over: downs close first, then the up."""
    owner.tracks.pop(track.sid, None)
    for receiver in room.participants.values():
        subscription = receiver.subscriptions.get(track.sid)
        if subscription is not None:
            close_subscription(room, receiver, subscription)
    if track.up:
        room.tell(owner, CloseUp(id=0, up=track.sid))
        track.up = False
    if track.announced:
        track.announced = False
        room.touch(owner)
        room.happened(CallEventKind.UNPUBLISHED, owner.identity, track.source)
        if track.source is Source.CAMERA:
            rearrange(room)


def unpublish_all(room: Room, owner: Participant) -> None:
    """The owner leaves."""
    for track in list(owner.tracks.values()):
        unpublish(room, owner, track)
    for subscription in list(owner.subscriptions.values()):
        close_subscription(room, owner, subscription)


def reconsider(room: Room, receiver: Participant, owner: Participant, track: Track) -> None:
    """Open or close the subscription of one to one, by wishes and permissions."""
    wanted = (
        receiver.receives
        and owner.active
        and receiver is not owner
        and track.announced
        and (room.direct or track.source is not Source.MICROPHONE or room.is_slot(track))
        and receiver.rights.subscribe
        and receiver.wishes.wants(track.sid, by_itself=room.comes_by_itself(track))
        and owner.audience.admits(receiver.identity, receiver.sid, track.sid)
    )
    subscription = receiver.subscriptions.get(track.sid)
    if wanted and subscription is None:
        down = new_sid("DN_")
        settings = first_settings(down, track, adaptive=receiver.adaptive)
        made = Subscription(down=down, track=track, ssrc=new_ssrc(), settings=settings)
        receiver.subscriptions[track.sid] = made
        need_sections(room, receiver)
    elif not wanted and subscription is not None:
        close_subscription(room, receiver, subscription)


def reconsider_all(room: Room, participant: Participant) -> None:
    """Look at all that ``participant`` receives and all that others receive from it."""
    for owner in room.owners() if participant.end.offers else ():
        for track in list(owner.tracks.values()):
            reconsider(room, participant, owner, track)
    for receiver in room.clients() if participant.tracks else ():
        for track in list(participant.tracks.values()):
            reconsider(room, receiver, participant, track)


def spoke(room: Room, speakers: Sequence[str]) -> None:
    """These participants began to speak: their cameras come to the front."""
    for sid in speakers:
        room.spoken.pop(sid, None)
        room.spoken[sid] = None
    rearrange(room)


def rearrange(room: Room) -> None:
    """Decide anew which cameras come by themselves, and tell where that has changed."""
    cameras = {
        track.sid: (owner, track)
        for owner in room.participants.values()
        for track in owner.tracks.values()
        if track.announced and track.source is Source.CAMERA
    }
    owners = {sid: owner.sid for sid, (owner, _) in cameras.items()}
    before = room.front
    room.front = front(owners, list(room.spoken), before)
    if room.front == before:
        return
    everything = frozenset(cameras)
    changed = (everything if before is None else before) ^ (
        everything if room.front is None else room.front
    )
    for sid in changed & everything:
        for receiver in list(room.participants.values()):
            reconsider(room, receiver, *cameras[sid])


def close_subscription(room: Room, receiver: Participant, subscription: Subscription) -> None:
    """Stop a down; its section is shown inactive by the next answer."""
    receiver.subscriptions.pop(subscription.track.sid, None)
    if subscription.opened:
        room.tell(receiver, CloseDown(id=0, down=subscription.down))
        subscription.opened = False
    if subscription.mid:
        need_sections(room, receiver)


def need_sections(room: Room, participant: Participant) -> None:
    """Ask the client for an offer, needs of 30 ms together."""
    if participant.sections.asking is not None:
        return
    loop = asyncio.get_running_loop()

    def ask() -> None:
        participant.sections.asking = None
        ask_sections(room, participant, loop.time())

    participant.sections.asking = loop.call_later(SECTIONS_JOIN_S, ask)


def ask_sections(room: Room, participant: Participant, at_s: float) -> None:
    """Send the requirement, if something is needed and no other request is open."""
    sections = participant.sections
    if participant.outbox is None or participant.offer is not None or sections.version == 0:
        return
    if sections.asked_at_s is not None and at_s - sections.asked_at_s < SECTIONS_WAIT_S:
        return
    stale = set(sections.sending.items()) - {
        (sub.mid, sub.track.sid) for sub in participant.subscriptions.values()
    }
    audio, video = participant.waiting("audio"), participant.waiting("video")
    if not (audio or video or stale):
        return
    sections.asked_at_s = at_s
    missing = MediaSectionsRequirement(
        num_audios=max(0, audio - sections.free.get("audio", 0)),
        num_videos=max(0, video - sections.free.get("video", 0)),
    )
    sections.asked_for_more = bool(missing.num_audios or missing.num_videos)
    # What is told of tracks must be there before the answer that carries them.
    room.flush()
    participant.send(SignalResponse(media_sections_requirement=missing))


def answered(room: Room, participant: Participant, *, placed: int) -> None:
    """An answer went out: give up on what the client cannot receive, or ask again."""
    sections = participant.sections
    left = waiting(participant.subscriptions.values())
    if placed or not left:
        sections.fruitless = 0
        sections.asked_at_s = None
    elif sections.asked_at_s is not None:
        sections.fruitless += 1
        # The first offer may have been on its way before more was asked for.
        if not (sections.asked_for_more and sections.fruitless == 1):
            sections.asked_at_s = None
        if sections.fruitless >= SECTIONS_ATTEMPTS:
            _give_up(participant, left)
            sections.fruitless = 0
    need_sections(room, participant)


def _give_up(participant: Participant, left: Sequence[Subscription]) -> None:
    for subscription in left:
        subscription.failed = True
        response = SubscriptionResponse(
            track_sid=subscription.track.sid, err=SubscriptionError.SE_CODEC_UNSUPPORTED
        )
        participant.send(SignalResponse(subscription_response=response))
