"""Rows of invites, and how many somebody has made."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from allmende.core.ids import AccountId, GroupId, InviteId
from allmende.identity.model.invites import StoredInvite
from allmende.identity.store.tables.accounts import invite_budgets, invites

_COLUMNS: Final = (
    invites.c.id,
    invites.c.group_id,
    invites.c.role,
    invites.c.uses_left,
    invites.c.expires_at,
    invites.c.made_by,
)
_USABLE: Final = (invites.c.uses_left > 0, invites.c.expires_at > bindparam("now"))
_BY_CODE: Final = select(*_COLUMNS).where(invites.c.hash == bindparam("of_hash"), *_USABLE)
_BY_WORDS: Final = select(*_COLUMNS).where(invites.c.words_hash == bindparam("of_hash"), *_USABLE)
_TAKE: Final = (
    update(invites)
    .where(invites.c.id == bindparam("of"), *_USABLE)
    .values(uses_left=invites.c.uses_left - 1)
)
_OF_GROUP: Final = (
    select(*_COLUMNS)
    .where(invites.c.group_id == bindparam("group_id"), *_USABLE)
    .order_by(invites.c.id)
)
_OF_MAKER: Final = (
    select(*_COLUMNS)
    .where(invites.c.made_by == bindparam("maker"), invites.c.group_id.is_(None), *_USABLE)
    .order_by(invites.c.id)
)
_OF_SERVER: Final = select(invites.c.id).where(
    invites.c.group_id.is_(None), invites.c.made_by.is_(None), *_USABLE
).limit(1)  # fmt: skip
_ADD: Final = insert(invites).returning(invites.c.id)
_REVOKE_IN_GROUP: Final = delete(invites).where(
    invites.c.id == bindparam("invite_id"), invites.c.group_id == bindparam("group_id")
)
_REVOKE_OWN: Final = delete(invites).where(
    invites.c.id == bindparam("invite_id"),
    invites.c.made_by == bindparam("maker"),
    invites.c.group_id.is_(None),
)
_BUDGET: Final = select(invite_budgets.c.used).where(
    invite_budgets.c.owner == bindparam("owner"),
    or_(invite_budgets.c.ends_at.is_(None), invite_budgets.c.ends_at > bindparam("now")),
)
_ADD_BUDGET: Final = insert(invite_budgets)
_COUNT_UP: Final = (
    update(invite_budgets)
    .where(invite_budgets.c.owner == bindparam("of"))
    .values(used=invite_budgets.c.used + 1)
)
_FORGET: Final = delete(invite_budgets).where(invite_budgets.c.owner == bindparam("owner"))
_COUNT_OWNERS: Final = (
    select(func.count())
    .select_from(invite_budgets)
    .where(
        invite_budgets.c.ends_at > bindparam("now"),
        invite_budgets.c.owner.startswith(bindparam("beginning"), autoescape=False),
    )
)


def find_by_code(db: Connection, code_hash: str, now: datetime) -> StoredInvite | None:
    """Return an invite that can still be used. Index: unique hash."""
    row = db.execute(_BY_CODE, {"of_hash": code_hash, "now": now}).one_or_none()
    return None if row is None else StoredInvite(*row)


def find_by_words(db: Connection, words_hash: str, now: datetime) -> StoredInvite | None:
    """Return an invite that can still be used. Index: identity_invite_by_words."""
    row = db.execute(_BY_WORDS, {"of_hash": words_hash, "now": now}).one_or_none()
    return None if row is None else StoredInvite(*row)


def take(db: Connection, invite_id: InviteId, now: datetime) -> bool:
    """Use an invite once; False if nothing was left of it. Of two who try at once one gets it."""
    return db.execute(_TAKE, {"of": invite_id, "now": now}).rowcount == 1


def invites_into(db: Connection, group_id: GroupId, now: datetime) -> Sequence[StoredInvite]:
    """Return the usable invites into a group. Index: identity_invite_by_group."""
    rows = db.execute(_OF_GROUP, {"group_id": group_id, "now": now})
    return [StoredInvite(*row) for row in rows]


def invites_by(db: Connection, maker: AccountId, now: datetime) -> Sequence[StoredInvite]:
    """Return the usable invites of an account itself. Index: identity_invite_by_maker."""
    rows = db.execute(_OF_MAKER, {"maker": maker, "now": now})
    return [StoredInvite(*row) for row in rows]


def has_server_invite(db: Connection, now: datetime) -> bool:
    """Return whether an unused invite makes an operator. Index: identity_invite_by_group."""
    return db.execute(_OF_SERVER, {"now": now}).first() is not None


def add_invite(
    db: Connection, invite: StoredInvite, *, code_hash: str, words_hash: str
) -> InviteId:
    """Keep an invite; its number is given here, whatever ``invite`` says."""
    row = {
        "group_id": invite.group_id,
        "role": invite.role,
        "uses_left": invite.uses_left,
        "expires_at": invite.expires_at,
        "made_by": invite.made_by,
        "hash": code_hash,
        "words_hash": words_hash,
    }
    return InviteId(db.execute(_ADD, row).scalar_one())


def revoke_in_group(db: Connection, group_id: GroupId, invite_id: InviteId) -> bool:
    """Delete an invite into this group; return whether it was there."""
    found = db.execute(_REVOKE_IN_GROUP, {"group_id": group_id, "invite_id": invite_id})
    return found.rowcount == 1


def revoke_own(db: Connection, maker: AccountId, invite_id: InviteId) -> bool:
    """Delete an invite that an account made for itself; return whether it was there."""
    return db.execute(_REVOKE_OWN, {"maker": maker, "invite_id": invite_id}).rowcount == 1


def used(db: Connection, owner: str, now: datetime) -> int:
    """Return how much of a budget is used up. Index: primary key."""
    found: int | None = db.execute(_BUDGET, {"owner": owner, "now": now}).scalar_one_or_none()
    return found or 0


def use_budget(db: Connection, owner: str, ends_at: datetime | None, now: datetime) -> None:
    """Count one against a budget; one that is over begins anew."""
    if used(db, owner, now):
        db.execute(_COUNT_UP, {"of": owner})
        return
    db.execute(_FORGET, {"owner": owner})
    db.execute(_ADD_BUDGET, {"owner": owner, "used": 1, "ends_at": ends_at})


def forget_budget(db: Connection, owner: str) -> None:
    """Delete a budget."""
    db.execute(_FORGET, {"owner": owner})


def count_budgets(db: Connection, beginning: str, now: datetime) -> int:
    """Return how many budgets are not over. Index: identity_invite_budget_by_end."""
    return int(db.execute(_COUNT_OWNERS, {"beginning": beginning, "now": now}).scalar_one())
