"""App passwords as their person manages them: make, list, end."""

from collections.abc import Sequence

from sqlalchemy import Connection

from allmende.core.accounts import Caller, Scope
from allmende.core.errors import NotFound, QuotaExceeded
from allmende.core.ids import AppPasswordId
from allmende.identity.events import CredentialRevoked
from allmende.identity.model.app_passwords import (
    MAX_PER_ACCOUNT,
    AppPasswordShown,
    NewAppPassword,
    new_secret,
    scopes_of,
    scopes_text,
    scram_keys,
)
from allmende.identity.model.devices import own_label
from allmende.identity.model.plants import new_label
from allmende.identity.model.tokens import token_hash
from allmende.identity.service.needs import person_of
from allmende.identity.service.rules import require_account
from allmende.identity.service.strength import Strength
from allmende.identity.store import app_passwords
from allmende.protocols.scram.keys import write_keys
from allmende.storage.outbox import record


class AppPasswords(Strength):
    """A person with a session does this; no program makes keys for other programs."""

    async def make_app_password(
        self, who: Caller, scopes: frozenset[Scope], label: str = ""
    ) -> NewAppPassword:
        """Make an app password; without a ``label`` it is named after a plant.

        Raises NotSignedIn, ProofNeeded, InvalidInput ``label``, QuotaExceeded
        ``identity.too-many-app-passwords``.
        """
        account_id, now, key = person_of(who), self._clock.now(), await self._house_key()
        await self.require_strong(who)
        kept_label = own_label(label) if label.strip() else new_label()
        secret, stored = new_secret(), scopes_text(scopes)
        account = await self._database.read(lambda db: require_account(db, account_id))
        keys = await self._threads.run(lambda: scram_keys(key, account.name, secret))
        scram, hashed = "\n".join(map(write_keys, keys)), token_hash(secret)

        def change(db: Connection) -> AppPasswordId:
            require_account(db, account_id)
            if app_passwords.count(db, account_id) >= MAX_PER_ACCOUNT:
                raise QuotaExceeded("identity.too-many-app-passwords", max=MAX_PER_ACCOUNT)
            return app_passwords.add(
                db,
                account_id=account_id,
                label=kept_label,
                scopes=stored,
                scram=scram,
                secret_hash=hashed,
                now=now,
            )

        made = await self._database.write(change)
        return NewAppPassword(made, account.name, secret, kept_label, scopes)

    async def app_passwords(self, who: Caller) -> Sequence[AppPasswordShown]:
        """Return the caller's app passwords, oldest first. Raises NotSignedIn."""
        account_id, now = person_of(who), self._clock.now()
        found = await self._database.read(
            lambda db: app_passwords.app_passwords_of(db, account_id, now)
        )
        return [
            AppPasswordShown(one.id, one.label, scopes_of(one.scopes), one.since, one.seen)
            for one in found
        ]

    async def end_app_password(self, who: Caller, app_password_id: AppPasswordId) -> None:
        """End one of the caller's; what is open with it ends in seconds.

        Raises NotSignedIn, NotFound ``identity.no-such-app-password``.
        """
        account_id, now = person_of(who), self._clock.now()

        def change(db: Connection) -> None:
            if not app_passwords.end(db, account_id, app_password_id, now):
                raise NotFound("identity.no-such-app-password")
            fact = CredentialRevoked(at=now, account_id=account_id, app_password_id=app_password_id)
            record(db, fact)

        await self._database.write(change)

    async def end_app_passwords(self, who: Caller) -> None:
        """End all of the caller's. Raises NotSignedIn."""
        account_id, now = person_of(who), self._clock.now()

        def change(db: Connection) -> None:
            if app_passwords.end_all(db, account_id, now):
                fact = CredentialRevoked(at=now, account_id=account_id, app_password_id=None)
                record(db, fact)

        await self._database.write(change)
