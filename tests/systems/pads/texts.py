"""The engine of live pads without sockets: documents in memory, rows in the database."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

import pycrdt
from sqlalchemy import text

from allmende.core.clock import Clock
from allmende.core.errors import Conflict, NotFound
from allmende.core.ids import PadId
from allmende.storage.database import Database
from allmende.storage.types import micros
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.history import clean_revision_name
from allmende.systems.pads.model.pad import (
    Author,
    AuthorId,
    Capability,
    History,
    Keyframe,
    Kind,
    Pad,
    PadSessionId,
)
from allmende.systems.pads.model.sessions import Origin, PadTicket, guid_of
from allmende.systems.pads.store import pads

T = TypeVar("T")


@dataclass
class Plain:
    """What a Document is to its readers."""

    doc: "pycrdt.Doc[Any]"
    kind: Kind

    @property
    def text_bytes(self) -> int:
        return len(str(self.doc.get("body", type=pycrdt.XmlFragment)).encode())


@dataclass
class FakeTexts:
    """Answers at once. Tests look at ``told``, and at ``people`` set by themselves."""

    database: Database
    clock: Clock
    docs: dict[PadId, Plain] = field(default_factory=dict)
    kept: dict[PadId, list[tuple[Keyframe, bytes]]] = field(default_factory=dict)
    keys: set[tuple[PadId, str]] = field(default_factory=set)
    told: list[tuple[str, Any]] = field(default_factory=list)
    present: dict[PadId, int] = field(default_factory=dict)
    full: bool = False
    fails: bool = False

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
        self.told.append(("ticket", (pad.id, author.id, capability, origin, client_id)))
        return PadTicket("t" * 22, PadSessionId(7), guid_of(pad))

    def is_full(self, pad_id: PadId, capability: Capability) -> bool:
        return self.full

    async def packed(self, pad_id: PadId) -> bytes:
        return zlib.compress((await self._of(pad_id)).doc.get_update(), wbits=31)

    async def read(self, pad_id: PadId, question: Callable[[Document], T]) -> T:
        return question(cast(Document, await self._of(pad_id)))

    async def edit(
        self,
        pad_id: PadId,
        author_id: AuthorId | None,
        change: Callable[["pycrdt.Doc[Any]"], None],
        *,
        key: str = "",
    ) -> None:
        if key and (pad_id, key) in self.keys:
            return
        self.keys.add((pad_id, key))
        found = await self._of(pad_id)
        change(found.doc)
        update, now = found.doc.get_update(), micros(self.clock.now())
        row = {"pad": pad_id, "at": now, "author": author_id, "payload": update}

        def write(db: Any) -> None:
            seq = db.execute(
                text("SELECT coalesce(max(seq), 0) FROM pads_update WHERE pad_id = :pad"), row
            ).scalar_one()
            db.execute(
                text(
                    "INSERT INTO pads_update (pad_id, seq, batch, at, author_id, edits, payload)"
                    " VALUES (:pad, :seq, :seq, :at, :author, 1, :payload)"
                ),
                {**row, "seq": seq + 1},
            )
            db.execute(text("UPDATE pads_pad SET edited_at = :at WHERE id = :pad"), row)

        await self.database.write(write)

    async def revisions(self, pad_id: PadId) -> Sequence[Keyframe]:
        return [frame for frame, _ in reversed(self.kept.get(pad_id, []))]

    async def name_revision(self, pad_id: PadId, name: str, author_id: AuthorId | None) -> Keyframe:
        called = clean_revision_name(name)
        pad = await self.database.read(lambda db: pads.find_pad(db, pad_id))
        if pad is None or pad.history is History.NONE:
            raise Conflict("pads.no-history")
        kept = self.kept.setdefault(pad_id, [])
        now = self.clock.now()
        frame = Keyframe(100 * pad_id + len(kept) + 1, pad_id, 1, 0, now, called, author_id)
        kept.append((frame, (await self._of(pad_id)).doc.get_update()))
        return frame

    async def restore(self, pad_id: PadId, keyframe_id: int, author_id: AuthorId | None) -> None:
        found = await self.read_keyframe(pad_id, keyframe_id, lambda one: one)
        self.docs[pad_id] = cast(Plain, found)

    async def read_keyframe(
        self, pad_id: PadId, keyframe_id: int, question: Callable[[Document], T]
    ) -> T:
        for frame, update in self.kept.get(pad_id, []):
            if frame.id == keyframe_id:
                doc: pycrdt.Doc[Any] = pycrdt.Doc()
                doc.apply_update(update)
                return question(cast(Document, Plain(doc, (await self._of(pad_id)).kind)))
        raise NotFound("pads.no-such-revision")

    async def rename_author(self, author: Author) -> None:
        self.told.append(("renamed", author))

    async def set_locked(self, pad_id: PadId, locked: bool) -> None:
        self.told.append(("locked", (pad_id, locked)))

    async def tell_expiry(self, pad_id: PadId, ends_at: datetime | None) -> None:
        self.told.append(("expiry", (pad_id, ends_at)))

    async def convert(
        self, pad_id: PadId, kind: Kind, language: str, author_id: AuthorId | None
    ) -> None:
        self.told.append(("convert", (pad_id, kind, language)))

    async def clear_authorship(self, pad_id: PadId) -> None:
        self.told.append(("cleared", pad_id))

    async def recheck(self, pad_id: PadId | None = None) -> None:
        self.told.append(("recheck", pad_id))

    async def forget(self, pad_id: PadId, code: int = 4404) -> None:
        if self.fails:
            raise RuntimeError("killed here")
        self.told.append(("forgotten", pad_id))
        self.docs.pop(pad_id, None)

    def people(self, pad_id: PadId) -> int:
        return self.present.get(pad_id, 0)

    async def _of(self, pad_id: PadId) -> Plain:
        if pad_id not in self.docs:
            pad = await self.database.read(lambda db: pads.find_pad(db, pad_id))
            if pad is None:
                raise NotFound("pads.not-found")
            self.docs[pad_id] = Plain(pycrdt.Doc(), pad.kind)
        return self.docs[pad_id]

    def names(self) -> list[str]:
        """What was told, in order, by name."""
        return [name for name, _ in self.told]
