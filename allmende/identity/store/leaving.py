"""Rows of accounts that are leaving, and what is left of an account or group that is gone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from allmende.core.accounts import ServerRole
from allmende.core.ids import AccountId, GroupId
from allmende.identity.model.accounts import AccountState
from allmende.identity.store.tables.accounts import accounts, leaving, marks
from allmende.identity.store.tables.groups import groups, memberships

PERMANENT: Final = "permanent"
"""The mark of an account that is never removed as unused."""

_ADD: Final = insert(leaving)
_END: Final = select(leaving.c.ends_at).where(leaving.c.account_id == bindparam("account_id"))
_STOP: Final = delete(leaving).where(leaving.c.account_id == bindparam("account_id"))
_DUE: Final = (
    select(leaving.c.account_id)
    .where(leaving.c.ends_at <= bindparam("now"))
    .order_by(leaving.c.ends_at)
    .limit(bindparam("most"))
)
_SET_STATE: Final = (
    update(accounts)
    .where(accounts.c.id == bindparam("of"), accounts.c.state == bindparam("was"))
    .values(state=bindparam("now_is"))
)
_UNUSED: Final = (
    select(accounts.c.id)
    .where(
        accounts.c.seen < bindparam("before"),
        accounts.c.state == AccountState.ACTIVE,
        accounts.c.id.not_in(select(marks.c.account_id).where(marks.c.mark == PERMANENT)),
    )
    .order_by(accounts.c.id)
    .limit(bindparam("most"))
)
_ERASE: Final = delete(accounts).where(accounts.c.id == bindparam("account_id"))
_BLOCK: Final = insert(accounts)
_MEMBERS: Final = (
    select(memberships.c.account_id, memberships.c.role)
    .where(memberships.c.group_id == bindparam("group_id"))
    .order_by(memberships.c.since, memberships.c.account_id)
)
_ERASE_GROUP: Final = delete(groups).where(groups.c.id == bindparam("group_id"))


def begin_leaving(db: Connection, account_id: AccountId, ends_at: datetime) -> bool:
    """Let an active account leave at ``ends_at``; return whether it was active."""
    key = {"of": account_id, "was": AccountState.ACTIVE, "now_is": AccountState.LEAVING}
    if db.execute(_SET_STATE, key).rowcount == 0:
        return False
    db.execute(_ADD, {"account_id": account_id, "ends_at": ends_at})
    return True


def stop_leaving(db: Connection, account_id: AccountId) -> bool:
    """Let an account stay that was leaving; return whether it was. Index: primary key."""
    db.execute(_STOP, {"account_id": account_id})
    key = {"of": account_id, "was": AccountState.LEAVING, "now_is": AccountState.ACTIVE}
    return db.execute(_SET_STATE, key).rowcount == 1


def find_leaving(db: Connection, account_id: AccountId) -> datetime | None:
    """Return when an account will be gone, if it is leaving. Index: primary key."""
    found: datetime | None = db.execute(_END, {"account_id": account_id}).scalar_one_or_none()
    return found


def due(db: Connection, now: datetime, *, most: int) -> Sequence[AccountId]:
    """Return accounts whose time to stay is over. Index: identity_leaving_by_end."""
    found = db.execute(_DUE, {"now": now, "most": most}).scalars()
    return [AccountId(number) for number in found]


def unused(db: Connection, before: str, *, most: int) -> Sequence[AccountId]:
    """Return active accounts last used before a quarter. Reads all accounts: for a job only."""
    found = db.execute(_UNUSED, {"before": before, "most": most}).scalars()
    return [AccountId(number) for number in found]


def erase_account(db: Connection, account_id: AccountId, blocked_name: str) -> None:
    """Delete an account with everything that refers to it; its name stays as a keyed hash.

    The hash is kept in a row with another number, so nothing leads from the one to the other.
    """
    db.execute(_ERASE, {"account_id": account_id})
    row = {
        "name": blocked_name,
        "password": "",
        "state": AccountState.GONE,
        "role": ServerRole.NONE,
        "since": "",
        "seen": "",
        "settings": "{}",
    }
    db.execute(_BLOCK, row)


def erase_group(db: Connection, group_id: GroupId) -> None:
    """Delete a group with memberships, rooms, links and invites (foreign keys)."""
    db.execute(_ERASE_GROUP, {"group_id": group_id})


def longest_members(db: Connection, group_id: GroupId) -> Sequence[tuple[AccountId, str]]:
    """Return who is in a group and as what, the longest first. Index: primary key."""
    rows = db.execute(_MEMBERS, {"group_id": group_id})
    return [(AccountId(account_id), role) for account_id, role in rows]
