"""What every part of the service stands on."""

import pytest

from allmende.core.accounts import STRANGER, Caller
from allmende.core.errors import NotAllowed, NotSignedIn
from allmende.core.ids import AccountId, AppPasswordId, CertificateId
from allmende.identity.model.settings import Settings
from allmende.identity.service import IdentityService
from allmende.identity.service.needs import account_of, person_of
from tests.identity.town import Inline, Town


def test_a_stranger_has_no_account() -> None:
    assert account_of(Caller(AccountId(7))) == 7
    with pytest.raises(NotSignedIn):
        account_of(STRANGER)


def test_a_program_has_an_account_and_is_no_person() -> None:
    program = Caller(AccountId(7), app_password_id=AppPasswordId(1))
    assert account_of(program) == 7
    assert person_of(Caller(AccountId(7))) == 7
    certified = Caller(AccountId(7), certificate_id=CertificateId(1))
    for who in (program, certified):
        with pytest.raises(NotAllowed, match="not-for-programs"):
            person_of(who)
    with pytest.raises(NotSignedIn):
        person_of(STRANGER)


def test_the_key_of_the_house_outlives_the_service(town: Town) -> None:
    room = town.run(town.identity.open_room("Plenum")).room
    entered = town.run(town.identity.enter(STRANGER, room.id, "Rabe", None))
    restarted = type(town)(town.database, town.clock).identity
    assert town.run(restarted.caller(None, entered.guest_token)) == entered.caller


def test_the_operator_decides_how_long_an_open_room_waits(town: Town) -> None:
    settings = Settings(open_room_days=2)
    identity = IdentityService(town.database, town.clock, Inline(), town.bus, settings)
    room = town.run(identity.open_room("Plenum")).room
    assert room.ends_at is not None
    assert (room.ends_at - town.clock.now()).days == 2
