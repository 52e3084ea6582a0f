"""What plenum hands out of a group: its assemblies. No row of plenum says who took part."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

import msgspec
from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import InvalidInput
from allmende.core.exports import (
    ExportedFile,
    Files,
    Numbers,
    TakenGroup,
    no_files,
    readable_json,
)
from allmende.core.ids import GroupId, ItemId, PadId, RoomId
from allmende.core.rooms import Room
from allmende.identity.store import rooms
from allmende.storage.bundle import decoded
from allmende.storage.database import Database
from allmende.systems.plenum.model.agenda import MAX_ITEMS, Agenda, Item, ItemKind, ItemState
from allmende.systems.plenum.model.assembly import (
    FREEZE,
    Assembly,
    AssemblyState,
    Language,
    MinutesPad,
)
from allmende.systems.plenum.model.texts import (
    MAX_PRESENTER_CHARS,
    clean_line,
    clean_note,
    clean_title,
)
from allmende.systems.plenum.store import assemblies, tables

_FOLDER: Final = "assemblies/"


class StoredItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An item of an agenda in an archive."""

    number: int
    title: str
    kind: ItemKind
    minutes: int
    presenter: str
    note: str
    state: ItemState
    elapsed_ms: int
    started_at: datetime | None
    ended_at: datetime | None
    starts: int


class StoredMinutes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pad of the minutes: its number in the archive, its place below the room, its name."""

    pad: int
    path: str
    name: str


class StoredAssembly(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An assembly in an archive."""

    room: int
    title: str
    language: Language
    state: AssemblyState
    planned_at: datetime
    opened_at: datetime | None
    started_at: datetime | None
    closed_at: datetime | None
    attended: int
    minutes: StoredMinutes | None
    items: tuple[StoredItem, ...]


class PlenumExports:
    """The exporter of plenum. An assembly that is being held leaves as one that was closed."""

    covers = frozenset({tables.assemblies.name, tables.items.name})
    left_out: Mapping[str, str] = {tables.entries.name: "on its way into the minutes, seconds"}

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_account(self, who: Caller) -> AsyncIterator[ExportedFile]:
        """Yield nothing: no row of plenum is about a person."""
        return no_files()

    async def of_group(self, group_id: GroupId, numbers: Numbers) -> AsyncIterator[ExportedFile]:
        """Yield the assemblies of the rooms, in their order."""
        found = await self._database.read(lambda db: _stored(db, group_id, numbers))
        for place, stored in enumerate(found, 1):
            body = readable_json(msgspec.to_builtins(stored))
            yield ExportedFile(f"{_FOLDER}{place}.json", body)

    async def take_group(self, taken: TakenGroup, files: Files) -> None:
        """Add the assemblies of an archive. Raises InvalidInput."""
        paths = sorted(files.paths(_FOLDER), key=lambda path: (len(path), path))
        for path in paths:
            stored = decoded(files.read(path), StoredAssembly)
            await self._database.write(partial(_add, stored, taken))


def _stored(db: Connection, group_id: GroupId, numbers: Numbers) -> list[StoredAssembly]:
    return [
        _leaving(assembly, room, numbers)
        for room in rooms.rooms_of(db, group_id)
        for assembly in assemblies.assemblies_of(db, room.id)
    ]


def _leaving(assembly: Assembly, room: Room, numbers: Numbers) -> StoredAssembly:
    held = assembly.state not in (AssemblyState.PLANNED, AssemblyState.CLOSED)
    pad, minutes = assembly.pad, None
    number = None if pad is None else numbers.find("pad", pad.id)
    if pad is not None and number is not None:
        path = pad.path.removeprefix(f"/r/{room.slug}/")
        minutes = StoredMinutes(number, path, pad.name)
    return StoredAssembly(
        numbers.give("room", room.id),
        assembly.title,
        assembly.language,
        AssemblyState.CLOSED if held else assembly.state,
        assembly.planned_at,
        assembly.opened_at,
        assembly.started_at,
        assembly.closed_at,
        assembly.attended,
        minutes,
        tuple(_leaving_item(item) for item in assembly.agenda.items),
    )


def _leaving_item(item: Item) -> StoredItem:
    runs = item.state is ItemState.RUNNING
    return StoredItem(
        item.id,
        item.title,
        item.kind,
        item.minutes,
        item.presenter,
        item.note,
        ItemState.WAITING if runs else item.state,
        item.elapsed_ms,
        item.started_at,
        item.ended_at,
        item.starts,
    )


def _add(stored: StoredAssembly, taken: TakenGroup, db: Connection) -> None:
    number = taken.numbers.thing("room", stored.room)
    room = None if number is None else rooms.find_room(db, RoomId(number))
    if room is None or len(stored.items) > MAX_ITEMS:
        raise InvalidInput("storage.archive-refused", reason="an assembly of no room")
    new = assemblies.add_assembly(
        db, room.id, clean_title(stored.title), stored.language, stored.planned_at
    )
    pad = _minutes(stored, room, taken)
    until = None if stored.closed_at is None else stored.closed_at + FREEZE
    after = replace(
        new,
        state=stored.state,
        opened_at=stored.opened_at,
        started_at=stored.started_at,
        closed_at=stored.closed_at,
        freeze_at=until if pad is not None and until is not None and until > taken.now else None,
        pad=pad,
        attended=stored.attended,
        agenda=_agenda(stored),
    )
    assemblies.save(db, new, after)


def _agenda(stored: StoredAssembly) -> Agenda:
    found = tuple(
        Item(
            ItemId(item.number),
            clean_title(item.title),
            item.kind,
            item.minutes,
            clean_line(item.presenter, "presenter", MAX_PRESENTER_CHARS),
            clean_note(item.note),
            item.state,
            item.elapsed_ms,
            None,
            item.started_at,
            item.ended_at,
            item.starts,
        )
        for item in stored.items
    )
    return Agenda(found, 1 + max((item.id for item in found), default=0))


def _minutes(stored: StoredAssembly, room: Room, taken: TakenGroup) -> MinutesPad | None:
    minutes = stored.minutes
    pad = None if minutes is None else taken.numbers.thing("pad", minutes.pad)
    if minutes is None or pad is None:
        return None
    return MinutesPad(id=PadId(pad), path=f"/r/{room.slug}/{minutes.path}", name=minutes.name)
