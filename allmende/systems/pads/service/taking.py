"""A pad that comes in from the archive of a group; what is in it was written by strangers."""

from dataclasses import replace
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection

from allmende.core.errors import InvalidInput
from allmende.core.exports import Files, TakenGroup, instant_from
from allmende.core.ids import PadId, RoomId
from allmende.identity.model.names import clean_display_name, clean_title
from allmende.storage.bundle import decoded
from allmende.storage.outbox import record
from allmende.storage.types import EPOCH
from allmende.systems.pads.events import PadCreated
from allmende.systems.pads.model import names
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.pad import (
    Author,
    AuthorId,
    History,
    Kind,
    Pad,
    PadSessionId,
    Whom,
)
from allmende.systems.pads.model.policy import (
    COLOURS,
    EXPIRY_DAYS,
    MAX_AUTHORS,
    NEVER_EDITED,
    end_of,
)
from allmende.systems.pads.store import authors, editors, keyframes, log, pads

_GENERATION: Final = 1
_HEAD: Final = 1
_NO_SESSION: Final = PadSessionId(0)
MAX_TITLE_CHARS: Final = 500
MAX_LANGUAGE_CHARS: Final = 40


class StoredAuthor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who wrote in a pad."""

    name: str
    colour: int


class StoredEditor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose editor a client was."""

    client: int
    author: int
    coloured: bool


class StoredRevision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A state with a name."""

    name: str
    at: str
    author: int | None


class StoredPad(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pad in an archive; ``room`` None: of the group itself."""

    name: str
    title: str
    kind: Kind
    language: str
    who_edits: Whom
    who_reads: Whom
    readers_see_history: bool
    history: History
    locked: bool
    expiry_days: int | None
    room: int | None
    created_on: str
    edited_at: str | None
    authors: tuple[StoredAuthor, ...]
    editors: tuple[StoredEditor, ...]
    revisions: tuple[StoredRevision, ...]


def take_pad(taken: TakenGroup, files: Files, folder: str, db: Connection) -> None:
    """Add one pad with its document. Raises InvalidInput, MalformedUpdate, ValueError."""
    stored = decoded(files.read(f"{folder}pad.json"), StoredPad)
    payload = checked(stored.kind, files.read(f"{folder}document.bin"))
    pad = _pad(stored, taken)
    if pads.find_pad_at(db, pad.place) is not None:
        raise ValueError("two pads of one name")
    pad_id = pads.add_pad(db, pad)
    number = int(folder.split("/")[1])
    taken.numbers.remember("pad", number, pad_id)
    state = log.State(pad_id=pad_id, generation=_GENERATION, seq=_HEAD, payload=payload)
    log.put_state(db, state, keep_rows=True)
    people = _add_authors(db, pad_id, stored, taken)
    for editor in stored.editors:
        seen = taken.now.replace(microsecond=0) if editor.coloured else EPOCH
        author = people[editor.author]
        bound = editors.Client(pad_id, editor.client, author, _NO_SESSION, seen, seen)
        editors.bind_client(db, bound)
    for place, revision in enumerate(stored.revisions, 1):
        copy = keyframes.NewKeyframe(
            pad_id=pad_id,
            generation=_GENERATION,
            seq=_HEAD,
            at=_instant(revision.at),
            name=clean_title(revision.name),
            author_id=None if revision.author is None else people[revision.author],
            payload=checked(stored.kind, files.read(f"{folder}revisions/{place}.bin")),
        )
        keyframes.add_keyframe(db, copy)
    record(db, PadCreated(at=taken.now, pad_id=pad_id))


def checked(kind: Kind, payload: bytes) -> bytes:
    """Return a document that was looked at like one of a stranger. Raises MalformedUpdate."""
    document = Document(kind)
    document.apply(payload)
    return document.encoded()


def _pad(stored: StoredPad, taken: TakenGroup) -> Pad:
    name = names.clean_name(stored.name)
    room = None if stored.room is None else taken.numbers.thing("room", stored.room)
    if stored.room is not None and room is None:
        raise InvalidInput("storage.archive-refused", reason="a pad of a room that is not there")
    group_id = taken.group_id if room is None else None
    room_id = None if room is None else RoomId(room)
    place = (
        names.group_place(taken.group_id, name)
        if room_id is None
        else names.room_place(room_id, name)
    )
    if stored.expiry_days not in (None, *EXPIRY_DAYS):
        raise ValueError("an end that nobody can choose")
    edited_at = None if stored.edited_at is None else _instant(stored.edited_at)
    pad = Pad(
        PadId(0), place, name, group_id, room_id, stored.kind,
        stored.language[:MAX_LANGUAGE_CHARS], _GENERATION,
        stored.title[:MAX_TITLE_CHARS], stored.who_edits, stored.who_reads,
        stored.readers_see_history,
        stored.history, stored.locked, stored.expiry_days, _instant(stored.created_on), edited_at,
        taken.now + NEVER_EDITED, _HEAD, 0, 0, 0, "",
    )  # fmt: skip
    return replace(pad, ends_at=end_of(pad))


def _add_authors(
    db: Connection, pad_id: PadId, stored: StoredPad, taken: TakenGroup
) -> dict[int, AuthorId]:
    """Add who wrote; an account only where names were matched, so that the colours stay theirs."""
    if len(stored.authors) > MAX_AUTHORS:
        raise InvalidInput("storage.archive-refused", reason="too many authors")
    found = {}
    for number, author in enumerate(stored.authors, 1):
        account_id = taken.accounts.get(author.name)
        name = clean_display_name(author.name) if author.name else ""
        colour = author.colour % COLOURS
        new = Author(AuthorId(0), pad_id, account_id, None, name, colour)
        found[number] = authors.add_author(db, new).id
    return found


def _instant(text: str) -> datetime:
    found = instant_from(text)
    if found is None:
        raise ValueError("a time is missing")
    return found
