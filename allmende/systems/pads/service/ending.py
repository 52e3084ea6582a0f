"""The end of a pad: by hand, by idle days, with its room. What is deleted is gone from the disk."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import InvalidInput
from allmende.core.events import Fact
from allmende.core.ids import GroupId, PadId, RoomId
from allmende.identity.store import rooms
from allmende.storage.deletions import note_deletion
from allmende.storage.outbox import record
from allmende.systems.pads.events import PadDeleted, PadExpired
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Capability, Pad
from allmende.systems.pads.model.policy import TOMBSTONE, end_of
from allmende.systems.pads.service.needs import PIECE, Needs
from allmende.systems.pads.store import ends, links, pads


class Ending(Needs):
    """First nobody finds the pad any more, then its rows go, in pieces; both survive a crash."""

    async def delete(self, who: Caller, address: Address, *, sure: bool) -> None:
        """Delete a pad. Raises NotFound, NotAllowed, InvalidInput ``sure``."""
        now = self._clock.now()

        def change(db: Connection) -> PadId:
            pad = self._allowed(db, who, address, Capability.ADMIN).pad
            if not sure:
                raise InvalidInput("pads.not-ticked", field="sure")
            self._bury(db, pad, PadDeleted(at=now, pad_id=pad.id))
            return pad.id

        await self._erase(await self._database.write(change))
        await self._database.tidy()

    async def delete_pad(self, pad_id: PadId) -> None:
        """Delete a pad for the operator; one that is not there is deleted already."""
        now = self._clock.now()

        def change(db: Connection) -> None:
            pad = pads.find_pad(db, pad_id)
            if pad is not None:
                self._bury(db, pad, PadDeleted(at=now, pad_id=pad_id))

        await self._database.write(change)
        await self._erase(pad_id)
        await self._database.tidy()

    async def end_over(self) -> None:
        """Delete pads that are over, and what a crash left of deleted ones."""
        now, deleted = self._clock.now(), 0
        while due := await self._database.write(lambda db: self._due(db, now)):
            for pad_id in due:
                await self._erase(pad_id)
            deleted += len(due)
        if deleted:
            await self._database.tidy()

    async def room_gone(self, room_id: RoomId) -> None:
        """Delete the pads of a room that is gone."""
        await self._end_all(lambda db: pads.pads_of_room(db, room_id))

    async def group_gone(self, group_id: GroupId) -> None:
        """Delete the pads of a group that is gone."""
        await self._end_all(lambda db: pads.pads_of_group(db, group_id))

    async def _end_all(self, found: Callable[[Connection], Sequence[Pad]]) -> None:
        now = self._clock.now()

        def change(db: Connection) -> list[PadId]:
            gone = found(db)
            for pad in gone:
                self._bury(db, pad, PadDeleted(at=now, pad_id=pad.id))
            return [pad.id for pad in gone]

        gone = await self._database.write(change)
        for pad_id in gone:
            await self._erase(pad_id)
        if gone:
            await self._database.tidy()

    async def end_of_rooms(self) -> None:
        """Delete pads whose room went while nobody listened."""
        after = RoomId(0)

        def question(db: Connection) -> list[tuple[RoomId, bool]]:
            known = pads.rooms_with_pads(db, after, most=PIECE)
            return [(number, rooms.find_room(db, number) is None) for number in known]

        while known := await self._database.read(question):
            for room_id, is_gone in known:
                if is_gone:
                    await self.room_gone(room_id)
            after = known[-1][0]

    async def _erase(self, pad_id: PadId) -> None:
        await self._engine.forget(pad_id)
        while await self._database.write(lambda db: ends.delete_piece(db, pad_id)):
            continue

    def _due(self, db: Connection, now: datetime) -> list[PadId]:
        """Bury what is over; move the look at those that were written in meanwhile."""
        due = []
        for pad in pads.ended_pads(db, now, most=PIECE):
            end = end_of(pad)
            if end is None or end > now:
                pads.set_end(db, pad.id, end)
                continue
            if not pad.place.startswith("d:"):
                self._bury(db, pad, PadExpired(at=now, pad_id=pad.id))
            due.append(pad.id)
        return due

    def _bury(self, db: Connection, pad: Pad, fact: Fact) -> None:
        """Only a name at top level can be taken over by strangers: its hash stays a while."""
        if pad.place.startswith("n:"):
            hashed = self._keys.place_hash(pad.place)
            pads.add_tombstone(db, hashed, self._clock.now() + TOMBSTONE)
        links.delete_links(db, pad.id)
        pads.bury_pad(db, pad.id, self._clock.now())
        note_deletion(db, "pads.pad", str(pad.id), self._clock.now())
        record(db, fact)
