"""The tables of pads, and how long each row is kept.

``created_on`` is a day, ``at`` a second: the history shows when something was written, nothing
else about a person is kept but a name, a colour and whose account it is.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, Table

from allmende.storage.retention import Kept
from allmende.storage.types import Choice, RowId, Text, UtcTime, metadata
from allmende.systems.pads.model.pad import Capability, History, Kind, Whom

pads: Final = Table(
    "pads_pad",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("place", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("group_id", BigInteger),
    Column("room_id", BigInteger),
    Column("kind", Choice(Kind), nullable=False),
    Column("language", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("who_edits", Choice(Whom), nullable=False),
    Column("who_reads", Choice(Whom), nullable=False),
    Column("readers_see_history", Boolean, nullable=False),
    Column("history", Choice(History), nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("expiry_days", BigInteger),
    Column("created_on", UtcTime, nullable=False),
    Column("edited_at", UtcTime),
    Column("ends_at", UtcTime),
    Column("head_seq", BigInteger, nullable=False),
    Column("state_seq", BigInteger, nullable=False),
    Column("log_bytes", BigInteger, nullable=False),
    Column("authors_from", BigInteger, nullable=False),
    Column("append_keys", Text, nullable=False),
    Index("pads_pad_by_group", "group_id"),
    Index("pads_pad_by_room", "room_id"),
    Index("pads_pad_by_end", "ends_at"),
)

updates: Final = Table(
    "pads_update",
    metadata,
    Column("pad_id", BigInteger, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("batch", BigInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("author_id", BigInteger),
    Column("session_id", BigInteger),
    Column("edits", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

states: Final = Table(
    "pads_state",
    metadata,
    Column("pad_id", BigInteger, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

keyframes: Final = Table(
    "pads_keyframe",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("pad_id", BigInteger, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("name", Text),
    Column("author_id", BigInteger),
    Column("payload", LargeBinary, nullable=False),
    Index("pads_keyframe_by_pad", "pad_id", "seq"),
)

clients: Final = Table(
    "pads_client",
    metadata,
    Column("pad_id", BigInteger, primary_key=True),
    Column("client_id", BigInteger, primary_key=True),
    Column("author_id", BigInteger, nullable=False),
    Column("session_id", BigInteger, nullable=False),
    Column("first_seen", UtcTime, nullable=False),
    Column("left_at", UtcTime),
    Index("pads_client_by_author", "author_id"),
)

authors: Final = Table(
    "pads_author",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("pad_id", BigInteger, nullable=False),
    Column("account_id", BigInteger),
    Column("guest_hash", Text),
    Column("name", Text, nullable=False),
    Column("colour", BigInteger, nullable=False),
    Index("pads_author_by_pad", "pad_id"),
    Index("pads_author_by_account", "account_id"),
)

links: Final = Table(
    "pads_link",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("pad_id", BigInteger, nullable=False),
    Column("capability", Choice(Capability), nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
    Index("pads_link_by_pad", "pad_id"),
    Index("pads_link_by_end", "expires_at"),
)

tombstones: Final = Table(
    "pads_tombstone",
    metadata,
    Column("place_hash", Text, primary_key=True),
    Column("ends_at", UtcTime, nullable=False),
    Index("pads_tombstone_by_end", "ends_at"),
)

_WITH_PAD: Final = "deleted with its pad"
KEPT: Final = [
    Kept(
        pads,
        days=None,
        why="ends after idle days (1, 30, 365), with its room, or by hand",
        column="ends_at",
        ended_by="pads-over",
        personal="name title edited_at",
        plain="place language created_on ends_at append_keys",
    ),
    Kept(
        updates,
        days=None,
        why=f"the text and its history; thinned with age; {_WITH_PAD}",
        personal="at author_id session_id payload",
    ),
    Kept(
        states,
        days=None,
        why=f"the text itself; {_WITH_PAD}",
        personal="payload",
    ),
    Kept(
        keyframes,
        days=None,
        why=f"what can be restored; {_WITH_PAD}",
        personal="at name author_id payload",
    ),
    Kept(
        clients,
        days=None,
        why=f"which editor was whose, for colours; {_WITH_PAD}",
        personal="author_id session_id first_seen left_at",
    ),
    Kept(
        authors,
        days=None,
        why=f"name and colour of who wrote; {_WITH_PAD}, or when forgotten",
        personal="account_id guest_hash name",
    ),
    Kept(
        links,
        days=None,
        why=f"the hash of a link and its right; {_WITH_PAD}, or when it ends",
        column="expires_at",
        ended_by="pads-links",
        personal="label",
        plain="token_hash created_at expires_at revoked_at",
    ),
    Kept(
        tombstones,
        days=0,
        column="ends_at",
        why="so that nobody takes over a name for 30 days",
        at_most=30,
        plain="place_hash ends_at",
    ),
]
