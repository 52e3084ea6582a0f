"""Who may see an assembly, and what they see of it.

Whoever waits at the door of a room sees nothing of agenda and minutes: NotAllowed
``plenum.not-let-in``, as in the chat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed
from allmende.core.groups import Role
from allmende.core.ids import AssemblyId, FactId, ItemId, RoomId
from allmende.core.permissions import Permission
from allmende.core.rooms import Room
from allmende.identity import access
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.storage.outbox import newest_fact
from allmende.systems.plenum.model.agenda import Item, ItemKind, ItemState
from allmende.systems.plenum.model.assembly import Assembly, AssemblyState, Language
from allmende.systems.plenum.model.moment import Moment
from allmende.systems.plenum.service.timing import Timing
from allmende.systems.plenum.store import assemblies


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemShown:
    """One item; ``elapsed_ms`` as of ``server_ms`` of the snapshot, pauses left out."""

    id: ItemId
    title: str
    kind: ItemKind
    minutes: int
    presenter: str
    note: str
    state: ItemState
    elapsed_ms: int
    started_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesShown:
    """Where the minutes are."""

    path: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyShown:
    """One assembly. ``running``: the number of the item that runs, also while paused."""

    id: AssemblyId
    title: str
    state: AssemblyState
    language: Language
    started_at: datetime | None
    closed_at: datetime | None
    expected_end: datetime | None
    minutes: MinutesShown | None
    items: Sequence[ItemShown]
    running: ItemId | None


@dataclass(frozen=True, slots=True)
class May:
    """What the caller may do."""

    facilitate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The assembly of a room now. ``as_of``: the newest fact that is in it.

    ``assembly`` None: nothing is planned or open, and nothing was closed within the hour in
    which it could be opened again.
    """

    as_of: FactId
    server_ms: int
    assembly: AssemblyShown | None
    may: May


@dataclass(frozen=True, slots=True)
class Known:
    """What was read of a room at one time; the same for everybody."""

    as_of: FactId
    assembly: Assembly | None


class Seeing:
    """Reads the assembly of a room once after each change, however many pages show it."""

    def __init__(self, database: Database, doors: Doors, timing: Timing) -> None:
        self._database = database
        self._doors = doors
        self._timing = timing
        self._known: dict[RoomId, Known] = {}
        self._changes: dict[RoomId, int] = {}

    def require(self, db: Connection, who: Caller, permission: Permission, room_id: RoomId) -> Room:
        """Return the room to somebody inside who has the right.

        Raises NotFound ``room.not-found``, NotAllowed ``room.not-allowed`` and
        ``plenum.not-let-in``.
        """
        room = access.require(db, who, permission, room_id)
        role = access.role_in_room(db, who, room)
        is_open = self._doors.is_open_to(
            room,
            access.key_of(who, room, role),
            facilitator=Permission.ROOM_FACILITATE in access.rights(db, who, room),
            member=role is not None and role is not Role.GUEST,
        )
        if not is_open:
            raise NotAllowed("plenum.not-let-in")
        return room

    def may_see(self, db: Connection, who: Caller, room_id: RoomId) -> bool:
        """Return whether somebody who may know of the room may see its assembly, too."""
        try:
            self.require(db, who, Permission.PLENUM_SEE, room_id)
        except NotAllowed:
            return False
        return True

    async def snapshot(self, who: Caller, room_id: RoomId) -> Snapshot:
        """Return what the caller may see now. Raises NotFound, NotAllowed."""

        def question(db: Connection) -> bool:
            self.require(db, who, Permission.PLENUM_SEE, room_id)
            return access.may(db, who, Permission.PLENUM_FACILITATE, room_id)

        facilitates = await self._database.read(question)
        return self.shown(await self.known(room_id), facilitates=facilitates)

    async def known(self, room_id: RoomId) -> Known:
        """Return the newest assembly of a room, whoever asks."""
        known = self._known.get(room_id)
        if known is not None:
            return known
        changes = self._changes.get(room_id, 0)

        def question(db: Connection) -> Known:
            return Known(newest_fact(db), assemblies.find_newest(db, room_id))

        known = await self._database.read(question)
        if changes == self._changes.get(room_id, 0):
            self._known[room_id] = known
        return known

    def forget(self, room_id: RoomId) -> None:
        """Something was changed: read it again. What is being read now is not kept."""
        self._changes[room_id] = self._changes.get(room_id, 0) + 1
        self._known.pop(room_id, None)

    def shown(self, known: Known, *, facilitates: bool) -> Snapshot:
        """Return what is known as it is shown in this moment."""
        when, assembly = self._timing.now(), known.assembly
        is_past = assembly is not None and assembly.is_over and not assembly.may_reopen(when.at)
        return Snapshot(
            as_of=known.as_of,
            server_ms=when.ms,
            assembly=None if assembly is None or is_past else assembly_shown(assembly, when),
            may=May(facilitates),
        )


def assembly_shown(assembly: Assembly, when: Moment) -> AssemblyShown:
    """Return an assembly as pages have it."""
    running, pad = assembly.agenda.running(), assembly.pad
    return AssemblyShown(
        id=assembly.id,
        title=assembly.title,
        state=assembly.state,
        language=assembly.language,
        started_at=assembly.started_at,
        closed_at=assembly.closed_at,
        expected_end=assembly.expected_end(when),
        minutes=None if pad is None else MinutesShown(path=pad.path, name=pad.name),
        items=tuple(_item_shown(item, when) for item in assembly.agenda.items),
        running=None if running is None else running.id,
    )


def _item_shown(item: Item, when: Moment) -> ItemShown:
    return ItemShown(
        id=item.id,
        title=item.title,
        kind=item.kind,
        minutes=item.minutes,
        presenter=item.presenter,
        note=item.note,
        state=item.state,
        elapsed_ms=item.elapsed(when.ms),
        started_at=item.started_at,
    )
