"""The tables of what people prove themselves with."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table

from allmende.identity.model.recovery import RunState
from allmende.identity.store.tables.keys import of
from allmende.storage.retention import Kept
from allmende.storage.types import Choice, RowId, Text, UtcTime, metadata

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

KEPT = [
    Kept(sessions, days=0, column="ends_at", why="180 days at most; ended earlier after 30 idle"),
    Kept(sign_in_links, days=0, why="24 hours"),
    Kept(passkeys, days=None, why="until the person removes the passkey"),
    Kept(totps, days=None, why="until the person switches the second step off"),
    Kept(backup_codes, days=None, why="until used or made anew"),
    Kept(app_passwords, days=0, why="until revoked, or unused for a year"),
    Kept(recoveries, days=None, why="until a new recovery kit is made"),
    Kept(recovery_runs, days=0, column="ends_at", why="30 days after the recovery was begun"),
]
