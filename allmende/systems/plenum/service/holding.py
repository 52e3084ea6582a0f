"""PlenumService: every way to an assembly, page, form and program alike, goes through here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.clock import Clock
from allmende.core.errors import Conflict, InvalidInput
from allmende.core.ids import AssemblyId, PadId, RoomId
from allmende.core.permissions import Permission
from allmende.core.ports.conference import ConferenceBackend
from allmende.core.ports.pads import Pads
from allmende.core.rooms import Room
from allmende.identity import access
from allmende.identity.service import IdentityService
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.storage.outbox import record
from allmende.systems.plenum.events import AssemblyPlanned, MinutesGone
from allmende.systems.plenum.model.agenda import Add, NewItem
from allmende.systems.plenum.model.assembly import (
    Assembly,
    AssemblyState,
    Close,
    Event,
    Language,
    MinutesPad,
    Open,
)
from allmende.systems.plenum.model.listing import read_listing
from allmende.systems.plenum.model.minutes import head, pad_name
from allmende.systems.plenum.model.moment import Moment
from allmende.systems.plenum.model.texts import MAX_TITLE_CHARS, clean_line
from allmende.systems.plenum.service.entering import Entering
from allmende.systems.plenum.service.recording import apply, tell
from allmende.systems.plenum.service.seeing import Seeing, Snapshot
from allmende.systems.plenum.service.showing import PlenumPage, Showing
from allmende.systems.plenum.service.timing import Timing
from allmende.systems.plenum.service.watching import Watching
from allmende.systems.plenum.service.writing import Writing
from allmende.systems.plenum.store import assemblies, entries

_FACILITATE: Final = Permission.PLENUM_FACILITATE
_BATCH: Final = 50
_OTHER_NAMES: Final = 3


@dataclass(frozen=True, slots=True)
class _Wish:
    """What somebody wants to hold, cleaned. An empty title: that of the plan, or of the room."""

    title: str
    items: Sequence[NewItem]
    language: Language


@dataclass(frozen=True, slots=True)
class _Ground:
    """What is there before an assembly is opened."""

    room: Room
    newest: Assembly | None
    facilitation: Sequence[str]
    pad_names: Sequence[str]


class PlenumService:
    """Assemblies of rooms. What facilitators do at the same time is done once."""

    def __init__(
        self,
        database: Database,
        identity: IdentityService,
        doors: Doors,
        conference: ConferenceBackend,
        pads: Pads | None,
        clock: Clock,
        zone: tzinfo,
    ) -> None:
        self._database = database
        self._identity = identity
        self._pads = pads
        self._zone = zone
        self._timing = Timing(clock)
        self._seeing = Seeing(database, doors, self._timing)
        self.writing = Writing(database, pads, clock)
        self._watching = Watching(database, conference, clock)
        self._entering = Entering(database, identity, doors)
        self._showing = Showing(database, identity, self._seeing, conference, pads)

    # --- what is there ------------------------------------------------------------------

    async def snapshot(self, who: Caller, room_id: RoomId) -> Snapshot:
        """Return the assembly of a room to who is let in. Raises NotFound, NotAllowed."""
        return await self._seeing.snapshot(who, room_id)

    async def page(self, who: Caller, slug: str, link: str | None) -> PlenumPage:
        """Return what the page ``/r/SLUG/plenum`` shows. Raises NotFound ``room.not-found``."""
        return await self._showing.page(who, slug, link)

    async def room_named(self, slug: str) -> RoomId:
        """Return the room at an address, whoever asks; each command asks for the right."""
        return (await self._identity.room_named(slug)).id

    async def enter(self, who: Caller, slug: str, name: str, link: str | None) -> str | None:
        """Come in without the call, to read along: knock where there is a lobby.

        Return a new token for the cookie of a guest. Raises NotFound, InvalidInput ``name``,
        NotAllowed ``identity.removed``, ``identity.room-locked``.
        """
        return await self._entering.enter(who, slug, name, link)

    # --- what may be done ---------------------------------------------------------------

    async def plan(
        self, who: Caller, room_id: RoomId, title: str, listing: str, language: Language
    ) -> Snapshot:
        """Prepare an assembly for later.

        Raises InvalidInput, QuotaExceeded, NotFound, NotAllowed, Conflict ``plenum.is-planned``
        or ``plenum.is-open``.
        """
        wish, when = _wish(title, listing, language), self._timing.now()

        def change(db: Connection) -> None:
            room = self._seeing.require(db, who, _FACILITATE, room_id)
            newest = assemblies.find_newest(db, room_id)
            if newest is not None and not newest.is_over:
                is_planned = newest.state is AssemblyState.PLANNED
                raise Conflict("plenum.is-planned" if is_planned else "plenum.is-open")
            planned = self._add(db, room, wish, when)
            record(db, AssemblyPlanned(at=when.at, assembly_id=planned.id, room_id=planned.room_id))

        await self._database.write(change)
        return await self._changed(who, room_id)

    async def open(
        self, who: Caller, room_id: RoomId, title: str, listing: str, language: Language
    ) -> Snapshot:
        """Open what was planned, or a new assembly; one that is open already stays as it is.

        Raises InvalidInput, QuotaExceeded, NotFound, NotAllowed, and what ``Pads.create_pad``
        raises.
        """
        wish = _wish(title, listing, language)
        ground = await self._database.read(lambda db: self._ground(db, who, room_id))
        if ground.newest is None or ground.newest.state in _BEFORE_OR_AFTER:
            pad = await self._make_pad(who, ground, wish)
            when = self._timing.now()

            def change(db: Connection) -> None:
                room = self._seeing.require(db, who, _FACILITATE, room_id)
                self._open(db, room, wish, pad, when)

            await self._database.write(change)
        return await self._changed(who, room_id)

    async def act(self, who: Caller, room_id: RoomId, event: Event) -> Snapshot:
        """Do one thing with the assembly of a room: everything but ``plan`` and ``open``.

        Raises NotFound, NotAllowed, Conflict ``plenum.nothing-open``, and what
        ``assembly.step`` raises.
        """
        when = self._timing.now()

        def change(db: Connection) -> None:
            self._seeing.require(db, who, _FACILITATE, room_id)
            assembly = assemblies.find_newest(db, room_id)
            if assembly is None:
                raise Conflict("plenum.nothing-open")
            after, happened = apply(db, assembly, self._counted(assembly, event), when, self._zone)
            tell(db, after, happened, when)

        await self._database.write(change)
        return await self._changed(who, room_id)

    # --- what happens by itself ---------------------------------------------------------

    async def tick(self) -> None:
        """Count people, close what was left, freeze old minutes; meant for every 5 s."""
        await self._watching.tick(self._close_by_itself)
        await self.writing.freeze_due()

    async def room_gone(self, room_id: RoomId) -> None:
        """Delete the assemblies of a room that is gone, in pieces."""
        while await self._database.write(
            lambda db: assemblies.forget_room(db, room_id, most=_BATCH)
        ):
            continue
        self._seeing.forget(room_id)

    async def pad_gone(self, pad_id: PadId) -> None:
        """Forget minutes that were deleted, and what was to be written into them."""
        now = self._timing.now().at

        def change(db: Connection) -> Sequence[RoomId]:
            concerned = assemblies.assemblies_of_pad(db, pad_id)
            assemblies.forget_pad(db, pad_id)
            for assembly_id, _ in concerned:
                entries.forget(db, assembly_id)
            for assembly_id, room_id in concerned:
                record(db, MinutesGone(at=now, assembly_id=assembly_id, room_id=room_id))
            return [room_id for _, room_id in concerned]

        for room_id in await self._database.write(change):
            self._seeing.forget(room_id)

    def forget(self, room_id: RoomId) -> None:
        """A fact tells of a change: what was read before it does not count any more."""
        self._seeing.forget(room_id)

    # --- inside -------------------------------------------------------------------------

    async def _changed(self, who: Caller, room_id: RoomId) -> Snapshot:
        self._seeing.forget(room_id)
        self.writing.wake()
        return await self._seeing.snapshot(who, room_id)

    def _counted(self, assembly: Assembly, event: Event) -> Event:
        if isinstance(event, Close):
            return Close(self._watching.attended(assembly.id))
        return event

    def _ground(self, db: Connection, who: Caller, room_id: RoomId) -> _Ground:
        room = self._seeing.require(db, who, _FACILITATE, room_id)
        is_member = access.role_in_room(db, who, room) is not None
        return _Ground(
            room=room,
            newest=assemblies.find_newest(db, room_id),
            facilitation=[access.display_name(db, who, room_id)] if is_member else [],
            pad_names=assemblies.pad_names(db, room_id),
        )

    async def _make_pad(self, who: Caller, ground: _Ground, wish: _Wish) -> MinutesPad | None:
        """Make the pad before anything is opened: a crash leaves one that is found again."""
        if self._pads is None:
            return None
        at, zone = self._timing.now().at, self._zone
        planned = ground.newest if _is_planned(ground.newest) else None
        title = wish.title or (ground.room.name if planned is None else planned.title)
        language = wish.language if planned is None else planned.language
        text = head(title, language, at, zone, ground.facilitation)
        taken = list(ground.pad_names)
        while True:
            name = pad_name(at, zone, taken)
            try:
                made = await self._pads.create_pad(who, ground.room.id, name, text)
            except (Conflict, InvalidInput):  # somebody deleted a pad of that name today
                taken.append(name)
                if len(taken) > len(ground.pad_names) + _OTHER_NAMES:
                    raise
            else:
                return MinutesPad(id=made.id, path=made.path, name=made.name)

    def _add(self, db: Connection, room: Room, wish: _Wish, when: Moment) -> Assembly:
        title = wish.title or room.name
        new = assemblies.add_assembly(db, room.id, title, wish.language, when.at)
        added, _ = apply(db, new, Add(wish.items), when, self._zone)
        return added

    def _open(
        self, db: Connection, room: Room, wish: _Wish, pad: MinutesPad | None, when: Moment
    ) -> None:
        newest = assemblies.find_newest(db, room.id)
        if newest is not None and newest.state not in _BEFORE_OR_AFTER:
            return  # somebody else was faster, and the pad is the same
        if newest is None or newest.is_over:
            planned = self._add(db, room, wish, when)
        else:
            planned, _ = apply(db, newest, Add(wish.items), when, self._zone)
            titled = replace(planned, title=wish.title or planned.title)
            assemblies.save(db, planned, titled)
            planned = titled
        opened, happened = apply(db, planned, Open(pad), when, self._zone)
        tell(db, opened, happened, when)

    async def _close_by_itself(
        self, assembly_id: AssemblyId, room_id: RoomId, attended: int
    ) -> None:
        when = self._timing.now()

        def change(db: Connection) -> None:
            assembly = assemblies.find_assembly(db, assembly_id)
            if assembly is not None:
                after, happened = apply(db, assembly, Close(attended), when, self._zone)
                tell(db, after, happened, when)

        await self._database.write(change)
        self._seeing.forget(room_id)
        self.writing.wake()


_BEFORE_OR_AFTER: Final = (AssemblyState.PLANNED, AssemblyState.CLOSED)


def _is_planned(assembly: Assembly | None) -> bool:
    return assembly is not None and assembly.state is AssemblyState.PLANNED


def _wish(title: str, listing: str, language: Language) -> _Wish:
    return _Wish(clean_line(title, "title", MAX_TITLE_CHARS), read_listing(listing), language)
