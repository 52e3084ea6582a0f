"""What to pass on so that others find the way: the room's address, or a link for guests."""

from dataclasses import dataclass
from typing import Final

from allmende.core.accounts import Caller
from allmende.core.ids import RoomId
from allmende.core.permissions import Permission
from allmende.core.rooms import LinkRight
from allmende.identity.model.ways import Way
from allmende.identity.service import IdentityService
from allmende.identity.service.guests import way_by_code
from allmende.systems.meet.service.permitting import Permitting

LINK_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """``path`` of the page, with the link in it if there is one.

    ``way``: the same for Mumble clients. ``members_only``: who has no account in the group does
    not get in by this path.
    """

    path: str
    way: Way | None
    members_only: bool
    may_make_links: bool


class Inviting:
    """A facilitator link is never passed on: it would make everybody a facilitator."""

    def __init__(self, identity: IdentityService, permitting: Permitting) -> None:
        self._identity = identity
        self._permitting = permitting

    async def invitation(
        self, who: Caller, room_id: RoomId, link: str | None, *, make: bool
    ) -> Invitation:
        """Return what to pass on; ``make``: a new link that lets guests speak, for 30 days.

        ``link`` is the one the caller came by. Raises NotFound, NotAllowed, QuotaExceeded
        ``identity.too-many-links``.
        """
        room = (await self._permitting.known(who, room_id)).room
        rights = await self._identity.rights(who, room_id)
        token = None
        if make:
            token = await self._identity.make_link(who, room_id, LinkRight.SPEAK, days=LINK_DAYS)
        elif link and room.group_id is not None and Permission.ROOM_FACILITATE not in rights:
            token = link
        path = f"/r/{room.slug}/call"
        way = way_by_code(room, token) or await self._permitting.way_of_group(room)
        return Invitation(
            path=path if token is None else f"{path}?g={token}",
            way=way,
            members_only=room.group_id is not None and token is None,
            may_make_links=room.group_id is not None and Permission.ROOM_ADMINISTER in rights,
        )
