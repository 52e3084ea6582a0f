"""A service with a clock that tests turn, and short ways to people and groups."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from argon2 import PasswordHasher
from sqlalchemy import Connection, text

from allmende.core.accounts import STRANGER, Caller, ServerRole
from allmende.core.bus import Bus
from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId, SessionId
from allmende.identity.model.answers import SecondStep, SignedIn
from allmende.identity.model.passkeys import NewPasskey
from allmende.identity.service import IdentityService
from allmende.identity.service.passwords import Passwords
from allmende.identity.store.accounts import find_account_by_name, set_password
from allmende.identity.store.passkeys import add_passkey
from allmende.identity.store.people import set_role
from allmende.storage.database import Database

T = TypeVar("T")

GOOD = "drei rote kirschen im schnee"
BEGINNING = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


@dataclass
class HandClock:
    """A clock that stands still until a test turns it."""

    at: datetime = BEGINNING

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return (self.at - BEGINNING).total_seconds()

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)


class Inline:
    """Threads that are not there: the work is done at once."""

    async def run(self, work: Callable[[], T]) -> T:
        return work()


def fail(failure: BaseException) -> None:
    raise failure


class QuickPasswords(Passwords):
    """Same rules and form, but one pass over 8 KiB: tests of other things make thousands.

    What Argon2id costs and keeps is held by tests of ``Passwords`` itself.
    """

    def __init__(self) -> None:
        super().__init__(Inline())
        self._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

    async def new_hash(self, password: str, name: str, field: str = "password") -> str:
        if password == GOOD:
            return self._hasher.hash(password)
        return await super().new_hash(password, name, field)


def quickly(identity: IdentityService) -> IdentityService:
    """The same service, whose passwords take no time."""
    identity._passwords = QuickPasswords()
    return identity


@dataclass
class Town:
    """The service, and people made in one line."""

    database: Database
    clock: HandClock = field(default_factory=HandClock)
    bus: Bus = field(default_factory=lambda: Bus(fail))

    def __post_init__(self) -> None:
        self.identity = quickly(IdentityService(self.database, self.clock, Inline(), self.bus))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)

    def person(self, name: str) -> Caller:
        """Somebody with an account, signed in."""
        return self.run(self._person(name))

    def member(self, name: str) -> Caller:
        """Somebody with an account and no role on the server."""
        who = self.person(name)
        account = self.account(who)
        self.run(self.database.write(lambda db: set_role(db, account, ServerRole.NONE)))
        return who

    def operator(self, name: str) -> Caller:
        """An operator who has a passkey too: whoever decides about others needs more than a
        password.
        """
        who = self.person(name)
        self.prove(name)
        return who

    def prove(self, name: str) -> None:
        """Give an account a passkey that is made up."""
        made_up, now = NewPasskey(b"", name.encode().hex(), 0, "fern"), self.clock.now()

        def change(db: Connection) -> None:
            account = find_account_by_name(db, name)
            assert account is not None
            add_passkey(db, account.id, made_up, now)

        self.run(self.database.write(change))

    def forget_password(self, who: Caller) -> None:
        """Let somebody have no password, like one who came by passkey."""
        account = self.account(who)
        self.run(self.database.write(lambda db: set_password(db, account, "")))

    def sign_in(self, name: str, password: str = GOOD, **more: Any) -> SignedIn:
        """Sign in where a password is enough."""
        begun = self.run(self.identity.sign_in(name, password, **more))
        assert isinstance(begun, SignedIn)
        return begun

    def half_sign_in(self, name: str, password: str = GOOD, **more: Any) -> SecondStep:
        """Sign in where something else is needed."""
        halfway = self.run(self.identity.sign_in(name, password, **more))
        assert isinstance(halfway, SecondStep)
        return halfway

    async def _person(self, name: str) -> Caller:
        code = await self.identity.make_operator_invite()
        signed_in = await self.identity.accept_invite(code, name, GOOD)
        return await self.identity.caller(signed_in.token, None)

    def group(self, admin: Caller, /, **roles: Caller) -> Group:
        """A group of ``admin`` and others by the name of their role."""

        async def make() -> Group:
            group = await self.identity.make_group(admin, "Küche für alle")
            for role, who in roles.items():
                code = await self.identity.make_invite(admin, group.id, Role(role))
                await self.identity.join_by_invite(who, code)
            return group

        return self.run(make())

    def account(self, who: Caller) -> AccountId:
        assert who.account_id is not None
        return who.account_id

    def session(self, who: Caller) -> SessionId:
        assert who.session_id is not None
        return who.session_id

    def told(self) -> list[str]:
        """The names of all facts so far."""

        def question(db: Connection) -> list[str]:
            rows = db.execute(text("SELECT name FROM event_log ORDER BY id")).scalars()
            return [name for name in rows if name.startswith("identity.")]

        return self.run(self.database.read(question))

    def guest(self, room_id: Any, name: str = "Rabe", link: str | None = None) -> Caller:
        entered = self.run(self.identity.enter(STRANGER, room_id, name, link))
        return entered.caller
