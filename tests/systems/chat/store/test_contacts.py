"""Rows of contacts and blocks."""

import asyncio
from dataclasses import replace

from sqlalchemy import Connection

from allmende.core.ids import AccountId
from allmende.storage.database import Database
from allmende.systems.chat.model.contacts import Contact, Standing
from allmende.systems.chat.store import contacts as store
from tests.databases import Place
from tests.identity.store.plans import full_scans

ANNA, BEA = AccountId(1), AccountId(2)
FULL = Contact(
    "bea@x.example",
    peer=BEA,
    name="Bea",
    labels=("Chor", "Küche"),
    standing=Standing(sees=True, seen=False, asks=False, asked=True, approved=False),
    listed=True,
    request=b"<status>ich bin's</status>",
    heard=True,
    accepted=False,
)


def test_a_contact_comes_back_as_it_went_and_changes_in_place(database: Database) -> None:
    def change(db: Connection) -> None:
        store.keep_contact(db, ANNA, FULL)
        assert store.find_contact(db, ANNA, FULL.address) == FULL
        assert store.find_contact(db, BEA, FULL.address) is None
        turned = replace(
            FULL,
            standing=Standing(asks=True, seen=True, approved=True),
            name="",
            labels=(),
            listed=False,
            request=b"",
            heard=False,
            accepted=True,
            peer=None,
        )
        store.keep_contact(db, ANNA, turned)
        assert store.contacts_of(db, ANNA) == [turned]
        store.keep_contact(db, ANNA, Contact(FULL.address))
        assert store.contacts_of(db, ANNA) == []

    asyncio.run(database.write(change))


def test_an_account_that_goes_leaves_no_trace_of_its_name(database: Database) -> None:
    def change(db: Connection) -> None:
        store.keep_contact(db, ANNA, FULL)
        store.keep_contact(db, BEA, Contact("anna@x.example", peer=ANNA, listed=True))
        store.add_blocks(db, BEA, ["spam.example"])
        store.forget_account(db, BEA)
        assert store.contacts_of(db, ANNA) == []
        assert store.contacts_of(db, BEA) == []
        assert store.blocked_by(db, BEA) == []

    asyncio.run(database.write(change))


def test_addresses_are_blocked_and_unblocked_for_one_account(database: Database) -> None:
    def change(db: Connection) -> None:
        store.add_blocks(db, ANNA, [])
        store.add_blocks(db, ANNA, ["b@y", "a@y/x"])
        store.add_blocks(db, BEA, ["b@y"])
        assert store.blocked_by(db, ANNA) == ["a@y/x", "b@y"]
        store.unblock(db, ANNA, ["b@y", "never@y"])
        assert (store.blocked_by(db, ANNA), store.blocked_by(db, BEA)) == (["a@y/x"], ["b@y"])

    asyncio.run(database.write(change))


def test_every_question_has_its_index(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    try:
        scans = asyncio.run(database.read(lambda db: full_scans(db, store)))
    finally:
        database.close()
    assert scans == []
