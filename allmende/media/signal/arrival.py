"""Somebody comes in, for the first time or again: the first messages (spec meet, 5.2)."""

from datetime import datetime
from typing import Final

from allmende.core.ports.conference import CallEventKind, Invitee
from allmende.media.control import OpenLeg
from allmende.media.signal.admission import Admission
from allmende.media.signal.flow import reconsider_all
from allmende.media.signal.limits import MAX_TRACKS, PING_INTERVAL_S, PING_TIMEOUT_S
from allmende.media.signal.moderation import end
from allmende.media.signal.outbox import Outbox, leave_frame
from allmende.media.signal.participant import Newcomer, Participant, make_participant
from allmende.media.signal.permissions import leg_rights, rights_of
from allmende.media.signal.requests import Seat, add_track, sync_state
from allmende.media.signal.room import MIME_TYPES, Room, attributes_after
from allmende.media.signal.sids import new_sid, new_ssrc
from allmende.protocols.livekit.messages import (
    Codec,
    DisconnectReason,
    JoinRequest,
    JoinResponse,
    LeaveRequest,
    ParticipantInfo,
    ParticipantUpdate,
    ReconnectResponse,
    ServerInfo,
    SignalResponse,
)

# Clients refuse RPC below 1.8.0 and may send simulcast VP9 above 1.13.6 (spec meet, 6.9).
SERVER_VERSION: Final = "1.9.0"
SERVER_PROTOCOL: Final = 16


def join(admission: Admission, outbox: Outbox, node: str, now: datetime, at_s: float) -> Seat:
    """Let somebody in: the leg is opened, ``join`` is the first message, then the offer counts."""
    room = admission.room
    identity = admission.grants.identity
    former = room.of(identity)
    if former is not None:
        end(
            room,
            former,
            DisconnectReason.DUPLICATE_IDENTITY,
            LeaveRequest.DISCONNECT,
            silent=True,
        )
    grants = admission.grants
    invitee = Invitee(identity, grants.name, rights_of(grants), grants.attributes)
    participant = open_leg(room, invitee, admission.request, now, at_s)
    participant.returning = former is not None and former.known
    participant.early = identity in room.seen
    participant.outbox = outbox
    others = [each.info() for each in room.active()]
    room.participants[participant.sid] = participant
    room.tell_number(participant)
    room.invited.pop("", None)
    room.invited.pop(identity, None)
    outbox.send(
        SignalResponse(
            join=JoinResponse(
                room=room.info(),
                participant=participant.info(),
                other_participants=others,
                server_version=SERVER_VERSION,
                server_info=server_info(node),
                ping_interval=PING_INTERVAL_S,
                ping_timeout=PING_TIMEOUT_S,
                subscriber_primary=False,
                fast_publish=True,
                enabled_publish_codecs=[Codec(mime=mime) for mime in MIME_TYPES],
                sif_trailer=room.sif_trailer,
            )
        )
    )
    seat = Seat(room, participant, int(now.timestamp() * 1000))
    for wanted in admission.request.add_track_requests[: MAX_TRACKS + 1]:
        add_track(seat, wanted)
    reconsider_all(room, participant)
    if admission.request.HasField("publisher_offer"):
        participant.take_offer(admission.request.publisher_offer)
    return seat


def open_leg(
    room: Room, who: Invitee, request: JoinRequest, now: datetime, at_s: float
) -> Participant:
    """Return a participant of ``room`` that is not in it yet; its leg is being opened."""
    who = as_standing(room, who)
    room.prepare()
    sid = new_sid("PA_")
    leg = room.worker.ask(
        OpenLeg(
            id=0,
            leg=sid,
            room=room.plan.call,
            identity=who.identity,
            rights=leg_rights(who.rights),
        )
    )
    newcomer = Newcomer(
        sid=sid,
        identity=who.identity,
        name=who.name,
        rights=who.rights,
        attributes=dict(who.attributes),
        request=request,
        leg=leg,
        generation=room.generation,
    )
    return make_participant(newcomer, new_ssrc(), now, at_s)


def as_standing(room: Room, who: Invitee) -> Invitee:
    """Return ``who`` by what was decided since the invitation."""
    standing = room.standings.get(who.identity)
    if standing is None:
        return who
    return Invitee(
        identity=who.identity,
        name=standing.name or who.name,
        rights=standing.rights or who.rights,
        attributes=attributes_after(who.attributes, standing.attributes),
    )


def resume(
    admission: Admission, outbox: Outbox, node: str, now: datetime, at_s: float
) -> Seat | None:
    """Give a participant its new WebSocket; None: unknown, the client was told to join anew."""
    room, request = admission.room, admission.request
    participant = room.participants.get(request.participant_sid)
    known = participant is not None and participant.identity == admission.grants.identity
    if participant is None or not known or participant.lost:
        outbox.finish(leave_frame(LeaveRequest.RECONNECT, DisconnectReason.STATE_MISMATCH))
        return None
    if participant.outbox is not None:
        participant.outbox.finish()
    participant.outbox = outbox
    participant.gone_since_s = None
    participant.heard_at_s = at_s
    participant.offer = None
    participant.sections.asked_at_s = None
    outbox.send(SignalResponse(reconnect=ReconnectResponse(server_info=server_info(node))))
    everybody = [each.info() for each in room.active()]
    outbox.send(SignalResponse(update=ParticipantUpdate(participants=everybody)))
    seat = Seat(room, participant, int(now.timestamp() * 1000))
    if request.HasField("sync_state"):
        sync_state(seat, request.sync_state)
    return seat


def server_info(node: str) -> ServerInfo:
    """Return what clients are told of the server."""
    return ServerInfo(
        edition=ServerInfo.Standard,
        version=SERVER_VERSION,
        protocol=SERVER_PROTOCOL,
        node_id=node,
    )


def media_up(room: Room, participant: Participant, at_s: float) -> None:
    """DTLS is done: everybody is told, and subscriptions begin."""
    participant.media_since_s = at_s
    if participant.active:
        return
    participant.state = ParticipantInfo.ACTIVE
    room.touch(participant)
    if not participant.known:
        participant.known = True
        room.seen.add(participant.identity)
        if not participant.returning:
            room.happened(CallEventKind.JOINED, participant.identity)
    for track in participant.tracks.values():
        if track.announced:
            room.happened(CallEventKind.PUBLISHED, participant.identity, track.source)
    reconsider_all(room, participant)
