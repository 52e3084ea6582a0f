"""The tables of identity and how long their rows are kept."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table

from allmende.core.groups import Role
from allmende.core.rooms import LinkRight, Lobby
from allmende.identity.model.accounts import AccountState, ServerRole
from allmende.storage.retention import Kept
from allmende.storage.types import Choice, RowId, Text, UtcTime, metadata


def _of(table: str) -> ForeignKey:
    return ForeignKey(f"{table}.id", ondelete="CASCADE")


accounts = Table(
    "identity_account",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("password", Text, nullable=False),
    Column("state", Choice(AccountState), nullable=False),
    Column("role", Choice(ServerRole), nullable=False),
    Column("since", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("settings", Text, nullable=False),
)

sessions = Table(
    "identity_session",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, _of("identity_account"), nullable=False),
    Column("label", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index("identity_session_by_account", "account_id", "id"),
    Index("identity_session_by_end", "ends_at"),
)

groups = Table(
    "identity_group",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
)

memberships = Table(
    "identity_membership",
    metadata,
    Column("group_id", BigInteger, _of("identity_group"), primary_key=True),
    Column("account_id", BigInteger, _of("identity_account"), primary_key=True),
    Column("role", Choice(Role), nullable=False),
    Column("since", Text, nullable=False),
    Index("identity_membership_by_account", "account_id", "group_id"),
)

rooms = Table(
    "identity_room",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("group_id", BigInteger, _of("identity_group")),
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
    Column("room_id", BigInteger, _of("identity_room"), nullable=False),
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
    Column("room_id", BigInteger, _of("identity_room"), nullable=False),
    Column("person", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Index("identity_ban_by_room", "room_id", "person"),
    Index("identity_ban_by_end", "ends_at"),
)

invites = Table(
    "identity_invite",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("group_id", BigInteger, _of("identity_group")),
    Column("role", Text, nullable=False),
    Column("uses_left", BigInteger, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index("identity_invite_by_group", "group_id", "id"),
    Index("identity_invite_by_expiry", "expires_at"),
)

sign_in_links = Table(
    "identity_sign_in_link",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, _of("identity_account"), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index("identity_sign_in_link_by_account", "account_id"),
    Index("identity_sign_in_link_by_expiry", "expires_at"),
)

KEPT = [
    Kept(accounts, days=None, why="until the person or the operator removes the account"),
    Kept(sessions, days=0, why="180 days at most; ended earlier after 30 idle days"),
    Kept(groups, days=None, why="until its admins delete the group"),
    Kept(memberships, days=None, why="as long as somebody is in the group"),
    Kept(rooms, days=None, why="until deleted; an open room ends after 30 idle days by a job"),
    Kept(room_links, days=None, why="until revoked or expired, which a job tells the room"),
    Kept(bans, days=0, why="until the removal ends, 12 hours"),
    Kept(invites, days=0, why="until the invite expires"),
    Kept(sign_in_links, days=0, why="24 hours"),
]
