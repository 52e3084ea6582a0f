"""Rows of recovery: what is kept of a kit, and the runs that kits began."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from allmende.core.ids import AccountId
from allmende.identity.model.recovery import OPEN, RunState, StoredRun
from allmende.identity.store.tables.proofs import recoveries, recovery_runs

_KIT = select(recoveries.c.account_id).where(recoveries.c.hash == bindparam("hash"))
_HAS_KIT = select(recoveries.c.account_id).where(recoveries.c.account_id == bindparam("account_id"))
_ADD_KIT = insert(recoveries)
_REMOVE_KIT = delete(recoveries).where(recoveries.c.account_id == bindparam("of"))
_RUN_COLUMNS = (
    recovery_runs.c.account_id,
    recovery_runs.c.state,
    recovery_runs.c.ready_at,
    recovery_runs.c.ends_at,
)
_RUN = select(*_RUN_COLUMNS).where(recovery_runs.c.hash == bindparam("hash"))
_MAY_STILL = (or_(*(recovery_runs.c.state == state for state in OPEN)),)
_OPEN_RUN = select(*_RUN_COLUMNS).where(
    recovery_runs.c.account_id == bindparam("account_id"),
    *_MAY_STILL,
    recovery_runs.c.ends_at > bindparam("now"),
)
_ADD_RUN = insert(recovery_runs)
_IS_OPEN = (
    recovery_runs.c.account_id == bindparam("of"),
    *_MAY_STILL,
    recovery_runs.c.ends_at > bindparam("now"),
)
_MOVE = update(recovery_runs).where(*_IS_OPEN).values(hash=bindparam("new_hash"))
_CANCEL = update(recovery_runs).where(*_IS_OPEN).values(state=RunState.CANCELLED)
_CONFIRM = (
    update(recovery_runs).where(*_IS_OPEN).values(state=RunState.READY, ready_at=bindparam("now"))
)
_USE = (
    update(recovery_runs)
    .where(
        recovery_runs.c.hash == bindparam("of_hash"),
        *_MAY_STILL,
        recovery_runs.c.ready_at <= bindparam("now"),
        recovery_runs.c.ends_at > bindparam("now"),
    )
    .values(state=RunState.USED)
    .returning(recovery_runs.c.account_id)
)


def find_kit(db: Connection, code_hash: str) -> AccountId | None:
    """Return whose kit has this code. Index: unique hash."""
    found = db.execute(_KIT, {"hash": code_hash}).scalar_one_or_none()
    return None if found is None else AccountId(found)


def has_kit(db: Connection, account_id: AccountId) -> bool:
    """Return whether an account has a kit. Index: primary key."""
    return db.execute(_HAS_KIT, {"account_id": account_id}).first() is not None


def set_kit(db: Connection, account_id: AccountId, code_hash: str) -> None:
    """Keep another kit; the older one is only paper then."""
    db.execute(_REMOVE_KIT, {"of": account_id})
    db.execute(_ADD_KIT, {"account_id": account_id, "hash": code_hash})


def add_run(
    db: Connection, account_id: AccountId, token_hash: str, ready_at: datetime, ends_at: datetime
) -> None:
    """Begin a recovery."""
    row = {
        "account_id": account_id,
        "state": RunState.WAITING,
        "ready_at": ready_at,
        "ends_at": ends_at,
        "hash": token_hash,
    }
    db.execute(_ADD_RUN, row)


def find_run(db: Connection, token_hash: str) -> StoredRun | None:
    """Return the run of a private page. Index: unique hash."""
    row = db.execute(_RUN, {"hash": token_hash}).one_or_none()
    return None if row is None else StoredRun(*row)


def open_run(db: Connection, account_id: AccountId, now: datetime) -> StoredRun | None:
    """Return the newest run that can still be stopped. Index: identity_recovery_run_by_account."""
    rows = db.execute(_OPEN_RUN, {"account_id": account_id, "now": now}).all()
    return StoredRun(*rows[-1]) if rows else None


def move_run(db: Connection, account_id: AccountId, token_hash: str, now: datetime) -> bool:
    """Give what is under way another private page; return whether there was something."""
    values = {"of": account_id, "new_hash": token_hash, "now": now}
    return db.execute(_MOVE, values).rowcount > 0


def cancel_runs(db: Connection, account_id: AccountId, now: datetime) -> bool:
    """Stop what is under way; return whether there was something."""
    return db.execute(_CANCEL, {"of": account_id, "now": now}).rowcount > 0


def confirm_runs(db: Connection, account_id: AccountId, now: datetime) -> bool:
    """End the waiting of what is under way; return whether there was something."""
    return db.execute(_CONFIRM, {"of": account_id, "now": now}).rowcount > 0


def use_run(db: Connection, token_hash: str, now: datetime) -> AccountId | None:
    """Use a run up that is ready; of two who try at once one gets None."""
    found = db.execute(_USE, {"of_hash": token_hash, "now": now}).scalar_one_or_none()
    return None if found is None else AccountId(found)
