"""The tables of desk and how long their rows are kept."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table

from allmende.storage.retention import Kept
from allmende.storage.types import RowId, Text, UtcTime, metadata, of

notices = Table(
    "desk_notice",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, of("identity_account"), nullable=False),
    Column("message_id", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("once", Text, nullable=False),
    Column("is_read", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("desk_notice_by_account", "account_id", "id"),
    Index("desk_notice_by_once", "account_id", "once", unique=True),
    Index("desk_notice_by_time", "at"),
)

pushes = Table(
    "desk_push",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("session_id", BigInteger, of("identity_session"), nullable=False, unique=True),
    Column("account_id", BigInteger, of("identity_account"), nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("auth", Text, nullable=False),
    Column("shows_text", Boolean, nullable=False),
    Column("language", Text, nullable=False),
    Index("desk_push_by_account", "account_id", "id"),
)

push_jobs = Table(
    "desk_push_job",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("push_id", BigInteger, of("desk_push"), nullable=False),
    Column("notice_id", BigInteger, of("desk_notice"), nullable=False),
    Column("tries", BigInteger, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Index("desk_push_job_by_due", "due_at", "id"),
    Index("desk_push_job_by_push", "push_id"),
    Index("desk_push_job_by_notice", "notice_id"),
)

notice_rules = Table(
    "desk_notice_rule",
    metadata,
    Column("account_id", BigInteger, of("identity_account"), primary_key=True),
    Column("group_id", BigInteger, of("identity_group"), primary_key=True),
    Column("level", Text, nullable=False),
    Index("desk_notice_rule_by_group", "group_id"),
)

quiet_hours = Table(
    "desk_quiet_hours",
    metadata,
    Column("account_id", BigInteger, of("identity_account"), primary_key=True),
    Column("begins_min", BigInteger, nullable=False),
    Column("ends_min", BigInteger, nullable=False),
    Column("time_zone", Text, nullable=False),
)

KEPT = [
    Kept(
        notices,
        days=30,
        why="what was told to a person; a month to read it",
        personal="account_id message_id body link once at",
    ),
    Kept(
        pushes,
        days=None,
        why="as long as the session that asked for it",
        personal="session_id account_id endpoint key auth language",
    ),
    Kept(
        push_jobs,
        days=1,
        why="what a push service has not taken yet; a day at most",
        plain="due_at",
    ),
    Kept(
        notice_rules,
        days=None,
        why="what a person wants to hear of a group, while in it",
        personal="account_id level",
    ),
    Kept(
        quiet_hours,
        days=None,
        why="until the person changes them",
        personal="account_id time_zone",
    ),
]
