"""Pads as other systems see them: the port of ``core/ports/pads.py``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import InvalidInput, NotFound
from allmende.core.ids import GroupId, PadId, RoomId
from allmende.core.late import Late
from allmende.core.permissions import Permission
from allmende.core.ports.pads import PadShown
from allmende.identity import access
from allmende.identity.model.names import clean_title
from allmende.protocols.markup.markdown import write_markdown
from allmende.protocols.markup.tree import MarkupTooLarge
from allmende.systems.pads.model import names
from allmende.systems.pads.model.content import append_tree, tree_of, write_tree
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Kind, Pad
from allmende.systems.pads.service.pads import PadService
from allmende.systems.pads.store import pads

if TYPE_CHECKING:
    from allmende.protocols.markup.markdown import reading
else:
    reading = Late("allmende.protocols.markup.markdown.reading")

_FIRST_KEY = "made-with-a-text"


class PadPort(PadService):
    """Implements Pads."""

    async def create_pad(self, who: Caller, room_id: RoomId, name: str, markdown: str) -> PadShown:
        """Make a pad of a room with a first text, or return the one of that name.

        Raises NotFound, NotAllowed, InvalidInput ``pads.name-refused``.
        """
        called, title, now = names.clean_name(name), clean_title(name), self._clock.now()

        def change(db: Connection) -> tuple[Pad, str]:
            room = access.require(db, who, Permission.PADS_MAKE, room_id)
            pad = pads.find_pad_at(db, names.room_place(room_id, called))
            if pad is None:
                number = self._add_to_room(db, room_id, called, title, Kind.RICH, now)
                pad = pads.find_pad(db, number)
            if pad is None:
                raise NotFound("pads.not-found")
            return pad, room.slug

        pad, slug = await self._database.write(change)
        if pad.edited_at is None and markdown.strip():
            blocks, kind = reading.read_markdown(markdown), pad.kind
            await self._engine.edit(
                pad.id, None, lambda doc: write_tree(doc, kind, blocks), key=_FIRST_KEY
            )
        return self.shown(pad, Address(pad.name, room=slug))

    async def append_blocks(self, pad_id: PadId, markdown: str, key: str) -> None:
        """Add blocks at the end; the same ``key`` adds them once. Raises NotFound."""
        pad = await self._of(pad_id)
        try:
            blocks = reading.read_markdown(markdown)
        except MarkupTooLarge:
            raise InvalidInput("pads.too-large") from None
        await self._engine.edit(
            pad_id, None, lambda doc: append_tree(doc, pad.kind, blocks), key=key
        )

    async def pad_markdown(self, pad_id: PadId) -> str:
        """Return the text as it is now. Raises NotFound ``pads.not-found``."""
        pad = await self._of(pad_id)

        def question(document: Document) -> str:
            return write_markdown(tree_of(document.doc, pad.kind))

        return await self._engine.read(pad_id, question)

    async def freeze_pad(self, pad_id: PadId, *, frozen: bool) -> None:
        """Make it read-only for everybody but its admins, or open again. Raises NotFound."""
        await self.freeze(pad_id, locked=frozen)

    async def pads_of_group(self, who: Caller, group_id: GroupId) -> Sequence[PadShown]:
        """Return the pads of a group and of its rooms that ``who`` may read."""
        return await self.of_group(who, group_id)

    async def _of(self, pad_id: PadId) -> Pad:
        pad = await self._database.read(lambda db: pads.find_pad(db, pad_id))
        if pad is None:
            raise NotFound("pads.not-found")
        return pad
