"""App passwords as their person manages them."""

import pytest

from allmende.core.accounts import STRANGER, Caller, Scope
from allmende.core.errors import (
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ProofNeeded,
    QuotaExceeded,
)
from allmende.core.ids import AppPasswordId
from allmende.identity.model import app_passwords
from allmende.identity.model.plants import PLANTS
from allmende.identity.service import app_passwords as service
from tests.identity.town import Town

pytestmark = pytest.mark.slow

CHAT = frozenset({Scope.CHAT})


def test_one_is_made_shown_and_ended(town: Town) -> None:
    mara = town.person("mara")
    made = town.run(town.identity.make_app_password(mara, CHAT))
    assert app_passwords.secret_of(made.secret) == made.secret
    assert (made.name, made.scopes) == ("mara", CHAT)
    assert made.label in PLANTS
    (shown,) = town.run(town.identity.app_passwords(mara))
    assert (shown.id, shown.label, shown.scopes) == (made.id, made.label, CHAT)
    assert shown.since == shown.seen == "2026-W48"
    town.run(town.identity.end_app_password(mara, made.id))
    assert town.run(town.identity.app_passwords(mara)) == []
    assert town.told()[-1] == "identity.CredentialRevoked"


def test_it_may_be_named(town: Town) -> None:
    mara = town.person("mara")
    town.run(town.identity.make_app_password(mara, CHAT, " Laptop  in der Küche "))
    (shown,) = town.run(town.identity.app_passwords(mara))
    assert shown.label == ":Laptop in der Küche"
    with pytest.raises(InvalidInput, match="name-characters"):
        town.run(town.identity.make_app_password(mara, CHAT, "a\u202eb"))


def test_one_sees_and_ends_only_ones_own(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    made = town.run(town.identity.make_app_password(juno, CHAT))
    assert town.run(town.identity.app_passwords(mara)) == []
    for number in (made.id, AppPasswordId(999)):
        with pytest.raises(NotFound, match="no-such-app-password"):
            town.run(town.identity.end_app_password(mara, number))


def test_all_end_at_once_and_nothing_is_told_where_there_was_none(town: Town) -> None:
    mara = town.person("mara")
    before = town.told()
    town.run(town.identity.end_app_passwords(mara))
    assert town.told() == before
    for _ in range(2):
        town.run(town.identity.make_app_password(mara, CHAT))
    town.run(town.identity.end_app_passwords(mara))
    assert town.run(town.identity.app_passwords(mara)) == []
    assert town.told() == [*before, "identity.CredentialRevoked"]


def test_there_is_a_limit(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_PER_ACCOUNT", 2)
    mara = town.person("mara")
    for _ in range(2):
        town.run(town.identity.make_app_password(mara, CHAT))
    with pytest.raises(QuotaExceeded, match="too-many-app-passwords"):
        town.run(town.identity.make_app_password(mara, CHAT))


def test_only_who_proved_themselves_just_now_makes_one(town: Town) -> None:
    mara = town.person("mara")
    made = town.run(town.identity.make_app_password(mara, CHAT))
    program = Caller(mara.account_id, app_password_id=made.id, scopes=CHAT)
    town.clock.turn(minutes=11)
    with pytest.raises(ProofNeeded):
        town.run(town.identity.make_app_password(mara, CHAT))
    with pytest.raises(NotAllowed, match="not-for-programs"):
        town.run(town.identity.make_app_password(program, CHAT))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.make_app_password(STRANGER, CHAT))
