"""Rows of what people want kept."""

import asyncio
from dataclasses import replace

from sqlalchemy import Connection

from allmende.core.ids import AccountId
from allmende.storage.database import Database
from allmende.systems.chat.model.personal import USUAL, Choice, Usually
from allmende.systems.chat.store import choices
from tests.databases import Place
from tests.identity.store.plans import full_scans
from tests.identity.town import BEGINNING

ANNA, BERT = AccountId(1), AccountId(2)
CHOICE = Choice(Usually.CONTACTS, frozenset({"b@x", "c@x"}), frozenset({"d@x"}), 3)


def test_a_choice_and_the_day_of_fetching_do_not_touch_each_other(database: Database) -> None:
    def change(db: Connection) -> None:
        assert choices.choice_of(db, ANNA) == USUAL
        choices.set_choice(db, ANNA, CHOICE)
        choices.set_fetched(db, ANNA, BEGINNING)
        assert choices.choice_of(db, ANNA) == replace(CHOICE, fetched_on=BEGINNING)
        choices.set_choice(db, ANNA, USUAL)
        choices.set_fetched(db, BERT, BEGINNING)
        fetching = replace(USUAL, fetched_on=BEGINNING)
        assert choices.choices_of(db, [ANNA, BERT, AccountId(3)]) == {
            ANNA: fetching,
            BERT: fetching,
        }
        choices.forget_account(db, ANNA)
        assert choices.choices_of(db, [ANNA]) == {}

    asyncio.run(database.write(change))


def test_every_question_has_its_index(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    try:
        assert asyncio.run(database.read(lambda db: full_scans(db, choices))) == []
    finally:
        database.close()
