"""Rows of messages between two people."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import Connection

from allmende.core.ids import AccountId, MessageId
from allmende.storage.database import Database
from allmende.systems.chat.model.personal import Side
from allmende.systems.chat.store import personal
from allmende.systems.chat.store.personal import Span
from tests.databases import Place
from tests.identity.store.plans import full_scans
from tests.identity.town import BEGINNING

ANNA = AccountId(1)
DAY = timedelta(days=1)


def side(
    number: int,
    *,
    account: AccountId = ANNA,
    peer: str = "b@x",
    resource: str = "",
    origin: bytes | None = None,
    encrypted: bool = False,
    sent_at: datetime = BEGINNING,
) -> Side:
    return Side(
        account, f"uid-{number}", peer, resource, True, origin, f"<{number}/>".encode(),
        encrypted, sent_at, sent_at + DAY,
    )  # fmt: skip


def uids(db: Connection, span: Span, *, most: int = 9, backwards: bool = False) -> list[str]:
    found = personal.messages_between(db, ANNA, span, now=BEGINNING, most=most, backwards=backwards)
    return [one.uid.removeprefix("uid-") for one in found]


def test_pages_go_both_ways_and_by_peer(database: Database) -> None:
    def change(db: Connection) -> None:
        personal.add_sides(db, [])
        personal.add_sides(
            db,
            [
                side(1, resource="phone"),
                side(2, peer="c@x"),
                side(3),
                side(4, account=AccountId(2)),
                side(5, sent_at=BEGINNING - 2 * DAY),
            ],
        )
        assert uids(db, Span()) == ["1", "2", "3"]
        assert uids(db, Span(), most=2, backwards=True) == ["3", "2"]
        assert uids(db, Span(peer="b@x")) == ["1", "3"]
        assert uids(db, Span(peer="b@x"), most=1, backwards=True) == ["3"]
        assert uids(db, Span(peer="b@x", resource="phone")) == ["1"]
        second = personal.find_number(db, ANNA, "uid-2", BEGINNING)
        assert second is not None
        assert uids(db, Span(after=second)) == ["3"]
        assert uids(db, Span(before=second)) == ["1"]

    asyncio.run(database.write(change))


def test_a_message_is_found_by_its_uid_until_it_ends(database: Database) -> None:
    def change(db: Connection) -> None:
        personal.add_sides(db, [side(1), side(2)])
        first = personal.find_number(db, ANNA, "uid-1", BEGINNING)
        assert first is not None
        assert personal.number_since(db, ANNA, "uid-0") == first
        assert personal.number_since(db, ANNA, "uid-3") is None
        assert personal.find_number(db, AccountId(2), "uid-1", BEGINNING) is None
        assert personal.find_number(db, ANNA, "uid-1", BEGINNING + DAY) is None
        found = personal.named_messages(db, ANNA, ["uid-2", "uid-1", "uid-7"], BEGINNING)
        assert [(one.uid, one.content) for one in found] == [("uid-1", b"<1/>"), ("uid-2", b"<2/>")]

    asyncio.run(database.write(change))


def test_what_was_sent_before_is_known_for_a_time(database: Database) -> None:
    def change(db: Connection) -> None:
        personal.add_sides(db, [side(1, origin=b"one"), side(2)])
        assert personal.known_origins(db, [b"one", b"two"], BEGINNING) == [(b"one", "uid-1")]
        assert personal.known_origins(db, [b"one"], BEGINNING + DAY) == []
        assert personal.known_origins(db, [], BEGINNING) == []

    asyncio.run(database.write(change))


def test_what_is_not_encrypted_ends_sooner_when_its_owner_wants_that(database: Database) -> None:
    def change(db: Connection) -> None:
        personal.add_sides(db, [side(1), side(2, encrypted=True), side(3)])
        hour = timedelta(hours=1) // timedelta(microseconds=1)
        assert personal.shorten_plain(db, ANNA, hour, most=1) == 1
        assert personal.shorten_plain(db, ANNA, hour, most=9) == 1
        assert personal.shorten_plain(db, ANNA, hour * 30, most=9) == 0
        later = BEGINNING + timedelta(hours=2)
        left = personal.messages_between(db, ANNA, Span(), now=later, most=9)
        assert [one.uid for one in left] == ["uid-2"]

    asyncio.run(database.write(change))


def test_one_side_is_handed_out_and_forgotten_alone(database: Database) -> None:
    def change(db: Connection) -> None:
        personal.add_sides(db, [side(1), side(2), side(1, account=AccountId(2))])
        own = personal.own_after(db, ANNA, MessageId(0), most=9)
        assert [(one.peer, one.incoming, one.content) for one in own] == [
            ("b@x", True, b"<1/>"),
            ("b@x", True, b"<2/>"),
        ]
        assert personal.own_after(db, ANNA, own[-1].id, most=9) == []
        assert [personal.forget_account(db, ANNA, most=1) for _ in range(3)] == [1, 1, 0]
        assert len(personal.own_after(db, AccountId(2), MessageId(0), most=9)) == 1

    asyncio.run(database.write(change))


def test_every_question_has_its_index(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    try:
        assert asyncio.run(database.read(lambda db: full_scans(db, personal))) == []
    finally:
        database.close()
