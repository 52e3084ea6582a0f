"""Messages between two people: one row a side, once, and waiting where nobody fetches."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId, MessageId
from allmende.storage.database import Database
from allmende.systems.chat.model.personal import (
    MAX_OFFLINE,
    Choice,
    Kept,
    NewPersonal,
    Party,
    Usually,
    origin_of,
)
from allmende.systems.chat.model.uploads import Upload, link_of, place_of
from allmende.systems.chat.service.history import PersonalHistory
from allmende.systems.chat.service.personal import PersonalShelf, Unseen, WaitingService
from allmende.systems.chat.store import choices, personal, uploads
from tests.identity.town import BEGINNING, HandClock

T = TypeVar("T")
ANNA, BERT = AccountId(1), AccountId(2)


def message(uid: str, origin_id: str = "", *, at: datetime = BEGINNING) -> NewPersonal:
    return NewPersonal(
        uid=uid,
        sender=Party("a@x", "phone", ANNA),
        receiver=Party("b@x", "", BERT),
        content=f"<message id='{uid}'/>".encode(),
        encrypted=False,
        sent_at=at,
        origin=origin_of("a@x", "b@x", origin_id),
    )


class Post:
    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, HandClock()
        self.shelf = PersonalShelf()
        self.waiting = WaitingService(database, self.clock)
        self.history = PersonalHistory(database, self.clock)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)

    def keep(self, *new: NewPersonal) -> Sequence[Kept]:
        return self.run(self.database.write(lambda db: self.shelf.add(db, new)))

    def own(self, account: AccountId) -> list[tuple[str, bool]]:
        found = self.run(
            self.database.read(lambda db: personal.own_after(db, account, MessageId(0), most=99))
        )
        return [(one.peer, one.incoming) for one in found]

    def uids(self, account: AccountId) -> list[str]:
        return [one.uid for one in self.run(self.waiting.waiting(account))]

    def choose(self, account: AccountId, choice: Choice) -> None:
        self.run(self.database.write(lambda db: choices.set_choice(db, account, choice)))

    def fetch(self, account: AccountId) -> None:
        day = self.clock.now()
        self.run(self.database.write(lambda db: choices.set_fetched(db, account, day)))


@pytest.fixture
def post(database: Database) -> Post:
    return Post(database)


def test_each_side_that_lives_here_has_a_row(post: Post) -> None:
    away = Party("c@y", "r", None)
    new = message("1")
    assert post.keep(
        new, replace(new, uid="2", receiver=away), replace(new, uid="3", sender=away)
    ) == [
        Kept("1", sent=True, received=True),
        Kept("2", sent=True, received=False),
        Kept("3", sent=False, received=True),
    ]
    assert post.own(ANNA) == [("b@x", False), ("c@y", False)]
    assert post.own(BERT) == [("a@x", True), ("c@y", True)]


def test_a_file_lives_as_long_as_the_message_for_whoever_keeps_it_longest(post: Post) -> None:
    token, day = "A" * 22, timedelta(hours=24)
    link = link_of(token, "a.txt")
    file = Upload(ANNA, link, "0" * 64, "text/plain", 4, BEGINNING, BEGINNING + day)
    post.run(post.database.write(lambda db: uploads.add_upload(db, file)))

    def ends_at() -> datetime:
        found = post.run(post.database.read(lambda db: uploads.find_upload(db, link)))
        assert found is not None
        return found.ends_at

    content = f"<message><x>{place_of(token, 'a.txt')}</x></message>".encode()
    named = replace(message("1"), content=content, lasts=timedelta(hours=1))
    post.keep(replace(named, uid="0", content=b"<message/>"))
    assert ends_at() == BEGINNING + day
    post.keep(named)
    assert ends_at() == BEGINNING + timedelta(hours=1)
    post.choose(BERT, Choice(plain_h=48))
    post.keep(replace(named, uid="2", lasts=None))
    assert ends_at() == BEGINNING + 2 * day
    post.keep(replace(named, uid="3", encrypted=True, waits=True, content=b"<message/>"))
    assert ends_at() == BEGINNING + 2 * day


def test_a_note_to_oneself_is_there_once(post: Post) -> None:
    new = message("1")
    assert post.keep(replace(new, receiver=replace(new.sender, resource=""))) == [
        Kept("1", sent=True, received=True)
    ]
    assert post.own(ANNA) == [("a@x", False)]


def test_what_is_sent_again_within_a_day_is_kept_once(post: Post) -> None:
    again = Kept("1", sent=False, received=False, again=True)
    assert post.keep(message("1", "o"), message("2", "o"), message("3"))[1] == again
    assert post.keep(message("4", "o"), message("5", "p"))[0] == again
    later = BEGINNING + timedelta(hours=25)
    assert not post.keep(message("6", "o", at=later))[0].again
    assert len(post.own(BERT)) == 4


def test_each_side_keeps_what_it_wants(post: Post) -> None:
    post.choose(BERT, Choice(Usually.NEVER))
    assert post.keep(message("1")) == [Kept("1", sent=True, received=False)]
    post.choose(BERT, Choice(Usually.CONTACTS))
    assert post.keep(message("2")) == [Kept("2", sent=True, received=False)]
    post.choose(BERT, Choice(Usually.ALWAYS, plain_h=0))
    plain, sealed = message("3"), replace(message("4"), encrypted=True)
    assert [kept.received for kept in post.keep(plain, sealed)] == [False, True]


def test_a_message_waits_for_whose_apps_fetch_nothing(post: Post) -> None:
    waits = replace(message("1"), waits=True)
    assert post.keep(waits, replace(waits, uid="2"), message("3")) == [
        Kept("1", sent=True, received=True, waiting=True),
        Kept("2", sent=True, received=True, waiting=True),
        Kept("3", sent=True, received=True),
    ]
    assert post.uids(BERT) == ["1", "2"]
    post.run(post.waiting.taken(BERT, post.run(post.waiting.waiting(BERT))[0]))
    assert post.uids(BERT) == ["2"]
    post.run(post.waiting.reached(BERT, "2"))
    assert post.uids(BERT) == []
    post.fetch(BERT)
    assert post.keep(replace(waits, uid="4")) == [Kept("4", sent=True, received=True)]
    post.clock.turn(days=29)
    late = replace(waits, uid="5", sent_at=post.clock.now())
    assert post.keep(late, replace(late, uid="6", receiver=Party("c@y", "", None)))[0].waiting


def test_so_many_wait_and_no_more(post: Post) -> None:
    waits = replace(message(""), waits=True)
    many = [replace(waits, uid=str(number)) for number in range(MAX_OFFLINE + 1)]
    assert sum(kept.waiting for kept in post.keep(*many)) == MAX_OFFLINE
    post.run(post.waiting.keep(BERT, [Unseen(b"<message/>", archived=False)]))
    assert len(post.uids(BERT)) == MAX_OFFLINE


def test_what_a_client_never_saw_waits_for_the_next(post: Post) -> None:
    seen = [Unseen(b"<1/>", archived=False), Unseen(b"<2/>", archived=True)]
    post.run(post.waiting.keep(BERT, []))
    post.run(post.waiting.keep(BERT, seen))
    assert [one.content for one in post.run(post.waiting.waiting(BERT))] == [b"<1/>", b"<2/>"]
    post.fetch(ANNA)
    post.run(post.waiting.keep(ANNA, seen))
    assert [one.content for one in post.run(post.waiting.waiting(ANNA))] == [b"<1/>"]


def test_an_account_that_goes_takes_its_own_side_along(post: Post) -> None:
    post.keep(replace(message("1"), waits=True))
    post.choose(BERT, Choice(plain_h=1))
    post.run(post.waiting.account_gone(BERT))
    assert (post.own(BERT), post.uids(BERT)) == ([], [])
    assert post.own(ANNA) == [("b@x", False)]
    assert post.run(post.history.choice(Caller(account_id=BERT))) == Choice()
