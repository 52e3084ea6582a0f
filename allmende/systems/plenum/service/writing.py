"""Writes into the minutes what is waiting to be written, in order, each thing once.

An entry is a row until the pad has it. A crash before that leaves the row, and the pad knows
the key of what it has already: nothing is lost and nothing stands there twice (spec, 21).
"""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from allmende.core.clock import Clock
from allmende.core.errors import AllmendeError, NotFound
from allmende.core.ids import AssemblyId, PadId
from allmende.core.ports.pads import Pads
from allmende.storage.database import Database
from allmende.systems.plenum.store import assemblies, entries
from allmende.systems.plenum.store.entries import Waiting

LOOK_S: Final = 30.0
FIRST_RETRY: Final = timedelta(seconds=5)
LONGEST_RETRY: Final = timedelta(hours=1)
MOST_TRIES: Final = 48
_log: Final = logging.getLogger("allmende.plenum")


class Writing:
    """The one hand that writes headings."""

    def __init__(self, database: Database, pads: Pads | None, clock: Clock) -> None:
        self._database = database
        self._pads = pads
        self._clock = clock
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something is waiting."""
        self._wake.set()

    async def run(self) -> None:
        """Write whenever something waits; ends by cancellation."""
        while True:
            self._wake.clear()
            try:
                await self.write_due()
            except AllmendeError as failure:
                _log.warning("the minutes wait: %s", failure.message_id)
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def write_due(self) -> None:
        """Write everything that is due, assembly by assembly."""
        if self._pads is None:
            return
        now = self._clock.now()
        for assembly_id in await self._database.read(lambda db: entries.due(db, now)):
            await self._write(self._pads, assembly_id)

    async def freeze_due(self) -> None:
        """Make the minutes read only of what was closed long ago."""
        if self._pads is None:
            return
        now = self._clock.now()
        for assembly_id, pad_id in await self._database.read(
            lambda db: assemblies.freezing(db, now)
        ):
            await self._freeze(self._pads, assembly_id, pad_id)

    async def _freeze(self, pads: Pads, assembly_id: AssemblyId, pad_id: PadId) -> None:
        try:
            await pads.freeze_pad(pad_id, frozen=True)
        except NotFound:
            _log.info("the minutes of assembly %s are gone", assembly_id)
        await self._database.write(lambda db: assemblies.note_frozen(db, assembly_id))

    async def _write(self, pads: Pads, assembly_id: AssemblyId) -> None:
        while True:
            waiting = await self._database.read(lambda db: entries.find_oldest(db, assembly_id))
            if waiting is None or not await self._append(pads, assembly_id, waiting):
                return

    async def _append(self, pads: Pads, assembly_id: AssemblyId, waiting: Waiting) -> bool:
        """Write one entry; False: the others of this assembly have to wait."""
        if waiting.pad_id is None:
            await self._database.write(lambda db: entries.forget(db, assembly_id))
            return False
        try:
            await pads.append_blocks(waiting.pad_id, waiting.markdown, waiting.key)
        except NotFound:
            await self._database.write(lambda db: entries.forget(db, assembly_id))
            return False
        except AllmendeError as failure:
            _log.warning("minutes of assembly %s: %s", assembly_id, failure.message_id)
            await self._database.write(lambda db: self._later(db, assembly_id, waiting.tries + 1))
            return False
        await self._database.write(lambda db: entries.note_written(db, waiting.id))
        return True

    def _later(self, db: Connection, assembly_id: AssemblyId, tries: int) -> None:
        if tries >= MOST_TRIES:
            entries.give_up(db, assembly_id)
            return
        pause = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(tries, 12))
        entries.try_later(db, assembly_id, tries, self._clock.now() + pause)
