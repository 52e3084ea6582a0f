"""Rows of what the server's people chose, of marks, and of where accounts came from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from allmende.core.accounts import Account, ServerRole
from allmende.core.ids import AccountId
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.origins import WEB
from allmende.identity.model.registration import Mark, Setting
from allmende.identity.store.tables.accounts import accounts, marks, origins, settings

_CHOICE: Final = (settings.c.value, settings.c.why, settings.c.at)
_NEWEST: Final = (
    select(*_CHOICE)
    .where(settings.c.name == bindparam("of"))
    .order_by(settings.c.id.desc())
    .limit(bindparam("most"))
)
_ADD_SETTING: Final = insert(settings)
_FORGET: Final = delete(settings).where(settings.c.name == bindparam("of"))
_MARKS: Final = select(marks.c.mark).where(marks.c.account_id == bindparam("account_id"))
_ADD_MARK: Final = insert(marks)
_REMOVE_MARK: Final = delete(marks).where(
    marks.c.account_id == bindparam("account_id"), marks.c.mark == bindparam("of_mark")
)
_ADD_ORIGIN: Final = insert(origins)
_LAST_WEB: Final = (
    select(origins.c.origin, origins.c.ends_at)
    .where(origins.c.ends_at > bindparam("since"), origins.c.origin.startswith(WEB))
    .order_by(origins.c.ends_at.desc())
    .limit(1)
)
_COUNT_WEB: Final = (
    select(func.count())
    .select_from(origins)
    .where(origins.c.ends_at > bindparam("since"), origins.c.origin.startswith(WEB))
)
_ORIGIN: Final = select(origins.c.origin).where(origins.c.account_id == bindparam("account_id"))
COUNTS: Final = (
    select(origins.c.origin, accounts.c.state, func.count())
    .join_from(origins, accounts, origins.c.account_id == accounts.c.id)
    .where(origins.c.ends_at > bindparam("now"))
    .group_by(origins.c.origin, accounts.c.state)
    .order_by(origins.c.origin)
)
_OF_ORIGIN: Final = (
    select(accounts.c.id, accounts.c.name)
    .join_from(origins, accounts, origins.c.account_id == accounts.c.id)
    .where(
        origins.c.origin == bindparam("of_origin"),
        accounts.c.state == bindparam("of_state"),
        or_(accounts.c.role == ServerRole.NONE, accounts.c.role == ServerRole.INVITER),
    )
    .order_by(accounts.c.id)
    .limit(bindparam("most"))
)
_SET_STATE: Final = (
    update(accounts)
    .where(accounts.c.id == bindparam("of"), accounts.c.state == bindparam("was"))
    .values(state=bindparam("now_is"))
)


def settings_of(db: Connection, name: str, *, most: int) -> Sequence[Setting]:
    """Return the newest choices of this name. Index: identity_setting_by_name."""
    return [Setting(*row) for row in db.execute(_NEWEST, {"of": name, "most": most})]


def add_setting(db: Connection, name: str, value: str, why: str, now: datetime) -> None:
    """Add a choice; the older ones stay as its history."""
    db.execute(_ADD_SETTING, {"name": name, "value": value, "why": why, "at": now})


def replace_setting(db: Connection, name: str, value: str, now: datetime) -> None:
    """Keep one value without history."""
    db.execute(_FORGET, {"of": name})
    add_setting(db, name, value, "", now)


def marks_of(db: Connection, account_id: AccountId) -> frozenset[Mark]:
    """Return the marks of an account. Index: primary key."""
    found = db.execute(_MARKS, {"account_id": account_id}).scalars()
    return frozenset(Mark(mark) for mark in found)


def set_mark(db: Connection, account_id: AccountId, mark: Mark, *, on: bool) -> None:
    """Mark an account, or take the mark away."""
    db.execute(_REMOVE_MARK, {"account_id": account_id, "of_mark": mark.value})
    if on:
        db.execute(_ADD_MARK, {"account_id": account_id, "mark": mark.value})


def add_origin(db: Connection, account_id: AccountId, origin: str, ends_at: datetime) -> None:
    """Remember for a while where an account came from."""
    row = {"account_id": account_id, "origin": origin, "ends_at": ends_at}
    db.execute(_ADD_ORIGIN, row)


def last_over_web(db: Connection, since: datetime) -> tuple[str, datetime] | None:
    """Return the origin of the last who came over the web, and its end.

    Index: identity_origin_by_end.
    """
    row = db.execute(_LAST_WEB, {"since": since}).one_or_none()
    return None if row is None else (row[0], row[1])


def count_over_web(db: Connection, since: datetime) -> int:
    """Return how many origins of the web end after ``since``. Index: identity_origin_by_end."""
    return int(db.execute(_COUNT_WEB, {"since": since}).scalar_one())


def find_origin(db: Connection, account_id: AccountId) -> str | None:
    """Return where an account came from, while that is known. Index: primary key."""
    found: str | None = db.execute(_ORIGIN, {"account_id": account_id}).scalar_one_or_none()
    return found


def origin_counts(db: Connection, now: datetime) -> Sequence[tuple[str, AccountState, int]]:
    """Return how many accounts of each origin are in which state.

    Reads the origins of the last 30 days, which are all there are.
    """
    return [(row[0], row[1], int(row[2])) for row in db.execute(COUNTS, {"now": now})]


def accounts_of_origin(
    db: Connection, origin: str, state: AccountState, *, most: int
) -> Sequence[Account]:
    """Return accounts of an origin that are in a state, but for those that look after the server.

    Index: identity_origin_by_origin.
    """
    asked = {"of_origin": origin, "of_state": state, "most": most}
    return [Account(AccountId(row[0]), row[1]) for row in db.execute(_OF_ORIGIN, asked)]


def set_state(
    db: Connection, account_id: AccountId, was: AccountState, now_is: AccountState
) -> bool:
    """Move an account to another state; return whether it was in the one before."""
    return db.execute(_SET_STATE, {"of": account_id, "was": was, "now_is": now_is}).rowcount == 1
