"""One WebSocket from its first message to its last (spec meet, 5.1 and 17)."""

import asyncio
from typing import Protocol

from google.protobuf.message import DecodeError

from allmende.core.clock import Clock
from allmende.media.signal.admission import Admission
from allmende.media.signal.calls import Calls
from allmende.media.signal.limits import (
    MAX_FRAME_BYTES,
    MESSAGES_BURST,
    MESSAGES_PER_S,
    Pace,
    Strikes,
)
from allmende.media.signal.moderation import end
from allmende.media.signal.negotiation import negotiate
from allmende.media.signal.outbox import FrameSocket, Outbox, leave_frame
from allmende.media.signal.requests import Goodbye, Seat, handle
from allmende.media.signal.transport import OfferRefused
from allmende.protocols.livekit.messages import DisconnectReason, LeaveRequest, SignalRequest


class Conference(Protocol):
    """What serves signalling: EmbeddedConference."""

    @property
    def calls(self) -> Calls:
        """The rooms."""
        ...


def check_join(conference: Conference, access_token: str, join_request: str) -> Admission:
    """Check what can be checked before the WebSocket is accepted; also for ``validate``.

    Raises InvalidInput (400), NotSignedIn (401), NotAllowed (403), NotFound (404),
    QuotaExceeded (414), Unavailable (503).
    """
    return conference.calls.admission(access_token, join_request)


async def serve_signal(
    conference: Conference, socket: FrameSocket, access_token: str, join_request: str
) -> None:
    """Speak on an accepted WebSocket until one of both ends it. Raises like ``check_join``."""
    calls = conference.calls
    admission = calls.admission(access_token, join_request)
    outbox = Outbox()
    seat = calls.enter(admission, outbox)
    if seat is None:
        await outbox.run(socket)
        return
    session = _Session(calls, seat, outbox)
    try:
        await session.run(socket)
    finally:
        calls.left_socket(seat, outbox)


class _Session:
    """Reader, writer and negotiator of one WebSocket."""

    def __init__(self, calls: Calls, seat: Seat, outbox: Outbox) -> None:
        self._clock: Clock = calls.clock
        self._seat = seat
        self._outbox = outbox
        at_s = self._clock.monotonic_s()
        self._pace = Pace(MESSAGES_PER_S, MESSAGES_BURST, at_s)
        self._strikes = Strikes()

    async def run(self, socket: FrameSocket) -> None:
        """Return when the WebSocket is closed."""
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._outbox.run(socket))
            reader = tasks.create_task(self._read(socket))
            negotiator = tasks.create_task(self._negotiate())
            await asyncio.wait([writer, reader], return_when=asyncio.FIRST_COMPLETED)
            self._outbox.finish()
            negotiator.cancel()
            if not reader.done():
                # We said the last word; whatever the client still says is not heard.
                await writer
                reader.cancel()

    async def _negotiate(self) -> None:
        seat = self._seat
        try:
            await negotiate(seat.room, seat.participant, self._clock.monotonic_s, self._is_current)
        except OfferRefused:
            self._leave(Goodbye(DisconnectReason.JOIN_FAILURE, LeaveRequest.DISCONNECT))

    def _is_current(self) -> bool:
        return self._seat.participant.outbox is self._outbox

    async def _read(self, socket: FrameSocket) -> None:
        while not self._outbox.finished:
            try:
                frame = await socket.receive()
            except OSError:
                return
            if frame is None:
                return
            goodbye = self._heard(frame)
            if goodbye is not None:
                self._leave(goodbye)
                return

    def _heard(self, frame: bytes) -> Goodbye | None:
        at_s = self._clock.monotonic_s()
        self._seat.participant.heard_at_s = at_s
        request = _parsed(frame) if self._pace.take(at_s) else None
        if request is None:
            if self._strikes.add(at_s):
                return Goodbye(DisconnectReason.UNKNOWN_REASON, LeaveRequest.DISCONNECT)
            return None
        now_ms = int(self._clock.now().timestamp() * 1000)
        return handle(Seat(self._seat.room, self._seat.participant, now_ms), request)

    def _leave(self, goodbye: Goodbye) -> None:
        room, participant = self._seat.room, self._seat.participant
        if goodbye.cut:
            self._outbox.finish()
        elif goodbye.action == LeaveRequest.RECONNECT:
            self._outbox.finish(leave_frame(goodbye.action, goodbye.reason))
        elif participant.sid in room.participants:
            end(room, participant, goodbye.reason, goodbye.action)


def _parsed(frame: bytes) -> SignalRequest | None:
    if not 0 < len(frame) <= MAX_FRAME_BYTES:
        return None
    try:
        return SignalRequest.FromString(frame)
    except DecodeError:
        return None
