"""What every part of the service needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

import pycrdt
from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.clock import Clock
from allmende.core.ids import PadId
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import (
    Author,
    AuthorId,
    Capability,
    History,
    Keyframe,
    Kind,
    Pad,
)
from allmende.systems.pads.model.sessions import Origin, PadTicket
from allmende.systems.pads.service.finding import OpenPad, found, require
from allmende.systems.pads.service.keys import Keys

T = TypeVar("T")
PIECE: Final = 500


class LiveTexts(Protocol):
    """The engine of live pads, as far as managing pads needs it (service/engine)."""

    async def ticket(
        self,
        pad: Pad,
        author: Author,
        capability: Capability,
        origin: Origin,
        client_id: int,
        *,
        language: str = "en",
    ) -> PadTicket:
        """Bind an editor to its author and return what it connects with."""
        ...

    def is_full(self, pad_id: PadId, capability: Capability) -> bool:
        """Return whether nobody more can connect."""
        ...

    async def packed(self, pad_id: PadId) -> bytes:
        """Return the whole document as one update, as gzip."""
        ...

    async def read(self, pad_id: PadId, question: Callable[[Document], T]) -> T:
        """Ask the document as it is now."""
        ...

    async def edit(
        self,
        pad_id: PadId,
        author_id: AuthorId | None,
        change: Callable[["pycrdt.Doc[Any]"], None],
        *,
        key: str = "",
    ) -> None:
        """Let the server write; the same ``key`` writes once."""
        ...

    async def revisions(self, pad_id: PadId) -> Sequence[Keyframe]:
        """Return keyframes, newest first."""
        ...

    async def name_revision(self, pad_id: PadId, name: str, author_id: AuthorId | None) -> Keyframe:
        """Keep the text as it is now under a name."""
        ...

    async def restore(self, pad_id: PadId, keyframe_id: int, author_id: AuthorId | None) -> None:
        """Undo everything since a keyframe."""
        ...

    async def read_keyframe(
        self, pad_id: PadId, keyframe_id: int, question: Callable[[Document], T]
    ) -> T:
        """Ask an earlier state."""
        ...

    async def rename_author(self, author: Author) -> None:
        """Show another name or colour at once."""
        ...

    async def set_locked(self, pad_id: PadId, locked: bool) -> None:
        """Ask rights again and tell everybody."""
        ...

    async def tell_expiry(self, pad_id: PadId, ends_at: datetime | None) -> None:
        """Show all who have it open when it ends."""
        ...

    async def convert(
        self, pad_id: PadId, kind: Kind, language: str, author_id: AuthorId | None
    ) -> None:
        """Make rich text plain or plain text rich; open editors load the page again."""
        ...

    async def clear_authorship(self, pad_id: PadId) -> None:
        """Forget whose text is whose, up to now."""
        ...

    async def recheck(self, pad_id: PadId | None = None) -> None:
        """Ask rights again, of all open pads or of one."""
        ...

    async def forget(self, pad_id: PadId, code: int = 4404) -> None:
        """Drop a deleted pad."""
        ...

    def people(self, pad_id: PadId) -> int:
        """Return how many editors are open."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PadDefaults:
    """What the operator chose. ``create``: who makes pads outside of groups and rooms."""

    create: str
    top_level_names: bool
    expiry_days: int
    history: History
    text_bytes: int


class Needs:
    """What a part of the service is built from, and the two ways to a pad."""

    def __init__(
        self,
        database: Database,
        doors: Doors,
        clock: Clock,
        keys: Keys,
        engine: LiveTexts,
        defaults: PadDefaults,
    ) -> None:
        self._database = database
        self._doors = doors
        self._clock = clock
        self._keys = keys
        self._engine = engine
        self._defaults = defaults

    def _found(self, db: Connection, who: Caller, address: Address) -> OpenPad:
        return found(db, self._doors, who, address, self._clock.now())

    def _allowed(
        self, db: Connection, who: Caller, address: Address, wanted: Capability
    ) -> OpenPad:
        opened = self._found(db, who, address)
        require(opened, wanted)
        return opened
