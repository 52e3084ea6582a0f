"""Looks who is in the call of an open assembly: how many came, and when the last one left.

Seats are kept in memory only; the database knows a number. It survives a restart, the people
who come back after one are not counted twice.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from allmende.core.clock import Clock
from allmende.core.ids import AssemblyId, RoomId
from allmende.core.ports.conference import TAB_CHARS, CallId, ConferenceBackend, Present
from allmende.storage.database import Database
from allmende.systems.plenum.store import assemblies

TICK_S: Final = 5.0
LEFT_S: Final = 30 * 60.0
"""An assembly closes by itself so long after the last person left the call."""
NEVER_CAME_S: Final = 12 * 3600.0
"""The same where nobody ever was in the call: it may be held with something else."""

CloseByItself = Callable[[AssemblyId, RoomId, int], Awaitable[None]]


def call_of(room_id: RoomId) -> CallId:
    """Return the call of a room (``core/ports/conference.py``)."""
    return CallId(f"r{room_id}")


@dataclass
class _Attendance:
    """Who is there since the call was empty last, and the most that ever were."""

    empty_since_s: float
    seats: set[str] = field(default_factory=set)
    most: int = 0

    def see(self, present: Sequence[Present], now_s: float) -> bool:
        """Take in who is present; return whether the count grew."""
        if present:
            self.empty_since_s = now_s
            self.seats |= {one.identity[:-TAB_CHARS] for one in present}
        else:  # who comes back after this has another seat
            self.seats.clear()
        before, self.most = self.most, max(self.most, len(self.seats))
        return self.most > before


class Watching:
    """Counts people and closes what was left."""

    def __init__(self, database: Database, conference: ConferenceBackend, clock: Clock) -> None:
        self._database = database
        self._conference = conference
        self._clock = clock
        self._attendance: dict[AssemblyId, _Attendance] = {}

    def attended(self, assembly_id: AssemblyId) -> int:
        """Return how many people were seen since the start of this process."""
        seen = self._attendance.get(assembly_id)
        return 0 if seen is None else seen.most

    async def tick(self, close: CloseByItself) -> None:
        """Look at each open assembly once."""
        alive = await self._database.read(assemblies.alive)
        for gone in self._attendance.keys() - {assembly_id for assembly_id, _ in alive}:
            del self._attendance[gone]
        for assembly_id, room_id in alive:
            await self._look(assembly_id, room_id, close)

    async def _look(self, assembly_id: AssemblyId, room_id: RoomId, close: CloseByItself) -> None:
        now_s = self._clock.monotonic_s()
        seen = self._attendance.setdefault(assembly_id, _Attendance(now_s))
        if seen.see(await self._conference.present(call_of(room_id)), now_s):
            count = partial(assemblies.note_attended, assembly_id=assembly_id, seen=seen.most)
            await self._database.write(count)
        limit_s = LEFT_S if seen.most else NEVER_CAME_S
        if now_s - seen.empty_since_s >= limit_s:
            await close(assembly_id, room_id, seen.most)
