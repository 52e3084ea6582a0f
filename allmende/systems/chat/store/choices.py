"""What people want kept of their messages."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Table, bindparam, delete, select, text

from allmende.core.ids import AccountId
from allmende.storage.retention import Kept
from allmende.storage.types import Choice as ChoiceOf
from allmende.storage.types import Text, UtcTime, metadata, micros
from allmende.systems.chat.model.personal import PLAIN_H, USUAL, Choice, Usually

_SEPARATOR: Final = "\n"

choices: Final = Table(
    "chat_archive_choice",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("usually", ChoiceOf(Usually), nullable=False),
    Column("always", Text, nullable=False),
    Column("never", Text, nullable=False),
    Column("plain_h", BigInteger, nullable=False),
    Column("fetched_on", UtcTime),
)
KEPT: Final = [
    Kept(
        choices,
        days=None,
        why="what a person wants kept, until the account goes",
        personal="account_id usually always never plain_h fetched_on",
    )
]

_SHOWN: Final = (
    choices.c.account_id,
    choices.c.usually,
    choices.c.always,
    choices.c.never,
    choices.c.plain_h,
    choices.c.fetched_on,
)
_OF: Final = select(*_SHOWN).where(choices.c.account_id.in_(bindparam("accounts", expanding=True)))
_SET: Final = text(
    "INSERT INTO chat_archive_choice (account_id, usually, always, never, plain_h)"
    " VALUES (:account, :usually, :always, :never, :plain_h)"
    " ON CONFLICT (account_id) DO UPDATE SET usually = excluded.usually,"
    " always = excluded.always, never = excluded.never, plain_h = excluded.plain_h"
)
_FETCHED: Final = text(
    "INSERT INTO chat_archive_choice (account_id, usually, always, never, plain_h, fetched_on)"
    " VALUES (:account, :usually, '', '', :plain_h, :day)"
    " ON CONFLICT (account_id) DO UPDATE SET fetched_on = excluded.fetched_on"
)
_FORGET: Final = delete(choices).where(choices.c.account_id == bindparam("account"))


def choices_of(db: Connection, accounts: Collection[AccountId]) -> Mapping[AccountId, Choice]:
    """Return the choices of those who made one. Index: primary key."""
    rows = db.execute(_OF, {"accounts": list(accounts)})
    return {
        AccountId(account): Choice(usually, _listed(always), _listed(never), plain_h, fetched_on)
        for account, usually, always, never, plain_h, fetched_on in rows
    }


def choice_of(db: Connection, account_id: AccountId) -> Choice:
    """Return the choice of one account, the usual one if it made none. Index: primary key."""
    return choices_of(db, [account_id]).get(account_id, USUAL)


def set_choice(db: Connection, account_id: AccountId, choice: Choice) -> None:
    """Keep a choice; ``fetched_on`` stays what it is. Index: primary key."""
    db.execute(
        _SET,
        {
            "account": account_id,
            "usually": choice.usually.value,
            "always": _SEPARATOR.join(sorted(choice.always)),
            "never": _SEPARATOR.join(sorted(choice.never)),
            "plain_h": choice.plain_h,
        },
    )


def set_fetched(db: Connection, account_id: AccountId, day: datetime) -> None:
    """Note on which day an app fetched from the archive. Index: primary key."""
    values = {
        "account": account_id,
        "usually": Usually.ALWAYS.value,
        "plain_h": PLAIN_H,
        "day": micros(day),
    }
    db.execute(_FETCHED, values)


def forget_account(db: Connection, account_id: AccountId) -> None:
    """Delete the choice of an account. Index: primary key."""
    db.execute(_FORGET, {"account": account_id})


def _listed(text_of_all: str) -> frozenset[str]:
    return frozenset(text_of_all.split(_SEPARATOR)) if text_of_all else frozenset()
