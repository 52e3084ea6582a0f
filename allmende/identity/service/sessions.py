"""Who calls: sessions, what their tokens stand for, and how they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Account, Caller, Guest, ServerRole
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.errors import NotFound, NotSignedIn
from allmende.core.ids import AccountId, SessionId
from allmende.identity.events import AccountReleased, SessionRevoked
from allmende.identity.model.accounts import (
    StoredSession,
    is_idle,
    quarter,
    session_end,
    week,
)
from allmende.identity.model.answers import Person, SessionShown, SignedIn
from allmende.identity.model.devices import label_shown
from allmende.identity.model.guests import guest_from_token
from allmende.identity.model.plants import new_label
from allmende.identity.model.settings import DEFAULTS, Settings
from allmende.identity.model.strength import strong_until
from allmende.identity.model.throttle import Throttle
from allmende.identity.model.tokens import new_token, token_hash
from allmende.identity.service.memory import Memory
from allmende.identity.service.needs import Needs, Threads, person_of
from allmende.identity.service.passwords import Passwords
from allmende.identity.service.rules import require_account
from allmende.identity.store import accounts, leaving
from allmende.storage.database import Database
from allmende.storage.outbox import record

CACHED_S: Final = 4.0
"""How long a token's answer is remembered; revocation is promised within 5 s."""

MAX_CACHED: Final = 10_000


class Sessions(Needs):
    """Tokens of people who have an account, and the keys of guests."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        threads: Threads,
        bus: Bus,
        settings: Settings = DEFAULTS,
    ) -> None:
        super().__init__(database, clock, threads, bus, settings)
        self._passwords = Passwords(threads)
        self._throttle = Throttle(settings.sign_ins_per_quarter)
        self._callers: Memory[str, StoredSession] = Memory(CACHED_S, MAX_CACHED)
        self._names: Memory[AccountId, Account] = Memory(CACHED_S, MAX_CACHED)

    async def caller(self, session_token: str | None, guest_token: str | None) -> Caller:
        """Return who holds these tokens; what is unknown, forged or over counts as absent."""
        session = None if session_token is None else await self._session(token_hash(session_token))
        guest = None if guest_token is None else await self._guest(guest_token)
        if session is None:
            return Caller(guest=guest)
        return Caller(session.account_id, session.id, guest)

    async def name_of(self, account_id: AccountId) -> str:
        """Return the name of an account. Raises NotFound ``identity.no-such-account``."""
        now_s = self._clock.monotonic_s()
        known = self._names.recall(account_id, now_s)
        if known is None:
            stored = await self._database.read(lambda db: require_account(db, account_id))
            known = Account(stored.id, stored.name)
            self._names.remember(account_id, known, now_s)
        return known.name

    async def person(self, who: Caller) -> Person:
        """Return the caller's own account. Raises NotSignedIn."""
        account_id = person_of(who)
        stored = await self._database.read(lambda db: require_account(db, account_id))
        operator = stored.role is ServerRole.OPERATOR
        return Person(Account(stored.id, stored.name), operator, stored.role)

    async def sessions(self, who: Caller) -> Sequence[SessionShown]:
        """Return where the caller is signed in, oldest first. Raises NotSignedIn."""
        account_id, now = person_of(who), self._clock.now()
        found = await self._database.read(lambda db: accounts.sessions_of(db, account_id))
        return [
            SessionShown(s.id, *label_shown(s.label), s.since, s.seen, s.id == who.session_id)
            for s in found
            if _is_good(s, now)
        ]

    async def sign_out(self, who: Caller) -> None:
        """End the session of this request. Raises NotSignedIn."""
        person_of(who)
        if who.session_id is None:
            raise NotSignedIn("web.not-signed-in")
        await self.end_session(who, who.session_id)

    async def end_session(self, who: Caller, session_id: SessionId) -> None:
        """End one session of the caller. Raises NotFound ``identity.no-such-session``."""
        account_id, now = person_of(who), self._clock.now()

        def change(db: Connection) -> None:
            if not accounts.end_session(db, account_id, session_id):
                raise NotFound("identity.no-such-session")
            record(db, SessionRevoked(at=now, account_id=account_id, session_id=session_id))

        await self._database.write(change)
        self.forget_session(account_id, session_id)

    async def sign_out_everywhere(self, who: Caller) -> None:
        """End all sessions of the caller, this one too. Raises NotSignedIn."""
        account_id, now = person_of(who), self._clock.now()

        def change(db: Connection) -> None:
            accounts.end_sessions(db, account_id)
            record(db, SessionRevoked(at=now, account_id=account_id, session_id=None))

        await self._database.write(change)
        self.forget_session(account_id, None)

    def forget_session(self, account_id: AccountId, session_id: SessionId | None) -> None:
        """Drop what is remembered of revoked sessions (None: all of the account)."""
        self._callers.forget(
            lambda s: s.account_id == account_id and session_id in (None, s.id),
        )
        self._names.forget(lambda account: account.id == account_id)

    async def _session(self, hashed: str) -> StoredSession | None:
        now, now_s = self._clock.now(), self._clock.monotonic_s()
        session = self._callers.recall(hashed, now_s)
        if session is None:
            session = await self._database.read(lambda db: accounts.find_session(db, hashed))
            if session is None or not _is_good(session, now):
                return None
            if session.seen != week(now):
                await self._database.write(lambda db: _note_use(db, hashed, now))
            self._callers.remember(hashed, session, now_s)
        return session if session.ends_at > now else None

    async def _guest(self, token: str) -> Guest | None:
        return guest_from_token(await self._house_key(), token, self._clock.now())


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that is about to begin. Drawn outside the change, which may run twice."""

    token: str
    label: str
    begins_at: datetime
    ends_at: datetime
    brief: bool


def new_session(now: datetime, *, brief: bool) -> NewSession:
    """Draw a token and a label."""
    return NewSession(new_token(), new_label(), now, session_end(now, brief=brief), brief)


def begin_session(db: Connection, account: Account, new: NewSession) -> SignedIn:
    """Add the session inside a change; its token is kept nowhere.

    Whoever signs in stays: an account that was leaving is active again.
    """
    if leaving.stop_leaving(db, account.id):
        record(db, AccountReleased(at=new.begins_at, account_id=account.id))
    session_id = accounts.add_session(
        db,
        account_id=account.id,
        token_hash=token_hash(new.token),
        label=new.label,
        now=new.begins_at,
        ends_at=new.ends_at,
        strong_until=strong_until(new.begins_at),
    )
    return SignedIn(new.token, account, new.brief, session_id)


def _is_good(session: StoredSession, now: datetime) -> bool:
    return session.ends_at > now and not is_idle(session, now)


def _note_use(db: Connection, hashed: str, now: datetime) -> None:
    session = accounts.find_session(db, hashed)
    if session is None:
        return
    accounts.set_session_seen(db, session.id, now)
    account = accounts.find_account(db, session.account_id)
    if account is not None and account.seen != quarter(now):
        accounts.set_account_seen(db, account.id, now)
