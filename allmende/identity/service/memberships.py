"""The only door through which a membership changes: nobody joins or leaves silently (S12).

Each function changes the row, adds what the group is shown, and records the fact, all in the
change it is called in. ``tests/identity/test_announced.py`` holds that no other code does.
``by`` is who did it; None: the people who run the server, or the server itself.
"""

from datetime import datetime

from sqlalchemy import Connection

from allmende.core.groups import Role
from allmende.core.ids import AccountId, GroupId
from allmende.identity.events import GroupRestored, MembershipChanged
from allmende.identity.store import announcements, groups
from allmende.storage.outbox import record


def enter_group(
    db: Connection,
    group_id: GroupId,
    account_id: AccountId,
    role: Role,
    now: datetime,
    *,
    by: AccountId | None,
) -> None:
    """Bring an account into a group; whoever is in already stays as they are.

    What was written before is theirs to read if the group says so.
    """
    if groups.find_role(db, group_id, account_id) is not None:
        return
    rules = groups.find_rules(db, group_id)
    groups.add_member(
        db,
        group_id=group_id,
        account_id=account_id,
        role=role,
        now=now,
        reads_from=None if rules is None or rules.history else now,
    )
    _tell(db, (group_id, account_id), ("", role.value), now, by)


def change_role(
    db: Connection,
    group_id: GroupId,
    account_id: AccountId,
    role: Role,
    now: datetime,
    *,
    by: AccountId | None,
) -> None:
    """Give a member another role."""
    before = groups.find_role(db, group_id, account_id)
    if before is None or before is role:
        return
    groups.set_role(db, group_id, account_id, role)
    _tell(db, (group_id, account_id), (before.value, role.value), now, by)


def leave_group(
    db: Connection,
    group_id: GroupId,
    account_id: AccountId,
    now: datetime,
    *,
    by: AccountId | None,
) -> None:
    """Take an account out of a group."""
    before = groups.find_role(db, group_id, account_id)
    if before is None:
        return
    groups.remove_member(db, group_id, account_id)
    _tell(db, (group_id, account_id), (before.value, ""), now, by)


def tell_restored(db: Connection, now: datetime) -> None:
    """Tell every group that it is as a backup had it; the restore calls this itself."""
    for group_id in groups.all_groups(db):
        announcements.add_announcement(
            db, group_id=group_id, account_id=None, was="", now="", by=None, at=now
        )
        record(db, GroupRestored(at=now, group_id=group_id))


def _tell(
    db: Connection,
    whose: tuple[GroupId, AccountId],
    change: tuple[str, str],
    now: datetime,
    by: AccountId | None,
) -> None:
    (group_id, account_id), (was, role) = whose, change
    announcements.add_announcement(
        db, group_id=group_id, account_id=account_id, was=was, now=role, by=by, at=now
    )
    record(
        db,
        MembershipChanged(
            at=now,
            group_id=group_id,
            account_id=account_id,
            was=was,
            now=role,
            by_account_id=by,
        ),
    )
