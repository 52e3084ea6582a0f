"""What live pages of a room are told of its call, each what they may see."""

from collections.abc import Sequence

from allmende.core.accounts import Caller
from allmende.core.parts import LiveView
from allmende.core.permissions import Permission
from allmende.identity.events import DoorAnswered, DoorChanged
from allmende.systems.meet.events import HandsChanged, Muted, PeopleChanged, StateChanged
from allmende.systems.meet.service import MeetService


class Shown:
    """Signals of a call as values for JSON; None: not for this page."""

    def __init__(self, meet: MeetService) -> None:
        self._meet = meet

    async def hands(self, who: Caller, event: HandsChanged) -> object | None:
        """The order and the floor, for who is inside."""
        if not self._meet.is_inside(who, event.room_id):
            return None
        return {"order": list(event.order), "floor": event.floor}

    async def state(self, who: Caller, event: StateChanged) -> object | None:
        """What holds for everybody; its end also for those who are out already."""
        if not event.ended and not self._meet.is_inside(who, event.room_id):
            return None
        return {
            "locked": event.locked,
            "moderated": event.moderated,
            "spotlight": event.spotlight,
            "acting": event.acting,
            "cameras_fit": event.cameras_fit,
            "ended": event.ended,
        }

    async def people(self, _: Caller, event: PeopleChanged) -> object | None:
        """How many are connected, for whoever may see the room."""
        return {"people": event.people}

    async def muted(self, who: Caller, event: Muted) -> object | None:
        """By whom one was muted, for oneself only."""
        if not self._meet.is_mine(who, event.room_id, event.identity):
            return None
        return {"identity": event.identity, "source": event.source, "by": event.by}

    async def waiting(self, who: Caller, event: DoorChanged) -> object | None:
        """Who waits, for those who may let them in."""
        if not await self._meet.facilitates(who, event.room_id):
            return None
        return {"count": event.waiting, "people": list(self._meet.at_door(event.room_id))}

    async def door(self, who: Caller, event: DoorAnswered) -> object | None:
        """The answer at the door, for who knocked."""
        mine = self._meet.is_key_of(who, event.room_id, event.key)
        return {"state": event.state} if mine else None


def live_views(meet: MeetService) -> Sequence[LiveView]:
    """Return the kinds of signals that pages of a room show."""
    shown, see = Shown(meet), Permission.ROOM_SEE
    return [
        LiveView(event=HandsChanged, name="meet.hands", permission=see, show=shown.hands),
        LiveView(event=StateChanged, name="meet.state", permission=see, show=shown.state),
        LiveView(event=PeopleChanged, name="meet.call", permission=see, show=shown.people),
        LiveView(event=Muted, name="meet.muted", permission=see, show=shown.muted),
        LiveView(event=DoorChanged, name="meet.waiting", permission=see, show=shown.waiting),
        LiveView(event=DoorAnswered, name="meet.door", permission=see, show=shown.door),
    ]
