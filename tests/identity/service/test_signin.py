"""Signing in: what fits, what does not, what is needed besides, and who is never kept out."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from sqlalchemy import Connection, event

from allmende.core.errors import InvalidInput, ProofNeeded, TooManyRequests
from allmende.identity.model.answers import SecondStep, SignedIn
from allmende.identity.service.passwords import Passwords
from allmende.storage.database import Database
from tests.fakes.authenticator import Authenticator
from tests.identity.service.codes import code_of, with_passkey, with_second_step
from tests.identity.town import GOOD, Inline, Town

T = TypeVar("T")


def wrong(town: Town, name: str, caller_key: str = "bot", **more: object) -> None:
    with pytest.raises(InvalidInput, match="wrong-name-or-password"):
        town.sign_in(name, "wrong", caller_key=caller_key, **more)


def test_signing_in_needs_the_name_and_the_password(town: Town) -> None:
    who = town.person("mara")
    signed_in = town.sign_in(" Mara ")
    again = town.run(town.identity.caller(signed_in.token, None))
    assert again == signed_in.caller
    assert again.account_id == who.account_id
    assert again.session_id != who.session_id
    for name, password in (("mara", GOOD + "x"), ("nobody", GOOD), ("", "")):
        with pytest.raises(InvalidInput, match="wrong-name-or-password"):
            town.sign_in(name, password)


def test_guessing_is_slowed_down_for_unknown_names_too(town: Town) -> None:
    for name in ("nobody", "mara"):
        for _ in range(10):
            wrong(town, name)
        with pytest.raises(TooManyRequests, match="try-later"):
            town.sign_in(name, "x", caller_key="bot")
        town.clock.turn(seconds=31)
        with pytest.raises(TooManyRequests, match="work-first"):
            town.sign_in(name, "x", caller_key="bot")
        wrong(town, name, worked=True)


def test_ten_thousand_tries_on_a_name_do_not_keep_its_known_device_out(town: Town) -> None:
    town.person("mara")
    device = town.sign_in("mara").device
    for number in range(10_000):
        town.identity._throttle.failed("mara", f"bot {number}", town.clock.monotonic_s())
    with pytest.raises(TooManyRequests):
        town.sign_in("mara", caller_key="somewhere")
    assert town.sign_in("mara", caller_key="somewhere", device=device).device
    assert town.sign_in("mara", caller_key="somewhere", worked=True).device


def test_a_known_device_is_slowed_down_for_its_own_tries_and_knows_no_other_name(
    town: Town,
) -> None:
    town.person("mara"), town.person("juno")
    device = town.sign_in("mara").device
    for _ in range(10):
        wrong(town, "mara", device=device)
    with pytest.raises(TooManyRequests):
        town.sign_in("mara", caller_key="bot", device=device)
    town.sign_in("mara", caller_key="bot")
    both = town.sign_in("juno", caller_key="bot", device=device).device
    for name in ("mara", "juno"):
        for number in range(100):
            town.identity._throttle.failed(name, f"bot {number}", town.clock.monotonic_s())
    town.clock.turn(minutes=16)
    town.sign_in("juno", caller_key="x", device=both)
    town.sign_in("mara", caller_key="x", device=both)
    with pytest.raises(TooManyRequests):
        town.sign_in("juno", caller_key="x", device=device)


def test_a_computer_of_others_is_not_remembered(town: Town) -> None:
    town.person("mara")
    assert town.sign_in("mara", brief=True).device == ""


def test_with_a_second_step_the_password_alone_begins_nothing(town: Town) -> None:
    mara = town.person("mara")
    secret, _ = with_second_step(town, mara)
    before = len(town.run(town.identity.sessions(mara)))
    halfway = town.half_sign_in("mara", brief=True)
    assert (halfway.code, halfway.passkey) == (True, False)
    assert len(town.run(town.identity.sessions(mara))) == before
    town.clock.turn(seconds=30)
    begun = town.run(town.identity.second_step(halfway.token, code_of(town, secret)))
    assert begun.brief
    assert town.run(town.identity.caller(begun.token, None)) == begun.caller


def test_the_way_to_the_second_step_ends_by_time_by_forgery_and_by_another_password(
    town: Town,
) -> None:
    mara = town.person("mara")
    secret, _ = with_second_step(town, mara)
    halfway = town.half_sign_in("mara")
    town.clock.turn(seconds=30)
    with pytest.raises(InvalidInput, match="sign-in-again"):
        town.run(town.identity.second_step(halfway.token + "x", code_of(town, secret)))
    town.run(town.identity.change_password(mara, GOOD, "vier gelbe birnen am zaun"))
    with pytest.raises(InvalidInput, match="sign-in-again"):
        town.run(town.identity.second_step(halfway.token, code_of(town, secret)))
    halfway = town.half_sign_in("mara", "vier gelbe birnen am zaun")
    town.clock.turn(minutes=10)
    with pytest.raises(InvalidInput, match="sign-in-again"):
        town.run(town.identity.second_step(halfway.token, code_of(town, secret)))


def test_guessing_codes_is_slowed_down(town: Town) -> None:
    secret, _ = with_second_step(town, town.person("mara"))
    token = town.half_sign_in("mara").token
    for _ in range(10):
        with pytest.raises(InvalidInput, match="wrong-code"):
            town.run(town.identity.second_step(token, "000000", caller_key="bot"))
    with pytest.raises(TooManyRequests):
        town.run(town.identity.second_step(token, code_of(town, secret), caller_key="bot"))


def test_an_operator_with_a_passkey_needs_it_after_the_password(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    phone, other = with_passkey(town, mara), with_passkey(town, juno)
    halfway = town.half_sign_in("mara")
    assert (halfway.code, halfway.passkey) == (False, True)
    asked = town.run(town.identity.asked_passkey())
    theirs = (asked.ticket, other.prove(asked.json))
    with pytest.raises(InvalidInput, match="passkey-unknown"):
        town.run(town.identity.second_step(halfway.token, passkey=theirs))
    asked = town.run(town.identity.asked_passkey())
    own = (asked.ticket, phone.prove(asked.json))
    begun = town.run(town.identity.second_step(halfway.token, passkey=own))
    assert begun.account.name == "mara"
    assert not begun.lacks_second_step


def test_an_operator_with_a_password_alone_is_told_what_is_missing(town: Town) -> None:
    town.person("mara")
    assert town.sign_in("mara").lacks_second_step


def test_a_passkey_without_finger_or_pin_needs_the_second_step_too(town: Town) -> None:
    mara = town.person("mara")
    key = with_passkey(town, mara, Authenticator(verifies=False))

    def begin() -> SignedIn | SecondStep:
        asked = town.run(town.identity.asked_passkey())
        answer = key.prove(asked.json)
        return town.run(town.identity.sign_in_by_passkey(asked.ticket, answer))

    assert isinstance(begin(), SignedIn)
    with_second_step(town, mara)
    halfway = begin()
    assert isinstance(halfway, SecondStep)
    assert (halfway.code, halfway.passkey) == (True, False)


def test_a_fresh_proof_lasts_ten_minutes_and_is_renewed_by_password_code_or_passkey(
    town: Town,
) -> None:
    mara = town.person("mara")
    town.run(town.identity.require_strong(mara))
    phone = with_passkey(town, mara)
    secret, _ = with_second_step(town, mara)
    town.clock.turn(minutes=10)
    with pytest.raises(ProofNeeded):
        town.run(town.identity.require_strong(mara))
    with pytest.raises(InvalidInput, match="wrong-password"):
        town.run(town.identity.confirm(mara, "wrong", code_of(town, secret)))
    with pytest.raises(InvalidInput, match="wrong-code"):
        town.run(town.identity.confirm(mara, GOOD))
    town.run(town.identity.confirm(mara, GOOD, code_of(town, secret)))
    town.run(town.identity.require_strong(mara))
    town.clock.turn(minutes=10)
    asked = town.run(town.identity.asked_passkey())
    answer = phone.prove(asked.json)
    town.run(town.identity.confirm_by_passkey(mara, asked.ticket, answer))
    town.run(town.identity.require_strong(mara))
    asked = town.run(town.identity.asked_passkey())
    juno, answer = town.person("juno"), phone.prove(asked.json)
    with pytest.raises(InvalidInput, match="passkey-unknown"):
        town.run(town.identity.confirm_by_passkey(juno, asked.ticket, answer))


def test_guessing_while_confirming_is_slowed_down(town: Town) -> None:
    mara = town.person("mara")
    for _ in range(10):
        with pytest.raises(InvalidInput):
            town.run(town.identity.confirm(mara, "wrong"))
    with pytest.raises(TooManyRequests):
        town.run(town.identity.confirm(mara, GOOD))
    town.clock.turn(seconds=31)
    town.run(town.identity.confirm(mara, GOOD, worked=True))


def test_unknown_names_cost_the_same_questions_and_hashes(town: Town) -> None:
    town.person("mara")
    known, unknown = (work_of(town, name) for name in ("mara", "nobody"))
    assert known == unknown
    assert known.count("hash") == 1


def work_of(town: Town, name: str) -> list[str]:
    """What a wrong password costs: questions to the database and hashes."""
    done: list[str] = []
    database, passwords = town.database, town.identity._passwords
    town.identity._database = Noted(database, done)
    town.identity._passwords = NotedPasswords(Inline(), done)
    wrong(town, name)
    town.identity._database, town.identity._passwords = database, passwords
    return done


class Noted:
    """Writes down how many statements each question takes."""

    def __init__(self, database: Database, done: list[str]) -> None:
        self._database = database
        self._done = done

    async def read(self, question: Callable[[Connection], T]) -> T:
        def counted(db: Connection) -> T:
            asked: list[str] = []

            def note(*given: object) -> None:
                asked.append("statement")

            event.listen(db, "before_cursor_execute", note)
            try:
                return question(db)
            finally:
                event.remove(db, "before_cursor_execute", note)
                self._done.extend(asked)

        return await self._database.read(counted)

    async def write(self, change: Callable[[Connection], T]) -> T:
        self._done.append("change")
        return await self._database.write(change)

    async def tidy(self) -> None:
        await self._database.tidy()


class NotedPasswords(Passwords):
    """Writes each hash down."""

    def __init__(self, threads: Inline, done: list[str]) -> None:
        super().__init__(threads)
        self._done = done

    async def fits(self, stored: str | None, password: str) -> bool:
        self._done.append("hash")
        return await super().fits(stored, password)
