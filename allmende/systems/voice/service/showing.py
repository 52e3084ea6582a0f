"""Shows everybody what changed: once for all who see the same, and soon, not at once."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from allmende.core.ids import RoomId
from allmende.core.ports.audio import Session
from allmende.core.ports.calls import CallShown
from allmende.systems.voice.model.house import room_before
from allmende.systems.voice.model.lines import CLOCK_STEP_S
from allmende.systems.voice.model.view import HOME, View
from allmende.systems.voice.service.aiming import Aiming
from allmende.systems.voice.service.arriving import Arriving
from allmende.systems.voice.service.channels import Channels
from allmende.systems.voice.service.errands import Errands
from allmende.systems.voice.service.frames import Frames
from allmende.systems.voice.service.greeting import Greeting
from allmende.systems.voice.service.housing import Housing
from allmende.systems.voice.service.legs import Leg, Legs
from allmende.systems.voice.service.lightlegs import LightLeg
from allmende.systems.voice.service.needs import Surroundings
from allmende.systems.voice.service.others import Others
from allmende.systems.voice.service.people import People
from allmende.systems.voice.service.seeing import Bits, Views
from allmende.systems.voice.service.sessions import Sessions
from allmende.systems.voice.service.texting import Texting

GAP_S: Final = 0.04
"""What happens within this time is shown together; where many are told, within more of it."""

GAP_OF_A_LEG_S: Final = 0.001
LONGEST_GAP_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Look:
    """How everything was at one moment."""

    views: Views
    calls: Mapping[RoomId, CallShown]


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a client is told at its login, as whole frames.

    ``states``: channels and people, itself before others. ``permissions``: its bits in channel 0.
    ``rest``: what comes behind the end of the login.
    """

    states: bytes
    permissions: int
    rest: bytes


class Showing:
    """``run`` belongs to a task of the house."""

    def __init__(
        self,
        here: Surroundings,
        legs: Legs,
        channels: Channels,
        sessions: Sessions,
        parts: tuple[People, Texting, Aiming, Arriving],
        errands: Errands,
    ) -> None:
        self._here = here
        self._legs = legs
        self._channels = channels
        self._people, self._texting, self._aiming, arriving = parts
        self._errands = errands
        self._others = Others(here, legs, sessions)
        self._bits = Bits(channels, self._people)
        self.housing = Housing(here, legs, channels, arriving)
        self._greeting = Greeting(here, self._bits, self.housing, parts[:2], errands)
        self._frames = Frames()
        self._recent: Look | None = None
        """As it was shown to everybody, while what changed since has to wait."""
        self._after: Callable[[], None] = lambda: None
        self._changed = asyncio.Event()
        self._clock_at_s = 0.0

    def touch(self) -> None:
        """Something that people see is different now."""
        self._changed.set()

    async def run(self) -> None:
        """Show what changed, for ever; ends by cancellation."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._recent = self.refresh()
            await asyncio.sleep(min(max(GAP_S, GAP_OF_A_LEG_S * len(self._legs)), LONGEST_GAP_S))
            self._recent = None

    def turn(self) -> None:
        """A second has passed: the clocks of those who speak in turn go on."""
        self._greeting.limiting.turn(self._legs)
        now_s = self._here.clock.monotonic_s()
        if self.housing.floors and now_s - self._clock_at_s >= CLOCK_STEP_S:
            self._clock_at_s = now_s
            self.touch()

    # --- to everybody -------------------------------------------------------------------

    def refresh(self) -> Look:
        """Tell each client what is different from what it knows; return what there is."""
        look = self._look()
        with self._people.hold(look.calls):
            moved = self._tell(look)
        self._frames.forget(self.housing.sessions())
        if moved:
            self._aim_again()
        self._after()
        return look

    def _tell(self, look: Look) -> bool:
        told: dict[tuple[int, int], bytes] = {}
        kept: list[View] = []  # so that no id is used twice meanwhile
        moved = False
        for leg in self._legs:
            if leg.view is None:
                continue
            new = look.views.of(leg)
            key = (id(leg.view), id(new))
            frames = told.get(key)
            if frames is None:
                frames = told[key] = self._frames.between(leg.view, new)
            if frames:
                leg.outlet.send(frames)
                moved = True
            kept.append(leg.view)
            leg.view = new
            call = None if leg.room_id is None else look.calls.get(leg.room_id)
            self._greeting.look(leg, call)
        return moved

    def _look(self) -> Look:
        calls: dict[RoomId, CallShown] = {}
        seen = {room_id for leg in self._legs for room_id in leg.known.rooms}
        seen |= self._legs.light.rooms()
        for room_id in seen:
            call = self._here.calls.shown(room_id)
            if call is not None:
                calls[room_id] = call
        self._others.follow(calls.values())
        for leg in self._legs:
            leg.name = self._others.name_of(leg)
        return Look(Views(self.housing.house(calls), self._channels, self._people), calls)

    def then(self, after: Callable[[], None]) -> None:
        """Do this whenever everybody was shown what there is."""
        self._after = after

    def _aim_again(self) -> None:
        for leg in self._legs:
            if leg.targets:
                self._errands.soon(partial(self._aiming.renew, leg))

    # --- to one client ------------------------------------------------------------------

    def welcome(self, leg: Leg) -> Welcome:
        """Return what a client is told at its login; from now on it is told of changes.

        Where something was shown just now it is told the same as everybody, and the rest in a
        moment, as they are; but all its channels at once, since bots look for one right here.
        """
        look = self._recent
        states = self._join(leg, look) if look is not None and look.views.covers(leg) else None
        if look is None or states is None:
            look = self._look()
            with self._people.hold(look.calls):
                leg.view = look.views.of(leg)
            states = self._frames.login(leg.view, leg.session)
        self.touch()
        with self._people.hold(look.calls):
            return Welcome(states, self._bits.of(leg, HOME), self._greeting.first(leg))

    def _join(self, leg: Leg, look: Look) -> bytes | None:
        """Add somebody to what others see; None where they are shown otherwise than others."""
        leg.name = self._others.name_of(leg)
        with self._people.hold(look.calls):
            shared = look.views.shared(leg)
        user = shared.users.get(leg.session)
        leg.view = shared
        if user is None:
            user = self.housing.newcomer(leg, look.calls)
            users = MappingProxyType({**shared.users, leg.session: user})
            leg.view = View(shared.channels, users)
        if user.channel in shared.channels:
            return self._frames.joined(shared, leg.session, user)
        return None

    def number(self, leg: LightLeg) -> Session:
        """Return the number of a light page. Raises QuotaExceeded ``voice.server-full``."""
        return self._others.number(leg)

    def bits(self, leg: Leg, channel: int) -> int:
        """Return what a leg may do in a channel."""
        return self._bits.of(leg, channel)

    def welcome_text(self) -> str:
        """Return what is shown when a login is complete."""
        return self._greeting.welcome_text()

    def order_text(self, leg: Leg) -> str:
        """Return the speaking list in words."""
        return self._greeting.order_text(leg)

    def help_text(self, leg: Leg) -> str:
        """Return what somebody can type."""
        return self._greeting.help_text(leg)

    def page_of(self, leg: Leg) -> str:
        """Return the address of the room in the browser."""
        return self._greeting.page_of(leg)

    def room_waited_for(self, channel: int) -> RoomId | None:
        """Return the room before whose door a channel stands; None for any other channel."""
        number = room_before(channel)
        return None if number is None else self._channels.room_of(number)
