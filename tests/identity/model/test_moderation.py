"""What moderators see are frozen values without times that say when somebody came."""

import dataclasses

from allmende.identity.model.moderation import AccountShown


def test_an_account_is_shown_with_quarters_and_without_groups() -> None:
    names = {field.name for field in dataclasses.fields(AccountShown)}
    assert names == {"id", "name", "state", "role", "since", "seen", "origin", "marks"}
