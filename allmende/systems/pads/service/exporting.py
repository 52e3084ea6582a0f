"""What pads hand out of a person or a group, and how pads of a group come in from elsewhere."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import InvalidInput
from allmende.core.exports import (
    ExportedFile,
    Files,
    Numbers,
    TakenGroup,
    instant_text,
    readable_json,
)
from allmende.core.ids import AccountId, GroupId, PadId, RoomId
from allmende.core.permissions import Permission
from allmende.identity import access
from allmende.identity.service.needs import account_of
from allmende.identity.store import rooms
from allmende.protocols.markup.markdown import write_markdown
from allmende.protocols.yjs.update import MalformedUpdate
from allmende.storage.database import Database
from allmende.systems.pads.model.content import text_of, tree_of
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.pad import Author, AuthorId, Kind, Pad, Whom
from allmende.systems.pads.service.operating import document_of
from allmende.systems.pads.service.taking import take_pad
from allmende.systems.pads.store import authors, editors, keyframes, log, pads
from allmende.systems.pads.store import tables as kept

AT_A_TIME: Final = 100
LEFT_OUT: Final[Mapping[str, str]] = {
    kept.links.name: "opens a door of this house: a secret that is kept as a hash",
    kept.updates.name: "the single edits; the document holds what came of them",
}


@dataclass(frozen=True, slots=True)
class _Whole:
    """A pad with everything that an archive says of it."""

    pad: Pad
    document: Document
    people: Sequence[Author]
    clients: Sequence[editors.Client]
    revisions: Sequence[tuple[str, str | None, AuthorId | None, bytes]]


class PadExports:
    """The exporter of pads. It reads what is on disk: at most seconds older than what is seen."""

    covers = frozenset(
        table.name for table in (kept.pads, kept.states, kept.keyframes, kept.clients, kept.authors)
    )
    left_out = LEFT_OUT

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_account(self, who: Caller) -> AsyncIterator[ExportedFile]:
        """Yield where the account wrote, with the texts that it may read now."""
        account_id, number, after = account_of(who), 0, 0
        while some := await self._database.read(partial(_written, account_id, after)):
            for author in some:
                number += 1
                after = author.id
                async for file in self._own(who, author, f"pads/{number}"):
                    yield file

    async def of_group(self, group_id: GroupId, numbers: Numbers) -> AsyncIterator[ExportedFile]:
        """Yield the pads of a group and of its rooms, with authors and named revisions."""
        found = await self._database.read(lambda db: _pads(db, group_id))
        for pad_id in found:
            whole = await self._database.read(partial(_whole, pad_id=pad_id))
            if whole is None:
                continue
            folder = f"pads/{numbers.give('pad', pad_id)}"
            yield ExportedFile(f"{folder}/pad.json", readable_json(_said(whole, numbers)))
            yield ExportedFile(f"{folder}/document.bin", whole.document.encoded())
            yield ExportedFile(f"{folder}/text.md", _text(whole), canonical=False)
            for place, (*_, payload) in enumerate(whole.revisions, 1):
                yield ExportedFile(f"{folder}/revisions/{place}.bin", payload)

    async def take_group(self, taken: TakenGroup, files: Files) -> None:
        """Add the pads of an archive. Raises InvalidInput ``storage.archive-refused``."""
        for path in files.paths("pads/"):
            if not path.endswith("/pad.json"):
                continue
            folder = path.removesuffix("pad.json")
            try:
                await self._database.write(partial(take_pad, taken, files, folder))
            except (MalformedUpdate, ValueError, LookupError):
                reason = "a pad that cannot be opened"
                raise InvalidInput("storage.archive-refused", reason=reason) from None

    async def _own(self, who: Caller, author: Author, folder: str) -> AsyncIterator[ExportedFile]:
        whole = await self._database.read(partial(_whole, pad_id=author.pad_id))
        if whole is None:
            return
        pad = whole.pad
        reads = await self._database.read(lambda db: _may_read(db, who, pad))
        about = {"name": pad.name, "title": pad.title if reads else "", "written_as": author.name}
        yield ExportedFile(f"{folder}/pad.json", readable_json(about))
        if reads:
            yield ExportedFile(f"{folder}/text.md", _text(whole))
            yield ExportedFile(f"{folder}/document.bin", whole.document.encoded())


def _written(account_id: AccountId, after: int, db: Connection) -> Sequence[Author]:
    return authors.authors_after(db, account_id, after, most=AT_A_TIME)


def _pads(db: Connection, group_id: GroupId) -> list[PadId]:
    found = list(pads.pads_of_group(db, group_id))
    for room in rooms.rooms_of(db, group_id):
        found += pads.pads_of_room(db, room.id)
    return [pad.id for pad in found]


def _whole(db: Connection, pad_id: PadId) -> _Whole | None:
    stored = log.find_stored(db, pad_id)
    if stored is None:
        return None
    revisions = [
        (
            one.name,
            instant_text(one.at),
            one.author_id,
            keyframes.keyframe_of(db, pad_id, one.id)[1],
        )
        for one in reversed(keyframes.keyframes_of(db, pad_id))
        if one.name is not None and one.generation == stored.pad.generation
    ]
    document = document_of(stored)
    wrote = set(document.clients())
    clients = [one for one in editors.clients_of(db, pad_id) if one.client_id in wrote]
    people = sorted(editors.authors_of(db, pad_id), key=lambda one: one.id)
    return _Whole(stored.pad, document, people, clients, revisions)


def _said(whole: _Whole, numbers: Numbers) -> dict[str, object]:
    pad = whole.pad
    order = {author.id: number for number, author in enumerate(whole.people, 1)}
    room = None if pad.room_id is None else numbers.find("room", pad.room_id)
    same = ("name", "title", "kind", "language", "who_edits", "who_reads", "readers_see_history")
    return {
        **{name: getattr(pad, name) for name in (*same, "history", "locked", "expiry_days")},
        "room": room,
        "created_on": instant_text(pad.created_on),
        "edited_at": instant_text(pad.edited_at),
        "authors": [{"name": one.name, "colour": one.colour} for one in whole.people],
        "editors": [
            {"client": one.client_id, "author": order[one.author_id], "coloured": one.has_colour}
            for one in sorted(whole.clients, key=lambda one: one.client_id)
            if one.author_id in order
        ],
        "revisions": [
            {"name": name, "at": at, "author": None if by is None else order.get(by)}
            for name, at, by, _ in whole.revisions
        ],
    }


def _text(whole: _Whole) -> bytes:
    doc, kind = whole.document.doc, whole.pad.kind
    if kind is Kind.TEXT:
        return text_of(doc, kind).encode()
    return write_markdown(tree_of(doc, kind)).encode()


def _may_read(db: Connection, who: Caller, pad: Pad) -> bool:
    """Whoever wrote in a pad knew its address; what is a group's is for those who are in it."""
    if pad.room_id is not None:
        return access.may(db, who, Permission.PADS_READ, RoomId(pad.room_id))
    if pad.group_id is not None and access.role_in_group(db, who, pad.group_id) is not None:
        return True
    return Whom.LINK in (pad.who_edits, pad.who_reads)
