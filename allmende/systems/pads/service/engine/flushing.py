"""Writing back: one flush of all pads at a time, in as few changes as possible (P-12 to P-17).

Broadcast first, write in batches, acknowledge after the commit. What a flush writes is frozen
until the disk has it, so that trying again after a lost answer writes nothing twice.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection as Db

from allmende.core.clock import Clock
from allmende.core.errors import AllmendeError, Unavailable
from allmende.core.ids import PadId
from allmende.storage.database import Database
from allmende.storage.outbox import record
from allmende.systems.pads.events import PadEdited
from allmende.systems.pads.model.history import LastKeyframe
from allmende.systems.pads.model.pad import History, Keyframe
from allmende.systems.pads.service.engine.opened import Attempt, Captured, OpenPad, Waiter
from allmende.systems.pads.service.engine.shelf import GONE, Shelf
from allmende.systems.pads.store import editors, keyframes, log

FLUSH_AFTER_S: Final = 0.25
RETRY_AFTER_S: Final = 0.5
WAIT_S: Final = 10.0
MOST_AT_ONCE: Final = 400
_RESTART, _NEW_GENERATION = 1012, 4409
_log: Final = logging.getLogger(__name__)


class Flusher:
    """Brings what is new to the disk and tells who waits for it."""

    def __init__(self, database: Database, clock: Clock, shelf: Shelf) -> None:
        self._database = database
        self._clock = clock
        self._shelf = shelf
        self._one_at_a_time = asyncio.Lock()
        self._soon = asyncio.Event()

    async def run(self) -> None:
        """Flush 250 ms after the first edit, at once where somebody waits; until cancelled."""
        while True:
            await self._shelf.dirty.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_AFTER_S):
                    await self._soon.wait()
            if not await self._tried():
                await asyncio.sleep(RETRY_AFTER_S)

    async def _tried(self) -> bool:
        try:
            return await self.flush()
        except AllmendeError as failure:
            _log.error("pads not saved: %s", failure, exc_info=failure)
            self._shelf.dirty.set()
            return False

    async def flush(self) -> bool:
        """Write what all pads have; return whether the disk took everything."""
        async with self._one_at_a_time:
            self._shelf.dirty.clear()
            self._soon.clear()
            now = log.second(self._clock.now())
            dirty = [pad for pad in self._shelf if pad.is_dirty and self._prepared(pad, now)]
            taken = [await self._write(some, now) for some in _portions(dirty)]
        if not all(taken):
            self._shelf.dirty.set()
        return all(taken)

    def _prepared(self, pad: OpenPad, now: datetime) -> bool:
        """Freeze what is to be written. A pad with which that fails is opened anew."""
        try:
            pad.next_attempt(now)
        except Exception:
            _log.exception("pad %d cannot be written", pad.id)
            self._shelf.drop(pad, _RESTART)
            return False
        return True

    async def settled(self, pad: OpenPad) -> None:
        """Wait until what was written so far is on disk. Raises Unavailable ``pads.not-saved``."""
        await self._wait(pad, wants_document=False)

    async def captured(self, pad: OpenPad) -> Captured:
        """Return the whole document with everything in it on disk. Raises like ``settled``."""
        captured = await self._wait(pad, wants_document=True)
        if captured is None:
            raise RuntimeError("a document was asked for")
        return captured

    async def _wait(self, pad: OpenPad, *, wants_document: bool) -> Captured | None:
        waiter = Waiter(asyncio.get_running_loop().create_future(), wants_document)
        pad.waiters.append(waiter)
        self._shelf.dirty.set()
        self._soon.set()
        try:
            async with asyncio.timeout(WAIT_S):
                return await waiter.future
        except TimeoutError:
            raise Unavailable("pads.not-saved", retry_after_s=10) from None

    async def _write(self, pads: Sequence[OpenPad], now: datetime) -> bool:
        attempts = [pad.attempt for pad in pads if pad.attempt is not None]
        try:
            taken = await self._carried_out(pads, attempts, now)
        except Exception as failure:
            return await self._failed(pads, failure, now)
        for pad, attempt, is_taken in zip(pads, attempts, taken, strict=True):
            if pad.gone:
                continue
            if is_taken:
                await self._committed(pad, attempt, now)
            else:
                await self._refused(pad)
        return True

    async def _carried_out(
        self, pads: Sequence[OpenPad], attempts: Sequence[Attempt], now: datetime
    ) -> Sequence[bool]:
        if not any(attempt.writes for attempt in attempts):
            return [True] * len(attempts)
        jobs = [(pad.id, attempt) for pad, attempt in zip(pads, attempts, strict=True)]
        return await self._database.write(partial(_carry_out, jobs=jobs, now=now))

    async def _failed(self, pads: Sequence[OpenPad], failure: Exception, now: datetime) -> bool:
        """One bad pad must not keep the others from the disk: try each by itself."""
        if isinstance(failure, Unavailable) or len(pads) == 1:
            _log.error("pads not saved: %s", failure, exc_info=failure)
            return False
        return all([await self._write([pad], now) for pad in pads])

    async def _committed(self, pad: OpenPad, attempt: Attempt, now: datetime) -> None:
        pad.attempt = None
        if attempt.append is not None and attempt.unsaved is not None:
            pad.head_seq = attempt.append.head
            pad.rows_since += len(attempt.append.rows)
            pad.bytes_since += attempt.append.size_bytes
            pad.edited_s = self._clock.monotonic_s()
            pad.told_unsaved = False
            self._shelf.deliver(pad, pad.live.saved(attempt.unsaved))
        if attempt.tell_edited:
            pad.told_at = now
            self._tell_end(pad, now)
        for waiter in attempt.waiters:
            if not waiter.future.done():
                waiter.future.set_result(attempt.captured if waiter.wants_document else None)
        if attempt.compacts and attempt.captured is not None:
            await self._compact(pad, attempt.captured, now)

    def _tell_end(self, pad: OpenPad, now: datetime) -> None:
        days = pad.pad.expiry_days
        if days is not None:
            ends_at = now + timedelta(days=days)
            pad.pad = replace(pad.pad, ends_at=ends_at)
            told = {"t": "expiry", "ends_at": ends_at.isoformat()}
            self._shelf.deliver(pad, pad.live.tell(told))

    async def _refused(self, pad: OpenPad) -> None:
        """The head moved without us: deleted, replaced, or another program wrote."""
        stored = await self._database.read(lambda db: log.find_pad(db, pad.id))
        code = GONE if stored is None else _RESTART
        if stored is not None and stored.generation != pad.pad.generation:
            code = _NEW_GENERATION
        elif stored is not None:
            _log.error("pad %d was written by somebody else; it is opened again", pad.id)
        self._shelf.drop(pad, code)

    async def _compact(self, pad: OpenPad, captured: Captured, now: datetime) -> None:
        """Keep a new state, and a copy where one is due. Failing is no harm: the rows stay."""
        at_end, pad.state_wanted = pad.state_wanted, False
        last, history = pad.last_keyframe, pad.pad.history
        is_due = last.is_next_due(captured.seq, now, history)
        change = _Compaction(pad, captured, now, with_keyframe=is_due)
        try:
            kept = await self._database.write(change)
        except Exception as failure:
            _log.error("pad %d not compacted: %s", pad.id, failure, exc_info=failure)
            pad.state_wanted = at_end
            return
        pad.state_at_s = self._clock.monotonic_s()
        if kept is not None:
            pad.last_keyframe = LastKeyframe(kept.seq, kept.at)
        pad.state_seq = max(pad.state_seq, captured.seq)
        pad.rows_since = pad.head_seq - captured.seq
        pad.bytes_since = 0


class _Compaction:
    """The change that keeps a state and, where it is due, a keyframe."""

    def __init__(
        self, pad: OpenPad, captured: Captured, now: datetime, *, with_keyframe: bool
    ) -> None:
        self._state = log.State(
            pad_id=pad.id,
            generation=pad.pad.generation,
            seq=captured.seq,
            payload=captured.payload,
        )
        self._keeps_rows = pad.pad.history is not History.NONE
        self._keyframe = (
            keyframes.NewKeyframe(
                pad_id=pad.id,
                generation=pad.pad.generation,
                seq=captured.seq,
                at=now,
                name=None,
                author_id=None,
                payload=captured.payload,
            )
            if with_keyframe
            else None
        )

    def __call__(self, db: Db) -> Keyframe | None:
        """Carry it out."""
        is_new = log.put_state(db, self._state, keep_rows=self._keeps_rows)
        if not is_new or self._keyframe is None:
            return None
        return keyframes.add_keyframe(db, self._keyframe)


def _carry_out(db: Db, jobs: Sequence[tuple[PadId, Attempt]], now: datetime) -> Sequence[bool]:
    """Write all attempts; return which of the pads were as expected."""
    taken = [_one(db, pad_id, attempt, now) for pad_id, attempt in jobs]
    for (pad_id, attempt), is_taken in zip(jobs, taken, strict=True):
        if is_taken and attempt.tell_edited:
            record(db, PadEdited(at=now, pad_id=pad_id))
    return taken


def _one(db: Db, pad_id: PadId, attempt: Attempt, now: datetime) -> bool:
    if attempt.append is not None and not log.append(db, attempt.append):
        return False
    for client in attempt.bound:
        editors.bind_client(db, client)
    for left in attempt.left:
        editors.leave(db, pad_id, left.client_id, left.session_id, now)
    for left in attempt.left_unused:
        editors.leave(db, pad_id, left.client_id, left.session_id, None)
    return True


def _portions(pads: Sequence[OpenPad]) -> Iterator[list[OpenPad]]:
    """Yield pads in portions of which each is a short change."""
    portion: list[OpenPad] = []
    rows = 0
    for pad in pads:
        writes = 0 if pad.attempt is None else pad.attempt.writes
        if portion and rows + writes > MOST_AT_ONCE:
            yield portion
            portion, rows = [], 0
        portion.append(pad)
        rows += writes
    if portion:
        yield portion
