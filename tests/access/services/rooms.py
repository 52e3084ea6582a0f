"""Rooms of group one, links into them, and coming in by link."""

from collections.abc import Mapping
from typing import Final

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed, NotFound, NotSignedIn
from allmende.core.permissions import Permission
from allmende.core.rooms import LinkRight, Lobby
from tests.access.services.house import House
from tests.access.services.roles import GUESTS, MAY, Row, everybody, group, room

SEEN: Final = ((MAY, MAY, MAY), MAY, MAY, MAY)
ADMINS: Final = ((NotAllowed, NotAllowed, NotAllowed), NotAllowed, NotAllowed, MAY)
LEADERS: Final = ((NotAllowed, NotAllowed, MAY), NotAllowed, MAY, MAY)
ONE_RIGHT: Final = Permission.ROOM_FACILITATE


async def only_own_rights(house: House, who: Caller) -> None:
    """Nobody is told that they may what they may not."""
    rights = await house.identity.rights(who, house.known.room.id)
    assert await house.identity.may(who, house.known.room.id, ONE_RIGHT) is (ONE_RIGHT in rights)
    if not rights:
        raise NotFound("room.not-found")


ROWS: Final[Mapping[str, Row]] = {
    "make_room": group(
        lambda h, who: h.identity.make_room(who, h.known.one.id, "Neu"), NotAllowed, NotAllowed, MAY
    ),
    "make_temporary_room": group(
        lambda h, who: h.identity.make_temporary_room(who, h.known.one.id, "Neu"), MAY, MAY, MAY
    ),
    "change_room": room(
        lambda h, who: h.identity.change_room(
            who, h.known.room.id, name="Neu", lobby=Lobby.OFF, guests_share=True
        ),
        *ADMINS,
    ),
    "delete_room": group(
        lambda h, who: h.identity.delete_room(who, h.known.side.id), NotAllowed, NotAllowed, MAY
    ),
    "room": room(lambda h, who: h.identity.room(who, h.known.room.slug), *SEEN),
    "rights": room(only_own_rights, *SEEN),
    "may": room(only_own_rights, *SEEN),
    "make_link": room(
        lambda h, who: h.identity.make_link(who, h.known.room.id, LinkRight.LISTEN), *ADMINS
    ),
    "links": room(lambda h, who: h.identity.links(who, h.known.room.id), *ADMINS),
    "revoke_link": room(lambda h, who: h.identity.revoke_link(who, h.known.link_id), *ADMINS),
    "entrance": room(lambda h, who: h.identity.entrance(who, h.known.room.slug, None), *SEEN),
    "enter": room(lambda h, who: h.identity.enter(who, h.known.room.id, "Neu", None), *SEEN),
    "rename_guest": everybody(
        lambda h, who: h.identity.rename_guest(who, h.known.room.id, "Neu"),
        NotSignedIn,
        **dict.fromkeys(GUESTS, MAY),
    ),
    "ban": room(
        lambda h, who: h.identity.ban(who, h.known.room.id, f"a{h.known.sam_id}"), *LEADERS
    ),
}
