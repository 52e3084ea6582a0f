"""Rows of files: found by their link, as long as messages that name them."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from allmende.core.ids import AccountId
from allmende.storage.blobs import blobs
from allmende.systems.chat.model.uploads import Naming, Upload, link_of, place_of
from allmende.systems.chat.store import uploads as store
from tests.databases import Place
from tests.identity.store.plans import full_scans
from tests.identity.town import BEGINNING
from tests.systems.chat.conftest import Square

MARA, JUNO = AccountId(71), AccountId(72)
TOKEN = "A" * 22
HOUR = timedelta(hours=1)


def upload(name: str, account: AccountId = MARA, at: datetime = BEGINNING) -> Upload:
    return Upload(
        account, link_of(TOKEN, name), "a" * 64, "image/png", 100, at, at + timedelta(hours=24)
    )


def naming(
    name: str, hours: float, *, author: AccountId | None = MARA, encrypted: bool = False
) -> Naming:
    content = f"<x>{place_of(TOKEN, name)}</x>".encode() if name else b"<x>secret</x>"
    return Naming(author, content, encrypted, BEGINNING, BEGINNING + hours * HOUR)


def hours_left(db: Connection, name: str) -> float:
    found = store.find_upload(db, link_of(TOKEN, name))
    assert found is not None
    return (found.ends_at - BEGINNING) / HOUR


def uses(db: Connection) -> list[tuple[int, bool]]:
    rows = db.execute(select(blobs.c.uses, blobs.c.unused_since))
    return [(count, since is not None) for count, since in rows]


def test_a_file_is_found_and_counted_and_goes_with_its_content(square: Square) -> None:
    def change(db: Connection) -> None:
        first, second = upload("a"), upload("b", at=BEGINNING + HOUR)
        for one in (first, second, upload("c", JUNO)):
            store.add_upload(db, one)
        assert uses(db) == [(3, False)]
        assert store.find_upload(db, first.link) == first
        assert store.find_upload(db, b"no") is None
        assert store.put_since(db, MARA, BEGINNING - HOUR) == (2, 200, BEGINNING)
        assert store.put_since(db, MARA, BEGINNING) == (1, 100, BEGINNING + HOUR)
        assert store.put_since(db, MARA, BEGINNING + HOUR) == (0, 0, None)
        assert store.uploads_of(db, MARA, most=9) == [first, second]
        assert store.drop_ended(db, BEGINNING, most=9) == 0
        assert store.drop_ended(db, BEGINNING + 24 * HOUR, most=1) == 1
        assert store.drop_ended(db, BEGINNING + 24 * HOUR, most=9) == 1
        assert store.uploads_of(db, MARA, most=9) == [second]
        assert store.forget_account(db, MARA, BEGINNING, most=9) == 1
        assert store.forget_account(db, MARA, BEGINNING, most=9) == 0
        assert uses(db) == [(0, True)]

    square.run(square.database.write(change))


def test_a_file_lives_as_long_as_the_longest_message_that_names_it(square: Square) -> None:
    def change(db: Connection) -> None:
        for name in ("a", "b"):
            store.add_upload(db, upload(name))
        for hours, left in ((1, 1), (50, 50), (10, 50)):
            store.name_files(db, [naming("a", hours, author=None), naming("", 99)])
            assert hours_left(db, "a") == left
        assert hours_left(db, "b") == 24

    square.run(square.database.write(change))


def test_an_encrypted_message_may_name_what_its_author_put_here(square: Square) -> None:
    def change(db: Connection) -> None:
        old = upload("old", at=BEGINNING - 25 * HOUR)
        for one in (upload("named"), upload("a"), old, upload("other", JUNO)):
            store.add_upload(db, one)
        store.name_files(db, [naming("named", 2)])
        store.name_files(db, [naming("", 99, author=None, encrypted=True)])
        for hours, left in ((1, 1), (600, 600), (3, 600)):
            store.name_files(db, [naming("", hours, encrypted=True)])
            assert hours_left(db, "a") == left
        assert hours_left(db, "named") == 2
        assert hours_left(db, "old") == -1
        assert hours_left(db, "other") == 24

    square.run(square.database.write(change))


def test_what_is_taken_back_ends_if_it_is_ones_own(square: Square) -> None:
    def change(db: Connection) -> None:
        store.add_upload(db, upload("a"))
        links = [link_of(TOKEN, "a")]
        store.take_back(db, JUNO, links, BEGINNING)
        assert hours_left(db, "a") == 24
        store.take_back(db, MARA, links, BEGINNING)
        assert hours_left(db, "a") == 0
        store.take_back(db, MARA, [], BEGINNING)

    square.run(square.database.write(change))


def test_every_question_has_its_index(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    try:
        assert asyncio.run(database.read(lambda db: full_scans(db, store))) == []
    finally:
        database.close()
