"""Rows of authors: a name and a colour in one pad, and whose account or hashed key it is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from allmende.core.ids import AccountId, PadId
from allmende.systems.pads.model.pad import Author, AuthorId
from allmende.systems.pads.store.tables import authors

_BY_ID: Final = select(authors).where(authors.c.id == bindparam("author_id"))
_OF_PAD: Final = select(authors).where(authors.c.pad_id == bindparam("pad_id"))
_BY_ACCOUNT: Final = _OF_PAD.where(authors.c.account_id == bindparam("account_id")).limit(1)
_BY_GUEST: Final = _OF_PAD.where(authors.c.guest_hash == bindparam("guest_hash")).limit(1)
_ALL: Final = _OF_PAD.order_by(authors.c.id).limit(bindparam("most"))
_COLOURS: Final = (
    select(authors.c.colour, func.count())
    .where(authors.c.pad_id == bindparam("pad_id"))
    .group_by(authors.c.colour)
)
_ADD: Final = insert(authors).returning(authors.c.id)
_CHANGE: Final = (
    update(authors)
    .where(authors.c.id == bindparam("of_author"))
    .values(name=bindparam("new_name"), colour=bindparam("new_colour"))
)
_FORGET: Final = (
    update(authors)
    .where(authors.c.id == bindparam("of_author"))
    .values(name="", account_id=None, guest_hash=None)
)
_OF_ACCOUNT: Final = (
    select(authors).where(authors.c.account_id == bindparam("account_id")).limit(bindparam("most"))
)
_AFTER: Final = (
    select(authors)
    .where(authors.c.account_id == bindparam("account_id"), authors.c.id > bindparam("after"))
    .order_by(authors.c.id)
    .limit(bindparam("most"))
)


def find_author(db: Connection, author_id: AuthorId) -> Author | None:
    """Return the author with this number. Index: primary key."""
    row = db.execute(_BY_ID, {"author_id": author_id}).one_or_none()
    return None if row is None else Author(*row)


def author_by_account(db: Connection, pad_id: PadId, account_id: AccountId) -> Author | None:
    """Return an account as author of a pad. Index: pads_author_by_account."""
    row = db.execute(_BY_ACCOUNT, {"pad_id": pad_id, "account_id": account_id}).one_or_none()
    return None if row is None else Author(*row)


def author_by_guest(db: Connection, pad_id: PadId, guest_hash: str) -> Author | None:
    """Return a guest as author of a pad. Index: pads_author_by_pad."""
    row = db.execute(_BY_GUEST, {"pad_id": pad_id, "guest_hash": guest_hash}).one_or_none()
    return None if row is None else Author(*row)


def authors_of(db: Connection, pad_id: PadId, *, most: int) -> Sequence[Author]:
    """Return the authors of a pad, the first ones first. Index: pads_author_by_pad."""
    return [Author(*row) for row in db.execute(_ALL, {"pad_id": pad_id, "most": most})]


def colours_of(db: Connection, pad_id: PadId) -> dict[int, int]:
    """Return how many authors have each colour. Index: pads_author_by_pad."""
    return {colour: count for colour, count in db.execute(_COLOURS, {"pad_id": pad_id})}


def add_author(db: Connection, author: Author) -> Author:
    """Add an author; the number is given here, whatever ``author`` says."""
    row = {
        "pad_id": author.pad_id,
        "account_id": author.account_id,
        "guest_hash": author.guest_hash,
        "name": author.name,
        "colour": author.colour,
    }
    number = AuthorId(db.execute(_ADD, row).scalar_one())
    return replace(author, id=number)


def change_author(db: Connection, author_id: AuthorId, name: str, colour: int) -> None:
    """Give an author another name and colour."""
    db.execute(_CHANGE, {"of_author": author_id, "new_name": name, "new_colour": colour})


def forget_author(db: Connection, author_id: AuthorId) -> None:
    """Take name and account off an author; the text stays."""
    db.execute(_FORGET, {"of_author": author_id})


def authors_of_account(db: Connection, account_id: AccountId, *, most: int) -> Sequence[Author]:
    """Return an account as author of pads. Index: pads_author_by_account."""
    rows = db.execute(_OF_ACCOUNT, {"account_id": account_id, "most": most})
    return [Author(*row) for row in rows]


def authors_after(
    db: Connection, account_id: AccountId, after: int, *, most: int
) -> Sequence[Author]:
    """Return an account as author of pads, in the order of numbers after one.

    Index: pads_author_by_account.
    """
    key = {"account_id": account_id, "after": after, "most": most}
    return [Author(*row) for row in db.execute(_AFTER, key)]
