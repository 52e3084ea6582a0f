"""The recovery kit: 48 hours in which its owner can say no, and one who wins."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from allmende.core.accounts import STRANGER, Caller
from allmende.core.errors import Conflict, InvalidInput, NotFound, NotSignedIn, ProofNeeded
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.recovery import RunState
from allmende.identity.model.settings import Settings
from allmende.identity.service import IdentityService
from tests.fakes.authenticator import Authenticator
from tests.identity.service.codes import with_second_step
from tests.identity.town import GOOD, Inline, Town

BETTER = "vier gelbe birnen am zaun"


def begun(town: Town, name: str = "mara") -> str:
    """Somebody with a kit begins; return the token of the private page."""
    kit = town.run(town.identity.make_kit(town.person(name)))
    return town.run(town.identity.begin_recovery(kit.code))


def state(town: Town, token: str) -> RunState:
    return town.run(town.identity.recovery_of(token)).state


def test_a_kit_says_what_to_do_with_it_and_only_the_newest_works(town: Town) -> None:
    mara = town.person("mara")
    assert not town.run(town.identity.has_kit(mara))
    old = town.run(town.identity.make_kit(mara))
    new = town.run(town.identity.make_kit(mara))
    assert town.run(town.identity.has_kit(mara))
    assert (new.server, new.name) == ("localhost", "mara")
    assert new.qr == f"http://localhost/recover#{new.code}"
    assert old.code != new.code
    with pytest.raises(NotFound, match="kit-not-valid"):
        town.run(town.identity.begin_recovery(old.code))
    town.run(town.identity.begin_recovery(new.code.lower().replace("-", " ")))


def test_a_kit_needs_a_fresh_proof_and_its_code_is_not_stored(town: Town) -> None:
    mara = town.person("mara")
    kit = town.run(town.identity.make_kit(mara))

    def rows(db: Connection) -> str:
        return str(db.execute(text("SELECT * FROM identity_recovery")).all())

    stored = town.run(town.database.read(rows))
    assert kit.code not in stored
    assert kit.code.replace("-", "") not in stored
    town.clock.turn(minutes=10)
    with pytest.raises(ProofNeeded):
        town.run(town.identity.make_kit(mara))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.make_kit(STRANGER))


@pytest.mark.parametrize("code", ["", "x", "0" * 26, "\ud800", "x" * 10_000])
def test_wrong_codes_get_one_answer(town: Town, code: str) -> None:
    with pytest.raises(NotFound, match="kit-not-valid"):
        town.run(town.identity.begin_recovery(code))
    with pytest.raises(NotFound, match="recovery-not-valid"):
        town.run(town.identity.recovery_of(code))


def test_after_two_days_a_new_password_ends_everything_that_was_before(town: Town) -> None:
    token = begun(town)
    town.clock.turn(hours=47, minutes=59)
    assert state(town, token) is RunState.WAITING
    with pytest.raises(Conflict, match="recovery-not-now"):
        town.run(town.identity.finish_recovery(token, BETTER))
    town.clock.turn(minutes=1)
    assert state(town, token) is RunState.READY
    old = town.sign_in("mara")
    with pytest.raises(InvalidInput, match="password-weak"):
        town.run(town.identity.finish_recovery(token, "aaaaaaaaaaaaaaa"))
    signed_in, kit = town.run(town.identity.finish_recovery(token, BETTER))
    assert town.run(town.identity.caller(old.token, None)) == STRANGER
    assert town.run(town.identity.caller(signed_in.token, None)) == signed_in.caller
    assert state(town, token) is RunState.USED
    with pytest.raises(Conflict, match="recovery-not-now"):
        town.run(town.identity.finish_recovery(token, BETTER))
    with pytest.raises(InvalidInput):
        town.sign_in("mara", GOOD)
    town.sign_in("mara", BETTER)
    town.run(town.identity.begin_recovery(kit.code))
    assert [name.rpartition(".")[2] for name in town.told()[-4:]] == [
        "SessionRevoked",
        "CredentialRevoked",
        "CertificateRevoked",
        "RecoveryBegun",
    ]


def test_second_step_passkeys_and_password_end_with_a_new_passkey(town: Town) -> None:
    mara = town.operator("mara")
    with_second_step(town, mara)
    kit = town.run(town.identity.make_kit(mara))
    token = town.run(town.identity.begin_recovery(kit.code))
    town.run(town.identity.confirm_recovery(mara))
    options = town.run(town.identity.passkey_options("mara"))
    answer = (options.ticket, Authenticator().make(options.json))
    signed_in, _ = town.run(town.identity.finish_recovery(token, passkey=answer))
    proofs = town.run(town.identity.proofs(signed_in.caller))
    assert (proofs.password, proofs.passkeys, proofs.totp) == (False, 1, False)
    with pytest.raises(InvalidInput):
        town.sign_in("mara")


def test_a_passkey_of_another_name_finishes_nothing(town: Town) -> None:
    token = begun(town)
    town.clock.turn(hours=48)
    options = town.run(town.identity.passkey_options("juno"))
    answer = (options.ticket, Authenticator().make(options.json))
    with pytest.raises(InvalidInput, match="passkey-refused"):
        town.run(town.identity.finish_recovery(token, passkey=answer))
    assert state(town, token) is RunState.READY


def test_any_signed_in_device_sees_it_and_stops_it(town: Town) -> None:
    mara = town.person("mara")
    account = town.account(mara)
    assert town.run(town.identity.watched_recovery(account)) is None
    kit = town.run(town.identity.make_kit(mara))
    token = town.run(town.identity.begin_recovery(kit.code))
    ready_at = town.clock.now() + timedelta(hours=48)
    assert town.run(town.identity.watched_recovery(account)) == ready_at
    shown = town.run(town.identity.own_recovery(mara))
    assert shown is not None
    assert (shown.name, shown.ready_at) == ("mara", ready_at)
    town.run(town.identity.cancel_recovery(mara))
    assert town.run(town.identity.watched_recovery(account)) is None
    assert state(town, token) is RunState.CANCELLED
    town.clock.turn(hours=48)
    with pytest.raises(Conflict):
        town.run(town.identity.finish_recovery(token, BETTER))
    for decide in (town.identity.cancel_recovery, town.identity.confirm_recovery):
        with pytest.raises(NotFound, match="no-recovery"):
            town.run(decide(mara))


def test_nobody_stops_or_confirms_for_others(town: Town) -> None:
    token, juno = begun(town), town.person("juno")
    assert town.run(town.identity.own_recovery(juno)) is None
    for decide in (town.identity.cancel_recovery, town.identity.confirm_recovery):
        with pytest.raises(NotFound):
            town.run(decide(juno))
    assert state(town, token) is RunState.WAITING


def test_a_second_device_lets_it_in_at_once(town: Town) -> None:
    mara = town.person("mara")
    kit = town.run(town.identity.make_kit(mara))
    token = town.run(town.identity.begin_recovery(kit.code))
    town.run(town.identity.confirm_recovery(mara))
    assert state(town, token) is RunState.READY
    town.run(town.identity.finish_recovery(token, BETTER))


def test_beginning_again_moves_the_page_and_keeps_the_time(town: Town) -> None:
    mara = town.person("mara")
    kit = town.run(town.identity.make_kit(mara))
    first = town.run(town.identity.begin_recovery(kit.code))
    ready_at = town.run(town.identity.recovery_of(first)).ready_at
    town.clock.turn(hours=10)
    second = town.run(town.identity.begin_recovery(kit.code))
    with pytest.raises(NotFound):
        town.run(town.identity.recovery_of(first))
    assert town.run(town.identity.recovery_of(second)).ready_at == ready_at
    assert town.told().count("identity.RecoveryBegun") == 1


def test_what_nobody_finishes_lapses(town: Town) -> None:
    token = begun(town)
    town.clock.turn(hours=48, days=29)
    assert state(town, token) is RunState.READY
    town.clock.turn(days=1)
    assert state(town, token) is RunState.LAPSED
    with pytest.raises(Conflict):
        town.run(town.identity.finish_recovery(token, BETTER))


def test_a_frozen_account_is_not_brought_back_and_a_leaving_one_is(town: Town) -> None:
    mara = town.member("mara")
    kit = town.run(town.identity.make_kit(mara))
    set_state(town, mara, AccountState.FROZEN)
    with pytest.raises(NotFound, match="kit-not-valid"):
        town.run(town.identity.begin_recovery(kit.code))
    set_state(town, mara, AccountState.LEAVING)
    token = town.run(town.identity.begin_recovery(kit.code))
    town.clock.turn(hours=48)
    set_state(town, mara, AccountState.FROZEN)
    with pytest.raises(Conflict):
        town.run(town.identity.finish_recovery(token, BETTER))
    set_state(town, mara, AccountState.LEAVING)
    signed_in, _ = town.run(town.identity.finish_recovery(token, BETTER))
    assert town.run(town.identity.caller(signed_in.token, None)) == signed_in.caller


def set_state(town: Town, who: Caller, to: AccountState) -> None:
    values = {"state": to.value, "id": town.account(who)}

    def change(db: Connection) -> None:
        db.execute(text("UPDATE identity_account SET state = :state WHERE id = :id"), values)

    town.run(town.database.write(change))


def test_two_tabs_cannot_both_win(town: Town) -> None:
    token = begun(town)
    town.clock.turn(hours=48)

    async def both() -> list[object]:
        tries = (town.identity.finish_recovery(token, f"{BETTER} {n}") for n in range(2))
        return list(await asyncio.gather(*tries, return_exceptions=True))

    ended = town.run(both())
    assert sum(isinstance(one, Conflict) for one in ended) == 1
    assert sum(isinstance(one, tuple) for one in ended) == 1


def test_a_stop_and_a_finish_at_once_have_one_winner(town: Town) -> None:
    mara = town.person("mara")
    kit = town.run(town.identity.make_kit(mara))
    token = town.run(town.identity.begin_recovery(kit.code))
    town.clock.turn(hours=48)

    async def both() -> list[object]:
        tries = (
            town.identity.finish_recovery(token, BETTER),
            town.identity.cancel_recovery(mara),
        )
        return list(await asyncio.gather(*tries, return_exceptions=True))

    ended = town.run(both())
    assert sum(isinstance(one, Conflict | NotFound) for one in ended) == 1
    assert state(town, token) in (RunState.USED, RunState.CANCELLED)


def test_the_wait_is_a_setting(town: Town) -> None:
    at_once = IdentityService(
        town.database, town.clock, Inline(), town.bus, Settings(recovery_wait_h=0)
    )
    kit = town.run(at_once.make_kit(town.person("mara")))
    token = town.run(at_once.begin_recovery(kit.code))
    assert town.run(at_once.recovery_of(token)).state is RunState.READY
