"""How fresh the proof of a session is, what it is called, and how the others end."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from allmende.core.ids import AccountId, SessionId
from allmende.identity.store.tables.proofs import sessions

_STRONG = select(sessions.c.strong_until).where(sessions.c.id == bindparam("session_id"))
_SET_STRONG = (
    update(sessions)
    .where(sessions.c.id == bindparam("of"), sessions.c.account_id == bindparam("account"))
    .values(strong_until=bindparam("until"))
)
_FORGET_STRONG = (
    update(sessions).where(sessions.c.strong_until <= bindparam("now")).values(strong_until=None)
)
_RENAME = (
    update(sessions)
    .where(sessions.c.id == bindparam("of"), sessions.c.account_id == bindparam("account"))
    .values(label=bindparam("new_label"))
)
_END_OTHERS = (
    delete(sessions)
    .where(sessions.c.account_id == bindparam("account"), sessions.c.id != bindparam("but"))
    .returning(sessions.c.id)
)


def find_strong(db: Connection, session_id: SessionId) -> datetime | None:
    """Return until when the proof of a session is fresh. Index: primary key."""
    found: datetime | None = db.execute(_STRONG, {"session_id": session_id}).scalar_one_or_none()
    return found


def set_strong(
    db: Connection, account_id: AccountId, session_id: SessionId, until: datetime
) -> bool:
    """Note a fresh proof; return whether the session is still there."""
    values = {"of": session_id, "account": account_id, "until": until}
    return db.execute(_SET_STRONG, values).rowcount == 1


def forget_strong(db: Connection, now: datetime) -> int:
    """Forget when proofs were given that are no longer fresh. Index: identity_session_by_proof."""
    return db.execute(_FORGET_STRONG, {"now": now}).rowcount


def rename_session(
    db: Connection, account_id: AccountId, session_id: SessionId, label: str
) -> bool:
    """Call a session of the account otherwise; return whether it is there."""
    values = {"of": session_id, "account": account_id, "new_label": label}
    return db.execute(_RENAME, values).rowcount == 1


def end_other_sessions(
    db: Connection, account_id: AccountId, but: SessionId
) -> Sequence[SessionId]:
    """Delete all sessions of the account but one; return which."""
    ended = db.execute(_END_OTHERS, {"account": account_id, "but": but}).scalars()
    return [SessionId(session_id) for session_id in ended]
