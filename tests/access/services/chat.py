"""The messages of the room of group one; the guests were let in."""

from collections.abc import Mapping
from typing import Final

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed, NotFound
from tests.access.services.house import House
from tests.access.services.roles import MAY, Row, everybody, room

READ: Final = ((MAY, MAY, MAY), MAY, MAY, MAY)
WRITE: Final = ((NotAllowed, MAY, MAY), MAY, MAY, MAY)
RETRACT: Final = ((NotAllowed, NotAllowed, MAY), MAY, MAY, MAY)
"""What the member wrote."""


async def seen(house: House, who: Caller) -> None:
    if not await house.chat.may_see(who, house.known.room.id):
        raise NotFound("room.not-found")


ROWS: Final[Mapping[str, Row]] = {
    "say": room(lambda h, who: h.chat.say(who, h.known.room.id, "hallo", "key"), *WRITE),
    "say_by_app": room(
        lambda h, who: h.chat.say_by_app(who, h.known.room.id, "hallo", "app", b""), *WRITE
    ),
    "recent": room(lambda h, who: h.chat.recent(who, h.known.room.id, limit=5), *READ),
    "history": room(lambda h, who: h.chat.history(who, h.known.room.id), *READ),
    "page": room(lambda h, who: h.chat.page(who, h.known.room.slug), *READ),
    "may_see": room(seen, *READ),
    # For live pages alone, which have asked ``may_see`` for this reader and this message.
    "line": everybody(lambda h, who: h.chat.line(who, h.known.room.id, h.known.message_id)),
    "retract": room(
        lambda h, who: h.chat.retract(who, h.known.room.id, h.known.message_id), *RETRACT
    ),
}
