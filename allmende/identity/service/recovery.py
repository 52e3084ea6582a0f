"""The recovery kit: made, used, watched by the devices that are still signed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from allmende.core.accounts import Account, Caller
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.errors import Conflict, NotFound
from allmende.core.ids import AccountId
from allmende.identity.events import (
    CertificateRevoked,
    CredentialRevoked,
    RecoveryBegun,
    SessionRevoked,
)
from allmende.identity.model.answers import SignedIn
from allmende.identity.model.recovery import (
    RUN_LIFETIME,
    RecoveryKit,
    RunShown,
    RunState,
    StoredRun,
    kit_code_of,
    new_kit_code,
    printed,
)
from allmende.identity.model.settings import DEFAULTS, Settings
from allmende.identity.model.tokens import new_token, token_hash
from allmende.identity.service.memory import Memory
from allmende.identity.service.needs import Threads, person_of
from allmende.identity.service.passkeys import add_new_passkey
from allmende.identity.service.rules import require_account
from allmende.identity.service.sessions import CACHED_S, MAX_CACHED, begin_session, new_session
from allmende.identity.service.signin import MAY_SIGN_IN, SignIn
from allmende.identity.store import accounts, app_passwords, certificates, passkeys, recovery, totp
from allmende.storage.database import Database
from allmende.storage.outbox import record


@dataclass(frozen=True, slots=True)
class Watched:
    """Whether somebody uses the kit of an account just now, as it was a few seconds ago."""

    account_id: AccountId
    ready_at: datetime | None


class Recovery(SignIn):
    """Without mail and without phone: a code on paper, and time for its owner to say no."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        threads: Threads,
        bus: Bus,
        settings: Settings = DEFAULTS,
    ) -> None:
        super().__init__(database, clock, threads, bus, settings)
        self._watched: Memory[AccountId, Watched] = Memory(CACHED_S, MAX_CACHED)

    async def make_kit(self, who: Caller) -> RecoveryKit:
        """Return a new kit of the caller, shown this once; an older one ends.

        Raises NotSignedIn, ProofNeeded.
        """
        account_id, code = person_of(who), new_kit_code()
        await self.require_strong(who)

        def change(db: Connection) -> str:
            account = require_account(db, account_id)
            recovery.set_kit(db, account_id, token_hash(code))
            return account.name

        return self._kit(await self._database.write(change), code)

    async def has_kit(self, who: Caller) -> bool:
        """Return whether the caller has a kit that works. Raises NotSignedIn."""
        account_id = person_of(who)
        return await self._database.read(lambda db: recovery.has_kit(db, account_id))

    async def begin_recovery(self, code: str) -> str:
        """Begin to wait; return the token of the private page to come back to.

        Where a recovery is under way, its page moves and its time stays. Raises NotFound
        ``identity.kit-not-valid``: one answer for all codes that open nothing.
        """
        known, token, now = kit_code_of(code), new_token(), self._clock.now()
        hashed, ready_at = token_hash(known or ""), now + self._settings.recovery_wait

        def change(db: Connection) -> AccountId:
            account_id = recovery.find_kit(db, hashed)
            account = None if account_id is None else accounts.find_account(db, account_id)
            if account is None or account.state not in MAY_SIGN_IN:
                raise NotFound("identity.kit-not-valid", field="code")
            if not recovery.move_run(db, account.id, token_hash(token), now):
                ends_at = now + self._settings.recovery_wait + RUN_LIFETIME
                recovery.add_run(db, account.id, token_hash(token), ready_at, ends_at)
                record(db, RecoveryBegun(at=now, account_id=account.id))
            return account.id

        self.forget_recovery(await self._database.write(change))
        return token

    async def recovery_of(self, token: str) -> RunShown:
        """Return how a recovery stands. Raises NotFound ``identity.recovery-not-valid``."""
        hashed, now = token_hash(token), self._clock.now()

        def question(db: Connection) -> RunShown:
            run = recovery.find_run(db, hashed)
            if run is None:
                raise NotFound("identity.recovery-not-valid")
            return _shown(db, run, now)

        return await self._database.read(question)

    async def watched_recovery(self, account_id: AccountId) -> datetime | None:
        """Return when somebody with the kit of this account gets in, for the banner on its pages.

        None: nobody uses it. Remembered for a few seconds.
        """
        now_s = self._clock.monotonic_s()
        known = self._watched.recall(account_id, now_s)
        if known is None:
            now = self._clock.now()
            run = await self._database.read(lambda db: recovery.open_run(db, account_id, now))
            known = Watched(account_id, None if run is None else run.ready_at)
            self._watched.remember(account_id, known, now_s)
        return known.ready_at

    async def own_recovery(self, who: Caller) -> RunShown | None:
        """Return the recovery of the caller's account that can be stopped. Raises NotSignedIn."""
        account_id, now = person_of(who), self._clock.now()

        def question(db: Connection) -> RunShown | None:
            run = recovery.open_run(db, account_id, now)
            return None if run is None else _shown(db, run, now)

        return await self._database.read(question)

    async def cancel_recovery(self, who: Caller) -> None:
        """Stop it. Raises NotSignedIn, NotFound ``identity.no-recovery``: somebody was faster."""
        account_id, now = person_of(who), self._clock.now()
        await self._decide(account_id, lambda db: recovery.cancel_runs(db, account_id, now))

    async def confirm_recovery(self, who: Caller) -> None:
        """Let it in at once. Raises NotSignedIn, NotFound ``identity.no-recovery``."""
        account_id, now = person_of(who), self._clock.now()
        await self._decide(account_id, lambda db: recovery.confirm_runs(db, account_id, now))

    async def finish_recovery(
        self, token: str, password: str = "", *, passkey: tuple[str, str] | None = None
    ) -> tuple[SignedIn, RecoveryKit]:
        """Choose a new password or passkey; all that could sign in before is over.

        ``passkey``: its ticket and the answer of the browser. Returns the new session and a new
        kit. Raises NotFound ``identity.recovery-not-valid``, Conflict ``identity.recovery-not-now``
        and what new passwords and passkeys raise.
        """
        shown, hashed = await self.recovery_of(token), token_hash(token)
        if shown.state is not RunState.READY:
            raise Conflict("identity.recovery-not-now")
        new = None if passkey is None else await self.checked_passkey(*passkey, shown.name)
        stored = "" if new else await self._passwords.new_hash(password, shown.name)
        now, code = self._clock.now(), new_kit_code()
        session = new_session(now, brief=False)

        def change(db: Connection) -> SignedIn:
            account_id = recovery.use_run(db, hashed, now)
            account = None if account_id is None else accounts.find_account(db, account_id)
            if account_id is None or account is None or account.state not in MAY_SIGN_IN:
                raise Conflict("identity.recovery-not-now")
            start_over(db, account_id, stored, now)
            if new is not None:
                add_new_passkey(db, account_id, new, now)
            recovery.set_kit(db, account_id, token_hash(code))
            signed_in = begin_session(db, Account(account_id, account.name), session)
            tell_started_over(db, account_id, now)
            return signed_in

        signed_in = await self._database.write(change)
        self.forget_session(signed_in.account.id, None)
        self.forget_recovery(signed_in.account.id)
        return signed_in, self._kit(shown.name, code)

    def forget_recovery(self, account_id: AccountId) -> None:
        """Drop what is remembered of a recovery that began or ended."""
        self._watched.forget(lambda known: known.account_id == account_id)

    async def _decide(self, account_id: AccountId, change: Callable[[Connection], bool]) -> None:
        decided = await self._database.write(change)
        self.forget_recovery(account_id)
        if not decided:
            raise NotFound("identity.no-recovery")

    def _kit(self, name: str, code: str) -> RecoveryKit:
        shown = printed(code)
        return RecoveryKit(
            self._settings.host, name, shown, f"{self._settings.url}/recover#{shown}"
        )


def start_over(db: Connection, account_id: AccountId, password: str, now: datetime) -> None:
    """End inside a change all that could sign in, and keep ``password``, a hash or empty."""
    accounts.set_password(db, account_id, password)
    accounts.end_resets(db, account_id)
    accounts.end_sessions(db, account_id)
    passkeys.remove_passkeys(db, account_id, now)
    totp.remove_totp(db, account_id)
    app_passwords.end_all(db, account_id, now)
    certificates.end_all(db, account_id, now)


def tell_started_over(db: Connection, account_id: AccountId, now: datetime) -> None:
    """Record that everything ended which was opened before."""
    record(db, SessionRevoked(at=now, account_id=account_id, session_id=None))
    record(db, CredentialRevoked(at=now, account_id=account_id, app_password_id=None))
    record(db, CertificateRevoked(at=now, account_id=account_id, certificate_id=None))


def _shown(db: Connection, run: StoredRun, now: datetime) -> RunShown:
    account = accounts.find_account(db, run.account_id)
    name = "" if account is None else account.name
    return RunShown(name, run.state_at(now), run.ready_at, run.ends_at)
