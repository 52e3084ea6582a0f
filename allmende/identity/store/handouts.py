"""Rows of what is to be handed out on the command line, and of the operators who agreed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, insert, select

from allmende.core.accounts import ServerRole
from allmende.core.ids import AccountId, HandoutId
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.handouts import Handout, Matter, Whose
from allmende.identity.store.tables.accounts import accounts
from allmende.identity.store.tables.groups import groups
from allmende.identity.store.tables.handouts import consents, handouts

AGREED: Final = accounts.alias("agreed")
_WAITING: Final = (
    select(
        handouts.c.id,
        handouts.c.ends_at,
        accounts.c.name,
        groups.c.slug,
        handouts.c.pad_id,
        AGREED.c.id,
        AGREED.c.name,
    )
    .select_from(
        handouts.outerjoin(accounts, accounts.c.id == handouts.c.account_id)
        .outerjoin(groups, groups.c.id == handouts.c.group_id)
        .outerjoin(consents, consents.c.handout_id == handouts.c.id)
        .outerjoin(
            AGREED,
            and_(
                AGREED.c.id == consents.c.account_id,
                AGREED.c.role == ServerRole.OPERATOR,
                AGREED.c.state == AccountState.ACTIVE,
            ),
        )
    )
    .where(handouts.c.ends_at > bindparam("now"))
    .order_by(handouts.c.ends_at, handouts.c.id, AGREED.c.name)
)
_ONE: Final = _WAITING.where(handouts.c.id == bindparam("handout_id"))
_OF_ACCOUNT: Final = select(handouts.c.id).where(handouts.c.account_id == bindparam("of"))
_OF_GROUP: Final = select(handouts.c.id).where(handouts.c.group_id == bindparam("of"))
_OF_PAD: Final = select(handouts.c.id).where(handouts.c.pad_id == bindparam("of"))
_ADD: Final = insert(handouts).returning(handouts.c.id)
_END: Final = delete(handouts).where(handouts.c.id == bindparam("handout_id"))
_ADD_CONSENT: Final = insert(consents)


def handouts_waiting(db: Connection, own: AccountId, now: datetime) -> Sequence[Handout]:
    """Return what waits, as ``own`` sees it. Index: identity_handout_by_end."""
    return _shown(db.execute(_WAITING, {"now": now}).all(), own)


def find_handout(
    db: Connection, handout_id: HandoutId, own: AccountId | None, now: datetime
) -> Handout | None:
    """Return one that waits. Index: primary key."""
    rows = db.execute(_ONE, {"handout_id": handout_id, "now": now}).all()
    return next(iter(_shown(rows, own)), None)


def find_handout_of(db: Connection, whose: Whose) -> HandoutId | None:
    """Return what is kept about a thing, also if its time is over. Index: those of the three."""
    if whose.account_id is not None:
        found = db.execute(_OF_ACCOUNT, {"of": whose.account_id})
    elif whose.group_id is not None:
        found = db.execute(_OF_GROUP, {"of": whose.group_id})
    else:
        found = db.execute(_OF_PAD, {"of": whose.pad_id})
    number = found.scalar_one_or_none()
    return None if number is None else HandoutId(number)


def add_handout(db: Connection, whose: Whose, ends_at: datetime) -> HandoutId:
    """Keep that somebody wants something."""
    row = {
        "account_id": whose.account_id,
        "group_id": whose.group_id,
        "pad_id": whose.pad_id,
        "ends_at": ends_at,
    }
    return HandoutId(db.execute(_ADD, row).scalar_one())


def add_consent(db: Connection, handout_id: HandoutId, account_id: AccountId) -> None:
    """Keep that an operator agreed."""
    db.execute(_ADD_CONSENT, {"handout_id": handout_id, "account_id": account_id})


def end_handout(db: Connection, handout_id: HandoutId) -> bool:
    """Forget it with all consents; return whether it was there. Index: primary key."""
    return db.execute(_END, {"handout_id": handout_id}).rowcount == 1


def _shown(rows: Iterable[Any], own: AccountId | None) -> Sequence[Handout]:
    """Return the rows as values. A consent counts as long as somebody is an operator."""
    found = []
    for (number, ends_at, name, slug, pad_id), some in groupby(rows, key=lambda row: row[:5]):
        agreed = {row[5]: row[6] for row in some if row[5] is not None}
        matter, thing = _thing(name, slug, pad_id)
        names = tuple(agreed.values())
        found.append(Handout(HandoutId(number), matter, thing, names, own in agreed, ends_at))
    return found


def _thing(name: str | None, slug: str | None, pad_id: int | None) -> tuple[Matter, str]:
    if name is not None:
        return Matter.ACCOUNT, name
    return (Matter.GROUP, slug) if slug is not None else (Matter.PAD, str(pad_id))
