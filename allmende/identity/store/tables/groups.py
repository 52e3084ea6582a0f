"""The tables of groups, their rooms, and the links and doors of rooms."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, true

from allmende.core.groups import Role
from allmende.core.rooms import LinkRight, Lobby
from allmende.storage.retention import Kept
from allmende.storage.types import Choice, RowId, Text, UtcTime, if_there, metadata, of

groups = Table(
    "identity_group",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("preset", Text, nullable=False, server_default="working"),
    Column("closed", Boolean, nullable=False, server_default=true()),
    Column("history", Boolean, nullable=False, server_default=true()),
    Column("messages_h", BigInteger),
    Column("invite_members", Choice(Role), nullable=False, server_default="admin"),
    Column("invite_people", Choice(Role), nullable=False, server_default="admin"),
)

memberships = Table(
    "identity_membership",
    metadata,
    Column("group_id", BigInteger, of("identity_group"), primary_key=True),
    Column("account_id", BigInteger, of("identity_account"), primary_key=True),
    Column("role", Choice(Role), nullable=False),
    Column("since", Text, nullable=False),
    Column("display", Text, nullable=False, server_default=""),
    Column("reads_from", UtcTime),
    Index("identity_membership_by_account", "account_id", "group_id"),
)

rooms = Table(
    "identity_room",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("group_id", BigInteger, of("identity_group")),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("lobby", Choice(Lobby), nullable=False),
    Column("guests_share", Boolean, nullable=False),
    Column("ends_at", UtcTime),
    Index("identity_room_by_group", "group_id", "id"),
    Index("identity_room_by_end", "ends_at"),
)

room_links = Table(
    "identity_room_link",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("room_id", BigInteger, of("identity_room"), nullable=False),
    Column("gives", Choice(LinkRight), nullable=False),
    Column("label", Text, nullable=False),
    Column("expires_at", UtcTime),
    Column("uses_left", BigInteger),
    Column("hash", Text, nullable=False, unique=True),
    Column("words_hash", Text),
    Index("identity_room_link_by_room", "room_id", "id"),
    Index("identity_room_link_by_words", "words_hash", unique=True),
    Index("identity_room_link_by_expiry", "expires_at"),
)

bans = Table(
    "identity_ban",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("room_id", BigInteger, of("identity_room"), nullable=False),
    Column("person", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Index("identity_ban_by_room", "room_id", "person"),
    Index("identity_ban_by_end", "ends_at"),
)

announcements = Table(
    "identity_announcement",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("group_id", BigInteger, of("identity_group"), nullable=False),
    Column("account_id", BigInteger, if_there("identity_account")),
    Column("was", Text, nullable=False),
    Column("now", Text, nullable=False),
    Column("by_account_id", BigInteger, if_there("identity_account")),
    Column("by_server", Boolean, nullable=False),
    Column("own", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("identity_announcement_by_group", "group_id", "id"),
    Index("identity_announcement_by_account", "account_id"),
    Index("identity_announcement_by_maker", "by_account_id"),
    Index("identity_announcement_by_time", "at"),
)

offers = Table(
    "identity_offer",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("group_id", BigInteger, of("identity_group"), nullable=False),
    Column("typed", Text, nullable=False),
    Column("account_id", BigInteger, if_there("identity_account")),
    Column("by_account_id", BigInteger, if_there("identity_account")),
    Column("role", Choice(Role), nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Index("identity_offer_by_group", "group_id", "typed", unique=True),
    Index("identity_offer_by_account", "account_id", "id"),
    Index("identity_offer_by_maker", "by_account_id"),
    Index("identity_offer_by_end", "ends_at"),
)

approvals = Table(
    "identity_approval",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("group_id", BigInteger, of("identity_group"), nullable=False),
    Column("act", Text, nullable=False),
    Column("account_id", BigInteger, of("identity_account"), nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Index("identity_approval_by_group", "group_id", "act", unique=True),
    Index("identity_approval_by_account", "account_id"),
    Index("identity_approval_by_end", "ends_at"),
)

KEPT = [
    Kept(
        groups,
        days=None,
        why="until its admins delete the group",
        personal="name",
        plain="slug preset",
    ),
    Kept(
        memberships,
        days=None,
        why="as long as somebody is in the group",
        personal="account_id since display reads_from",
    ),
    Kept(
        rooms,
        days=None,
        why="until deleted; an open room ends after 30 idle days by a job",
        column="ends_at",
        ended_by="identity-end",
        personal="name",
        plain="slug ends_at",
    ),
    Kept(
        room_links,
        days=None,
        why="until revoked or expired, which a job tells the room",
        column="expires_at",
        ended_by="identity-end",
        personal="label",
        plain="hash words_hash expires_at",
    ),
    Kept(
        bans,
        days=0,
        why="until the removal ends, 12 hours",
        at_most=1,
        personal="person reason ends_at",
    ),
    Kept(
        announcements,
        days=30,
        why="who joined, left or got another role: the group sees each change for a month",
        personal="account_id was now by_account_id at",
    ),
    Kept(
        offers,
        days=0,
        why="a place in a group that a name was offered, until answered",
        at_most=30,
        personal="typed account_id by_account_id ends_at",
    ),
    Kept(
        approvals,
        days=0,
        why="until a second admin agrees, 14 days at most",
        at_most=14,
        personal="account_id act ends_at",
    ),
]
