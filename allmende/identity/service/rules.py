"""Questions that several changes ask on their own connection."""

from datetime import datetime

from sqlalchemy import Connection

from allmende.core.accounts import Account
from allmende.core.errors import Conflict, NotFound
from allmende.core.groups import Role
from allmende.core.ids import AccountId, GroupId
from allmende.identity.events import MembershipChanged
from allmende.identity.model.accounts import AccountState, StoredAccount
from allmende.identity.model.answers import InviteShown
from allmende.identity.model.invites import StoredInvite
from allmende.identity.model.names import skeleton
from allmende.identity.model.tokens import blocked_name
from allmende.identity.store import accounts, groups
from allmende.storage.outbox import record


def require_account(db: Connection, account_id: AccountId) -> StoredAccount:
    """Return an active account. Raises NotFound ``identity.no-such-account``."""
    stored = accounts.find_account(db, account_id)
    if stored is None or stored.state is not AccountState.ACTIVE:
        raise NotFound("identity.no-such-account")
    return stored


def require_account_named(db: Connection, name: str) -> StoredAccount:
    """Return the active account of this name. Raises NotFound ``identity.no-such-account``."""
    stored = accounts.find_account_by_name(db, name.strip().lower())
    if stored is None or stored.state is not AccountState.ACTIVE:
        raise NotFound("identity.no-such-account")
    return stored


def require_free_name(db: Connection, name: str, key: bytes) -> None:
    """Raise Conflict ``identity.name-taken`` for a name in use, blocked, or easily mistaken."""
    looks, blocked = skeleton(name), blocked_name(key, name)
    for other in accounts.account_names(db):
        if other == blocked or skeleton(other) == looks:
            raise Conflict("identity.name-taken", field="name")


def require_reset(db: Connection, account_id: AccountId | None) -> Account:
    """Return whose sign-in link was found. Raises NotFound ``identity.reset-not-valid``."""
    stored = None if account_id is None else accounts.find_account(db, account_id)
    if stored is None or stored.state is not AccountState.ACTIVE:
        raise NotFound("identity.reset-not-valid")
    return Account(stored.id, stored.name)


def require_invite(found: StoredInvite | None) -> StoredInvite:
    """Return the invite. One answer for old, used, foreign and mistyped codes: NotFound."""
    if found is None:
        raise NotFound("identity.invite-not-valid")
    return found


def invite_shown(db: Connection, invite: StoredInvite) -> InviteShown:
    """Return an invite as the invited see it. Raises NotFound ``identity.invite-not-valid``."""
    if invite.group_id is None:
        return InviteShown(None, None, invite.expires_at)
    group = groups.find_group(db, invite.group_id)
    if group is None:
        raise NotFound("identity.invite-not-valid")
    return InviteShown(group, Role(invite.role), invite.expires_at)


def add_by_invite(
    db: Connection, invite: StoredInvite, account_id: AccountId, now: datetime
) -> None:
    """Bring an account into the group of an invite, if it has one."""
    if invite.group_id is not None:
        role = Role(invite.role)
        groups.add_member(db, group_id=invite.group_id, account_id=account_id, role=role, now=now)


def tell_membership(
    db: Connection, group_id: GroupId | None, account_id: AccountId, now: datetime
) -> None:
    """Record that a membership changed. Nobody joins or leaves silently."""
    if group_id is not None:
        record(db, MembershipChanged(at=now, group_id=group_id, account_id=account_id))


def require_other_admin(db: Connection, group_id: GroupId, account_id: AccountId) -> None:
    """Raise Conflict ``identity.last-admin`` if the group has no other admin."""
    if groups.admins(db, group_id) == [account_id]:
        raise Conflict("identity.last-admin")
