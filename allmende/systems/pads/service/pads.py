"""Pads as people manage them: every way to them goes through here, each part in its own file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.ids import GroupId, RoomId
from allmende.core.permissions import Permission
from allmende.core.ports.pads import PadShown
from allmende.core.rooms import Room
from allmende.identity import access
from allmende.identity.store import groups, rooms
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Pad
from allmende.systems.pads.model.policy import end_of, is_over
from allmende.systems.pads.service.carrying import Carrying
from allmende.systems.pads.service.ending import Ending
from allmende.systems.pads.service.finding import OpenPad, room_entered
from allmende.systems.pads.service.history import Histories, html_of
from allmende.systems.pads.service.rights import capability_of
from allmende.systems.pads.service.settings import Settings
from allmende.systems.pads.store import pads


@dataclass(frozen=True, slots=True)
class PadPage:
    """What the page of a pad shows. ``html``: the text, None where it is long; ``chat``: their
    room's chat is theirs to read and to write; ``is_full``: no editor can be let in any more."""

    opened: OpenPad
    html: str | None
    people: int
    is_full: bool
    reads_chat: bool
    writes_chat: bool
    moderates_chat: bool


@dataclass(frozen=True, slots=True)
class RoomPads:
    """The pads of a room, for somebody who is in it."""

    room: Room
    pads: Sequence[PadShown]
    makes: bool


_LONG_BYTES = 200_000


class PadService(Settings, Carrying, Histories, Ending):
    """Making, finding, settings, links, end, import, export, history."""

    async def page(self, who: Caller, address: Address, *, whole: bool = False) -> PadPage:
        """Return what the page shows; ``whole``: the text however long. Raises NotFound."""

        def question(db: Connection) -> tuple[OpenPad, frozenset[Permission]]:
            opened = self._found(db, who, address)
            has = frozenset() if opened.room is None else access.rights(db, who, opened.room)
            group = opened.group
            if group is not None and access.role_in_group(db, who, group.id) is None:
                opened = replace(opened, group=None)
            return opened, has

        opened, has = await self._database.read(question)
        pad_id, kind = opened.pad.id, opened.pad.kind
        html = await self._engine.read(
            pad_id,
            lambda one: html_of(one, kind) if whole or one.text_bytes <= _LONG_BYTES else None,
        )
        return PadPage(
            opened,
            html,
            self._engine.people(pad_id),
            self._engine.is_full(pad_id, opened.capability),
            Permission.CHAT_READ in has,
            Permission.CHAT_WRITE in has,
            Permission.CHAT_MODERATE in has,
        )

    async def open(self, who: Caller, address: Address) -> OpenPad:
        """Return a pad as the caller sees it. Raises NotFound ``pads.not-found``."""
        return await self._database.read(lambda db: self._found(db, who, address))

    async def in_room(self, who: Caller, slug: str) -> RoomPads:
        """Return the pads of a room. Raises NotFound, NotAllowed."""

        def question(db: Connection) -> tuple[Room, Sequence[Pad], bool]:
            room = room_entered(db, self._doors, who, slug, Permission.PADS_READ)
            makes = access.may(db, who, Permission.PADS_MAKE, room.id)
            return room, pads.pads_of_room(db, room.id), makes

        room, found, makes = await self._database.read(question)
        shown = [self.shown(pad, Address(pad.name, room=room.slug)) for pad in found]
        return RoomPads(room, _newest_first(shown), makes)

    async def of_group(self, who: Caller, group_id: GroupId) -> Sequence[PadShown]:
        """Return the pads of a group and its rooms that ``who`` may read, newest edit first."""
        now = self._clock.now()

        def question(db: Connection) -> list[tuple[Pad, Address]]:
            group = groups.find_group(db, group_id)
            if group is None or access.role_in_group(db, who, group_id) is None:
                return []
            found = [
                (pad, Address(pad.name, group=group.slug))
                for pad in pads.pads_of_group(db, group_id)
            ]
            for room in rooms.rooms_of(db, group_id):
                found += [
                    (pad, Address(pad.name, room=room.slug))
                    for pad in pads.pads_of_room(db, room.id)
                ]
            return [
                (pad, address)
                for pad, address in found
                if not is_over(pad, now) and capability_of(db, who, pad, None, self._doors)
            ]

        found = await self._database.read(question)
        return _newest_first([self.shown(pad, address) for pad, address in found])

    def shown(self, pad: Pad, address: Address) -> PadShown:
        """Return a pad as others see it in a list."""
        return PadShown(
            id=pad.id,
            path=address.base,
            name=pad.name,
            title=pad.title,
            room_id=None if pad.room_id is None else RoomId(pad.room_id),
            edited_at=pad.edited_at,
            ends_at=end_of(pad),
            people=self._engine.people(pad.id),
        )


def _newest_first(shown: list[PadShown]) -> Sequence[PadShown]:
    def when(pad: PadShown) -> tuple[bool, float, int]:
        never = pad.edited_at is None
        return not never, 0.0 if pad.edited_at is None else pad.edited_at.timestamp(), pad.id

    return sorted(shown, key=when, reverse=True)
