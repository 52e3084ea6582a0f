"""How long each side keeps a message."""

from dataclasses import replace
from datetime import timedelta

import pytest

from allmende.core.errors import InvalidInput
from allmende.core.ids import AccountId
from allmende.systems.chat.model.personal import (
    FETCHES_FOR,
    MAX_LISTED,
    USUAL,
    Choice,
    NewPersonal,
    Party,
    Usually,
    checked,
    origin_of,
)
from tests.identity.town import BEGINNING

HOUR = timedelta(hours=1)
NEW = NewPersonal(
    uid="u",
    sender=Party("a@x", "r", AccountId(1)),
    receiver=Party("b@x", "", AccountId(2)),
    content=b"<message/>",
    encrypted=False,
    sent_at=BEGINNING,
)


def test_what_is_not_encrypted_goes_sooner() -> None:
    assert USUAL.ends_at(NEW) - BEGINNING == timedelta(hours=24)
    assert USUAL.ends_at(replace(NEW, encrypted=True)) - BEGINNING == timedelta(days=28)
    assert Choice(plain_h=0).ends_at(NEW) == BEGINNING


def test_a_timer_makes_it_shorter_never_longer() -> None:
    for lasts, ends in ((HOUR, HOUR), (timedelta(days=300), timedelta(hours=24))):
        assert USUAL.ends_at(replace(NEW, lasts=lasts)) - BEGINNING == ends


@pytest.mark.parametrize(
    ("usually", "stranger", "contact"),
    [
        (Usually.ALWAYS, True, True),
        (Usually.CONTACTS, False, True),
        (Usually.NEVER, False, False),
    ],
)
def test_what_is_kept_follows_the_choice(usually: Usually, stranger: bool, contact: bool) -> None:
    choice = Choice(usually, always=frozenset({"y@x", "z@x"}), never=frozenset({"z@x"}))
    assert choice.keeps("b@x", is_contact=False) is stranger
    assert choice.keeps("b@x", is_contact=True) is contact
    assert choice.keeps("y@x", is_contact=False)
    assert not choice.keeps("z@x", is_contact=True)


def test_whose_apps_fetch_is_known_for_four_weeks() -> None:
    choice = Choice(fetched_on=BEGINNING)
    assert choice.fetches(BEGINNING + FETCHES_FOR)
    assert not choice.fetches(BEGINNING + FETCHES_FOR + HOUR)
    assert not USUAL.fetches(BEGINNING)


def test_a_choice_has_bounds() -> None:
    assert checked(USUAL) is USUAL
    many = frozenset(str(number) for number in range(MAX_LISTED + 1))
    for refused in (Choice(plain_h=-1), Choice(plain_h=673), Choice(always=many)):
        with pytest.raises(InvalidInput, match=r"chat\.choice-refused|hours|addresses"):
            checked(refused)


def test_a_message_is_known_again_by_sender_receiver_and_its_own_id() -> None:
    known = origin_of("a@x", "b@x", "1")
    assert known == origin_of("a@x", "b@x", "1")
    others = {
        origin_of("c@x", "b@x", "1"),
        origin_of("a@x", "c@x", "1"),
        origin_of("a@x", "b@x", "2"),
    }
    assert known not in others
    assert origin_of("a@x", "b@x", "") is None
