"""What programs sign in with, for every protocol alike: a name and an app password.

Basic and every other way that carries the password asks ``check``: one hash, looked up. SCRAM asks
``scram_keys`` and then ``proved``. An app password has 130 random bits, so a right one is never
refused however many wrong ones came before: nobody locks anybody out. Wrong ones are counted by
name and by the keyed hash of the address, in memory only, and soon get no answer but "later".
"""

from dataclasses import dataclass, field
from typing import Final

from allmende.core.accounts import Caller, Scope
from allmende.core.clock import Clock
from allmende.core.errors import NotAllowed, NotSignedIn, TooManyRequests
from allmende.core.ids import AccountId, AppPasswordId
from allmende.identity.model.accounts import week
from allmende.identity.model.app_passwords import (
    StoredAppPassword,
    scopes_of,
    scram_salt,
    secret_of,
    stored_scram_keys,
)
from allmende.identity.model.failures import Failures
from allmende.identity.model.tokens import token_hash
from allmende.identity.service.memory import Memory
from allmende.identity.store import app_passwords
from allmende.protocols.scram.errors import ScramRefused
from allmende.protocols.scram.exchange import Challenge
from allmende.protocols.scram.keys import MIN_ITERATIONS, Mechanism, ScramKeys
from allmende.storage.database import Database

CACHED_S: Final = 4.0
"""How long an answer is remembered; revocation is promised within 5 s."""

MAX_CACHED: Final = 10_000
TRIES_WINDOW_S: Final = 15 * 60.0
TRIES_PER_CALLER: Final = 10
"""Wrong ones for one name from one hashed address."""

TRIES_PER_KEY: Final = 100
"""Wrong ones for one name from everywhere, and from one hashed address for all names."""

_MAX_NAME_CHARS: Final = 100


@dataclass(frozen=True, slots=True)
class Known:
    """A good app password: the name of its account and what it stands for."""

    name: str
    caller: Caller


@dataclass(frozen=True, slots=True)
class AccountKeys:
    """What a server needs of SCRAM for one name. A name that is unknown has no ``keys``.

    Salt and iterations look alike for every name.
    """

    name: str
    salt: bytes
    iterations: int
    keys: tuple[ScramKeys, ...] = field(default=(), repr=False)
    found: tuple[StoredAppPassword, ...] = ()


class Credentials:
    """``key`` is that of the house; it makes the salts of SCRAM."""

    def __init__(self, database: Database, clock: Clock, key: bytes) -> None:
        self._database = database
        self._clock = clock
        self._key = key
        self._known: Memory[str, Known] = Memory(CACHED_S, MAX_CACHED)
        self._failures = Failures(TRIES_WINDOW_S)

    async def check(
        self, name: str, secret: str, scope: Scope | None, caller_key: str = ""
    ) -> Caller:
        """Return who signs in with an app password that opens ``scope``; None: any will do.

        ``caller_key``: the keyed hash of the address. Raises NotSignedIn
        ``identity.wrong-app-password``, TooManyRequests ``identity.try-later``, NotAllowed
        ``identity.app-password-not-for-this``.
        """
        name, typed = _cleaned(name), secret_of(secret)
        known = None if typed is None else await self._find(token_hash(typed))
        if known is None or known.name != name:
            raise self._wrong(name, caller_key)
        _require(known.caller, scope)
        return known.caller

    async def scram_keys(self, name: str, mechanism: Mechanism, scope: Scope) -> AccountKeys:
        """Return what ``Opening.challenge`` and ``proved`` need; for unknown names too."""
        name, now = _cleaned(name), self._clock.now()
        rows = await self._database.read(lambda db: app_passwords.find_by_name(db, name, now))
        keys: list[ScramKeys] = []
        found: list[StoredAppPassword] = []
        for row, scram in rows:
            stored = stored_scram_keys(scram, mechanism)
            if stored is not None and _caller(row).opens(scope):
                keys.append(stored)
                found.append(row)
        salt = scram_salt(self._key, name, mechanism)
        return AccountKeys(name, salt, MIN_ITERATIONS, tuple(keys), tuple(found))

    async def proved(
        self, asked: AccountKeys, challenge: Challenge, final: bytes, caller_key: str = ""
    ) -> tuple[Caller, bytes]:
        """Judge the last message of a client; return who it is and what to answer.

        Raises NotSignedIn ``identity.wrong-app-password`` (from ScramRefused), TooManyRequests.
        """
        try:
            outcome = challenge.finish(final, asked.keys)
        except ScramRefused as refused:
            raise self._wrong(asked.name, caller_key) from refused
        stored = asked.found[outcome.number]
        await self._note_use(stored)
        return _caller(stored), outcome.message

    def forget(self, account_id: AccountId, app_password_id: AppPasswordId | None = None) -> None:
        """Drop what is remembered of an account, or of one app password of it."""
        self._known.forget(
            lambda known: (
                known.caller.account_id == account_id
                and app_password_id in (None, known.caller.app_password_id)
            )
        )

    async def _find(self, hashed: str) -> Known | None:
        now, now_s = self._clock.now(), self._clock.monotonic_s()
        known = self._known.recall(hashed, now_s)
        if known is not None:
            return known
        found = await self._database.read(lambda db: app_passwords.find_by_hash(db, hashed, now))
        if found is None:
            return None
        stored, name = found
        await self._note_use(stored)
        known = Known(name, _caller(stored))
        self._known.remember(hashed, known, now_s)
        return known

    async def _note_use(self, stored: StoredAppPassword) -> None:
        now = self._clock.now()
        if stored.seen != week(now):
            await self._database.write(lambda db: app_passwords.note_use(db, stored.id, now))

    def _wrong(self, name: str, caller_key: str) -> NotSignedIn:
        """Count a wrong try. Raises TooManyRequests if there were too many."""
        now_s = self._clock.monotonic_s()
        keys = {f"n{name}": TRIES_PER_KEY}
        if caller_key:
            keys |= {f"a{caller_key}": TRIES_PER_KEY, f"b{caller_key} {name}": TRIES_PER_CALLER}
        wait_s = max(self._failures.wait_s(key, most, now_s) for key, most in keys.items())
        if wait_s:
            raise TooManyRequests("identity.try-later", retry_after_s=wait_s)
        for key, most in keys.items():
            self._failures.count(key, most, now_s)
        return NotSignedIn("identity.wrong-app-password")


def _cleaned(name: str) -> str:
    return name.strip().lower()[:_MAX_NAME_CHARS]


def _require(caller: Caller, scope: Scope | None) -> None:
    if scope is not None and not caller.opens(scope):
        raise NotAllowed("identity.app-password-not-for-this")


def _caller(stored: StoredAppPassword) -> Caller:
    return Caller(
        account_id=stored.account_id,
        app_password_id=stored.id,
        scopes=scopes_of(stored.scopes),
    )
