"""Rows of groups, memberships and invites."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, delete, func, insert, select, update

from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId, GroupId
from allmende.identity.model.accounts import quarter
from allmende.identity.model.answers import GroupCounts, Member, Membership
from allmende.identity.model.groups import Preset, Rules, StoredMembership
from allmende.identity.store.tables.accounts import accounts
from allmende.identity.store.tables.groups import groups, memberships

_GROUP = (groups.c.id, groups.c.slug, groups.c.name)
_BY_ID = select(*_GROUP).where(groups.c.id == bindparam("group_id"))
_BY_SLUG = select(*_GROUP).where(groups.c.slug == bindparam("slug"))
_ADD_GROUP = insert(groups).returning(groups.c.id)
EVERY_GROUP = select(groups.c.id).order_by(groups.c.id)
EVERY_COUNT = (
    select(
        groups.c.slug,
        func.count(memberships.c.account_id),
        func.count(case((memberships.c.role == Role.ADMIN, 1))),
    )
    .join_from(groups, memberships, memberships.c.group_id == groups.c.id, isouter=True)
    .group_by(groups.c.id, groups.c.slug)
    .order_by(groups.c.slug)
)
_ROLE = select(memberships.c.role).where(
    memberships.c.group_id == bindparam("group_id"),
    memberships.c.account_id == bindparam("account_id"),
)
_GROUPS_OF = (
    select(groups.c.id, groups.c.slug, groups.c.name, memberships.c.role)
    .join_from(memberships, groups, memberships.c.group_id == groups.c.id)
    .where(memberships.c.account_id == bindparam("account_id"))
    .order_by(groups.c.id)
)
_RULES = select(
    groups.c.preset,
    groups.c.closed,
    groups.c.history,
    groups.c.messages_h,
    groups.c.invite_members,
    groups.c.invite_people,
).where(groups.c.id == bindparam("group_id"))
_CHANGE_GROUP = (
    update(groups)
    .where(groups.c.id == bindparam("of_group"))
    .values(
        name=bindparam("new_name"),
        closed=bindparam("new_closed"),
        history=bindparam("new_history"),
        messages_h=bindparam("new_messages_h"),
        invite_members=bindparam("new_invite_members"),
        invite_people=bindparam("new_invite_people"),
    )
)
_MEMBERSHIP = select(memberships.c.role, memberships.c.display, memberships.c.reads_from).where(
    memberships.c.group_id == bindparam("group_id"),
    memberships.c.account_id == bindparam("account_id"),
)
_SET_DISPLAY = (
    update(memberships)
    .where(
        memberships.c.group_id == bindparam("in_group"),
        memberships.c.account_id == bindparam("of_account"),
    )
    .values(display=bindparam("new_display"))
)
_MEMBERS = (
    select(accounts.c.id, accounts.c.name, memberships.c.role, memberships.c.display)
    .join_from(memberships, accounts, memberships.c.account_id == accounts.c.id)
    .where(memberships.c.group_id == bindparam("group_id"))
    .order_by(accounts.c.name)
)
_ADMINS = select(memberships.c.account_id).where(
    memberships.c.group_id == bindparam("group_id"), memberships.c.role == Role.ADMIN
)
_ADD_MEMBER = insert(memberships)
_SET_ROLE = (
    update(memberships)
    .where(
        memberships.c.group_id == bindparam("in_group"),
        memberships.c.account_id == bindparam("of_account"),
    )
    .values(role=bindparam("new_role"))
)
_REMOVE_MEMBER = delete(memberships).where(
    memberships.c.group_id == bindparam("group_id"),
    memberships.c.account_id == bindparam("account_id"),
)


def find_group(db: Connection, group_id: GroupId) -> Group | None:
    """Return the group with this number. Index: primary key."""
    row = db.execute(_BY_ID, {"group_id": group_id}).one_or_none()
    return None if row is None else Group(*row)


def find_group_by_slug(db: Connection, slug: str) -> Group | None:
    """Return the group at this address. Index: unique slug."""
    row = db.execute(_BY_SLUG, {"slug": slug}).one_or_none()
    return None if row is None else Group(*row)


def add_group(db: Connection, *, slug: str, name: str, rules: Rules | None = None) -> Group:
    """Add a group without members; ``rules`` None: those of the tables."""
    row: dict[str, object] = {"slug": slug, "name": name}
    if rules is not None:
        row |= {
            "preset": rules.preset.value,
            "closed": rules.closed,
            "history": rules.history,
            "messages_h": rules.messages_h,
            "invite_members": rules.invite_members,
            "invite_people": rules.invite_people,
        }
    found = db.execute(_ADD_GROUP, row).scalar_one()
    return Group(GroupId(found), slug, name)


def find_rules(db: Connection, group_id: GroupId) -> Rules | None:
    """Return what holds in a group. Index: primary key."""
    row = db.execute(_RULES, {"group_id": group_id}).one_or_none()
    return None if row is None else Rules(Preset(row[0]), *row[1:])


def change_group(db: Connection, group_id: GroupId, name: str, rules: Rules) -> None:
    """Give a group another name and other rules; its preset stays what it was."""
    row = {
        "of_group": group_id,
        "new_name": name,
        "new_closed": rules.closed,
        "new_history": rules.history,
        "new_messages_h": rules.messages_h,
        "new_invite_members": rules.invite_members,
        "new_invite_people": rules.invite_people,
    }
    db.execute(_CHANGE_GROUP, row)


def find_membership(
    db: Connection, group_id: GroupId, account_id: AccountId
) -> StoredMembership | None:
    """Return how somebody is in a group. Index: primary key."""
    key = {"group_id": group_id, "account_id": account_id}
    row = db.execute(_MEMBERSHIP, key).one_or_none()
    return None if row is None else StoredMembership(*row)


def set_display(db: Connection, group_id: GroupId, account_id: AccountId, name: str) -> None:
    """Give a member a name in the group; empty: the name of the account."""
    row = {"in_group": group_id, "of_account": account_id, "new_display": name}
    db.execute(_SET_DISPLAY, row)


def all_groups(db: Connection) -> Sequence[GroupId]:
    """Return every group, for what concerns them all. Reads all rows."""
    return [GroupId(number) for number in db.execute(EVERY_GROUP).scalars()]


def group_counts(db: Connection) -> Sequence[GroupCounts]:
    """Return how many are in each group. Reads all rows: for the operator only."""
    return [GroupCounts(*row) for row in db.execute(EVERY_COUNT)]


def find_role(db: Connection, group_id: GroupId, account_id: AccountId) -> Role | None:
    """Return what somebody is in a group. Index: primary key."""
    key = {"group_id": group_id, "account_id": account_id}
    found: Role | None = db.execute(_ROLE, key).scalar_one_or_none()
    return found


def groups_of(db: Connection, account_id: AccountId) -> Sequence[Membership]:
    """Return the groups of an account. Index: identity_membership_by_account."""
    rows = db.execute(_GROUPS_OF, {"account_id": account_id})
    return [Membership(Group(*row[:3]), row[3]) for row in rows]


def members(db: Connection, group_id: GroupId) -> Sequence[Member]:
    """Return who is in a group, by name. Index: primary key of memberships."""
    rows = db.execute(_MEMBERS, {"group_id": group_id})
    return [Member(*row) for row in rows]


def admins(db: Connection, group_id: GroupId) -> Sequence[AccountId]:
    """Return the admins of a group. Index: primary key of memberships."""
    found = db.execute(_ADMINS, {"group_id": group_id}).scalars()
    return [AccountId(number) for number in found]


def add_member(
    db: Connection,
    *,
    group_id: GroupId,
    account_id: AccountId,
    role: Role,
    now: datetime,
    reads_from: datetime | None = None,
) -> None:
    """Add somebody who is not yet in the group."""
    row = {
        "group_id": group_id,
        "account_id": account_id,
        "role": role,
        "since": quarter(now),
        "reads_from": reads_from,
    }
    db.execute(_ADD_MEMBER, row)


def set_role(db: Connection, group_id: GroupId, account_id: AccountId, role: Role) -> None:
    """Give a member another role."""
    db.execute(_SET_ROLE, {"in_group": group_id, "of_account": account_id, "new_role": role})


def remove_member(db: Connection, group_id: GroupId, account_id: AccountId) -> bool:
    """Take somebody out of a group; return whether they were in."""
    key = {"group_id": group_id, "account_id": account_id}
    return db.execute(_REMOVE_MEMBER, key).rowcount == 1
