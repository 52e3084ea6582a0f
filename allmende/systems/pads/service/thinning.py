"""Old history gets coarser by night: a row a minute after 7 days, a row an hour after 30 (P-18)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection

from allmende.core.clock import Clock
from allmende.core.ids import PadId
from allmende.protocols.yjs.joining import joined
from allmende.storage.database import Database
from allmende.systems.pads.model.history import MERGED_BY_MINUTE_AFTER, Span, spans_to_merge
from allmende.systems.pads.model.merging import merged
from allmende.systems.pads.model.pad import History, Row
from allmende.systems.pads.store import keyframes, log

PADS_AT_ONCE: Final = 100
MARKS_AT_ONCE: Final = 5_000
ROWS_AT_ONCE: Final = 400


class Thinning:
    """Goes through all pads, in small changes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def thin_all(self) -> None:
        """Thin every pad. Doing it twice changes nothing."""
        after = PadId(0)
        while some := await self._database.read(partial(_pads, after=after)):
            for pad_id in some:
                await self.thin(pad_id)
            after = some[-1]

    async def thin(self, pad_id: PadId) -> int:
        """Thin one pad; return how many rows it has less."""
        now, less = self._clock.now(), 0
        pad = await self._database.read(lambda db: log.find_pad(db, pad_id))
        if pad is None:
            return 0
        if pad.history is not History.FULL:
            return await self._database.write(partial(_forget, pad_id=pad_id))
        for span in await self._spans(pad_id, now):
            less += await self._merge(pad_id, span)
        return less

    async def _spans(self, pad_id: PadId, now: datetime) -> Sequence[Span]:
        marks: list[tuple[int, datetime]] = []
        before, after = now - MERGED_BY_MINUTE_AFTER, 0
        while some := await self._database.read(
            partial(
                keyframes.marks_before,
                pad_id=pad_id,
                after=after,
                before=before,
                most=MARKS_AT_ONCE,
            )
        ):
            marks += some
            after = some[-1][0]
        kept = await self._database.read(partial(keyframes.keyframe_seqs, pad_id=pad_id))
        return list(spans_to_merge(marks, kept, now))

    async def _merge(self, pad_id: PadId, span: Span) -> int:
        """Merge a span, a portion at a time: each takes the row of the last one along."""
        less, first = 0, span.first
        while first < span.last:
            change = partial(_merge_some, pad_id=pad_id, first=first, last=span.last)
            gone, first = await self._database.write(change)
            less += gone
        return less


def _pads(db: Connection, after: PadId) -> Sequence[PadId]:
    return log.pad_ids(db, after, most=PADS_AT_ONCE)


def _merge_some(db: Connection, pad_id: PadId, first: int, last: int) -> tuple[int, int]:
    """Merge up to 400 rows; return how many are gone and the number of the merged one."""
    rows = keyframes.rows_between(db, pad_id, first, last, most=ROWS_AT_ONCE)
    if len(rows) < 2:
        return 0, last
    one = merged_row(rows)
    less = sum(len(row.payload) for row in rows) - len(one.payload)
    keyframes.replace_rows(db, rows[0].seq, one, less_bytes=less)
    return len(rows) - 1, one.seq


def merged_row(rows: Sequence[Row]) -> Row:
    """Return one row that says what ``rows`` say. It has the author that all of them share."""
    authors, sessions = ({row.author_id for row in rows}, {row.session_id for row in rows})
    return replace(
        rows[-1],
        author_id=rows[0].author_id if len(authors) == 1 else None,
        session_id=rows[0].session_id if len(sessions) == 1 else None,
        edits=sum(row.edits for row in rows),
        payload=joined(merged([row.payload for row in rows])),
    )


def _forget(db: Connection, pad_id: PadId) -> int:
    """Without a history the rows go that the state holds, and copies that nobody named."""
    pad = log.find_pad(db, pad_id)
    if pad is None or pad.history is History.FULL:
        return 0
    keyframes.forget_unnamed(db, pad_id)
    return log.forget_rows(db, pad_id, pad.state_seq)
