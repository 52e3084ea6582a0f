"""Rows of requests for an account, and of who vouched."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from allmende.core.ids import AccountId, RequestId
from allmende.identity.model.moderation import Waiting
from allmende.identity.model.registration import RequestState, StoredRequest
from allmende.identity.store.tables.accounts import accounts, origins, requests, vouches
from allmende.identity.store.tables.groups import groups

_COLUMNS: Final = (
    requests.c.id,
    requests.c.account_id,
    requests.c.group_id,
    requests.c.role,
    requests.c.body,
    requests.c.state,
    requests.c.answer,
    requests.c.made_at,
    requests.c.ends_at,
)
_ADD: Final = insert(requests).returning(requests.c.id)
_BY_ID: Final = select(*_COLUMNS).where(requests.c.id == bindparam("request_id"))
_BY_TOKEN: Final = select(*_COLUMNS).where(requests.c.hash == bindparam("of_hash"))
_BY_ACCOUNT: Final = select(*_COLUMNS).where(requests.c.account_id == bindparam("account_id"))
_COUNT: Final = (
    select(func.count()).select_from(requests).where(requests.c.state == RequestState.WAITING)
)
_ORIGINS: Final = (
    select(origins.c.origin, func.count())
    .select_from(requests)
    .join(origins, origins.c.account_id == requests.c.account_id, isouter=True)
    .where(requests.c.state == RequestState.WAITING)
    .group_by(origins.c.origin)
    .order_by(func.min(requests.c.id))
)
WAITING: Final = requests.c.state == RequestState.WAITING
WITH_ORIGIN: Final = requests.join(
    origins, origins.c.account_id == requests.c.account_id, isouter=True
)
_OF_ORIGIN: Final = (
    select(*_COLUMNS)
    .select_from(WITH_ORIGIN)
    .where(origins.c.origin == bindparam("of_origin"), WAITING)
    .order_by(requests.c.id)
    .limit(bindparam("most"))
)
_WITHOUT_ORIGIN: Final = (
    select(*_COLUMNS)
    .select_from(WITH_ORIGIN)
    .where(origins.c.origin.is_(None), WAITING)
    .order_by(requests.c.id)
    .limit(bindparam("most"))
)
_SHOWN: Final = (
    select(
        origins.c.origin,
        requests.c.id,
        accounts.c.name,
        requests.c.body,
        requests.c.made_at,
        select(func.count())
        .select_from(vouches)
        .where(vouches.c.request_id == requests.c.id)
        .scalar_subquery(),
        func.coalesce(groups.c.name, ""),
    )
    .select_from(
        WITH_ORIGIN.join(accounts, accounts.c.id == requests.c.account_id).join(
            groups, groups.c.id == requests.c.group_id, isouter=True
        )
    )
    .where(WAITING)
    .order_by(requests.c.id)
    .limit(bindparam("most"))
)
_FEW: Final = (
    select(origins.c.origin)
    .select_from(requests.join(origins, origins.c.account_id == requests.c.account_id))
    .where(WAITING)
    .group_by(origins.c.origin)
    .having(func.count() < bindparam("largest"))
)
_SHOWN_FEW: Final = _SHOWN.where(
    or_(origins.c.origin.is_(None), origins.c.origin.in_(_FEW.scalar_subquery()))
)
_SHOWN_ONE: Final = _SHOWN.where(origins.c.origin == bindparam("of_origin"))
_OVER: Final = (
    select(*_COLUMNS)
    .where(requests.c.ends_at <= bindparam("now"))
    .order_by(requests.c.ends_at)
    .limit(bindparam("most"))
)
_OLDEST: Final = select(func.min(requests.c.made_at)).where(
    requests.c.state == RequestState.WAITING
)
_CLOSE: Final = (
    update(requests)
    .where(requests.c.id == bindparam("of"), requests.c.state == RequestState.WAITING)
    .values(
        state=bindparam("now_is"),
        answer=bindparam("new_answer"),
        body="",
        ends_at=bindparam("new_end"),
    )
)
_DELETE: Final = delete(requests).where(requests.c.id == bindparam("request_id"))
_VOUCHES: Final = select(vouches.c.account_id).where(
    vouches.c.request_id == bindparam("request_id")
)
_ADD_VOUCH: Final = insert(vouches)


def add_request(db: Connection, request: StoredRequest, token_hash: str) -> RequestId:
    """Add a request; its number is given here, whatever ``request`` says."""
    row = {
        "account_id": request.account_id,
        "group_id": request.group_id,
        "role": request.role,
        "body": request.body,
        "state": request.state,
        "answer": request.answer,
        "made_at": request.made_at,
        "ends_at": request.ends_at,
        "hash": token_hash,
    }
    return RequestId(db.execute(_ADD, row).scalar_one())


def find_request(db: Connection, request_id: RequestId) -> StoredRequest | None:
    """Return a request. Index: primary key."""
    row = db.execute(_BY_ID, {"request_id": request_id}).one_or_none()
    return None if row is None else StoredRequest(*row)


def find_by_token(db: Connection, token_hash: str) -> StoredRequest | None:
    """Return the request that a private link leads to. Index: unique hash."""
    row = db.execute(_BY_TOKEN, {"of_hash": token_hash}).one_or_none()
    return None if row is None else StoredRequest(*row)


def find_by_account(db: Connection, account_id: AccountId) -> StoredRequest | None:
    """Return the request of an account. Index: identity_request_by_account."""
    row = db.execute(_BY_ACCOUNT, {"account_id": account_id}).first()
    return None if row is None else StoredRequest(*row)


def count_waiting(db: Connection) -> int:
    """Return how many requests wait. Index: identity_request_by_state."""
    return int(db.execute(_COUNT).scalar_one())


def oldest_waiting(db: Connection) -> datetime | None:
    """Return since when the oldest request waits. Index: identity_request_by_state."""
    found: datetime | None = db.execute(_OLDEST).scalar_one()
    return found


def waiting_origins(db: Connection) -> Sequence[tuple[str | None, int]]:
    """Return how many requests of each origin wait, the oldest origin first; None: forgotten."""
    return [(row[0], int(row[1])) for row in db.execute(_ORIGINS)]


def waiting_of(db: Connection, origin: str | None, *, most: int) -> Sequence[StoredRequest]:
    """Return waiting requests of an origin, oldest first; None: of a forgotten one.

    Index: identity_origin_by_origin, identity_request_by_state.
    """
    if origin is None:
        rows = db.execute(_WITHOUT_ORIGIN, {"most": most})
    else:
        rows = db.execute(_OF_ORIGIN, {"of_origin": origin, "most": most})
    return [StoredRequest(*row) for row in rows]


def waiting_shown(
    db: Connection, origin: str | None, *, largest: int, most: int
) -> Mapping[str | None, Sequence[Waiting]]:
    """Return who waits by origin: of one origin, or (None) of all with fewer than ``largest``.

    Index: identity_request_by_state.
    """
    if origin is None:
        rows = db.execute(_SHOWN_FEW, {"largest": largest, "most": most})
    else:
        rows = db.execute(_SHOWN_ONE, {"of_origin": origin, "most": most})
    found: dict[str | None, list[Waiting]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(Waiting(*row[1:]))
    return found


def close_request(
    db: Connection, request_id: RequestId, state: RequestState, answer: str, ends_at: datetime
) -> bool:
    """Answer a request that waits and forget its text; of two answers one is False."""
    values = {"of": request_id, "now_is": state, "new_answer": answer, "new_end": ends_at}
    return db.execute(_CLOSE, values).rowcount == 1


def requests_over(db: Connection, now: datetime, *, most: int) -> Sequence[StoredRequest]:
    """Return requests past their end. Index: identity_request_by_end."""
    rows = db.execute(_OVER, {"now": now, "most": most})
    return [StoredRequest(*row) for row in rows]


def delete_request(db: Connection, request_id: RequestId) -> None:
    """Delete a request with its vouches."""
    db.execute(_DELETE, {"request_id": request_id})


def vouchers(db: Connection, request_id: RequestId) -> frozenset[AccountId]:
    """Return who vouched. Index: primary key."""
    found = db.execute(_VOUCHES, {"request_id": request_id}).scalars()
    return frozenset(AccountId(number) for number in found)


def add_vouch(db: Connection, request_id: RequestId, account_id: AccountId) -> None:
    """Note that somebody vouches who has not yet."""
    db.execute(_ADD_VOUCH, {"request_id": request_id, "account_id": account_id})
