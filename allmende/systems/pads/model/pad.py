"""A pad, its links and authors, and who may do what with it (spec pads, 1 and 4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from allmende.core.ids import AccountId, GroupId, PadId, RoomId

PadLinkId = NewType("PadLinkId", int)
AuthorId = NewType("AuthorId", int)
PadSessionId = NewType("PadSessionId", int)
"""One open editor. Random in 1 .. 2**53 - 1; never a Yjs clientID."""


class Capability(StrEnum):
    """What a link or a role allows. The order of definition is the order of rights."""

    READ = "read"
    EDIT = "edit"
    ADMIN = "admin"

    def allows(self, wanted: "Capability") -> bool:
        """Return whether this is at least ``wanted``."""
        order = list(Capability)
        return order.index(self) >= order.index(wanted)


class Kind(StrEnum):
    """Fixed when a pad is made; only a new generation may change it."""

    RICH = "rich"
    TEXT = "text"


class Whom(StrEnum):
    """To whom a policy opens a pad: members of its group, or whoever has the address."""

    MEMBERS = "members"
    LINK = "link"


class History(StrEnum):
    """What is kept of the past: all (thinned with age), named revisions, nothing."""

    FULL = "full"
    NAMED = "named"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Pad:
    """One row of ``pads_pad``, in the order of its columns.

    ``place`` is unique: ``g7:name`` in group 7, ``r7:name`` in room 7, ``n:name`` at top level,
    ``x:HASH`` for a random address, of which only the SHA-256 is kept. ``language`` is the
    syntax of a text pad. ``created_on`` is the start of a day. ``edited_at`` None: never
    edited. ``ends_at`` None: never, or with its room. ``head_seq``: the newest row;
    ``state_seq``: the newest row that is in ``pads_state``. Colours of authors are shown for
    rows after ``authors_from``. ``append_keys``: the last 100 keys, parted by spaces.
    """

    id: PadId
    place: str
    name: str
    group_id: GroupId | None
    room_id: RoomId | None
    kind: Kind
    language: str
    generation: int
    title: str
    who_edits: Whom
    who_reads: Whom
    readers_see_history: bool
    history: History
    locked: bool
    expiry_days: int | None
    created_on: datetime
    edited_at: datetime | None
    ends_at: datetime | None
    head_seq: int
    state_seq: int
    log_bytes: int
    authors_from: int
    append_keys: str


@dataclass(frozen=True, slots=True)
class PadLink:
    """A link that gives exactly one right. The token is not stored, only its hash."""

    id: PadLinkId
    pad_id: PadId
    capability: Capability
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Author:
    """A person in one pad. Both ``account_id`` and ``guest_hash`` None: forgotten, or a system."""

    id: AuthorId
    pad_id: PadId
    account_id: AccountId | None
    guest_hash: str | None
    name: str
    colour: int


@dataclass(frozen=True, slots=True)
class Row:
    """The merged edits of one session in one flush: a Yjs update V1 in ``payload``."""

    pad_id: PadId
    seq: int
    batch: int
    at: datetime
    author_id: AuthorId | None
    session_id: PadSessionId | None
    edits: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A full copy of the document at ``seq``; with a ``name`` it is a revision, never thinned."""

    id: int
    pad_id: PadId
    generation: int
    seq: int
    at: datetime
    name: str | None
    author_id: AuthorId | None
