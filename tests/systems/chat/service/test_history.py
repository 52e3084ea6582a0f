"""Pages of an archive, as questions cut them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from allmende.core.accounts import STRANGER, Caller
from allmende.core.errors import InvalidInput, NotFound, NotSignedIn
from allmende.storage.database import Database
from allmende.systems.chat.model.history import Asked, Ends
from allmende.systems.chat.model.personal import Choice, Party, Usually
from allmende.systems.chat.model.uids import Uids
from tests.systems.chat.service.test_personal import ANNA, BERT, Post, message

SELF = Caller(account_id=ANNA)
MINUTE = timedelta(minutes=1)


class Shelves(Post):
    """Ten messages of anna's, a minute apart: every third with cora."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        uids = Uids(self.clock, bytes)
        self.begun = self.clock.now()
        self.given: list[str] = []
        for number in range(10):
            new = replace(message(uids.next(), at=self.clock.now()), encrypted=number > 0)
            if number % 3 == 0:
                new = replace(new, receiver=Party("c@x", f"r{number}", BERT))
            self.keep(new)
            self.given.append(new.uid)
            self.clock.turn(minutes=1)

    def page(self, asked: Asked) -> tuple[list[int], bool]:
        page = self.run(self.history.page(SELF, asked))
        return [self.given.index(one.uid) for one in page.items], page.complete


@pytest.fixture
def shelves(database: Database) -> Shelves:
    return Shelves(database)


def test_pages_follow_each_other_in_both_directions(shelves: Shelves) -> None:
    uid = shelves.given
    assert shelves.page(Asked(most=4)) == ([0, 1, 2, 3], False)
    assert shelves.page(Asked(most=4, after=uid[3])) == ([4, 5, 6, 7], False)
    assert shelves.page(Asked(most=4, after=uid[7])) == ([8, 9], True)
    assert shelves.page(Asked(most=4, newest=True)) == ([6, 7, 8, 9], False)
    assert shelves.page(Asked(most=6, before=uid[6])) == ([0, 1, 2, 3, 4, 5], True)
    assert shelves.page(Asked(most=0)) == ([], False)
    assert shelves.page(Asked(after=uid[9])) == ([], True)


def test_bounds_hold_besides_the_page(shelves: Shelves) -> None:
    uid = shelves.given
    between = Asked(later_than=uid[2], earlier_than=uid[8], most=3)
    assert shelves.page(between) == ([3, 4, 5], False)
    assert shelves.page(replace(between, after=uid[5])) == ([6, 7], True)
    assert shelves.page(replace(between, after=uid[0])) == ([3, 4, 5], False)
    assert shelves.page(replace(between, newest=True)) == ([5, 6, 7], False)


def test_a_time_is_part_of_its_span(shelves: Shelves) -> None:
    since, until = shelves.begun + 2 * MINUTE, shelves.begun + 4 * MINUTE
    assert shelves.page(Asked(since=since, until=until)) == ([2, 3, 4], True)
    assert shelves.page(Asked(since=since, newest=True, most=2)) == ([8, 9], False)
    assert shelves.page(Asked(since=shelves.begun + 60 * MINUTE)) == ([], True)
    assert shelves.page(Asked(until=datetime.max.replace(tzinfo=UTC)))[1]
    assert shelves.page(Asked(until=datetime(1, 1, 1, tzinfo=UTC))) == ([], True)


def test_one_peer_is_asked_for_by_its_address_and_perhaps_its_resource(shelves: Shelves) -> None:
    assert shelves.page(Asked(peer="c@x")) == ([0, 3, 6, 9], True)
    assert shelves.page(Asked(peer="c@x", resource="r3")) == ([3], True)
    assert shelves.page(Asked(peer="c@x", newest=True, most=2)) == ([6, 9], False)


def test_messages_are_asked_for_by_name(shelves: Shelves) -> None:
    uid = shelves.given
    assert shelves.page(Asked(uids=[uid[5], uid[1], uid[5]])) == ([1, 5], True)
    for unknown in ("nothing", uid[1][:-1] + "x"):
        for asked in (
            Asked(uids=[uid[1], unknown]),
            Asked(after=unknown),
            Asked(before=unknown),
            Asked(later_than=unknown),
        ):
            with pytest.raises(NotFound, match=r"chat\.not-found"):
                shelves.page(asked)
    with pytest.raises(InvalidInput, match=r"chat\.asked-too-much"):
        shelves.page(Asked(uids=[str(number) for number in range(101)]))


def test_what_has_ended_is_not_there_though_it_was_not_swept(shelves: Shelves) -> None:
    shelves.clock.turn(hours=24)
    assert shelves.page(Asked(most=2)) == ([1, 2], False)
    with pytest.raises(NotFound):
        shelves.page(Asked(after=shelves.given[0]))


def test_an_archive_says_where_it_begins_and_ends(shelves: Shelves) -> None:
    begun, uid = shelves.begun, shelves.given
    ends = shelves.run(shelves.history.ends(SELF))
    assert ends == Ends((uid[0], begun), (uid[9], begun + 9 * MINUTE))
    assert shelves.run(shelves.history.ends(Caller(account_id=BERT))) is not None
    shelves.clock.turn(days=40)
    assert shelves.run(shelves.history.ends(SELF)) is None


def test_a_shorter_time_holds_for_what_is_kept_already(shelves: Shelves) -> None:
    chosen = Choice(Usually.CONTACTS, frozenset({"b@x"}), frozenset(), 0)
    assert shelves.run(shelves.history.choose(SELF, chosen)) == chosen
    assert shelves.run(shelves.history.choice(SELF)) == chosen
    assert shelves.page(Asked())[0] == list(range(1, 10))
    with pytest.raises(InvalidInput, match="hours"):
        shelves.run(shelves.history.choose(SELF, Choice(plain_h=9999)))


def test_whoever_fetches_is_remembered_by_the_day(shelves: Shelves) -> None:
    for _ in range(2):
        shelves.page(Asked())
    fetched = shelves.run(shelves.history.choice(SELF)).fetched_on
    assert fetched == shelves.begun.replace(hour=0)


def test_nobody_reads_without_an_account(shelves: Shelves) -> None:
    with pytest.raises(NotSignedIn):
        shelves.run(shelves.history.page(STRANGER, Asked()))
