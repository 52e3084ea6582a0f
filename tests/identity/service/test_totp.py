"""The second step: on with a code, each code once, off by its person."""

import asyncio
import subprocess

import pytest

from allmende.core.errors import Conflict, InvalidInput, NotFound, ProofNeeded
from allmende.identity.model.totp import BACKUP_CODES
from tests.identity.service.codes import code_of, with_second_step
from tests.identity.town import Town


def step(town: Town, code: str) -> bool:
    token = town.half_sign_in("mara").token
    try:
        town.run(town.identity.second_step(token, code))
    except InvalidInput as refused:
        return refused.message_id != "identity.wrong-code"
    return True


def test_it_is_on_with_the_first_right_code_and_not_before(town: Town) -> None:
    mara = town.person("mara")
    offer = town.run(town.identity.offer_totp(mara))
    assert offer.uri == f"otpauth://totp/localhost:mara?secret={offer.secret}&issuer=localhost"
    for code in ("", "12345", "abcdef", code_of(town, offer.secret, 120)):
        with pytest.raises(InvalidInput, match="wrong-code"):
            town.run(town.identity.begin_totp(mara, offer.token, code))
    assert not town.run(town.identity.proofs(mara)).totp
    assert town.run(town.identity.offered_totp(mara, offer.token)) == offer
    codes = town.run(town.identity.begin_totp(mara, offer.token, code_of(town, offer.secret)))
    assert len(set(codes)) == BACKUP_CODES
    assert town.run(town.identity.proofs(mara)).totp
    assert town.run(town.identity.backup_codes_left(mara)) == BACKUP_CODES


def test_an_offer_is_for_one_person(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    offer = town.run(town.identity.offer_totp(mara))
    for token in (offer.token, "", "forged"):
        with pytest.raises(InvalidInput, match="totp-offer-over"):
            town.run(town.identity.begin_totp(juno, token, code_of(town, offer.secret)))


def test_a_code_counts_once_and_one_step_early_or_late(town: Town) -> None:
    secret, _ = with_second_step(town, town.person("mara"))
    assert not step(town, code_of(town, secret))
    assert step(town, code_of(town, secret, 30))
    assert not step(town, code_of(town, secret, 30))
    assert not step(town, code_of(town, secret))
    town.clock.turn(seconds=90)
    assert step(town, code_of(town, secret, -30))
    assert step(town, f" {code_of(town, secret)[:3]} {code_of(town, secret)[3:]} ")


@pytest.mark.parametrize("off_s", [60, -90, 86_400, -86_400])
def test_a_clock_that_is_off_by_more_is_refused(town: Town, off_s: int) -> None:
    secret, _ = with_second_step(town, town.person("mara"))
    town.clock.turn(minutes=5)
    assert not step(town, code_of(town, secret, off_s))


@pytest.mark.slow
def test_oathtool_shows_the_same_codes(town: Town) -> None:
    secret, _ = with_second_step(town, town.person("mara"))
    town.clock.turn(minutes=1)
    now = town.clock.now().strftime("%Y-%m-%d %H:%M:%S UTC")
    shown = subprocess.run(
        ["oathtool", "--totp", "-b", secret, "--now", now],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert shown == code_of(town, secret)
    assert step(town, shown)
    assert not step(town, shown)


def test_a_code_on_paper_counts_once_also_in_two_tabs(town: Town) -> None:
    _, codes = with_second_step(town, town.person("mara"))
    assert step(town, codes[0].lower().replace("-", " "))
    assert not step(town, codes[0])
    token = town.half_sign_in("mara").token

    async def both() -> list[object]:
        tries = (town.identity.second_step(token, codes[1]) for _ in range(2))
        return list(await asyncio.gather(*tries, return_exceptions=True))

    ended = town.run(both())
    assert sum(isinstance(one, InvalidInput) for one in ended) == 1


def test_new_codes_end_the_old_ones(town: Town) -> None:
    mara = town.person("mara")
    with pytest.raises(NotFound, match="no-second-step"):
        town.run(town.identity.new_backup_codes(mara))
    _, old = with_second_step(town, mara)
    new = town.run(town.identity.new_backup_codes(mara))
    assert not step(town, old[0])
    assert step(town, new[0])
    assert town.run(town.identity.backup_codes_left(mara)) == BACKUP_CODES - 1


def test_it_goes_off_with_its_codes_but_not_for_an_operator_without_passkey(town: Town) -> None:
    mara = town.operator("mara")
    with pytest.raises(NotFound, match="no-second-step"):
        town.run(town.identity.end_totp(mara))
    with_second_step(town, mara)
    town.run(town.identity.end_totp(mara))
    assert town.run(town.identity.backup_codes_left(mara)) == 0
    juno = town.person("juno")
    with_second_step(town, juno)
    with pytest.raises(Conflict, match="second-step-stays"):
        town.run(town.identity.end_totp(juno))
    assert town.run(town.identity.proofs(juno)).totp


def test_all_of_it_needs_a_fresh_proof(town: Town) -> None:
    mara = town.person("mara")
    offer = town.run(town.identity.offer_totp(mara))
    town.clock.turn(minutes=10)
    asks = (
        town.identity.offer_totp(mara),
        town.identity.begin_totp(mara, offer.token, "000000"),
        town.identity.end_totp(mara),
        town.identity.new_backup_codes(mara),
    )
    for ask in asks:
        with pytest.raises(ProofNeeded):
            town.run(ask)
