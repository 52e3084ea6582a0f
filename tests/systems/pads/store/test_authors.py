"""Rows of authors, on both databases."""

import asyncio
from dataclasses import replace

from sqlalchemy import Connection

from allmende.core.ids import AccountId, PadId
from allmende.storage.database import Database
from allmende.systems.pads.model.pad import Author, AuthorId
from allmende.systems.pads.store import authors

PAD, OTHER = PadId(1), PadId(2)
MARA = Author(AuthorId(0), PAD, AccountId(5), None, "mara", 3)
RABE = Author(AuthorId(0), PAD, None, "hash", "", 4)


def test_authors_are_found_by_account_and_by_hash_in_their_pad_only(database: Database) -> None:
    def change(db: Connection) -> None:
        mara, rabe = authors.add_author(db, MARA), authors.add_author(db, RABE)
        assert authors.find_author(db, mara.id) == mara == replace(MARA, id=mara.id)
        assert authors.author_by_account(db, PAD, AccountId(5)) == mara
        assert authors.author_by_account(db, OTHER, AccountId(5)) is None
        assert authors.author_by_guest(db, PAD, "hash") == rabe
        assert authors.author_by_guest(db, OTHER, "hash") is None
        assert authors.authors_of(db, PAD, most=9) == [mara, rabe]
        assert authors.colours_of(db, PAD) == {3: 1, 4: 1}

    asyncio.run(database.write(change))


def test_authors_change_their_name_and_are_forgotten(database: Database) -> None:
    def change(db: Connection) -> None:
        mara = authors.add_author(db, MARA)
        authors.change_author(db, mara.id, "Mara", 7)
        assert authors.authors_of_account(db, AccountId(5), most=1) == [
            replace(mara, name="Mara", colour=7)
        ]
        authors.forget_author(db, mara.id)
        assert authors.find_author(db, mara.id) == replace(mara, name="", account_id=None, colour=7)
        assert authors.authors_of_account(db, AccountId(5), most=1) == []

    asyncio.run(database.write(change))
