"""Native legs: connections of Mumble clients, which stand in a call without a WebSocket.

Here is the state of one leg and what it says to worker 0; `media.audio` knows them all. A leg
outlives the calls in which it stands: in each it is another participant, with its own sid.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from allmende.core.ports.audio import (
    Aim,
    AudioEvent,
    CryptKeys,
    LegCounts,
    LegFlags,
    LegMuted,
    LegPlan,
    LegRemoved,
    LegRights,
    Session,
)
from allmende.core.ports.calls import CLIENT_ATTRIBUTE, Client
from allmende.core.ports.conference import (
    MUTED_ATTRIBUTE,
    RECORDING_ATTRIBUTE,
    CallId,
    Invitee,
    Rights,
    Source,
)
from allmende.media.control import Command
from allmende.media.signal.arrival import as_standing
from allmende.media.signal.flow import announce, unpublish
from allmende.media.signal.moderation import end
from allmende.media.signal.participant import (
    Newcomer,
    Participant,
    is_first,
    make_participant,
    no_leg,
)
from allmende.media.signal.room import Room, attributes_after
from allmende.media.signal.sids import new_sid
from allmende.media.signal.subscriptions import Audience
from allmende.media.signal.tracks import Track
from allmende.media.voicing import (
    FlagMumble,
    LimitMumble,
    ListenMumble,
    OpenMumble,
    PlaceMumble,
)
from allmende.protocols.livekit.messages import (
    DisconnectReason,
    JoinRequest,
    LeaveRequest,
    TrackInfo,
    TrackSource,
    TrackType,
)

ENDED: Final = (
    DisconnectReason.ROOM_DELETED,
    DisconnectReason.ROOM_CLOSED,
    DisconnectReason.SERVER_SHUTDOWN,
)
"""Reasons with which the call is over for everybody."""
DISCONNECT: Final = LeaveRequest.DISCONNECT


class NativeLeg:
    """One connection. It is also the `End` of its participant."""

    offers = False

    def __init__(self, plan: LegPlan, tell: Callable[[AudioEvent], None]) -> None:
        self.sid = new_sid("ML_")
        self.plan = plan
        self.flags = LegFlags()
        self.may_whisper = False
        self.listens: tuple[CallId, ...] = ()
        self.aims: dict[int, tuple[tuple[Session, ...], Aim]] = {}
        self.counts = LegCounts()
        self.room: Room | None = None
        self.participant: Participant | None = None
        self._tell = tell
        self._nowhere = PlaceMumble(id=0, leg=self.sid, room="")
        self._said = self._nowhere
        self._flagged = self._flags(None)

    # --- what the worker is told ----------------------------------------------------------------

    def opening(self, keys: CryptKeys) -> OpenMumble:
        """Return what makes this leg."""
        return OpenMumble(
            id=0,
            leg=self.sid,
            session=self.plan.session,
            source=self.plan.source,
            key=keys.key,
            client_nonce=keys.client_nonce,
            server_nonce=keys.server_nonce,
            protobuf=self.plan.protobuf,
            tcp_only=self.plan.tcp_only,
            bandwidth_bps=self.plan.bandwidth_bps,
        )

    def placing(self, rights: Rights | None = None) -> PlaceMumble:
        """Return what puts this leg where it stands, with ``rights`` or those of now."""
        self._said = self._standing(rights)
        return self._said

    def moving(self, room: Room, who: Invitee) -> PlaceMumble:
        """Return what puts this leg into ``room``, where it does not stand yet."""
        who = as_standing(room, who)
        self._said = self._placed(room, who.rights, first=is_first(who.attributes))
        return self._said

    @property
    def is_where_told(self) -> bool:
        """Whether the last word to the worker is what is true now."""
        return self._said == self._standing(None)

    def _standing(self, rights: Rights | None) -> PlaceMumble:
        if self.room is None or self.participant is None:
            return self._nowhere
        given = rights or self.participant.rights
        return self._placed(self.room, given, first=self.participant.is_first)

    def _placed(self, room: Room, rights: Rights, *, first: bool) -> PlaceMumble:
        return PlaceMumble(
            id=0,
            leg=self.sid,
            room=room.plan.call,
            sources=tuple(sorted(rights.sources & {Source.MICROPHONE})),
            suppressed=rights.suppressed,
            may_whisper=self.may_whisper,
            first=first,
        )

    def limiting(self) -> LimitMumble:
        """Return how much it may send."""
        return LimitMumble(id=0, leg=self.sid, bandwidth_bps=self.plan.bandwidth_bps)

    def listening(self) -> ListenMumble:
        """Return what it hears besides."""
        return ListenMumble(id=0, leg=self.sid, rooms=self.listens)

    def flagging(self, *, muted: bool | None = None) -> FlagMumble:
        """Return its flags; ``muted``: as if the flag of that name were so."""
        self._flagged = self._flags(muted)
        return self._flagged

    @property
    def are_flags_told(self) -> bool:
        """Whether the last word to the worker about its flags is what is true now."""
        return self._flagged == self._flags(None)

    def _flags(self, muted: bool | None) -> FlagMumble:
        flags = self.flags
        silent = flags.self_mute or (flags.muted if muted is None else muted)
        return FlagMumble(id=0, leg=self.sid, silent=silent, deaf=flags.self_deaf or flags.deaf)

    # --- where it stands ------------------------------------------------------------------------

    def step_out(self) -> None:
        """Leave the call without a word to the worker, which is told where to stand instead."""
        room, participant = self.room, self.participant
        self.room = self.participant = None
        if room is not None and participant is not None:
            end(room, participant, DisconnectReason.CLIENT_INITIATED, None)

    def step_in(self, room: Room, who: Invitee, now: datetime, at_s: float) -> Participant:
        """Stand in ``room``, into which the worker has put it; nobody is told yet."""
        who = as_standing(room, who)
        former = room.of(who.identity)
        if former is not None:
            end(room, former, DisconnectReason.DUPLICATE_IDENTITY, DISCONNECT, silent=True)
        newcomer = Newcomer(
            sid=new_sid("PA_"),
            identity=who.identity,
            name=who.name,
            rights=who.rights,
            attributes={**who.attributes, CLIENT_ATTRIBUTE: Client.MUMBLE},
            request=JoinRequest(),
            leg=no_leg(),
            generation=room.generation,
            end=self,
        )
        participant = make_participant(newcomer, 0, now, at_s)
        participant.returning = former is not None and former.known
        participant.media_since_s = at_s
        participant.audience = Audience(everybody=False)  # slots carry it
        self.room, self.participant = room, participant
        room.participants[participant.sid] = participant
        room.invited.pop("", None)
        room.invited.pop(who.identity, None)
        self.show()
        return participant

    def show(self) -> None:
        """Bring its microphone, as others see it, up to rights and flags."""
        room, participant = self.room, self.participant
        if room is None or participant is None:
            return
        mark_muted(room, participant, muted=self.flags.muted)
        _mark(room, participant, RECORDING_ATTRIBUTE, on=self.flags.recording)
        track = next(iter(participant.tracks.values()), None)
        if Source.MICROPHONE not in participant.rights.sources:
            if track is not None:
                unpublish(room, participant, track)
            return
        muted = participant.rights.suppressed or self.flags.self_mute or self.flags.muted
        if track is None:
            track = microphone(participant.sid, muted=muted)
            participant.tracks[track.sid] = track
            announce(room, participant, track)
        elif track.info.muted != muted:
            track.info.muted = muted
            room.touch(participant)

    # --- as the end of its participant ----------------------------------------------------------

    def closing(self, sid: str) -> Command | None:
        """Return what takes it out of the room, unless it goes by itself."""
        if self.participant is None or self.participant.sid != sid:
            return None
        self._said = self._nowhere
        return self._said

    def restricting(self, sid: str, rights: Rights) -> Command:
        """Return its place with other rights."""
        return self.placing(rights)

    def muting(self, source: Source) -> Command | None:
        """Return its flags, muted."""
        return self.flagging(muted=True) if source is Source.MICROPHONE else None

    def restricted(self, rights: Rights) -> None:
        """Show the microphone so, and tell whoever opened it."""
        self.show()
        self._tell(LegRights(self.plan.session, rights))

    def muted(self, source: Source) -> None:
        """Keep the flag, show it, and tell whoever opened it."""
        if source is Source.MICROPHONE:
            self.flags = replace(self.flags, muted=True)
            self.show()
            self._tell(LegMuted(self.plan.session))

    def unmuted(self) -> None:
        """Take the flag away, and tell whoever opened it."""
        if self.room is None or self.participant is None or not self.flags.muted:
            return
        self.flags = replace(self.flags, muted=False)
        self.room.tell(self.participant, self.flagging())
        self.show()
        self._tell(LegMuted(self.plan.session, muted=False))

    def ranked(self) -> None:
        """Tell the worker."""
        if self.room is not None and self.participant is not None:
            self.room.tell(self.participant, self.placing())

    def ended(self, reason: DisconnectReason) -> None:
        """Tell whoever opened it, unless it went by itself."""
        if self.participant is not None:
            self.room = self.participant = None
            self._tell(LegRemoved(self.plan.session, reason in ENDED))


def mark_muted(room: Room, participant: Participant, *, muted: bool) -> None:
    """Show everybody whether a facilitator shut a microphone."""
    _mark(room, participant, MUTED_ATTRIBUTE, on=muted)


def _mark(room: Room, participant: Participant, attribute: str, *, on: bool) -> None:
    changes = {attribute: "yes" if on else ""}
    attributes = attributes_after(participant.attributes, changes)
    if attributes != participant.attributes:
        participant.attributes = attributes
        room.touch(participant)


def microphone(owner: str, *, muted: bool) -> Track:
    """Return a microphone that others are told of and that no section carries."""
    info = TrackInfo(
        sid=new_sid("TR_"),
        type=TrackType.AUDIO,
        source=TrackSource.MICROPHONE,
        name="microphone",
        stream="camera",
        muted=muted,
        disable_red=True,
        mime_type="audio/opus",
    )
    return Track(owner=owner, cids=frozenset(), source=Source.MICROPHONE, info=info)
