"""The assembly of the room of group one."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, Final

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed
from allmende.systems.plenum.model.assembly import Language, Start
from allmende.systems.plenum.service import PlenumService
from tests.access.services.house import House
from tests.access.services.roles import MAY, Ask, Row, room

SEEN: Final = ((MAY, MAY, MAY), MAY, MAY, MAY)
LEADERS: Final = ((NotAllowed, NotAllowed, MAY), NotAllowed, MAY, MAY)
DE: Final = Language.DE


def asked(ask: Callable[[PlenumService, Caller, Any], Coroutine[Any, Any, object]]) -> Ask:
    """Wait until the minutes are on disk."""

    async def with_minutes(house: House, who: Caller) -> None:
        async with house.writing():
            await ask(house.plenum, who, house.known)

    return with_minutes


async def opened(house: House, _: Caller) -> None:
    """There is an assembly."""
    async with house.writing():
        await house.plenum.open(house.known.callers["leads"], house.known.room.id, "", "", DE)


ROWS: Final[Mapping[str, Row]] = {
    "snapshot": room(asked(lambda plenum, who, it: plenum.snapshot(who, it.room.id)), *SEEN),
    "page": room(asked(lambda plenum, who, it: plenum.page(who, it.room.slug, None)), *SEEN),
    "enter": room(
        asked(lambda plenum, who, it: plenum.enter(who, it.room.slug, "Neu", None)), *SEEN
    ),
    "plan": room(asked(lambda plenum, who, it: plenum.plan(who, it.room.id, "", "", DE)), *LEADERS),
    "open": room(asked(lambda plenum, who, it: plenum.open(who, it.room.id, "", "", DE)), *LEADERS),
    "act": replace(
        room(asked(lambda plenum, who, it: plenum.act(who, it.room.id, Start())), *LEADERS),
        ready=opened,
    ),
}
