"""Rows of accounts, sessions and sign-in links."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from allmende.core.accounts import Account, ServerRole
from allmende.core.ids import AccountId, SessionId
from allmende.identity.model.accounts import (
    AccountState,
    StoredAccount,
    StoredSession,
    quarter,
    week,
)
from allmende.identity.store.tables.accounts import accounts
from allmende.identity.store.tables.proofs import sessions, sign_in_links

_SESSION_COLUMNS = (
    sessions.c.id,
    sessions.c.account_id,
    sessions.c.label,
    sessions.c.since,
    sessions.c.seen,
    sessions.c.ends_at,
)
_BY_ID = select(accounts).where(accounts.c.id == bindparam("account_id"))
_BY_NAME = select(accounts).where(accounts.c.name == bindparam("name"))
_NAMES = select(accounts.c.name)
_ANY = select(accounts.c.id).limit(1)
_MODERATORS = select(accounts.c.id).where(
    or_(accounts.c.role == ServerRole.MODERATOR, accounts.c.role == ServerRole.OPERATOR),
    accounts.c.state == AccountState.ACTIVE,
)
_ADD_ACCOUNT = insert(accounts).returning(accounts.c.id)
_SET_PASSWORD = (
    update(accounts)
    .where(accounts.c.id == bindparam("of"))
    .values(password=bindparam("new_password"))
)
_SET_SEEN = update(accounts).where(accounts.c.id == bindparam("of")).values(seen=bindparam("now"))
_SESSION = (
    select(*_SESSION_COLUMNS)
    .join_from(sessions, accounts, sessions.c.account_id == accounts.c.id)
    .where(sessions.c.hash == bindparam("hash"), accounts.c.state == AccountState.ACTIVE)
)
_SESSIONS_OF = (
    select(*_SESSION_COLUMNS)
    .where(sessions.c.account_id == bindparam("account_id"))
    .order_by(sessions.c.id)
)
_ADD_SESSION = insert(sessions).returning(sessions.c.id)
_SESSION_SEEN = (
    update(sessions).where(sessions.c.id == bindparam("of")).values(seen=bindparam("now"))
)
_END_SESSION = delete(sessions).where(
    sessions.c.id == bindparam("session_id"), sessions.c.account_id == bindparam("account_id")
)
_END_SESSIONS = delete(sessions).where(sessions.c.account_id == bindparam("account_id"))
_ADD_RESET = insert(sign_in_links)
_TAKE_RESET = (
    delete(sign_in_links)
    .where(sign_in_links.c.hash == bindparam("hash"), sign_in_links.c.expires_at > bindparam("now"))
    .returning(sign_in_links.c.account_id)
)
_RESET = select(sign_in_links.c.account_id).where(
    sign_in_links.c.hash == bindparam("hash"), sign_in_links.c.expires_at > bindparam("now")
)
_END_RESETS = delete(sign_in_links).where(sign_in_links.c.account_id == bindparam("account_id"))


def find_account(db: Connection, account_id: AccountId) -> StoredAccount | None:
    """Return the account with this number. Index: primary key."""
    row = db.execute(_BY_ID, {"account_id": account_id}).one_or_none()
    return None if row is None else StoredAccount(*row)


def find_account_by_name(db: Connection, name: str) -> StoredAccount | None:
    """Return the account of this name. Index: unique name."""
    row = db.execute(_BY_NAME, {"name": name}).one_or_none()
    return None if row is None else StoredAccount(*row)


def account_names(db: Connection) -> Sequence[str]:
    """Return all names in use, and the keyed hashes of removed ones. Walks the unique index."""
    return db.execute(_NAMES).scalars().all()


def has_accounts(db: Connection) -> bool:
    """Return whether anybody has an account."""
    return db.execute(_ANY).first() is not None


def moderators(db: Connection) -> Sequence[AccountId]:
    """Return who decides about others on this server. Walks all accounts."""
    return [AccountId(row[0]) for row in db.execute(_MODERATORS)]


def add_account(
    db: Connection,
    *,
    name: str,
    password: str,
    role: ServerRole,
    now: datetime,
    state: AccountState = AccountState.ACTIVE,
) -> Account:
    """Add an account with a hashed password, or none (empty)."""
    row = {
        "name": name,
        "password": password,
        "state": state,
        "role": role,
        "since": quarter(now),
        "seen": quarter(now),
        "settings": "{}",
    }
    return Account(AccountId(db.execute(_ADD_ACCOUNT, row).scalar_one()), name)


def set_password(db: Connection, account_id: AccountId, password: str) -> None:
    """Keep another hash."""
    db.execute(_SET_PASSWORD, {"of": account_id, "new_password": password})


def set_account_seen(db: Connection, account_id: AccountId, now: datetime) -> None:
    """Note the quarter in which the account was used."""
    db.execute(_SET_SEEN, {"of": account_id, "now": quarter(now)})


def find_session(db: Connection, token_hash: str) -> StoredSession | None:
    """Return the session of a token, if its account is active. Index: unique hash."""
    row = db.execute(_SESSION, {"hash": token_hash}).one_or_none()
    return None if row is None else StoredSession(*row)


def sessions_of(db: Connection, account_id: AccountId) -> Sequence[StoredSession]:
    """Return the sessions of an account, oldest first. Index: identity_session_by_account."""
    return [StoredSession(*row) for row in db.execute(_SESSIONS_OF, {"account_id": account_id})]


def add_session(
    db: Connection,
    *,
    account_id: AccountId,
    token_hash: str,
    label: str,
    now: datetime,
    ends_at: datetime,
    strong_until: datetime | None = None,
) -> SessionId:
    """Add a session; of when it began only the week is kept, and for minutes how fresh it is."""
    row = {
        "account_id": account_id,
        "label": label,
        "since": week(now),
        "seen": week(now),
        "ends_at": ends_at,
        "hash": token_hash,
        "strong_until": strong_until,
    }
    return SessionId(db.execute(_ADD_SESSION, row).scalar_one())


def set_session_seen(db: Connection, session_id: SessionId, now: datetime) -> None:
    """Note the week in which the session was used."""
    db.execute(_SESSION_SEEN, {"of": session_id, "now": week(now)})


def end_session(db: Connection, account_id: AccountId, session_id: SessionId) -> bool:
    """Delete one session of the account; return whether it was there."""
    found = db.execute(_END_SESSION, {"account_id": account_id, "session_id": session_id})
    return found.rowcount == 1


def end_sessions(db: Connection, account_id: AccountId) -> int:
    """Delete all sessions of the account and return how many there were."""
    return db.execute(_END_SESSIONS, {"account_id": account_id}).rowcount


def add_reset(
    db: Connection, *, account_id: AccountId, token_hash: str, expires_at: datetime
) -> None:
    """Keep one sign-in link for the account; older ones end."""
    end_resets(db, account_id)
    row = {"account_id": account_id, "hash": token_hash, "expires_at": expires_at}
    db.execute(_ADD_RESET, row)


def find_reset(db: Connection, token_hash: str, now: datetime) -> AccountId | None:
    """Return whose sign-in link this is, if it is still good. Index: unique hash."""
    found = db.execute(_RESET, {"hash": token_hash, "now": now}).scalar_one_or_none()
    return None if found is None else AccountId(found)


def take_reset(db: Connection, token_hash: str, now: datetime) -> AccountId | None:
    """Use a sign-in link up; of two who try at once one gets None."""
    found = db.execute(_TAKE_RESET, {"hash": token_hash, "now": now}).scalar_one_or_none()
    return None if found is None else AccountId(found)


def end_resets(db: Connection, account_id: AccountId) -> None:
    """Delete the sign-in links of the account."""
    db.execute(_END_RESETS, {"account_id": account_id})
