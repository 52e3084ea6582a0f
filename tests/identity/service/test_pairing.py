"""Codes that wait to be typed."""

import pytest

from allmende.core.ids import AccountId
from allmende.identity.service import pairing
from allmende.identity.service.pairing import Pairings

MARA, JUNO = AccountId(1), AccountId(2)


def test_a_code_stands_for_an_account_once() -> None:
    codes = Pairings()
    codes.add(MARA, "one", 10.0)
    assert codes.take("two", 0.0) is None
    assert codes.take("one", 9.9) == MARA
    assert codes.take("one", 9.9) is None


def test_it_ends_by_itself() -> None:
    codes = Pairings()
    codes.add(MARA, "one", 10.0)
    assert codes.take("one", 10.0) is None


def test_an_account_has_one_at_a_time() -> None:
    codes = Pairings()
    codes.add(MARA, "one", 10.0)
    codes.add(JUNO, "hers", 10.0)
    codes.add(MARA, "two", 10.0)
    assert codes.take("one", 0.0) is None
    assert codes.take("two", 0.0) == MARA
    codes.forget(MARA)
    assert codes.take("hers", 0.0) == JUNO


def test_what_nobody_types_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "MAX_WAITING", 2)
    codes = Pairings()
    for number in range(3):
        codes.add(AccountId(number), f"code {number}", 10.0)
    assert codes.take("code 0", 0.0) is None
    assert codes.take("code 2", 0.0) == 2
