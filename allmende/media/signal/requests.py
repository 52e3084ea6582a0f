"""What a client may say: one function a message, and the table of them (spec meet, 5.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from allmende.core.ports.conference import Source
from allmende.media.control import ResendData
from allmende.media.signal.flow import need_sections, reconsider, reconsider_all
from allmende.media.signal.limits import MAX_SUBSCRIPTION_CHANGES
from allmende.media.signal.moderation import muted_by_client
from allmende.media.signal.participant import Participant
from allmende.media.signal.room import Room
from allmende.media.signal.subscriptions import Audience, changed_settings
from allmende.media.signal.tracks import make_track, refusal
from allmende.protocols.livekit.messages import (
    AddTrackRequest,
    DisconnectReason,
    LeaveRequest,
    Pong,
    RequestResponse,
    SignalRequest,
    SignalResponse,
    SimulateScenario,
    SubscriptionError,
    SubscriptionPermissionUpdate,
    SubscriptionResponse,
    SyncState,
    TrackPublishedResponse,
    UpdateSubscription,
)


@dataclass(frozen=True, slots=True)
class Seat:
    """Who says something, where and when. ``now_ms``: wall time since 1970."""

    room: Room
    participant: Participant
    now_ms: int


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The client is to leave. ``action`` None: it said so itself; ``cut``: without a word."""

    reason: DisconnectReason
    action: LeaveRequest.Action | None = None
    cut: bool = False


Handler = Callable[[Seat, SignalRequest], Goodbye | None]


def handle(seat: Seat, request: SignalRequest) -> Goodbye | None:
    """Do what ``request`` asks. Unknown messages are passed over."""
    handler = HANDLERS.get(request.WhichOneof("message") or "")
    return None if handler is None else handler(seat, request)


def add_track(seat: Seat, wanted: AddTrackRequest) -> None:
    """Make a track, or say why not."""
    room, participant = seat.room, seat.participant
    most = room.plan.max_cameras
    reason = refusal(
        wanted,
        participant.rights,
        participant.tracks.values(),
        cameras_left=most is None or room.cameras() < most,
    )
    if reason is not None:
        response = RequestResponse(reason=reason, add_track=wanted)
        participant.send(SignalResponse(request_response=response))
        return
    track = make_track(wanted, participant.sid)
    suppressed = participant.rights.suppressed and track.source is Source.MICROPHONE
    track.info.muted = track.info.muted or suppressed
    participant.tracks[track.sid] = track
    published = TrackPublishedResponse(cid=wanted.cid, track=track.info)
    participant.send(SignalResponse(track_published=published))


def _offer(seat: Seat, request: SignalRequest) -> None:
    seat.participant.take_offer(request.offer)


def _add_track(seat: Seat, request: SignalRequest) -> None:
    add_track(seat, request.add_track)


def _mute(seat: Seat, request: SignalRequest) -> None:
    track = seat.participant.tracks.get(request.mute.sid)
    if track is not None:
        muted_by_client(seat.room, seat.participant, track, muted=request.mute.muted)


def _track_setting(seat: Seat, request: SignalRequest) -> None:
    message = request.track_setting
    for sid in message.track_sids[:MAX_SUBSCRIPTION_CHANGES]:
        subscription = seat.participant.subscriptions.get(sid)
        if subscription is None:
            continue
        settings = changed_settings(subscription.settings, message)
        if settings == subscription.settings:
            continue
        subscription.settings = settings
        if subscription.opened:
            seat.room.tell(seat.participant, settings)


def _subscription(seat: Seat, request: SignalRequest) -> None:
    change_subscription(seat, request.subscription)


def change_subscription(seat: Seat, message: UpdateSubscription) -> None:
    """Take wishes for single tracks; an unknown track is answered."""
    room, participant = seat.room, seat.participant
    sids = list(message.track_sids)
    for tracks in message.participant_tracks:
        sids += tracks.track_sids
    sids = sids[:MAX_SUBSCRIPTION_CHANGES]
    participant.wishes.change(sids, subscribe=message.subscribe)
    for sid in sids:
        found = room.find_track(sid)
        if found is not None:
            _retry(participant, sid)
            reconsider(room, participant, *found)
        elif message.subscribe:
            missing = SubscriptionResponse(track_sid=sid, err=SubscriptionError.SE_TRACK_NOTFOUND)
            participant.send(SignalResponse(subscription_response=missing))
    need_sections(room, participant)


def _retry(participant: Participant, track_sid: str) -> None:
    subscription = participant.subscriptions.get(track_sid)
    if subscription is not None:
        subscription.failed = False


def _subscription_permission(seat: Seat, request: SignalRequest) -> None:
    room, owner = seat.room, seat.participant
    before = owner.audience
    owner.audience = Audience.of(request.subscription_permission)
    for receiver in room.active():
        if receiver is owner:
            continue
        for track in owner.tracks.values():
            who = (receiver.identity, receiver.sid, track.sid)
            allowed = owner.audience.admits(*who)
            if allowed != before.admits(*who):
                update = SubscriptionPermissionUpdate(
                    participant_sid=owner.sid, track_sid=track.sid, allowed=allowed
                )
                receiver.send(SignalResponse(subscription_permission_update=update))
    reconsider_all(room, owner)


def _sync_state(seat: Seat, request: SignalRequest) -> None:
    sync_state(seat, request.sync_state)


def sync_state(seat: Seat, state: SyncState) -> None:
    """What a resumed client remembers: its wishes, what it does not show, what it heard."""
    heard = [
        (each.publisher_sid, each.last_seq)
        for each in state.datachannel_receive_states[:MAX_SUBSCRIPTION_CHANGES]
    ]
    if heard:
        resend = ResendData(id=0, leg=seat.participant.sid, heard=tuple(heard))
        seat.room.tell(seat.participant, resend)
    if state.subscription.track_sids or state.subscription.participant_tracks:
        change_subscription(seat, state.subscription)
    for sid in state.track_sids_disabled[:MAX_SUBSCRIPTION_CHANGES]:
        subscription = seat.participant.subscriptions.get(sid)
        if subscription is not None and not subscription.settings.disabled:
            settings = msgspec.structs.replace(subscription.settings, disabled=True)
            subscription.settings = settings
            if subscription.opened:
                seat.room.tell(seat.participant, settings)


def _leave(seat: Seat, request: SignalRequest) -> Goodbye:
    return Goodbye(DisconnectReason.CLIENT_INITIATED)


def _ping(seat: Seat, request: SignalRequest) -> None:
    seat.participant.send(SignalResponse(pong=seat.now_ms))


def _ping_req(seat: Seat, request: SignalRequest) -> None:
    pong = Pong(last_ping_timestamp=request.ping_req.timestamp, timestamp=seat.now_ms)
    seat.participant.send(SignalResponse(pong_resp=pong))


def _update_metadata(seat: Seat, request: SignalRequest) -> None:
    response = RequestResponse(
        request_id=request.update_metadata.request_id,
        reason=RequestResponse.NOT_ALLOWED,
        update_metadata=request.update_metadata,
    )
    seat.participant.send(SignalResponse(request_response=response))


def _update_audio_track(seat: Seat, request: SignalRequest) -> None:
    track = seat.participant.tracks.get(request.update_audio_track.track_sid)
    if track is not None:
        del track.info.audio_features[:]
        track.info.audio_features.extend(
            dict.fromkeys(request.update_audio_track.features[:MAX_SUBSCRIPTION_CHANGES])
        )
        seat.room.touch(seat.participant)


def _update_video_track(seat: Seat, request: SignalRequest) -> None:
    track = seat.participant.tracks.get(request.update_video_track.track_sid)
    if track is not None:
        track.info.width = request.update_video_track.width
        track.info.height = request.update_video_track.height
        seat.room.touch(seat.participant)


def _unsupported(seat: Seat, request: SignalRequest) -> None:
    response = RequestResponse(reason=RequestResponse.UNSUPPORTED_TYPE)
    match request.WhichOneof("message"):
        case "publish_data_track_request":
            response.publish_data_track.CopyFrom(request.publish_data_track_request)
        case "unpublish_data_track_request":
            response.unpublish_data_track.CopyFrom(request.unpublish_data_track_request)
        case "store_data_blob_request":
            response.request_id = request.store_data_blob_request.request_id
        case "get_data_blob_request":
            response.request_id = request.get_data_blob_request.request_id
        case _:
            pass
    seat.participant.send(SignalResponse(request_response=response))


def _simulate(seat: Seat, request: SignalRequest) -> Goodbye | None:
    if not seat.room.plan.test_hooks:
        return None
    match _scenario(request.simulate):
        case "node_failure":
            return Goodbye(DisconnectReason.UNKNOWN_REASON, cut=True)
        case "server_leave":
            return Goodbye(DisconnectReason.UNKNOWN_REASON, LeaveRequest.DISCONNECT)
        case "leave_request_full_reconnect":
            return Goodbye(DisconnectReason.UNKNOWN_REASON, LeaveRequest.RECONNECT)
        case _:
            return None


def _scenario(message: SimulateScenario) -> str:
    return message.WhichOneof("scenario") or ""


HANDLERS: Final[dict[str, Handler]] = {
    "offer": _offer,
    "add_track": _add_track,
    "mute": _mute,
    "subscription": _subscription,
    "track_setting": _track_setting,
    "leave": _leave,
    "subscription_permission": _subscription_permission,
    "sync_state": _sync_state,
    "simulate": _simulate,
    "ping": _ping,
    "update_metadata": _update_metadata,
    "ping_req": _ping_req,
    "update_audio_track": _update_audio_track,
    "update_video_track": _update_video_track,
    "publish_data_track_request": _unsupported,
    "unpublish_data_track_request": _unsupported,
    "update_data_subscription": _unsupported,
    "store_data_blob_request": _unsupported,
    "get_data_blob_request": _unsupported,
}
"""``answer``, ``trickle`` and ``update_layers`` need nothing: we never offer, are ICE-lite, and
look at the packets."""
