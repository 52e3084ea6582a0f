"""The port of live documents. Implemented by pads; used by plenum and desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from allmende.core.accounts import Caller
from allmende.core.ids import GroupId, PadId, RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class PadShown:
    """A pad in a list. ``path`` is where it is opened; ``ends_at`` None: it never ends."""

    id: PadId
    path: str
    name: str
    title: str
    room_id: RoomId | None
    edited_at: datetime | None
    ends_at: datetime | None
    people: int


class Pads(Protocol):
    """What others may ask of pads."""

    async def create_pad(self, who: Caller, room_id: RoomId, name: str, markdown: str) -> PadShown:
        """Make a pad of a room, or return the one of that name. It lasts as long as its room.

        Raises NotFound, NotAllowed, InvalidInput ``pads.name-refused``.
        """
        ...

    async def append_blocks(self, pad_id: PadId, markdown: str, key: str) -> None:
        """Add blocks at the end; the same ``key`` adds them once (the last 100 are known).

        Asked by a system, not by a person: nothing is permitted here. Raises NotFound.
        """
        ...

    async def pad_markdown(self, pad_id: PadId) -> str:
        """Return the text as it is now. Raises NotFound ``pads.not-found``."""
        ...

    async def freeze_pad(self, pad_id: PadId, *, frozen: bool) -> None:
        """Make it read-only for everybody, or open again. Raises NotFound."""
        ...

    async def pads_of_group(self, who: Caller, group_id: GroupId) -> Sequence[PadShown]:
        """Return the pads of a group and of its rooms that ``who`` may read, newest edit first."""
        ...
