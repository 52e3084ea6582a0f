"""Another password: by oneself, or by a sign-in link that the operator made."""

from sqlalchemy import Connection

from allmende.core.accounts import Account, Caller
from allmende.core.errors import InvalidInput
from allmende.identity.events import SessionRevoked
from allmende.identity.model.accounts import RESET_LIFETIME
from allmende.identity.model.answers import SignedIn
from allmende.identity.model.tokens import new_token, token_hash
from allmende.identity.service.needs import person_of
from allmende.identity.service.recovery import Recovery, start_over, tell_started_over
from allmende.identity.service.rules import (
    require_account,
    require_account_named,
    require_reset,
)
from allmende.identity.service.sessions import begin_session, new_session
from allmende.identity.service.signin import Browser
from allmende.identity.store import accounts
from allmende.storage.outbox import record


class Resets(Recovery):
    """Passwords are changed here and nowhere else, besides recovery."""

    async def change_password(self, who: Caller, old: str, new: str) -> None:
        """Give oneself another password; all other sessions end.

        Whoever has none yet proves themselves otherwise. Raises InvalidInput with the field
        ``old`` or ``new``, TooManyRequests, ProofNeeded.
        """
        account_id, now = person_of(who), self._clock.now()
        stored = await self._database.read(lambda db: require_account(db, account_id))
        if not stored.password:
            await self.require_strong(who)
        else:
            caller = await self._patient(stored.name, Browser(address=f"session {who.session_id}"))
            if not await self._passwords.fits(stored.password, old):
                self._throttle.failed(stored.name, caller, self._clock.monotonic_s())
                raise InvalidInput("identity.wrong-password", field="old")
        hashed = await self._passwords.new_hash(new, stored.name, "new")

        def change(db: Connection) -> None:
            require_account(db, account_id)
            accounts.set_password(db, account_id, hashed)
            accounts.end_resets(db, account_id)
            for session in accounts.sessions_of(db, account_id):
                if session.id != who.session_id:
                    accounts.end_session(db, account_id, session.id)
                    record(
                        db,
                        SessionRevoked(at=now, account_id=account_id, session_id=session.id),
                    )

        await self._database.write(change)
        self.forget_session(account_id, None)

    async def reset(self, name: str) -> str:
        """Return a token that lets somebody choose a new password within 24 hours.

        For the operator; an older one ends. Raises NotFound ``identity.no-such-account``.
        """
        now, token = self._clock.now(), new_token()

        def change(db: Connection) -> None:
            account = require_account_named(db, name)
            accounts.add_reset(
                db,
                account_id=account.id,
                token_hash=token_hash(token),
                expires_at=now + RESET_LIFETIME,
            )

        await self._database.write(change)
        return token

    async def reset_of(self, token: str) -> Account:
        """Return whose sign-in link this is. Raises NotFound ``identity.reset-not-valid``."""
        hashed, now = token_hash(token), self._clock.now()

        def question(db: Connection) -> Account:
            return require_reset(db, accounts.find_reset(db, hashed, now))

        return await self._database.read(question)

    async def use_reset(self, token: str, password: str) -> SignedIn:
        """Choose a new password by a sign-in link; all that could sign in before is over.

        Raises NotFound ``identity.reset-not-valid``, InvalidInput with the field.
        """
        account, hashed = await self.reset_of(token), token_hash(token)
        stored = await self._passwords.new_hash(password, account.name)
        now = self._clock.now()
        session = new_session(now, brief=False)

        def change(db: Connection) -> SignedIn:
            require_reset(db, accounts.take_reset(db, hashed, now))
            start_over(db, account.id, stored, now)
            signed_in = begin_session(db, account, session)
            tell_started_over(db, account.id, now)
            return signed_in

        signed_in = await self._database.write(change)
        self.forget_session(account.id, None)
        return signed_in
