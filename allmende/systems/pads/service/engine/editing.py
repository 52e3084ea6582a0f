"""What the server writes: imports, paragraphs of people without script, minutes (spec pads, P-25).

Each is an ordinary edit by a fresh Yjs client bound to whoever acts, so that open editors and
offline copies merge it like any other.
"""

import secrets
from collections.abc import Callable
from typing import Any

import pycrdt

from allmende.core.clock import Clock
from allmende.core.errors import QuotaExceeded
from allmende.core.ids import PadId
from allmende.protocols.yjs.update import read_update
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.pad import AuthorId
from allmende.systems.pads.service.engine.flushing import Flusher
from allmende.systems.pads.service.engine.opened import OpenPad
from allmende.systems.pads.service.engine.shelf import Shelf
from allmende.systems.pads.service.engine.tickets import new_session_id
from allmende.systems.pads.store.editors import Client


class Editing:
    """Lets the server write into pads."""

    def __init__(self, clock: Clock, shelf: Shelf, flusher: Flusher, limits: PadLimits) -> None:
        self._clock = clock
        self._shelf = shelf
        self._flusher = flusher
        self._limits = limits

    async def edit(
        self,
        pad_id: PadId,
        author_id: AuthorId | None,
        change: Callable[["pycrdt.Doc[Any]"], None],
        key: str,
    ) -> None:
        """Write; return when it is on disk. The same ``key`` writes once. ValueError: a space."""
        if any(map(str.isspace, key)):
            raise ValueError("keys are kept with spaces in between")
        pad = await self._shelf.open(pad_id)
        if not key or key not in pad.keys:
            client = new_client()
            update = pad.live.document.change_by(client, change)
            self._require_room(pad, update)
            if key:
                pad.keys.add(key)
                pad.new_keys.append(key)
            self.apply(pad, update, author_id, client)
        await self._flusher.settled(pad)

    def apply(self, pad: OpenPad, update: bytes, author_id: AuthorId | None, client: int) -> None:
        """Add an update that ``client`` made, in the name of an author, and tell all."""
        now = self._clock.now()
        if author_id is not None:
            bound = Client(pad.id, client, author_id, new_session_id(), now, left_at=now)
            pad.bound.append(bound)
            pad.clients[client] = bound
        now_s = self._clock.monotonic_s()
        self._shelf.deliver(pad, pad.live.apply_server(update, author_id, client, now_s))
        self._shelf.settle(pad)

    def _require_room(self, pad: OpenPad, update: bytes) -> None:
        if not pad.live.document.fits(read_update(update)):
            raise QuotaExceeded("pads.full", most=self._limits.text_bytes)


def new_client() -> int:
    """Return a clientID as Yjs picks them: 32 random bits."""
    return secrets.randbelow(2**32 - 1) + 1
