"""The light page for voice: come in, listen, talk in turn, write, leave (spec voice, 10)."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import AllmendeError, Conflict, InvalidInput, NotFound, Unavailable
from allmende.core.ids import MessageId, RoomId
from allmende.core.permissions import Permission
from allmende.core.ports.audio import (
    Aim,
    LegMuted,
    LegRemoved,
    LegRights,
    OfferWanted,
    SlotTaken,
    Talking,
    WebAnswer,
)
from allmende.core.ports.calls import Act, CallPerson, CallShown, Client, Knocking
from allmende.core.ports.conference import CallId
from allmende.core.rooms import LinkRight, Room
from allmende.identity import access
from allmende.identity.model.ways import Way
from allmende.systems.voice.service.arriving import Arriving
from allmende.systems.voice.service.legs import Leg, Legs
from allmende.systems.voice.service.lightlegs import LightLeg, PageOutlet
from allmende.systems.voice.service.lightroster import About, Roster, Sound
from allmende.systems.voice.service.moving import may_sound
from allmende.systems.voice.service.needs import Surroundings
from allmende.systems.voice.service.seeing import is_held
from allmende.systems.voice.service.showing import Showing
from allmende.systems.voice.service.texting import EARLIER, EARLIER_WITHIN

KEPT_S: Final = 15.0
"""So long a page that lost its connection may come back to its leg."""

GAP_S: Final = 0.1
"""What changes within this time is shown together."""

MAX_KNOCKING: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LightDoor:
    """What is shown before somebody joins. ``names``: who is here, for who may know."""

    room: Room
    name: str
    named: bool
    listens: bool
    people: int
    names: Sequence[str]
    way: Way | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LightWish:
    """What a page asks. ``again``: the identity it had before its connection broke."""

    offer: str
    name: str = ""
    link: str | None = None
    again: str | None = None
    listens: bool = False


@dataclass(frozen=True, slots=True)
class LightSeat:
    """Inside: the leg, the answer to its offer, and a new value for the guest's cookie."""

    leg: LightLeg
    answer: WebAnswer
    guest_token: str | None = None

    @property
    def may_speak(self) -> bool:
        """Return whether its microphone is let through."""
        return may_sound(self.leg.seat.rights)


@dataclass(frozen=True, slots=True)
class LightKnock:
    """Before the door; asked again by the page. ``key`` is who waits."""

    key: str
    guest_token: str | None


class LightPages:
    """``run`` belongs to a task of the house; ``tick`` to a job."""

    def __init__(
        self, here: Surroundings, legs: Legs, showing: Showing, arriving: Arriving
    ) -> None:
        self._here = here
        self._legs = legs
        self._light = legs.light
        self._showing = showing
        self._arriving = arriving
        self._sound = Sound()
        self._knocking: dict[tuple[RoomId, str], Caller] = {}

    # --- come and go --------------------------------------------------------------------

    async def door(self, who: Caller, slug: str, link: str | None) -> LightDoor:
        """Return what somebody before the door may know. Raises NotFound ``room.not-found``."""
        entrance = await self._here.identity.entrance(who, slug, link)
        room = entrance.room
        rights = await self._here.database.read(lambda db: access.rights(db, who, room))
        call = self._here.calls.shown(room.id)
        people: Sequence[CallPerson] = () if call is None else call.people
        return LightDoor(
            room=room,
            name=entrance.name,
            named=entrance.role is not None,
            listens=entrance.role is None and entrance.right is LinkRight.LISTEN,
            people=len(people),
            names=() if is_held(room, rights) else [one.name for one in people],
            way=entrance.way,
        )

    async def enter(self, who: Caller, room_id: RoomId, wish: LightWish) -> LightSeat | LightKnock:
        """Come in, come back, or knock.

        Raises what ``Calls.enter`` and ``AudioLegs.open_web`` raise, QuotaExceeded
        ``voice.server-full``.
        """
        back = await self._come_back(who, room_id, wish)
        if back is not None:
            return back
        entered = await self._here.identity.enter(who, room_id, wish.name, wish.link)
        answer = await self._here.calls.enter(entered.caller, room_id, wish.name, Client.WEB)
        if isinstance(answer, Knocking):
            self._knock(room_id, answer.key, entered.caller)
            return LightKnock(answer.key, entered.guest_token)
        leg = LightLeg(room_id, answer, entered.caller, self._here.clock.monotonic_s())
        leg.flags = replace(leg.flags, self_mute=wish.listens)
        self._light.add(leg)
        try:
            leg.session = self._showing.number(leg)
            opened = await self._here.audio.open_web(answer.call, answer.invitee(), wish.offer)
        except BaseException:  # also if the page went while we asked
            self._forget(leg)
            await self._here.calls.leave(room_id, answer.identity)
            raise
        self._knocking.pop((room_id, self._key(leg.who, room_id)), None)
        self._here.audio.number(answer.call, answer.identity, leg.session)
        self._here.audio.set_flags(leg.session, leg.flags)
        self._showing.touch()
        return LightSeat(leg, opened, entered.guest_token)

    async def echo(self, offer: str) -> WebAnswer:
        """Let somebody hear themself before they come in. Raises what ``open_web`` raises."""
        seat = await self._here.calls.echo()
        return await self._here.audio.open_web(seat.call, seat.invitee(), offer)

    async def _come_back(self, who: Caller, room_id: RoomId, wish: LightWish) -> LightSeat | None:
        leg = self._light.find(room_id, wish.again or "")
        if leg is None or not _same(who, leg.who, room_id):
            return None
        try:
            opened = await self._here.audio.open_web(leg.seat.call, leg.seat.invitee(), wish.offer)
        except (InvalidInput, Unavailable):
            raise
        except AllmendeError:  # the call is over, or put this one out
            self._forget(leg)
            return None
        self._here.audio.set_flags(leg.session, leg.flags)
        return LightSeat(leg, opened)

    def _knock(self, room_id: RoomId, key: str, who: Caller) -> None:
        self._knocking[room_id, key] = who
        while len(self._knocking) > MAX_KNOCKING:
            del self._knocking[next(iter(self._knocking))]

    async def leave(self, who: Caller, room_id: RoomId, identity: str) -> None:
        """Leave a call, or its door. Gone already, or somebody else: nothing."""
        leg = self._light.find(room_id, identity)
        if leg is not None and _same(who, leg.who, room_id):
            await self._close(leg)
            await self._here.calls.leave(room_id, identity)
            return
        waits = self._knocking.get((room_id, identity))
        if waits is not None and _same(who, waits, room_id):
            del self._knocking[room_id, identity]
            await self._here.calls.leave(room_id, identity)

    async def _close(self, leg: LightLeg) -> None:
        self._forget(leg)
        await self._here.audio.close(leg.session)

    def _forget(self, leg: LightLeg) -> None:
        self._light.drop(leg)
        if leg.outlet is not None:
            leg.outlet.end()
            leg.outlet = None
        self._showing.touch()

    # --- the live connection ------------------------------------------------------------

    async def connect(
        self, who: Caller, room_id: RoomId, identity: str, outlet: PageOutlet
    ) -> LightLeg:
        """Take the live connection of a page; an older one ends. Raises Conflict."""
        leg = self._light.find(room_id, identity)
        if leg is None or not _same(who, leg.who, room_id):
            raise Conflict("voice.not-in-room")
        if leg.outlet is not None:
            leg.outlet.end()
        leg.outlet, leg.told, leg.gone_since_s = outlet, None, None
        self._show(leg, self._roster(room_id))
        for slot in self._sound.slots(leg.seat.call, identity):
            leg.tell("slot", slot=slot.slot, identity=slot.identity, aimed=bool(slot.to))
        for one in self._sound.talking(leg.seat.call):
            leg.tell("talking", identity=one, on=True)
        await self._earlier(leg)
        return leg

    def disconnect(self, leg: LightLeg, outlet: PageOutlet) -> None:
        """The live connection is lost; the page may come back for a while."""
        if leg.outlet is outlet:
            leg.outlet, leg.gone_since_s = None, self._here.clock.monotonic_s()

    async def tick(self) -> None:
        """Each second: who lost the connection and does not come back is out."""
        now_s = self._here.clock.monotonic_s()
        for leg in self._light:
            if leg.gone_since_s is not None and now_s - leg.gone_since_s >= KEPT_S:
                await self._close(leg)

    # --- what pages ask -----------------------------------------------------------------

    def mute(self, leg: LightLeg, *, on: bool) -> None:
        """Shut or open one's microphone; what a facilitator shut opens too."""
        was_muted = leg.flags.muted
        leg.flags = replace(leg.flags, self_mute=on, muted=False)
        self._here.audio.set_flags(leg.session, leg.flags)
        if was_muted:
            self.show(leg.room_id)

    def deafen(self, leg: LightLeg, *, on: bool) -> None:
        """Hear nothing, or everything again."""
        leg.flags = replace(leg.flags, self_deaf=on)
        self._here.audio.set_flags(leg.session, leg.flags)

    async def act(self, leg: LightLeg, act: Act, target: str) -> None:
        """Raise or lower a hand, keep order; the rules are those of the call."""
        await self._here.calls.act(leg.who, leg.room_id, act, target)

    async def say(self, leg: LightLeg, text: str) -> None:
        """Write into the chat of the room. Raises NotFound where there is none."""
        if self._here.chat is None:
            raise NotFound("web.not-found", detail="no chat")
        key = secrets.token_urlsafe(16)
        line = await self._here.chat.say(leg.who, leg.room_id, text, key)
        leg.written.add(line.id)

    # --- media tells --------------------------------------------------------------------

    def heard(self, event: SlotTaken | Talking) -> None:
        """Tell pages who is in a slot and who talks. Echo tests are calls of nobody."""
        if isinstance(event, Talking) and event.aim is not Aim.TALK:
            return  # those who hear it see it by the slot
        if room_of(event.call) is None:
            return
        self._sound.take(event)
        for leg in self._light:
            if leg.seat.call == event.call:
                _tell_sound(leg, event)

    def heard_of(self, event: LegRights | LegMuted | LegRemoved | OfferWanted) -> None:
        """Something happened to a leg; native ones are none of ours."""
        leg = self._light.of_session(event.session)
        if leg is None:
            return
        match event:
            case LegRights(_, rights):
                leg.seat = replace(leg.seat, rights=rights)
                leg.tell("rights", speak=may_sound(rights))
            case LegMuted(_, muted):
                leg.flags = replace(leg.flags, muted=muted)
                leg.tell("muted", on=muted)
                self.show(leg.room_id)
            case OfferWanted():
                leg.tell("offer")
            case LegRemoved(_, ended):
                leg.tell("over", why="ended" if ended else "removed")
                self._forget(leg)

    # --- calls and chat tell ------------------------------------------------------------

    async def run(self) -> None:
        """Show what changed in calls, for ever; ends by cancellation."""
        async for room_id in self._here.calls.changes():
            self.show(room_id)
            if self._light.in_room(room_id):
                await asyncio.sleep(GAP_S)

    def show(self, room_id: RoomId) -> None:
        """Show everybody in a room how its call looks now."""
        pages = self._light.in_room(room_id)
        if pages:
            roster = self._roster(room_id)
            for leg in pages:
                self._show(leg, roster)
        if self._sound.calls() and self._here.calls.shown(room_id) is None:
            self._quiet()

    def _quiet(self) -> None:
        for call in self._sound.calls():
            room_id = room_of(call)
            if room_id is None or self._here.calls.shown(room_id) is None:
                self._sound.forget(call)

    def _show(self, leg: LightLeg, roster: Roster) -> None:
        facts = roster.of(leg.seat.identity)
        if leg.outlet is not None and facts != leg.told:
            leg.told = facts
            leg.outlet.put("roster", facts)

    def _roster(self, room_id: RoomId) -> Roster:
        natives = {leg.seat.identity: leg for leg in self._legs.in_room(room_id) if leg.seat}

        def about(person: CallPerson) -> About:
            native = natives.get(person.identity)
            leg = self._light.find(room_id, person.identity) if native is None else native
            muted = leg is not None and leg.flags.muted
            recording = native is not None and native.recording
            return About(self._known_by(person, native), muted, recording)

        call = self._here.calls.shown(room_id)
        return Roster(CallShown(room_id=room_id) if call is None else call, about)

    def _known_by(self, person: CallPerson, native: Leg | None) -> str:
        if person.account_id is not None:
            return self._arriving.hash_of(f"a{person.account_id}")
        return person.identity if native is None else native.arrival.hash or person.identity

    async def sent(self, room_id: RoomId, message_id: MessageId) -> None:
        """Show a message that was written in a room; read once for all who are there."""
        legs = [leg for leg in self._light.in_room(room_id) if leg.outlet is not None]
        chat = self._here.chat
        readers = await self._readers(room_id, legs) if legs else []
        if chat is None or not readers:
            return
        for line in await chat.recent(readers[0].who, room_id, limit=EARLIER):
            if line.id == message_id:
                for leg in readers:
                    if leg.outlet is not None:
                        leg.outlet.line(line, mine=line.id in leg.written)

    async def _readers(self, room_id: RoomId, legs: Sequence[LightLeg]) -> list[LightLeg]:
        def question(db: Connection) -> list[LightLeg]:
            read = Permission.CHAT_READ
            return [leg for leg in legs if access.may(db, leg.who, read, room_id)]

        return await self._here.database.read(question)

    async def _earlier(self, leg: LightLeg) -> None:
        if self._here.chat is None:
            return
        try:
            lines = await self._here.chat.recent(leg.who, leg.room_id, limit=EARLIER)
        except AllmendeError:
            return  # newcomers may not read back here
        since = self._here.clock.now() - EARLIER_WITHIN
        for line in lines:
            if leg.outlet is not None and line.sent_at >= since:
                leg.outlet.line(line, mine=line.mine)

    def _key(self, who: Caller, room_id: RoomId) -> str:
        guest = who.guest_of(room_id)
        if guest is not None:
            return access.guest_key(guest)
        return "" if who.account_id is None else access.account_key(who.account_id)


def _tell_sound(leg: LightLeg, event: SlotTaken | Talking) -> None:
    if isinstance(event, Talking):
        leg.tell("talking", identity=event.identity, on=event.talking)
    elif not event.to or leg.seat.identity in event.to:
        leg.tell("slot", slot=event.slot, identity=event.identity, aimed=bool(event.to))


def room_of(call: CallId) -> RoomId | None:
    """Return the room whose call has this name at media, as meet gives it; None: of no room."""
    number = call.removeprefix("r")
    return RoomId(int(number)) if number.isdecimal() and number != call else None


def _same(who: Caller, other: Caller, room_id: RoomId) -> bool:
    """Return whether both are one person in a room."""
    if other.account_id is not None:
        return who.account_id == other.account_id
    guest, known = who.guest_of(room_id), other.guest_of(room_id)
    return guest is not None and known is not None and guest.id == known.id
