"""Every role, state, mode and reason has its words."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from allmende.core.accounts import ServerRole
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.registration import Mode, Why
from allmende.systems.desk.model import MODE_TEXTS, SERVER_ROLE_TEXTS, STATE_TEXTS, WHY_TEXTS


@pytest.mark.parametrize(
    ("texts", "members"),
    [
        (SERVER_ROLE_TEXTS, ServerRole),
        (STATE_TEXTS, AccountState),
        (MODE_TEXTS, Mode),
        (WHY_TEXTS, Why),
    ],
)
def test_nothing_is_without_words(texts: Mapping[StrEnum, object], members: type[StrEnum]) -> None:
    assert list(texts) == list(members)
