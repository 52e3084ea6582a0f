"""From an address to a pad, and what the one who asks may do with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed, NotFound
from allmende.core.groups import Group
from allmende.core.ids import GroupId, PadId, RoomId
from allmende.core.permissions import Permission
from allmende.core.rooms import Room
from allmende.identity import access
from allmende.identity.model.tokens import token_hash
from allmende.identity.service.lobby import Doors
from allmende.identity.store import groups, rooms
from allmende.storage.types import EPOCH
from allmende.systems.pads.model.names import (
    Address,
    group_place,
    random_place,
    room_place,
    top_place,
)
from allmende.systems.pads.model.pad import Capability, History, Kind, Pad, PadLink, Whom
from allmende.systems.pads.model.policy import is_over
from allmende.systems.pads.service.rights import capability_of, is_good, is_inside
from allmende.systems.pads.store import links, pads


@dataclass(frozen=True, slots=True)
class OpenPad:
    """A pad as one caller sees it, at the address they came by.

    ``link``: they came by it. ``room``, ``group``: where it belongs, for those who may know.
    """

    pad: Pad
    address: Address
    capability: Capability
    link: PadLink | None
    room: Room | None
    group: Group | None

    @property
    def may_see_history(self) -> bool:
        """Return whether earlier states are shown: drafts are private by default."""
        return self.capability.allows(Capability.EDIT) or self.pad.readers_see_history


@dataclass(frozen=True, slots=True)
class _Place:
    pad: Pad | None
    link: PadLink | None = None
    room: Room | None = None
    group: Group | None = None


_NOWHERE_GROUP: Final = GroupId(0)
_NOWHERE_ROOM: Final = RoomId(0)


def found(db: Connection, doors: Doors, who: Caller, address: Address, now: datetime) -> OpenPad:
    """Return the pad at ``address`` for ``who``. Raises NotFound ``pads.not-found``.

    A missing, a forbidden and an ended pad cost the same questions: about a missing one all that
    is asked which would be asked if it were there.
    """
    place = _place(db, address, now)
    pad = place.pad
    asked = pad if pad is not None else _nowhere(address, place)
    capability = capability_of(db, who, asked, place.link, doors)
    if pad is None or capability is None or is_over(pad, now):
        raise NotFound("pads.not-found")
    return OpenPad(pad, address, capability, place.link, place.room, place.group)


def require(opened: OpenPad, wanted: Capability) -> None:
    """Raise NotAllowed ``pads.locked``, ``pads.read-only`` or ``pads.admins-only``."""
    if opened.capability.allows(wanted):
        return
    if wanted is Capability.ADMIN:
        raise NotAllowed("pads.admins-only")
    raise NotAllowed("pads.locked" if opened.pad.locked else "pads.read-only")


def room_entered(
    db: Connection, doors: Doors, who: Caller, slug: str, permission: Permission
) -> Room:
    """Return the room if ``who`` has ``permission`` there and was let in.

    Raises NotFound ``room.not-found``, NotAllowed ``room.not-allowed``, ``pads.not-let-in``.
    """
    room = access.require(db, who, permission, access.room_by_slug(db, slug).id)
    if not is_inside(db, who, room, doors):
        raise NotAllowed("pads.not-let-in")
    return room


def group_at(db: Connection, who: Caller, slug: str, permission: Permission) -> Group:
    """Return the group if ``who`` has ``permission`` there.

    Raises NotFound ``group.not-found``, NotAllowed ``group.not-allowed``.
    """
    group = groups.find_group_by_slug(db, slug)
    return access.require_in_group(
        db, who, permission, _NOWHERE_GROUP if group is None else group.id
    )


def _place(db: Connection, address: Address, now: datetime) -> _Place:
    if address.room:
        room = rooms.find_room_by_slug(db, address.room)
        number = _NOWHERE_ROOM if room is None else room.id
        return _Place(pads.find_pad_at(db, room_place(number, address.name)), room=room)
    if address.group:
        group = groups.find_group_by_slug(db, address.group)
        within = _NOWHERE_GROUP if group is None else group.id
        return _Place(pads.find_pad_at(db, group_place(within, address.name)), group=group)
    if address.token is not None:
        link = links.find_link_of(db, token_hash(address.token))
        good = link is not None and is_good(link, now)
        pad = pads.find_pad(db, PadId(0) if link is None else link.pad_id)
        return _Place(pad if good else None, link)
    place = random_place(address.name) if address.is_random else top_place(address.name)
    return _Place(pads.find_pad_at(db, place))


def _nowhere(address: Address, place: _Place) -> Pad:
    """A pad that nobody has: rights are asked of it as of one that is there."""
    room_id = None
    if address.room:
        room_id = _NOWHERE_ROOM if place.room is None else place.room.id
    group_id = _NOWHERE_GROUP if address.group and place.group is None else None
    if place.group is not None:
        group_id = place.group.id
    return Pad(
        PadId(0), "", "", group_id, room_id, Kind.RICH, "", 0, "", Whom.MEMBERS, Whom.MEMBERS,
        False, History.FULL, False, None, EPOCH, None, None, 0, 0, 0, 0, "",
    )  # fmt: skip
