"""What the page of an assembly shows: to who is outside a door, and to who is inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import NotFound
from allmende.core.ids import RoomId
from allmende.core.permissions import Permission
from allmende.core.ports.conference import (
    FLOOR_ATTRIBUTE,
    HAND_ATTRIBUTE,
    TAB_CHARS,
    ConferenceBackend,
    Present,
)
from allmende.core.ports.pads import Pads
from allmende.core.rooms import LinkRight, Room
from allmende.identity import access
from allmende.identity.model.answers import Entrance
from allmende.identity.model.ways import Way
from allmende.identity.service import IdentityService
from allmende.storage.database import Database
from allmende.systems.plenum.model.assembly import Assembly
from allmende.systems.plenum.service.seeing import Seeing, Snapshot
from allmende.systems.plenum.service.watching import call_of

_NOTHING: Final[frozenset[Permission]] = frozenset()


@dataclass(frozen=True, slots=True)
class HandShown:
    """Somebody who wants to speak, or who does (``floor``)."""

    name: str
    floor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlenumPage:
    """``name``, ``named``, ``listens``, ``leads_call``: what the element of the call is told.
    ``way``: how a Mumble client gets in.

    ``inside`` None: the caller may join, and sees nothing of the assembly before.
    """

    room: Room
    name: str
    named: bool
    listens: bool
    leads_call: bool
    way: Way | None
    inside: "Inside | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What who is let in sees. ``minutes``: Markdown, None without minutes or right to read.

    ``newest``: the newest assembly, also one that was closed long ago.
    """

    snapshot: Snapshot
    newest: Assembly | None
    hands: Sequence[HandShown]
    minutes: str | None


class Showing:
    """Puts the page together."""

    def __init__(
        self,
        database: Database,
        identity: IdentityService,
        seeing: Seeing,
        conference: ConferenceBackend,
        pads: Pads | None,
    ) -> None:
        self._database = database
        self._identity = identity
        self._seeing = seeing
        self._conference = conference
        self._pads = pads

    async def page(self, who: Caller, slug: str, link: str | None) -> PlenumPage:
        """Return everything at once. Raises NotFound ``room.not-found``."""
        entrance = await self._identity.entrance(who, slug, link)
        room = entrance.room

        def question(db: Connection) -> frozenset[Permission]:
            has = access.rights(db, who, room)
            may_see = Permission.PLENUM_SEE in has and self._seeing.may_see(db, who, room.id)
            return has if may_see else _NOTHING

        has = await self._database.read(question)
        return PlenumPage(
            room=room,
            name=entrance.name,
            named=entrance.role is not None,
            listens=entrance.role is None and entrance.right is LinkRight.LISTEN,
            leads_call=_leads(entrance, has),
            way=entrance.way,
            inside=await self._inside(room.id, has) if has else None,
        )

    async def _inside(self, room_id: RoomId, has: frozenset[Permission]) -> Inside:
        known = await self._seeing.known(room_id)
        facilitates = Permission.PLENUM_FACILITATE in has
        return Inside(
            snapshot=self._seeing.shown(known, facilitates=facilitates),
            newest=known.assembly,
            hands=hands_of(await self._conference.present(call_of(room_id))),
            minutes=await self._minutes(known.assembly, has),
        )

    async def _minutes(self, assembly: Assembly | None, has: frozenset[Permission]) -> str | None:
        may_read = Permission.PADS_READ in has
        if self._pads is None or assembly is None or assembly.pad is None or not may_read:
            return None
        try:
            return await self._pads.pad_markdown(assembly.pad.id)
        except NotFound:
            return None


def hands_of(present: Sequence[Present]) -> Sequence[HandShown]:
    """Return who has the floor, then who waits for it, in order; everybody once."""
    waiting: dict[str, tuple[int, str]] = {}
    floor: dict[str, str] = {}
    for one in present:
        seat, place = one.identity[:-TAB_CHARS], one.attributes.get(HAND_ATTRIBUTE, "")
        if one.attributes.get(FLOOR_ATTRIBUTE):
            floor[seat] = one.name
        elif place.isdecimal():
            waiting[seat] = (int(place), one.name)
    in_order = [name for _, name in sorted(waiting.values())]
    return [HandShown(name, True) for name in floor.values()] + [
        HandShown(name, False) for name in in_order
    ]


def _leads(entrance: Entrance, has: frozenset[Permission]) -> bool:
    by_link = entrance.role is None and entrance.right is LinkRight.FACILITATE
    return by_link or Permission.ROOM_FACILITATE in has
