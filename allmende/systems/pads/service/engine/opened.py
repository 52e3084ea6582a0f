"""One open pad: its live room, its editors, and what is not on disk yet."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from allmende.core.ids import PadId
from allmende.protocols.yjs.joining import joined
from allmende.protocols.yjs.messages import write_control
from allmende.systems.pads.model.history import (
    EDITED_TOLD_EVERY,
    KEYFRAME_ROWS,
    LastKeyframe,
    is_state_due,
)
from allmende.systems.pads.model.live import LivePad, Unsaved
from allmende.systems.pads.model.pad import Author, AuthorId, Pad, PadSessionId, Row
from allmende.systems.pads.service.engine.connection import Connection
from allmende.systems.pads.store.editors import Client
from allmende.systems.pads.store.log import Append


@dataclass(frozen=True, slots=True)
class Left:
    """An editor that was closed."""

    client_id: int
    session_id: PadSessionId


@dataclass(frozen=True, slots=True)
class Captured:
    """The whole document when exactly the rows up to ``seq`` were in it, all on disk."""

    seq: int
    payload: bytes


@dataclass(slots=True)
class Waiter:
    """Somebody who waits until what was written so far is on disk."""

    future: "asyncio.Future[Captured | None]"
    wants_document: bool


@dataclass(slots=True, eq=False)
class Attempt:
    """One flush of one pad. It stays the same until the disk has it: trying twice is harmless.

    ``left_unused``: editors that left and wrote nothing; their rows are not needed.
    """

    append: Append | None
    unsaved: Unsaved | None
    bound: Sequence[Client]
    left: Sequence[Left]
    left_unused: Sequence[Left]
    waiters: Sequence[Waiter]
    captured: Captured | None
    compacts: bool
    tell_edited: bool

    @property
    def writes(self) -> int:
        """How many rows it changes."""
        rows = 0 if self.append is None else len(self.append.rows)
        return rows + len(self.bound) + len(self.left) + len(self.left_unused)


@dataclass(slots=True, eq=False)
class OpenPad:
    """A pad in memory. ``rows_since``, ``bytes_since``: written since the newest state.

    ``own_title``: its first line when the title was last taken from it. ``in_doubt_since_s``:
    rights changed then, and the database has not answered since.
    """

    pad: Pad
    live: LivePad
    clients: dict[int, Client]
    people: dict[AuthorId, Author]
    head_seq: int
    state_seq: int
    rows_since: int
    bytes_since: int
    last_keyframe: LastKeyframe
    told_at: datetime | None
    idle_since_s: float
    keys: set[str] = field(default_factory=set)
    connections: dict[PadSessionId, Connection] = field(default_factory=dict)
    attempt: Attempt | None = None
    waiters: list[Waiter] = field(default_factory=list)
    bound: list[Client] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    new_keys: list[str] = field(default_factory=list)
    timer: asyncio.TimerHandle | None = None
    edited_s: float | None = None
    state_wanted: bool = False
    state_at_s: float = 0.0
    told_unsaved: bool = False
    in_doubt_since_s: float | None = None
    gone: bool = False
    own_title: str = ""
    packed: tuple[bytes, bytes] | None = None

    @property
    def id(self) -> PadId:
        """The number of the pad."""
        return self.pad.id

    @property
    def is_dirty(self) -> bool:
        """Whether a flush has something to do here."""
        waits = self.attempt or self.waiters or self.left or self.bound
        return bool(waits) or self.live.dirty or self._captures(self.head_seq)

    @property
    def is_writing(self) -> bool:
        """Whether something in the document is not on disk."""
        return self.live.unsaved_since_s is not None

    def saved_message(self) -> bytes:
        """Return what acknowledges the whole document; all of it must be on disk."""
        state_vector = b64encode(self.live.document.state_vector()).decode()
        return write_control(f'{{"t":"saved","sv":"{state_vector}"}}')

    def next_attempt(self, now: datetime) -> Attempt:
        """Freeze what is to be written now; the same again while that is not on disk."""
        if self.attempt is not None:
            return self.attempt
        unsaved = self.live.take_unsaved()
        append = None if unsaved is None else self._append(unsaved, now)
        head = self.head_seq if append is None else append.head
        waiters, self.waiters = self.waiters, []
        compacts, captured = self._captures(head), None
        if compacts or any(waiter.wants_document for waiter in waiters):
            captured = Captured(head, self.live.document.encoded())
        clock = self.live.document.clock
        self.attempt = Attempt(
            append=append,
            unsaved=unsaved,
            bound=tuple(self.bound),
            left=[one for one in self.left if clock(one.client_id) > 0],
            left_unused=[one for one in self.left if clock(one.client_id) == 0],
            waiters=waiters,
            captured=captured,
            compacts=compacts,
            tell_edited=append is not None and self._is_telling_due(now),
        )
        self.bound.clear()
        self.left.clear()
        self.new_keys.clear()
        return self.attempt

    def _append(self, unsaved: Unsaved, now: datetime) -> Append:
        first = self.head_seq + 1
        rows = tuple(
            Row(
                self.id,
                seq,
                first,
                now,
                row.author_id,
                row.session_id,
                row.edits,
                joined(row.payload) if row.edits > 1 else row.payload,
            )
            for seq, row in enumerate(unsaved.rows, first)
        )
        return Append(
            pad_id=self.id,
            generation=self.pad.generation,
            before=self.head_seq,
            rows=rows,
            keys=tuple(self.new_keys),
        )

    def _captures(self, head: int) -> bool:
        is_many = head - self.last_keyframe.seq >= KEYFRAME_ROWS
        return head > self.state_seq and (
            self.state_wanted or is_many or is_state_due(self.rows_since, self.bytes_since)
        )

    def _is_telling_due(self, now: datetime) -> bool:
        return self.told_at is None or now - self.told_at >= EDITED_TOLD_EVERY
