"""The tables of accounts: the row of a person, and how accounts come and go."""

from sqlalchemy import BigInteger, Column, Index, Table

from allmende.core.accounts import ServerRole
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.registration import RequestState
from allmende.storage.retention import Kept
from allmende.storage.types import Choice, RowId, Text, UtcTime, if_there, metadata, of

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

invites = Table(
    "identity_invite",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("group_id", BigInteger, of("identity_group")),
    Column("role", Text, nullable=False),
    Column("uses_left", BigInteger, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Column("words_hash", Text),
    Column("made_by", BigInteger, of("identity_account")),
    Index("identity_invite_by_group", "group_id", "id"),
    Index("identity_invite_by_expiry", "expires_at"),
    Index("identity_invite_by_words", "words_hash", unique=True),
    Index("identity_invite_by_maker", "made_by", "id"),
)

invite_budgets = Table(
    "identity_invite_budget",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("used", BigInteger, nullable=False),
    Column("ends_at", UtcTime),
    Index("identity_invite_budget_by_end", "ends_at"),
)

marks = Table(
    "identity_mark",
    metadata,
    Column("account_id", BigInteger, of("identity_account"), primary_key=True),
    Column("mark", Text, primary_key=True),
)

origins = Table(
    "identity_origin",
    metadata,
    Column("account_id", BigInteger, of("identity_account"), primary_key=True),
    Column("origin", Text, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Index("identity_origin_by_origin", "origin", "account_id"),
    Index("identity_origin_by_end", "ends_at"),
)

requests = Table(
    "identity_request",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, if_there("identity_account")),
    Column("group_id", BigInteger, if_there("identity_group")),
    Column("role", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Choice(RequestState), nullable=False),
    Column("answer", Text, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index("identity_request_by_state", "state", "id"),
    Index("identity_request_by_account", "account_id"),
    Index("identity_request_by_group", "group_id"),
    Index("identity_request_by_end", "ends_at"),
)

vouches = Table(
    "identity_vouch",
    metadata,
    Column("request_id", BigInteger, of("identity_request"), primary_key=True),
    Column("account_id", BigInteger, of("identity_account"), primary_key=True),
    Index("identity_vouch_by_account", "account_id"),
)

settings = Table(
    "identity_setting",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("identity_setting_by_name", "name", "id"),
)

leaving = Table(
    "identity_leaving",
    metadata,
    Column("account_id", BigInteger, of("identity_account"), primary_key=True),
    Column("ends_at", UtcTime, nullable=False),
    Index("identity_leaving_by_end", "ends_at"),
)

KEPT = [
    Kept(
        accounts,
        days=None,
        why="until the person or the operator removes the account",
        personal="name password since seen settings",
    ),
    Kept(
        invites,
        days=0,
        why="until the invite expires",
        at_most=30,
        personal="made_by expires_at",
        plain="role hash words_hash",
    ),
    Kept(
        invite_budgets,
        days=0,
        why="how many invites were made; until the month is over",
        at_most=31,
        personal="owner",
        plain="ends_at",
    ),
    Kept(
        marks,
        days=None,
        why="until a moderator takes the mark away",
        personal="account_id mark",
    ),
    Kept(
        origins,
        days=0,
        why="30 days, so that a wave of false accounts can be stopped as one",
        at_most=30,
        personal="account_id origin ends_at",
    ),
    Kept(
        requests,
        days=1,
        column="ends_at",
        why="60 days without answer, 30 days after one; a job tells of the end",
        at_most=91,
        personal="account_id group_id role body state answer made_at ends_at",
        plain="hash",
    ),
    Kept(
        vouches,
        days=None,
        why="as long as the request",
        personal="account_id",
    ),
    Kept(
        settings,
        days=None,
        why="choices of the operators, with their history; not personal",
        plain="name value why at",
    ),
    Kept(
        leaving,
        days=None,
        why="14 days in which leaving can be undone; a job ends them",
        column="ends_at",
        ended_by="identity-leaving",
        personal="account_id ends_at",
    ),
]
