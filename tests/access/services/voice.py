"""The light page of the room of group one. Sam is in it by sound alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict
from allmende.systems.voice.model.settings import RoomVoice
from allmende.systems.voice.service.lightpages import LightSeat, LightWish
from tests.access.services.house import House
from tests.access.services.meet import SEEN, joined
from tests.access.services.roles import Row, everybody, room
from tests.access.services.rooms import ADMINS
from tests.systems.voice.pages import FakePage

WISH: Final = LightWish(offer="offer", name="Neu")


async def by_sound(house: House, _: Caller) -> str:
    """Who leads is in the call, and sam by the light page; return who sam is there."""
    known = house.known
    await joined(house, known.callers["leads"])
    seat = await house.light.enter(known.sam, known.room.id, WISH)
    assert isinstance(seat, LightSeat)
    return seat.leg.seat.identity


async def leave(house: House, who: Caller) -> None:
    """Whoever is not sam leaves nothing; sam stays."""
    await house.light.leave(who, house.known.room.id, house.scene)
    await house.light.connect(house.known.sam, house.known.room.id, house.scene, FakePage())


_ROWS: Final[Mapping[str, Row]] = {
    "door": room(lambda h, who: h.light.door(who, h.known.room.slug, None), *SEEN),
    "enter": room(lambda h, who: h.light.enter(who, h.known.room.id, WISH), *SEEN),
    # The live connection is for who came in by it alone.
    "connect": everybody(
        lambda h, who: h.light.connect(who, h.known.room.id, h.scene, FakePage()), Conflict
    ),
    "leave": everybody(leave),
}
ROWS: Final = {name: replace(row, ready=by_sound) for name, row in _ROWS.items()}

SETTINGS: Final[Mapping[str, Row]] = {
    "shown": room(lambda h, who: h.voice_settings.shown(who, h.known.room.slug), *ADMINS),
    "change": room(
        lambda h, who: h.voice_settings.change(who, h.known.room.id, RoomVoice(may_listen=True)),
        *ADMINS,
    ),
}
