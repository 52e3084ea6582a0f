"""The tables of what people prove themselves with."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table

from allmende.identity.model.accounts import SESSION_IDLE, week
from allmende.identity.model.recovery import RunState
from allmende.storage.retention import Kept
from allmende.storage.types import Choice, RowId, Text, UtcTime, metadata, of

sessions = Table(
    "identity_session",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, of("identity_account"), nullable=False),
    Column("label", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Column("strong_until", UtcTime),
    Index("identity_session_by_account", "account_id", "id"),
    Index("identity_session_by_end", "ends_at"),
    Index("identity_session_by_proof", "strong_until"),
)

sign_in_links = Table(
    "identity_sign_in_link",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, of("identity_account"), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index("identity_sign_in_link_by_account", "account_id"),
    Index("identity_sign_in_link_by_expiry", "expires_at"),
)

passkeys = Table(
    "identity_passkey",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("account_id", BigInteger, of("identity_account"), nullable=False),
    Column("credential", Text, nullable=False, unique=True),
    Column("sign_count", BigInteger, nullable=False),
    Column("label", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Index("identity_passkey_by_account", "account_id", "id"),
)

totps = Table(
    "identity_totp",
    metadata,
    Column("account_id", BigInteger, of("identity_account"), primary_key=True),
    Column("secret", Text, nullable=False),
    Column("last_step", BigInteger, nullable=False),
)

backup_codes = Table(
    "identity_backup_code",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, of("identity_account"), nullable=False),
    Column("hash", Text, nullable=False),
    Index("identity_backup_code_by_account", "account_id", "hash", unique=True),
)

app_passwords = Table(
    "identity_app_password",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, of("identity_account"), nullable=False),
    Column("label", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("scram", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index("identity_app_password_by_account", "account_id", "id"),
    Index("identity_app_password_by_end", "ends_at"),
)

certificates = Table(
    "identity_certificate",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, of("identity_account"), nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("since", Text, nullable=False),
    Index("identity_certificate_by_account", "account_id", "id"),
)

recoveries = Table(
    "identity_recovery",
    metadata,
    Column("account_id", BigInteger, of("identity_account"), primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
)

recovery_runs = Table(
    "identity_recovery_run",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, of("identity_account"), nullable=False),
    Column("state", Choice(RunState), nullable=False),
    Column("ready_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index("identity_recovery_run_by_account", "account_id", "id"),
    Index("identity_recovery_run_by_end", "ends_at"),
)

IDLE_DAYS: Final = SESSION_IDLE.days

KEPT = [
    Kept(
        sessions,
        days=0,
        column="ends_at",
        why="180 days at most; ended earlier after 30 idle",
        at_most=180,
        personal="account_id label since seen ends_at hash strong_until",
    ),
    Kept(sessions, days=IDLE_DAYS, column="seen", rounded=week, why="unused for 30 days"),
    Kept(
        sign_in_links,
        days=0,
        why="24 hours",
        at_most=1,
        personal="account_id expires_at",
        plain="hash",
    ),
    Kept(
        passkeys,
        days=None,
        why="until the person removes the passkey",
        personal="account_id public_key credential label since seen",
    ),
    Kept(
        totps,
        days=None,
        why="until the person switches the second step off",
        personal="account_id secret",
    ),
    Kept(
        backup_codes, days=None, why="until used or made anew", personal="account_id", plain="hash"
    ),
    Kept(
        app_passwords,
        days=0,
        why="until revoked, or unused for a year",
        at_most=365,
        personal="account_id label scopes since seen ends_at",
        plain="scram hash",
    ),
    Kept(
        certificates,
        days=None,
        why="until the person takes the certificate of a voice program back",
        personal="account_id hash label since",
    ),
    Kept(
        recoveries,
        days=None,
        why="until a new recovery kit is made",
        personal="account_id",
        plain="hash",
    ),
    Kept(
        recovery_runs,
        days=0,
        column="ends_at",
        why="30 days after the wait of a recovery is over",
        at_most=37,
        personal="account_id ready_at ends_at",
        plain="hash",
    ),
]
