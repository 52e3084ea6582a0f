"""Questions that several changes ask."""

import pytest
from sqlalchemy import Connection

from allmende.core.errors import Conflict, NotFound
from allmende.core.ids import AccountId
from allmende.identity.service import rules
from tests.identity.town import Town

KEY = bytes(32)


def test_names_in_use_and_names_that_look_like_them_are_not_free(town: Town) -> None:
    town.person("mara")

    def question(db: Connection) -> None:
        rules.require_free_name(db, "juno", KEY)
        for name in ("mara", "m_ara", "rnara"):
            with pytest.raises(Conflict, match="name-taken"):
                rules.require_free_name(db, name, KEY)

    town.run(town.database.read(question))


def test_accounts_are_found_by_number_and_name(town: Town) -> None:
    mara = town.account(town.person("mara"))

    def question(db: Connection) -> None:
        assert rules.require_account(db, mara) == rules.require_account_named(db, " Mara ")
        with pytest.raises(NotFound):
            rules.require_account(db, AccountId(999))
        with pytest.raises(NotFound):
            rules.require_account_named(db, "nobody")
        with pytest.raises(NotFound):
            rules.require_reset(db, None)

    town.run(town.database.read(question))
