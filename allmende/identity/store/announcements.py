"""Rows of what a group is shown of its membership, and of acts that wait for a second admin."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select

from allmende.core.ids import AccountId, GroupId
from allmende.identity.model.groups import Act, Announcement, Approval
from allmende.identity.store.tables.accounts import accounts
from allmende.identity.store.tables.groups import announcements, approvals
from allmende.storage.types import EPOCH

_WHOSE: Final = accounts.alias("whose")
_MAKER: Final = accounts.alias("maker")
_ADD: Final = insert(announcements)
_NEWEST: Final = (
    select(
        announcements.c.was,
        announcements.c.now,
        _WHOSE.c.name,
        _MAKER.c.name,
        announcements.c.by_server,
        announcements.c.own,
        announcements.c.at,
    )
    .select_from(
        announcements.outerjoin(_WHOSE, announcements.c.account_id == _WHOSE.c.id).outerjoin(
            _MAKER, announcements.c.by_account_id == _MAKER.c.id
        )
    )
    .where(
        announcements.c.group_id == bindparam("group_id"),
        announcements.c.at >= bindparam("from_then"),
    )
    .order_by(announcements.c.id.desc())
    .limit(bindparam("most"))
)
_ADD_APPROVAL: Final = insert(approvals)
_APPROVALS: Final = (
    select(approvals.c.act, approvals.c.account_id, accounts.c.name, approvals.c.ends_at)
    .join_from(approvals, accounts, approvals.c.account_id == accounts.c.id)
    .where(
        approvals.c.group_id == bindparam("group_id"),
        approvals.c.act == bindparam("of_act"),
        approvals.c.ends_at > bindparam("now"),
    )
)
_END_APPROVAL: Final = delete(approvals).where(
    approvals.c.group_id == bindparam("group_id"), approvals.c.act == bindparam("of_act")
)


def add_announcement(
    db: Connection,
    *,
    group_id: GroupId,
    account_id: AccountId | None,
    was: str,
    now: str,
    by: AccountId | None,
    at: datetime,
) -> None:
    """Add what the group is shown. No account, no roles: it was restored from a backup."""
    row = {
        "group_id": group_id,
        "account_id": account_id,
        "was": was,
        "now": now,
        "by_account_id": by,
        "by_server": by is None,
        "own": by is not None and by == account_id,
        "at": at,
    }
    db.execute(_ADD, row)


def announcements_of(
    db: Connection, group_id: GroupId, from_then: datetime | None, *, most: int
) -> Sequence[Announcement]:
    """Return the newest changes since ``from_then``. Index: identity_announcement_by_group."""
    key = {"group_id": group_id, "from_then": from_then or EPOCH, "most": most}
    return [
        Announcement(was, now, _known(name), None if server else _known(by), own, at)
        for was, now, name, by, server, own, at in db.execute(_NEWEST, key)
    ]


def add_approval(
    db: Connection, group_id: GroupId, act: Act, account_id: AccountId, ends_at: datetime
) -> None:
    """Keep that an admin wants ``act``; an older wish of anybody ends."""
    end_approval(db, group_id, act)
    row = {"group_id": group_id, "act": act, "account_id": account_id, "ends_at": ends_at}
    db.execute(_ADD_APPROVAL, row)


def find_approval(db: Connection, group_id: GroupId, act: Act, now: datetime) -> Approval | None:
    """Return the act that waits for a second admin. Index: identity_approval_by_group."""
    key = {"group_id": group_id, "of_act": act, "now": now}
    row = db.execute(_APPROVALS, key).one_or_none()
    return None if row is None else Approval(Act(row[0]), AccountId(row[1]), row[2], row[3])


def end_approval(db: Connection, group_id: GroupId, act: Act) -> bool:
    """Take the wish back; return whether there was one. Index: identity_approval_by_group."""
    return db.execute(_END_APPROVAL, {"group_id": group_id, "of_act": act}).rowcount == 1


def _known(name: str | None) -> str:
    """What is left of the name of a removed account is none."""
    return "" if name is None or name.startswith("-") else name
