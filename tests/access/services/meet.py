"""A call in the room of group one. Sam is in it and has raised a hand; whoever may, joins."""

from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict, NotAllowed, NotFound, UserError
from allmende.core.ids import RoomId
from allmende.core.ports.calls import Act, Client
from allmende.systems.meet.model import call_id
from allmende.systems.meet.service import Joined, MeetService, Wish
from tests.access.services.house import House
from tests.access.services.roles import MAY, Ask, Row, everybody, room

SEEN: Final = ((MAY, MAY, MAY), MAY, MAY, MAY)
ADMINS: Final = ((NotAllowed, NotAllowed, NotAllowed), NotAllowed, NotAllowed, MAY)
LEADERS: Final = ((NotAllowed, NotAllowed, MAY), NotAllowed, MAY, MAY)

NOBODY_SPEAKS: Final = ((NotAllowed, NotAllowed, Conflict), NotAllowed, Conflict, Conflict)


@dataclass(frozen=True)
class Call:
    """Where the call is, who ``sam`` is in it, and by what ``key`` somebody waits at its door."""

    here: RoomId
    sam: str
    key: str


async def joined(house: House, who: Caller) -> str:
    """Join and connect; return who that is in the call."""
    here = house.known.room.id
    found = await house.meet.join(who, here, Wish(name="Neu"))
    assert isinstance(found, Joined)
    for event in house.conference.connect(call_id(here), found.identity):
        await house.meet.watching.happened(event)
    return found.identity


async def in_call(house: House, who: Caller) -> Call:
    known = house.known
    await joined(house, known.callers["leads"])
    sam = await joined(house, known.sam)
    await house.meet.hand(known.sam, known.room.id, up=True)
    with suppress(UserError):
        await joined(house, who)
    key = "g" + "a" * 26
    house.doors.ask(known.room, key, "Neu", facilitator=False, member=False)
    return Call(known.room.id, sam, key)


def called(question: Callable[[MeetService, Caller, Call], Coroutine[Any, Any, object]]) -> Ask:
    """Ask in the call."""
    return lambda house, who: question(house.meet, who, house.scene)


def told(question: Callable[[MeetService, Caller, Call], bool]) -> Ask:
    """No is the answer to who may not."""

    async def answered(meet: MeetService, who: Caller, call: Call) -> None:
        if not question(meet, who, call):
            raise NotFound("room.not-found")

    return called(answered)


async def facilitates(meet: MeetService, who: Caller, call: Call) -> None:
    if not await meet.facilitates(who, call.here):
        raise NotAllowed("room.not-allowed")


async def doorway(house: House, who: Caller) -> None:
    await house.meet.doorway(who, house.known.room.slug, None)


MINE: Final = everybody(
    told(lambda meet, who, call: meet.is_mine(who, call.here, call.sam)), NotFound
)
_ROWS: Final[Mapping[str, Row]] = {
    "doorway": room(doorway, *SEEN),
    "join": room(lambda h, who: h.meet.join(who, h.known.room.id, Wish(name="Neu")), *SEEN),
    "enter": room(lambda h, who: h.meet.enter(who, h.known.room.id, "Neu", Client.MUMBLE), *SEEN),
    "leave": everybody(called(lambda meet, who, call: meet.leave(who, call.here))),
    "invitation": room(
        called(lambda meet, who, call: meet.invitation(who, call.here, None, make=True)), *ADMINS
    ),
    "snapshot": room(called(lambda meet, who, call: meet.snapshot(who, call.here)), *SEEN),
    "is_inside": room(told(lambda meet, who, call: meet.is_inside(who, call.here)), *SEEN),
    "is_mine": MINE,
    "is_key_of": everybody(
        told(lambda meet, who, call: meet.is_key_of(who, call.here, call.key)), NotFound
    ),
    "facilitates": everybody(
        called(facilitates),
        NotAllowed,
        **dict.fromkeys(("facilitate", "leads", "admin", "stale"), MAY),
    ),
    "hand": room(called(lambda meet, who, call: meet.hand(who, call.here, up=True)), *SEEN),
    "call_next": room(called(lambda meet, who, call: meet.call_next(who, call.here)), *LEADERS),
    "call": room(called(lambda meet, who, call: meet.call(who, call.here, call.sam)), *LEADERS),
    "floor_end": room(
        called(lambda meet, who, call: meet.floor_end(who, call.here)), *NOBODY_SPEAKS
    ),
    "lower": room(called(lambda meet, who, call: meet.lower(who, call.here, call.sam)), *LEADERS),
    "mute": room(
        called(lambda meet, who, call: meet.mute(who, call.here, call.sam, "microphone")), *LEADERS
    ),
    "mute_all": room(called(lambda meet, who, call: meet.mute_all(who, call.here)), *LEADERS),
    "unmute": room(called(lambda meet, who, call: meet.unmute(who, call.here, call.sam)), *LEADERS),
    "unmute_all": room(called(lambda meet, who, call: meet.unmute_all(who, call.here)), *LEADERS),
    "moderated": room(
        called(lambda meet, who, call: meet.moderated(who, call.here, on=True)), *LEADERS
    ),
    "remove": room(called(lambda meet, who, call: meet.remove(who, call.here, call.sam)), *LEADERS),
    "lock": room(called(lambda meet, who, call: meet.lock(who, call.here, on=True)), *LEADERS),
    "end": room(called(lambda meet, who, call: meet.end(who, call.here)), *LEADERS),
    "spotlight": room(
        called(lambda meet, who, call: meet.spotlight(who, call.here, call.sam)), *LEADERS
    ),
    "rights": room(
        called(lambda meet, who, call: meet.rights(who, call.here, call.sam, [])), *LEADERS
    ),
    "cameras": room(called(lambda meet, who, call: meet.cameras(who, call.here, 2)), *LEADERS),
    "waiting": room(called(lambda meet, who, call: meet.waiting(who, call.here)), *LEADERS),
    "admit": room(called(lambda meet, who, call: meet.admit(who, call.here, call.key)), *LEADERS),
    "admit_all": room(called(lambda meet, who, call: meet.admit_all(who, call.here)), *LEADERS),
    "refuse": room(called(lambda meet, who, call: meet.refuse(who, call.here, call.key)), *LEADERS),
    "name": room(called(lambda meet, who, call: meet.name(who, call.here, "Anders")), *SEEN),
}
ROWS: Final = {name: replace(row, ready=in_call) for name, row in _ROWS.items()}

_CALLS: Final[Mapping[str, Row]] = {
    "enter": room(lambda h, who: h.calls.enter(who, h.known.room.id, "Neu", Client.WEB), *SEEN),
    # Each act is a method above; this is one of those for facilitators.
    "act": room(lambda h, who: h.calls.act(who, h.scene.here, Act.MUTE, h.scene.sam), *LEADERS),
}
CALLS: Final = {name: replace(row, ready=in_call) for name, row in _CALLS.items()}
