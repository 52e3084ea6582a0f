"""Certificates of voice programs as their person and the programs themselves use them."""

import asyncio
from functools import partial
from hashlib import sha256

import pytest

from allmende.core.accounts import STRANGER, Caller, Scope
from allmende.core.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ProofNeeded,
    QuotaExceeded,
)
from allmende.core.ids import CertificateId
from allmende.identity.model.plants import PLANTS
from allmende.identity.service import certificates as service
from allmende.identity.store.credentials import still_good
from tests.identity.town import Town

pytestmark = pytest.mark.slow

DER = b"a certificate"
HASH = sha256(DER).hexdigest()


def program(town: Town, who: Caller, scope: Scope = Scope.VOICE) -> Caller:
    made = town.run(town.identity.make_app_password(who, frozenset({scope})))
    return Caller(who.account_id, app_password_id=made.id, scopes=made.scopes)


def good(town: Town, who: Caller) -> bool:
    now = town.clock.now()
    return town.run(town.database.read(lambda db: still_good(db, who, now)))


def test_a_bound_certificate_is_known_again_until_it_ends(town: Town) -> None:
    mara = town.person("mara")
    assert town.run(town.identity.certificate_of(HASH)) is None
    number = town.run(town.identity.bind_certificate(mara, DER))
    who = town.run(town.identity.certificate_of(HASH))
    assert who == Caller(mara.account_id, scopes=frozenset({Scope.VOICE}), certificate_id=number)
    assert good(town, who)
    (shown,) = town.run(town.identity.certificates(mara))
    assert (shown.id, shown.since) == (number, "2026-Q4")
    assert shown.label in PLANTS
    town.run(town.identity.end_certificate(mara, number))
    assert town.run(town.identity.certificate_of(HASH)) is None
    assert not good(town, who)
    assert town.told()[-1] == "identity.CertificateRevoked"


def test_a_program_for_voice_may_bind_its_own(town: Town) -> None:
    mara = town.person("mara")
    mumble, bot = program(town, mara), program(town, mara, Scope.CHAT)
    with pytest.raises(NotAllowed, match="app-password-not-for-this"):
        town.run(town.identity.bind_certificate(bot, DER))
    town.clock.turn(minutes=11)
    town.run(town.identity.bind_certificate(mumble, DER, "Mumble"))
    (shown,) = town.run(town.identity.certificates(mara))
    assert shown.label == ":Mumble"
    certified = town.run(town.identity.certificate_of(HASH))
    assert certified is not None
    for work in (
        town.identity.certificates(certified),
        town.identity.end_certificate(certified, shown.id),
        town.identity.rename_certificate(certified, shown.id, "x"),
        town.identity.make_pairing_code(certified),
    ):
        with pytest.raises(NotAllowed, match="not-for-programs"):
            town.run(work)


def test_a_program_whose_app_password_ended_binds_nothing(town: Town) -> None:
    mara = town.person("mara")
    mumble = program(town, mara)
    town.run(town.identity.end_app_passwords(mara))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.bind_certificate(mumble, DER))
    assert town.run(town.identity.certificate_of(HASH)) is None


def test_a_certificate_belongs_to_one_account(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    number = town.run(town.identity.bind_certificate(mara, DER))
    assert town.run(town.identity.bind_certificate(mara, DER, "again")) == number
    with pytest.raises(Conflict, match="certificate-taken"):
        town.run(town.identity.bind_certificate(juno, DER))
    assert town.run(town.identity.certificates(juno)) == []
    for other in (number, CertificateId(999)):
        with pytest.raises(NotFound, match="no-such-certificate"):
            town.run(town.identity.end_certificate(juno, other))
        with pytest.raises(NotFound, match="no-such-certificate"):
            town.run(town.identity.rename_certificate(juno, other, "x"))


def test_it_may_be_named(town: Town) -> None:
    mara = town.person("mara")
    number = town.run(town.identity.bind_certificate(mara, DER))
    town.run(town.identity.rename_certificate(mara, number, " Laptop  in der Küche "))
    (shown,) = town.run(town.identity.certificates(mara))
    assert shown.label == ":Laptop in der Küche"
    with pytest.raises(InvalidInput, match="name-characters"):
        town.run(town.identity.rename_certificate(mara, number, "a\u202eb"))


def test_there_is_a_limit(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_PER_ACCOUNT", 1)
    mara = town.person("mara")
    town.run(town.identity.bind_certificate(mara, DER))
    with pytest.raises(QuotaExceeded, match="too-many-certificates"):
        town.run(town.identity.bind_certificate(mara, b"another"))
    with pytest.raises(InvalidInput, match="certificate-unreadable"):
        town.run(town.identity.bind_certificate(mara, b""))


def test_a_code_binds_the_certificate_of_whoever_types_it_once(town: Town) -> None:
    mara = town.person("mara")
    code = town.run(town.identity.make_pairing_code(mara))
    with pytest.raises(InvalidInput, match="certificate-unreadable"):
        town.run(town.identity.pair_certificate(code.code, b""))
    who = town.run(town.identity.pair_certificate(code.printed.lower(), DER))
    assert who == town.run(town.identity.certificate_of(HASH))
    for typed in (code.code, "drei rote kirschen", ""):
        with pytest.raises(NotSignedIn, match="wrong-app-password"):
            town.run(town.identity.pair_certificate(typed, b"another"))


def test_a_code_is_good_for_ten_minutes_and_the_last_one_counts(town: Town) -> None:
    mara = town.person("mara")
    first = town.run(town.identity.make_pairing_code(mara))
    second = town.run(town.identity.make_pairing_code(mara))
    third = town.run(town.identity.make_pairing_code(town.person("juno")))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.pair_certificate(first.code, DER))
    town.clock.turn(minutes=9, seconds=59)
    assert town.run(town.identity.pair_certificate(second.code, DER)).is_program
    town.clock.turn(seconds=1)
    assert third.ends_at == town.clock.now()
    with pytest.raises(NotSignedIn):
        town.run(town.identity.pair_certificate(third.code, b"another"))


def test_no_code_leads_into_an_account_that_is_over(town: Town) -> None:
    mara = town.person("mara")
    code = town.run(town.identity.make_pairing_code(mara))
    town.run(town.identity.freeze(None, "mara"))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.pair_certificate(code.code, DER))
    juno = town.person("juno")
    code = town.run(town.identity.make_pairing_code(juno))
    town.identity.forget_pairing(town.account(juno))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.pair_certificate(code.code, DER))


def test_only_who_proved_themselves_just_now_binds_one(town: Town) -> None:
    mara = town.person("mara")
    town.clock.turn(minutes=11)
    with pytest.raises(ProofNeeded):
        town.run(town.identity.bind_certificate(mara, DER))
    with pytest.raises(ProofNeeded):
        town.run(town.identity.make_pairing_code(mara))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.bind_certificate(STRANGER, DER))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.certificates(STRANGER))


def test_two_who_bind_the_same_at_once_do_not_both_get_it(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")

    async def both() -> list[object]:
        bind = town.identity.bind_certificate
        return [*await asyncio.gather(bind(mara, DER), bind(juno, DER), return_exceptions=True)]

    outcomes = town.run(both())
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "int"]


def test_whatever_ends_all_devices_ends_certificates_too(town: Town) -> None:
    mara = town.person("mara")
    by_oneself = partial(town.identity.end_other_devices, mara)
    by_the_operator = partial(town.identity.revoke_all, "mara")
    for end in (by_oneself, by_the_operator):
        town.run(town.identity.bind_certificate(mara, DER))
        town.run(end())
        assert town.run(town.identity.certificate_of(HASH)) is None
        assert town.told()[-1] == "identity.CertificateRevoked"
