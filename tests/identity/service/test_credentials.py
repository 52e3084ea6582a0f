"""What programs sign in with: by Basic and by SCRAM, and how soon it stops."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from sqlalchemy import text

from allmende.core.accounts import Caller, Scope
from allmende.core.errors import NotAllowed, NotSignedIn, TooManyRequests
from allmende.core.ids import AppPasswordId
from allmende.identity.model.app_passwords import NewAppPassword
from allmende.identity.service.credentials import AccountKeys, Credentials
from allmende.protocols.scram.errors import ScramRefused
from allmende.protocols.scram.exchange import Offer, begin
from allmende.protocols.scram.keys import Mechanism
from allmende.storage.secret import secret
from tests.identity.town import Town
from tests.protocols.scram.client import Client

pytestmark = pytest.mark.slow

T = TypeVar("T")
CHAT = frozenset({Scope.CHAT})
WRONG = "0" * 26
HASHES = {Mechanism.SHA_1: "sha1", Mechanism.SHA_256: "sha256"}


class Door:
    """Credentials of a town where mara has a program."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.mara = town.person("mara")
        key = town.run(town.database.write(lambda db: secret(db, "identity")))
        self.credentials = Credentials(town.database, town.clock, key)

    def made(self, scopes: frozenset[Scope] = CHAT) -> NewAppPassword:
        return self.run(self.town.identity.make_app_password(self.mara, scopes))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)

    def check(
        self, typed: str, scope: Scope | None = Scope.CHAT, name: str = "mara", key: str = "here"
    ) -> Caller:
        return self.run(self.credentials.check(name, typed, scope, key))

    def scram(self, client: Client, mechanism: Mechanism) -> tuple[Caller, bytes]:
        async def exchanged() -> tuple[Caller, bytes]:
            opening = begin(client.first(), Offer(mechanism=mechanism))
            asked = await self.credentials.scram_keys(opening.name, mechanism, Scope.CHAT)
            challenge = opening.challenge("n" * 18, asked.salt, asked.iterations)
            final = client.final(challenge.message)
            return await self.credentials.proved(asked, challenge, final, "here")

        return self.run(exchanged())


@pytest.fixture
def door(town: Town) -> Door:
    return Door(town)


def test_an_app_password_stands_for_its_account_and_scopes(door: Door) -> None:
    made = door.made()
    expected = Caller(door.mara.account_id, app_password_id=made.id, scopes=CHAT)
    for typed in (made.secret, made.secret.upper(), f" {made.secret[:4]} {made.secret[4:]}"):
        assert door.check(typed) == expected
    assert door.check(made.secret, name=" Mara ") == expected
    assert door.check(made.secret, None) == expected


def test_whatever_is_wrong_gets_one_answer(door: Door) -> None:
    made = door.made()
    door.check(made.secret)
    wrong = [("mara", WRONG), ("juno", made.secret), ("juno", WRONG), ("", ""), ("mara", "x")]
    for name, typed in [*wrong, ("mara", "drei rote kirschen im schnee"), ("\ud800", "\ud800")]:
        with pytest.raises(NotSignedIn, match="wrong-app-password"):
            door.check(typed, name=name)


def test_a_scope_opens_what_it_names_and_its_reading(door: Door) -> None:
    writes, reads = door.made(), door.made(frozenset({Scope.CHAT_READ}))
    door.check(writes.secret, Scope.CHAT_READ)
    door.check(reads.secret, Scope.CHAT_READ)
    for made, scope in ((reads, Scope.CHAT), (writes, Scope.PADS_READ), (writes, Scope.VOICE)):
        with pytest.raises(NotAllowed, match="app-password-not-for-this"):
            door.check(made.secret, scope)


def test_one_that_was_ended_is_dead_within_five_seconds_everywhere(door: Door) -> None:
    made = door.made()
    door.check(made.secret)
    door.run(door.town.identity.end_app_password(door.mara, made.id))
    door.check(made.secret)  # another node, which has not heard of it yet
    door.town.clock.turn(seconds=4)
    with pytest.raises(NotSignedIn):
        door.check(made.secret)


def test_where_it_was_heard_of_it_is_dead_at_once(door: Door) -> None:
    account_id, first, second = door.town.account(door.mara), door.made(), door.made()
    for made in (first, second):
        door.check(made.secret)
        door.run(door.town.identity.end_app_password(door.mara, made.id))
    door.credentials.forget(account_id, AppPasswordId(first.id))
    with pytest.raises(NotSignedIn):
        door.check(first.secret)
    door.check(second.secret)
    door.credentials.forget(account_id)
    with pytest.raises(NotSignedIn):
        door.check(second.secret)


def test_a_frozen_account_gets_in_by_no_app_password(door: Door) -> None:
    made = door.made()
    frozen = text("UPDATE identity_account SET state = 'frozen'")
    door.run(door.town.database.write(lambda db: db.execute(frozen).rowcount))
    with pytest.raises(NotSignedIn):
        door.check(made.secret)
    assert door.run(door.credentials.scram_keys("mara", Mechanism.SHA_1, Scope.CHAT)).keys == ()


def test_use_is_noted_by_the_week_and_a_year_without_it_is_the_end(door: Door) -> None:
    made = door.made()

    def seen() -> str:
        return door.run(door.town.identity.app_passwords(door.mara))[0].seen

    door.town.clock.turn(days=300)
    door.check(made.secret)
    assert seen() == "2027-W37"
    door.town.clock.turn(days=300)
    door.scram(Client("mara", made.secret), Mechanism.SHA_256)
    assert seen() == "2028-W28"
    door.town.clock.turn(days=366)
    with pytest.raises(NotSignedIn):
        door.check(made.secret)


def test_wrong_ones_are_slowed_down_and_right_ones_never(door: Door) -> None:
    made = door.made()
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            door.check(WRONG)
    with pytest.raises(TooManyRequests) as refused:
        door.check(WRONG)
    assert refused.value.values["retry_after_s"] == 900
    assert door.check(made.secret).app_password_id == made.id
    with pytest.raises(NotSignedIn):
        door.check(WRONG, key="there")
    door.town.clock.turn(minutes=15)
    with pytest.raises(NotSignedIn):
        door.check(WRONG)


def test_many_names_from_one_place_and_one_name_from_many_are_slowed_down_too(door: Door) -> None:
    for number in range(100):
        with pytest.raises(NotSignedIn):
            door.check(WRONG, name=f"name{number}", key="crowd")
        with pytest.raises(NotSignedIn):
            door.check(WRONG, key=f"place{number}")
    with pytest.raises(TooManyRequests):
        door.check(WRONG, name="another", key="crowd")
    with pytest.raises(TooManyRequests):
        door.check(WRONG, key="another")


def test_without_a_place_only_the_name_is_counted(door: Door) -> None:
    for _ in range(100):
        with pytest.raises(NotSignedIn):
            door.check(WRONG, key="")
    with pytest.raises(TooManyRequests):
        door.check(WRONG, key="")
    with pytest.raises(NotSignedIn):
        door.check(WRONG, name="juno", key="")


@pytest.mark.parametrize("mechanism", list(Mechanism))
def test_scram_finds_the_one_of_several_that_was_meant(door: Door, mechanism: Mechanism) -> None:
    first, second = door.made(), door.made()
    door.made(frozenset({Scope.PADS}))
    for made in (second, first):
        client = Client("mara", made.secret, HASHES[mechanism])
        who, answer = door.scram(client, mechanism)
        assert who == Caller(door.mara.account_id, app_password_id=made.id, scopes=CHAT)
        assert answer == client.expected


def test_scram_tells_nobody_which_names_there_are(door: Door) -> None:
    pads = door.made(frozenset({Scope.PADS}))

    def asked(name: str) -> AccountKeys:
        return door.run(door.credentials.scram_keys(name, Mechanism.SHA_256, Scope.CHAT))

    known, unknown = asked("mara"), asked("nobody")
    assert (known.iterations, len(known.salt)) == (unknown.iterations, len(unknown.salt))
    assert asked("nobody").salt == unknown.salt != known.salt
    for name, typed in (("mara", WRONG), ("mara", pads.secret), ("nobody", WRONG)):
        with pytest.raises(NotSignedIn) as refused:
            door.scram(Client(name, typed), Mechanism.SHA_256)
        cause = refused.value.__cause__
        assert isinstance(cause, ScramRefused)
        assert cause.message == b"e=invalid-proof"


def test_wrong_proofs_are_slowed_down_like_wrong_passwords(door: Door) -> None:
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            door.scram(Client("mara", WRONG), Mechanism.SHA_256)
    with pytest.raises(TooManyRequests):
        door.scram(Client("mara", WRONG), Mechanism.SHA_256)
