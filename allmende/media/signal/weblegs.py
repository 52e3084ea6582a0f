"""The light page's leg: one offer, one answer whose sections never change (spec voice, 6, 10).

To the worker it is a leg like a client's, with one up and a down for each slot.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from allmende.config.sections import Voice
from allmende.core.errors import InvalidInput
from allmende.core.ports.audio import (
    AudioEvent,
    LegFlags,
    LegMuted,
    LegRemoved,
    LegRights,
    OfferWanted,
    Session,
    WebAnswer,
)
from allmende.core.ports.calls import CLIENT_ATTRIBUTE, Client
from allmende.core.ports.conference import Invitee, Rights, Source
from allmende.media.control import AddDown, AddUp, Command, SetDown, SetMuted
from allmende.media.link import WorkerGone, WorkerRefused
from allmende.media.signal.answer import offered_ssrcs
from allmende.media.signal.arrival import open_leg
from allmende.media.signal.ends import ClientEnd
from allmende.media.signal.flow import announce
from allmende.media.signal.moderation import end
from allmende.media.signal.native import DISCONNECT, ENDED, mark_muted, microphone
from allmende.media.signal.participant import Participant
from allmende.media.signal.room import Room
from allmende.media.signal.sids import new_sid, new_ssrc
from allmende.media.signal.slots import open_slots
from allmende.media.signal.subscriptions import Audience
from allmende.media.signal.transport import OfferRefused, fingerprint_of, settle
from allmende.media.signal.webanswer import (
    WebOffer,
    read_offer,
    web_codecs,
    web_extensions,
    write_answer,
)
from allmende.protocols.livekit.messages import DisconnectReason, JoinRequest
from allmende.protocols.sdp.model import Section
from allmende.protocols.sdp.write import write


@dataclass(frozen=True, slots=True)
class _Down:
    sid: str
    ssrc: int
    section: Section


class WebEnd(ClientEnd):
    """A light page as the end of its participant: voice tells it what concerns it."""

    offers = False

    def __init__(
        self,
        room: Room,
        participant: Participant,
        offer: WebOffer,
        tell: Callable[[AudioEvent], None],
    ) -> None:
        self.participant = participant
        self.flags = LegFlags()
        self.leaves = False
        self.downs = [_Down(new_sid("DN_"), new_ssrc(), section) for section in offer.downs]
        self._up = offer.up
        self._room = room
        self._tell = tell

    # --- told by moderation ---------------------------------------------------------------------

    def restricted(self, rights: Rights) -> None:
        """Show the microphone so, and tell whoever let it in."""
        self.show()
        if self._session is not None:
            self._tell(LegRights(self._session, rights))

    def muted(self, source: Source) -> None:
        """Keep the flag, and tell whoever let it in."""
        if source is Source.MICROPHONE:
            self.flags = replace(self.flags, muted=True)
            mark_muted(self._room, self.participant, muted=True)
            if self._session is not None:
                self._tell(LegMuted(self._session))

    def unmuted(self) -> None:
        """Take the flag away, and tell whoever let it in."""
        if self.flags.muted:
            self.take_flags(replace(self.flags, muted=False))
            if self._session is not None:
                self._tell(LegMuted(self._session, muted=False))

    def ended(self, reason: DisconnectReason) -> None:
        """Tell whoever let it in, unless it asked for that or is here anew."""
        quiet = self.leaves or reason == DisconnectReason.DUPLICATE_IDENTITY
        if self._session is not None and not quiet:
            self._tell(LegRemoved(self._session, reason in ENDED))

    @property
    def _session(self) -> Session | None:
        number = self._room.sessions.get(self.participant.identity)
        return None if number is None else Session(number)

    # --- what it sends and hears ----------------------------------------------------------------

    def take_flags(self, flags: LegFlags) -> None:
        """Mute, deafen."""
        self.flags = flags
        self.show()
        deaf = flags.self_deaf or flags.deaf
        for down in self.downs:
            self._room.tell(self.participant, SetDown(id=0, down=down.sid, disabled=deaf))

    def show(self) -> None:
        """Bring its microphone up to rights and flags. One that was taken away comes back."""
        room, participant = self._room, self.participant
        mark_muted(room, participant, muted=self.flags.muted)
        track = next(iter(participant.tracks.values()), None)
        if track is None:
            for sending in self._sending():
                room.tell(participant, sending)
            self._announce()
        elif track.info.muted != self._is_muted:
            track.info.muted = self._is_muted
            room.tell(participant, SetMuted(id=0, up=track.sid, muted=self._is_muted))
            room.touch(participant)

    async def open_tracks(self) -> None:
        """Let it speak and hear. Raises WorkerGone, WorkerRefused."""
        ups = () if self._room.slots is None else self._room.slots.tracks
        commands = [*self._sending(), *self._hearing(tuple(ups))]
        waits = [self._room.worker.ask(command) for command in commands]
        for failure in await asyncio.gather(*waits, return_exceptions=True):
            if isinstance(failure, BaseException):
                raise failure
        self._announce()

    @property
    def _is_muted(self) -> bool:
        suppressed = self.participant.rights.suppressed
        return suppressed or self.flags.self_mute or self.flags.muted

    def _announce(self) -> None:
        for track in list(self.participant.tracks.values()):
            announce(self._room, self.participant, track)

    def _sending(self) -> list[Command]:
        """Give it a microphone, if it may have one; return what tells the worker."""
        participant = self.participant
        if Source.MICROPHONE not in participant.rights.sources:
            return []
        track = microphone(participant.sid, muted=self._is_muted)
        track.up, track.mid = True, self._up.mid
        participant.tracks[track.sid] = track
        return [
            AddUp(
                id=0,
                leg=participant.sid,
                up=track.sid,
                mid=self._up.mid,
                kind="audio",
                source=Source.MICROPHONE,
                codecs=web_codecs(self._up),
                extensions=web_extensions(self._up),
                ssrcs=offered_ssrcs(self._up),
                muted=self._is_muted,
            )
        ]

    def _hearing(self, ups: Sequence[str]) -> list[Command]:
        return [
            AddDown(
                id=0,
                leg=self.participant.sid,
                down=down.sid,
                up=up,
                mid=down.section.mid,
                ssrc=down.ssrc,
                codecs=web_codecs(down.section),
                extensions=web_extensions(down.section),
                strip_red=True,
            )
            for up, down in zip(ups, self.downs, strict=True)
        ]


class WebLegs:
    """Lets light pages in."""

    def __init__(self, tell: Callable[[AudioEvent], None], settings: Voice) -> None:
        self._tell = tell
        self._settings = settings

    def understood(self, offer: str) -> WebOffer:
        """Return the offer. Raises InvalidInput ``voice.offer``."""
        try:
            return read_offer(offer, self._settings.slots)
        except OfferRefused as refused:
            raise InvalidInput("voice.offer", detail=str(refused)) from refused

    async def answer(
        self, room: Room, who: Invitee, offer: WebOffer, now: datetime, at_s: float
    ) -> WebAnswer:
        """Make the leg, or go on with it after a cut; return the answer.

        Raises InvalidInput, WorkerGone, WorkerRefused.
        """
        room.prepare()
        open_slots(room, self._settings.slots, direct=False)
        web = _cut_off(room, who, offer)
        fresh = web is None
        if web is None:
            web = self._come(room, who, offer, now, at_s)
        try:
            local = await settle(room, web.participant, offer.description)
            if fresh:
                await web.open_tracks()
        except (OfferRefused, WorkerGone, WorkerRefused) as failure:
            if web.participant.sid in room.participants:
                end(room, web.participant, DisconnectReason.JOIN_FAILURE, None)
            if isinstance(failure, OfferRefused):
                raise InvalidInput("voice.offer", detail=str(failure)) from failure
            raise
        ssrcs = {down.section.mid: down.ssrc for down in web.downs}
        answer = write_answer(offer, local, ssrcs, self._settings.max_bandwidth_bps)
        return WebAnswer(write(answer), len(ssrcs))

    def close(self, room: Room, participant: Participant) -> None:
        """The page leaves."""
        if isinstance(participant.end, WebEnd):
            participant.end.leaves = True
            end(room, participant, DisconnectReason.CLIENT_INITIATED, None)

    def lose(self, room: Room, at_s: float) -> None:
        """The worker is gone: pages have as long to come back as clients without WebSocket."""
        for participant in room.participants.values():
            if isinstance(participant.end, WebEnd):
                participant.gone_since_s = at_s

    def call_back(self, room: Room) -> None:
        """The worker is there again: ask pages to come back."""
        for participant in room.participants.values():
            session = room.sessions.get(participant.identity)
            if participant.lost and session is not None and isinstance(participant.end, WebEnd):
                self._tell(OfferWanted(Session(session)))

    def set_flags(self, participant: Participant, flags: LegFlags) -> None:
        """Mute its microphone, or stop what it hears."""
        if isinstance(participant.end, WebEnd):
            participant.end.take_flags(flags)

    def _come(
        self, room: Room, who: Invitee, offer: WebOffer, now: datetime, at_s: float
    ) -> WebEnd:
        former = room.of(who.identity)
        if former is not None:
            reason = DisconnectReason.DUPLICATE_IDENTITY
            end(room, former, reason, DISCONNECT, silent=True)
        marked = replace(who, attributes={**who.attributes, CLIENT_ATTRIBUTE: Client.WEB})
        participant = open_leg(room, marked, JoinRequest(), now, at_s)
        web = WebEnd(room, participant, offer, self._tell)
        participant.end = web
        participant.audience = Audience(everybody=False)  # slots carry it
        participant.returning = former is not None and former.known
        room.participants[participant.sid] = participant
        room.tell_number(participant)
        room.invited.pop("", None)
        room.invited.pop(who.identity, None)
        return web


def _cut_off(room: Room, who: Invitee, offer: WebOffer) -> WebEnd | None:
    """Return the leg that goes on with ``offer``: the same transport of the same page."""
    participant = room.of(who.identity)
    if participant is None or participant.lost or not isinstance(participant.end, WebEnd):
        return None
    remote = participant.sections.remote
    same = remote is not None and remote.fingerprint == fingerprint_of(offer.description)
    return participant.end if same else None
