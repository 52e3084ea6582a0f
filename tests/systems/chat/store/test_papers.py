"""Rows of private data and vCards."""

import asyncio

from sqlalchemy import Connection

from allmende.systems.chat.store import papers as store
from tests.databases import Place
from tests.identity.store.plans import full_scans
from tests.systems.chat.conftest import Square
from tests.systems.chat.store.test_items import account


def test_private_data_is_kept_by_account_and_name(square: Square) -> None:
    mara, juno = account(square.person("mara")), account(square.person("juno"))

    def change(db: Connection) -> None:
        assert store.find_private(db, mara, "urn:x a") is None
        for payload in (b"1", b"2"):
            store.set_private(db, mara, "urn:x a", payload)
        store.set_private(db, mara, "urn:a b", b"3")
        store.set_private(db, juno, "urn:x a", b"4")
        assert store.find_private(db, mara, "urn:x a") == b"2"
        assert store.private_of(db, mara) == [("urn:a b", b"3"), ("urn:x a", b"2")]
        assert store.count_private(db, mara) == 2
        store.delete_private(db, mara, "urn:a b")
        assert store.count_private(db, mara) == 1
        store.forget_account(db, mara)
        assert store.private_of(db, mara) == []
        assert store.find_private(db, juno, "urn:x a") == b"4"

    square.run(square.database.write(change))


def test_an_account_has_one_vcard(square: Square) -> None:
    mara, juno = account(square.person("mara")), account(square.person("juno"))

    def change(db: Connection) -> None:
        assert store.find_vcard(db, mara) is None
        for payload in (b"1", b"2"):
            store.set_vcard(db, mara, payload)
        assert store.find_vcard(db, mara) == b"2"
        assert store.find_vcard(db, juno) is None
        store.forget_account(db, mara)
        assert store.find_vcard(db, mara) is None

    square.run(square.database.write(change))


def test_every_question_has_its_index(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    try:
        assert asyncio.run(database.read(lambda db: full_scans(db, store))) == []
    finally:
        database.close()
