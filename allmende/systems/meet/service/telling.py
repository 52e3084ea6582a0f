"""Carries the state of a call to the media plane and to the pages that show it."""

from collections.abc import Awaitable, Iterable
from contextlib import suppress

from allmende.core.bus import Bus
from allmende.core.errors import Conflict, NotFound
from allmende.core.ports.conference import (
    FLOOR_ATTRIBUTE,
    HAND_ATTRIBUTE,
    ROLE_ATTRIBUTE,
    SPOTLIGHT_ATTRIBUTE,
    CallPlan,
    ConferenceBackend,
)
from allmende.systems.meet.events import (
    HandsChanged,
    NameChanged,
    PeopleChanged,
    StateChanged,
)
from allmende.systems.meet.model import Load, cameras_that_fit
from allmende.systems.meet.service.running import Participant, Running, RunningCall


class Telling:
    """Flags first, then words: rights are set before anybody is told."""

    def __init__(
        self,
        conference: ConferenceBackend,
        bus: Bus,
        running: Running,
        *,
        max_participants: int,
        test_hooks: bool,
    ) -> None:
        self._conference = conference
        self._bus = bus
        self._running = running
        self._max_participants = max_participants
        self._test_hooks = test_hooks

    async def plan(self, call: RunningCall) -> None:
        """Open the call at the backend, or tell it how many cameras fit by now."""
        before = call.cameras_fit
        await self.count_cameras(call)
        if call.cameras_fit != before:
            self.state(call)
        await self._conference.open(
            CallPlan(
                call=call.id,
                max_participants=self._max_participants,
                max_cameras=call.cameras_fit,
                test_hooks=self._test_hooks,
                audio_first=call.max_cameras == 0,
            )
        )

    async def count_cameras(self, call: RunningCall) -> None:
        """Apply the formula of section 14 to the people who are here or have a ticket."""
        capacity = await self._conference.capacity()
        packets, bps = self._running.load_beside(call.room_id)
        fit = cameras_that_fit(capacity, call.crowd(), Load(packets, bps))
        allowed = fit if call.max_cameras is None else min(fit, call.max_cameras)
        call.cameras_fit = allowed

    async def rights(self, call: RunningCall, people: Iterable[Participant]) -> None:
        """Set the rights of connected participants."""
        await self._each(
            self._conference.set_rights(call.id, p.identity, call.rights(p))
            for p in people
            if p.present_since_s is not None
        )

    async def hands(self, call: RunningCall, touched: Iterable[str] = ()) -> None:
        """Show the order of hands and the floor; ``touched``: seats that are no longer in it."""
        places = {seat: str(place) for place, seat in enumerate(call.hands.order(), 1)}
        seats = set(places) | set(touched)
        if call.hands.floor is not None:
            seats.add(call.hands.floor)
        await self._each(
            self._conference.set_attributes(
                call.id,
                p.identity,
                {
                    HAND_ATTRIBUTE: places.get(p.seat, ""),
                    FLOOR_ATTRIBUTE: "1" if call.hands.floor == p.seat else "",
                },
            )
            for p in call.present()
            if p.seat in seats
        )
        self._bus.publish(
            HandsChanged(room_id=call.room_id, order=tuple(call.order()), floor=call.floor())
        )

    async def spotlight(self, call: RunningCall, before: str | None) -> None:
        """Move the big tile."""
        changes = [(before, ""), (call.spotlight, "1")]
        await self._each(
            self._conference.set_attributes(call.id, identity, {SPOTLIGHT_ATTRIBUTE: value})
            for identity, value in changes
            if identity is not None and identity in call.people
        )
        self.state(call)

    async def roles(self, call: RunningCall, seats: Iterable[str]) -> None:
        """Show who facilitates, and give the rights that go with it."""
        wanted = set(seats)
        people = [p for p in call.present() if p.seat in wanted]
        await self.rights(call, people)
        await self._each(
            self._conference.set_attributes(
                call.id, p.identity, {ROLE_ATTRIBUTE: call.role_of(p).value}
            )
            for p in people
        )
        self.state(call)

    def state(self, call: RunningCall, *, ended: bool = False) -> None:
        """Tell the pages what holds for everybody."""
        acting = None if call.acting is None else call.identity_of(call.acting)
        self._bus.publish(
            StateChanged(
                room_id=call.room_id,
                locked=call.locked,
                moderated=call.moderated,
                spotlight=call.spotlight,
                acting=acting,
                cameras_fit=call.cameras_fit,
                ended=ended,
            )
        )

    def people(self, call: RunningCall) -> None:
        """Tell the pages how many are connected."""
        self._bus.publish(PeopleChanged(room_id=call.room_id, people=len(call.present())))

    def renamed(self, call: RunningCall) -> None:
        """Tell who shows names that one of them is another; the page hears it by LiveKit."""
        self._bus.publish(NameChanged(room_id=call.room_id))

    async def _each(self, steps: Iterable[Awaitable[None]]) -> None:
        for step in steps:
            # Somebody who leaves in this moment needs nothing any more.
            with suppress(NotFound, Conflict):
                await step
