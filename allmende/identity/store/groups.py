"""Rows of groups, memberships and invites."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId, GroupId, InviteId
from allmende.identity.model.accounts import quarter
from allmende.identity.model.answers import Member, Membership
from allmende.identity.model.invites import StoredInvite
from allmende.identity.store.tables.accounts import accounts, invites
from allmende.identity.store.tables.groups import groups, memberships

_GROUP = (groups.c.id, groups.c.slug, groups.c.name)
_BY_ID = select(*_GROUP).where(groups.c.id == bindparam("group_id"))
_BY_SLUG = select(*_GROUP).where(groups.c.slug == bindparam("slug"))
_ADD_GROUP = insert(groups).returning(groups.c.id)
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
_MEMBERS = (
    select(accounts.c.id, accounts.c.name, memberships.c.role)
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
_INVITE_COLUMNS = (
    invites.c.id,
    invites.c.group_id,
    invites.c.role,
    invites.c.uses_left,
    invites.c.expires_at,
)
_GOOD_INVITE = (
    invites.c.hash == bindparam("of_hash"),
    invites.c.uses_left > 0,
    invites.c.expires_at > bindparam("now"),
)
_INVITE = select(*_INVITE_COLUMNS).where(*_GOOD_INVITE)
_TAKE_INVITE = (
    update(invites)
    .where(*_GOOD_INVITE)
    .values(uses_left=invites.c.uses_left - 1)
    .returning(*_INVITE_COLUMNS)
)
_INVITES_OF = (
    select(*_INVITE_COLUMNS)
    .where(
        invites.c.group_id == bindparam("group_id"),
        invites.c.uses_left > 0,
        invites.c.expires_at > bindparam("now"),
    )
    .order_by(invites.c.id)
)
_SERVER_INVITE = (
    select(invites.c.id)
    .where(
        invites.c.group_id.is_(None),
        invites.c.uses_left > 0,
        invites.c.expires_at > bindparam("now"),
    )
    .limit(1)
)
_ADD_INVITE = insert(invites).returning(invites.c.id)
_REVOKE_INVITE = delete(invites).where(
    invites.c.id == bindparam("invite_id"), invites.c.group_id == bindparam("group_id")
)


def find_group(db: Connection, group_id: GroupId) -> Group | None:
    """Return the group with this number. Index: primary key."""
    row = db.execute(_BY_ID, {"group_id": group_id}).one_or_none()
    return None if row is None else Group(*row)


def find_group_by_slug(db: Connection, slug: str) -> Group | None:
    """Return the group at this address. Index: unique slug."""
    row = db.execute(_BY_SLUG, {"slug": slug}).one_or_none()
    return None if row is None else Group(*row)


def add_group(db: Connection, *, slug: str, name: str) -> Group:
    """Add a group without members."""
    found = db.execute(_ADD_GROUP, {"slug": slug, "name": name}).scalar_one()
    return Group(GroupId(found), slug, name)


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
    db: Connection, *, group_id: GroupId, account_id: AccountId, role: Role, now: datetime
) -> None:
    """Add somebody who is not yet in the group."""
    row = {"group_id": group_id, "account_id": account_id, "role": role, "since": quarter(now)}
    db.execute(_ADD_MEMBER, row)


def set_role(db: Connection, group_id: GroupId, account_id: AccountId, role: Role) -> None:
    """Give a member another role."""
    db.execute(_SET_ROLE, {"in_group": group_id, "of_account": account_id, "new_role": role})


def remove_member(db: Connection, group_id: GroupId, account_id: AccountId) -> bool:
    """Take somebody out of a group; return whether they were in."""
    key = {"group_id": group_id, "account_id": account_id}
    return db.execute(_REMOVE_MEMBER, key).rowcount == 1


def find_invite(db: Connection, code_hash: str, now: datetime) -> StoredInvite | None:
    """Return an invite that can still be used. Index: unique hash."""
    row = db.execute(_INVITE, {"of_hash": code_hash, "now": now}).one_or_none()
    return None if row is None else StoredInvite(*row)


def take_invite(db: Connection, code_hash: str, now: datetime) -> StoredInvite | None:
    """Use an invite once; None if nothing was left of it."""
    row = db.execute(_TAKE_INVITE, {"of_hash": code_hash, "now": now}).one_or_none()
    return None if row is None else StoredInvite(*row)


def invites_of(db: Connection, group_id: GroupId, now: datetime) -> Sequence[StoredInvite]:
    """Return the usable invites into a group. Index: identity_invite_by_group."""
    rows = db.execute(_INVITES_OF, {"group_id": group_id, "now": now})
    return [StoredInvite(*row) for row in rows]


def has_server_invite(db: Connection, now: datetime) -> bool:
    """Return whether an unused invite makes an operator. Index: identity_invite_by_group."""
    return db.execute(_SERVER_INVITE, {"now": now}).first() is not None


def add_invite(
    db: Connection,
    *,
    group_id: GroupId | None,
    role: str,
    uses: int,
    expires_at: datetime,
    code_hash: str,
) -> InviteId:
    """Keep an invite; ``group_id`` None: into the server itself."""
    row = {
        "group_id": group_id,
        "role": role,
        "uses_left": uses,
        "expires_at": expires_at,
        "hash": code_hash,
    }
    return InviteId(db.execute(_ADD_INVITE, row).scalar_one())


def revoke_invite(db: Connection, group_id: GroupId, invite_id: InviteId) -> bool:
    """Delete an invite of this group; return whether it was there."""
    found = db.execute(_REVOKE_INVITE, {"group_id": group_id, "invite_id": invite_id})
    return found.rowcount == 1
