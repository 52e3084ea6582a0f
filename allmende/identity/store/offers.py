"""Rows of places in groups that were offered to a name, whether there is such an account or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId, GroupId
from allmende.identity.model.groups import Offer, OfferShown
from allmende.identity.store.tables.groups import groups, offers

_ADD: Final = insert(offers)
_SAME: Final = delete(offers).where(
    offers.c.group_id == bindparam("group_id"), offers.c.typed == bindparam("of_name")
)
_COUNT: Final = select(func.count()).where(
    offers.c.group_id == bindparam("group_id"), offers.c.ends_at > bindparam("now")
)
_OF_GROUP: Final = (
    select(offers.c.id, offers.c.typed, offers.c.role, offers.c.ends_at)
    .where(offers.c.group_id == bindparam("group_id"), offers.c.ends_at > bindparam("now"))
    .order_by(offers.c.id)
)
_OF_ACCOUNT: Final = (
    select(offers.c.id, groups.c.id, groups.c.slug, groups.c.name, offers.c.role, offers.c.ends_at)
    .join_from(offers, groups, offers.c.group_id == groups.c.id)
    .where(offers.c.account_id == bindparam("account_id"), offers.c.ends_at > bindparam("now"))
    .order_by(offers.c.id)
)
_ONE: Final = select(
    offers.c.group_id, offers.c.account_id, offers.c.by_account_id, offers.c.role
).where(offers.c.id == bindparam("offer_id"), offers.c.ends_at > bindparam("now"))
_REVOKE: Final = delete(offers).where(
    offers.c.id == bindparam("offer_id"), offers.c.group_id == bindparam("group_id")
)
_ANSWER: Final = (
    offers.update()
    .where(offers.c.id == bindparam("of_offer"), offers.c.account_id == bindparam("of_account"))
    .values(account_id=None)
)
_FORGET: Final = delete(offers).where(
    offers.c.group_id == bindparam("group_id"), offers.c.account_id == bindparam("account_id")
)


@dataclass(frozen=True, slots=True)
class StoredOffer:
    """A row of an offer. ``account_id`` None: nobody of that name, or they declined."""

    group_id: GroupId
    account_id: AccountId | None
    by_account_id: AccountId | None
    role: Role


def add_offer(
    db: Connection,
    *,
    group_id: GroupId,
    typed: str,
    account_id: AccountId | None,
    by: AccountId,
    role: Role,
    ends_at: datetime,
) -> None:
    """Keep an offer; an older one for the same name ends."""
    db.execute(_SAME, {"group_id": group_id, "of_name": typed})
    row = {
        "group_id": group_id,
        "typed": typed,
        "account_id": account_id,
        "by_account_id": by,
        "role": role,
        "ends_at": ends_at,
    }
    db.execute(_ADD, row)


def count_offers(db: Connection, group_id: GroupId, now: datetime) -> int:
    """Return how many offers of a group are open. Index: identity_offer_by_group."""
    return db.execute(_COUNT, {"group_id": group_id, "now": now}).scalar_one()


def offers_of_group(db: Connection, group_id: GroupId, now: datetime) -> Sequence[Offer]:
    """Return the open offers of a group, oldest first. Index: identity_offer_by_group."""
    return [Offer(*row) for row in db.execute(_OF_GROUP, {"group_id": group_id, "now": now})]


def offers_of_account(db: Connection, account_id: AccountId, now: datetime) -> Sequence[OfferShown]:
    """Return what an account was offered. Index: identity_offer_by_account."""
    rows = db.execute(_OF_ACCOUNT, {"account_id": account_id, "now": now})
    return [OfferShown(row[0], Group(*row[1:4]), row[4], row[5]) for row in rows]


def find_offer(db: Connection, offer_id: int, now: datetime) -> StoredOffer | None:
    """Return an open offer. Index: primary key."""
    row = db.execute(_ONE, {"offer_id": offer_id, "now": now}).one_or_none()
    return None if row is None else StoredOffer(*row)


def decline_offer(db: Connection, offer_id: int, account_id: AccountId) -> bool:
    """Take the account off its offer; those who made it see no difference. Index: primary key."""
    return db.execute(_ANSWER, {"of_offer": offer_id, "of_account": account_id}).rowcount == 1


def revoke_offer(db: Connection, group_id: GroupId, offer_id: int) -> bool:
    """Delete an offer of this group; return whether it was there. Index: primary key."""
    return db.execute(_REVOKE, {"group_id": group_id, "offer_id": offer_id}).rowcount == 1


def forget_offers(db: Connection, group_id: GroupId, account_id: AccountId) -> None:
    """Delete what somebody was offered who is in now. Index: identity_offer_by_account."""
    db.execute(_FORGET, {"group_id": group_id, "account_id": account_id})
