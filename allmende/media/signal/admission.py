"""Who may connect: the token, the join request and the room, before the WebSocket is accepted."""

from dataclasses import dataclass

from allmende.core.errors import InvalidInput, NotAllowed, NotFound, QuotaExceeded, Unavailable
from allmende.media.signal.room import Room
from allmende.protocols.livekit.join_request import (
    JoinRequestRefused,
    JoinRequestTooLarge,
    parse_join_request,
)
from allmende.protocols.livekit.messages import JoinRequest
from allmende.protocols.livekit.token import Grants


@dataclass(frozen=True, slots=True)
class Admission:
    """A connection that may be accepted."""

    room: Room
    grants: Grants
    request: JoinRequest


def read_request(text: str) -> JoinRequest:
    """Return the join request. Raises InvalidInput, QuotaExceeded (414 for HTTP)."""
    try:
        return parse_join_request(text)
    except JoinRequestTooLarge as refused:
        raise QuotaExceeded("meet.join-request-too-large", detail=str(refused)) from refused
    except JoinRequestRefused as refused:
        raise InvalidInput("meet.join-request-broken", detail=str(refused)) from refused


def admit(room: Room | None, grants: Grants, request: JoinRequest) -> Admission:
    """Return the admission. Raises NotFound, NotAllowed, Unavailable."""
    if room is None:
        raise NotFound("meet.no-such-call")
    if room.standings.get(grants.identity) and room.standing(grants.identity).removed:
        raise NotAllowed("meet.removed-from-call")
    if not room.expects(grants.identity):
        raise NotFound("meet.no-such-call", detail="a token of an earlier call")
    others = [p for p in room.participants.values() if p.identity != grants.identity]
    if not request.reconnect and len(others) >= room.plan.max_participants:
        raise NotAllowed("meet.call-full")
    if room.worker.ready is None:
        raise Unavailable("meet.media-restarting", retry_after_s=1)
    return Admission(room, grants, request)
