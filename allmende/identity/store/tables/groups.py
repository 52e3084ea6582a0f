"""The tables of groups, their rooms, and the links and doors of rooms."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, true

from allmende.core.groups import Role
from allmende.core.rooms import LinkRight, Lobby
from allmende.identity.store.tables.keys import of
from allmende.storage.retention import Kept
from allmende.storage.types import Choice, RowId, Text, UtcTime, metadata

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
    Index("identity_room_link_by_room", "room_id", "id"),
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
    Kept(groups, days=None, why="until its admins delete the group"),
    Kept(memberships, days=None, why="as long as somebody is in the group"),
    Kept(rooms, days=None, why="until deleted; an open room ends after 30 idle days by a job"),
    Kept(room_links, days=None, why="until revoked or expired, which a job tells the room"),
    Kept(bans, days=0, why="until the removal ends, 12 hours"),
    Kept(approvals, days=0, why="until a second admin agrees, 14 days at most"),
]
