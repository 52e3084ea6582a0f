"""Questions that several changes ask on their own connection."""

from sqlalchemy import Connection

from allmende.core.accounts import Account
from allmende.core.errors import Conflict, NotFound
from allmende.core.ids import AccountId, GroupId
from allmende.identity.model.accounts import AccountState, StoredAccount
from allmende.identity.model.names import skeleton
from allmende.identity.model.tokens import blocked_name
from allmende.identity.store import accounts, groups


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


def require_other_admin(db: Connection, group_id: GroupId, account_id: AccountId) -> None:
    """Raise Conflict ``identity.last-admin`` if the group has no other admin."""
    if groups.admins(db, group_id) == [account_id]:
        raise Conflict("identity.last-admin")
