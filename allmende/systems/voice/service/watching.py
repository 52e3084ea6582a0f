"""What happens elsewhere and concerns legs: in media, in calls, at doors, to accounts."""

import logging
import math
from collections.abc import Callable
from typing import Final

from allmende.core.accounts import Caller
from allmende.core.errors import AllmendeError, Unavailable
from allmende.core.ids import (
    AccountId,
    AppPasswordId,
    CertificateId,
    GroupId,
    LinkId,
    RoomId,
    SessionId,
)
from allmende.core.permissions import Permission
from allmende.core.ports.audio import (
    AudioEvent,
    LegMuted,
    LegRemoved,
    LegRights,
    OfferWanted,
    Rekeyed,
    ResyncWanted,
    SlotTaken,
    Talking,
    Tunnelled,
)
from allmende.identity.events import DoorAnswered
from allmende.protocols.mumble.framing import frame, tunnel
from allmende.protocols.mumble.messages import CryptSetup
from allmende.systems.voice.service.channels import Channels
from allmende.systems.voice.service.errands import Errands
from allmende.systems.voice.service.knowing import Known, known
from allmende.systems.voice.service.legs import Leg, Legs, voice_of
from allmende.systems.voice.service.lightpages import LightPages
from allmende.systems.voice.service.moving import Moving, may_sound
from allmende.systems.voice.service.needs import Broadcast, Surroundings
from allmende.systems.voice.service.texting import Texting

DOUBT_S: Final = 3.0
"""Somebody whose rights cannot be asked again for so long is put out: 5 s are promised."""

_log: Final = logging.getLogger(__name__)


class Watching:
    """Keeps what clients are shown true while they ask for nothing."""

    def __init__(
        self,
        here: Surroundings,
        legs: Legs,
        channels: Channels,
        parts: tuple[Moving, Texting, LightPages],
        broadcast: Broadcast,
        errands: Errands,
        end: Callable[[Leg, str], None],
    ) -> None:
        self._here = here
        self._legs = legs
        self._channels = channels
        self._moving, self._texting, self._light = parts
        self._broadcast = broadcast
        self._errands = errands
        self._end = end

    # --- media tells --------------------------------------------------------------------

    async def follow_audio(self) -> None:
        """Follow media for ever; ends by cancellation."""
        async for event in self._here.audio.events():
            try:
                await self.heard(event)
            except AllmendeError as failure:
                _log.warning("an event of a leg failed: %s", failure.message_id)

    async def heard(self, event: AudioEvent) -> None:
        """Take in one event of media."""
        match event:
            case Tunnelled(sessions, packet):
                voice = tunnel(packet)
                for session in sessions:
                    leg = self._legs.find(session)
                    if leg is not None:
                        leg.outlet.send_voice(voice)
            case Talking() | SlotTaken():
                self._light.heard(event)  # native clients see it by the packets themselves
            case OfferWanted():
                self._light.heard_of(event)
            case _:
                leg = self._legs.find(event.session)
                if leg is not None:
                    await self._heard_of(leg, event)
                elif isinstance(event, LegRights | LegMuted | LegRemoved):
                    self._light.heard_of(event)

    async def _heard_of(
        self, leg: Leg, event: ResyncWanted | Rekeyed | LegRights | LegMuted | LegRemoved
    ) -> None:
        match event:
            case ResyncWanted():
                leg.outlet.send(frame(CryptSetup()))
            case Rekeyed(_, keys):
                setup = CryptSetup(
                    key=keys.key,
                    client_nonce=keys.client_nonce,
                    server_nonce=keys.server_nonce,
                )
                leg.outlet.send(frame(setup))
            case LegRights(_, rights):
                leg.suppressed = not may_sound(rights)
                self._broadcast.touch()
            case LegMuted(_, muted):
                self._moving.set_by_others(leg, mute=muted, deaf=None)
                if leg.room_id is not None:
                    self._light.show(leg.room_id)
            case LegRemoved(_, ended):
                await self._moving.put_out(leg)
                self._texting.tell_words(leg, "voice.call-ended" if ended else "voice.put-out")

    # --- calls and doors tell -----------------------------------------------------------

    async def follow_calls(self) -> None:
        """Follow the calls for ever; ends by cancellation."""
        async for _ in self._here.calls.changes():
            self._broadcast.touch()

    def door_answered(self, signal: DoorAnswered) -> None:
        """Somebody at a door was answered; if that is a leg, it asks what to do."""
        leg = self._legs.waiting(signal.room_id, signal.key)
        if leg is not None:
            self._errands.soon(lambda: self._answered(leg))

    async def _answered(self, leg: Leg) -> None:
        try:
            await self._moving.answered(leg)
        except AllmendeError as refused:
            self._texting.tell_words(leg, refused.message_id, **refused.values)

    # --- rights change ------------------------------------------------------------------

    async def ask(self, leg: Leg) -> Known:
        """Return what a leg may know of now; new rooms get their numbers."""
        now, who, guests = self._here.clock.now(), leg.who, dict(leg.guests)
        found = await self._here.database.read(lambda db: known(db, who, guests, now))
        await self._channels.number(found)
        return found

    async def recheck(
        self, concerned: Callable[[Leg], bool] = lambda _: True, *, patient: bool = False
    ) -> None:
        """Ask again for everybody concerned; while nobody answers they are in doubt.

        ``patient``: it was no right that may have ended.
        """
        now_s = math.inf if patient else self._here.clock.monotonic_s()
        for leg in self._legs:
            if concerned(leg):
                before = leg.in_doubt_since_s
                leg.in_doubt_since_s = now_s if before is None else min(before, now_s)
        await self.settle_doubts()

    async def settle_doubts(self) -> None:
        """Ask for those in doubt."""
        for leg in self._legs:
            since_s = leg.in_doubt_since_s
            if since_s is not None:
                await self._settle(leg, since_s)

    async def _settle(self, leg: Leg, since_s: float) -> None:
        leg.in_doubt_since_s = None
        try:
            found = await self.ask(leg)
        except Unavailable as failure:
            leg.in_doubt_since_s = since_s
            if self._here.clock.monotonic_s() - since_s >= DOUBT_S:
                _log.warning("rights of a leg are not known: %s", failure.message_id)
                self._end(leg, "voice.ended-doubt")
            return
        await self._take(leg, found)

    async def _take(self, leg: Leg, found: Known) -> None:
        if leg.gone:
            return
        leg.known = found
        self._broadcast.touch()
        where = leg.room_id if leg.waits is None else leg.waits.room_id
        if not found.good or (leg.who.account_id is None and not found.rooms):
            self._end(leg, "voice.ended-access")
        elif where is not None and not leg.may(where, Permission.ROOM_ENTER):
            await self._moving.home(leg)
            self._texting.tell_words(leg, "voice.put-out")

    # --- what ended ---------------------------------------------------------------------

    def ended(self, is_over: Callable[[Leg], bool], why: str = "voice.ended-access") -> None:
        """End every leg whose way in is over."""
        for leg in self._legs:
            if is_over(leg):
                self._end(leg, why)

    def account_over(self, account_id: AccountId, session_id: SessionId | None = None) -> None:
        """An account or one of its sessions ended."""
        self.ended(
            lambda leg: (
                leg.who.account_id == account_id and session_id in (None, leg.who.session_id)
            )
        )

    def app_password_over(self, account_id: AccountId, number: AppPasswordId | None) -> None:
        """An app password ended, or all of an account."""
        self.ended(
            lambda leg: (
                leg.who.account_id == account_id
                and leg.who.app_password_id is not None
                and number in (None, leg.who.app_password_id)
            )
        )

    def certificate_over(self, account_id: AccountId, number: CertificateId | None) -> None:
        """A certificate was taken from an account, or all of them."""
        self.ended(
            lambda leg: (
                leg.who.account_id == account_id
                and leg.who.certificate_id is not None
                and number in (None, leg.who.certificate_id)
            )
        )

    async def link_over(self, link_id: LinkId) -> None:
        """A link was taken back: who came by it has nothing here any more."""
        await self.recheck(lambda leg: any(_by_link(who, link_id) for who in _callers(leg)))

    async def account_changed(self, account_id: AccountId) -> None:
        """What an account may do is different now."""
        await self.recheck(lambda leg: leg.who.account_id == account_id)

    async def group_changed(self, group_id: GroupId) -> None:
        """A group has another name, or is gone."""
        await self.recheck(lambda leg: group_id in leg.known.in_groups, patient=True)

    async def room_made(self, group_id: GroupId | None) -> None:
        """A group has a room more."""
        if group_id is not None:
            await self.group_changed(group_id)

    async def room_changed(self, room_id: RoomId) -> None:
        """A room has another name, lobby or end."""
        await self.recheck(lambda leg: leg.known.sees(room_id), patient=True)

    async def voice_changed(self, room_id: RoomId) -> None:
        """What the voice of a room may be used for is different; it may be shown again, too."""
        await self.recheck()
        for leg in self._legs.in_room(room_id):
            if leg.recording and not voice_of(leg).may_record:
                self._moving.set_recording(leg, on=False)
                await self._moving.home(leg)
                self._texting.tell_words(leg, "voice.no-recording")

    async def room_gone(self, room_id: RoomId) -> None:
        """A room is gone."""
        await self.recheck(lambda leg: leg.known.sees(room_id))
        self._channels.forget_room(room_id)

    async def banned(self, room_id: RoomId) -> None:
        """Somebody was shut out of a room."""
        await self.recheck(lambda leg: leg.known.sees(room_id))


def _callers(leg: Leg) -> list[Caller]:
    return [leg.who, *leg.guests.values()]


def _by_link(who: Caller, link_id: LinkId) -> bool:
    return who.guest is not None and who.guest.link_id == link_id
