"""Accounts as the operators see them: who there is, and with which role on the server."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller, ServerRole
from allmende.core.errors import Conflict, NotFound
from allmende.core.ids import AccountId
from allmende.core.permissions import Permission
from allmende.identity import access
from allmende.identity.events import CertificateRevoked, CredentialRevoked, SessionRevoked
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.moderation import AccountShown
from allmende.identity.service.moderation import Moderation
from allmende.identity.service.resets import Resets
from allmende.identity.service.signups import SignUps
from allmende.identity.store import accounts, app_passwords, certificates, people
from allmende.storage.outbox import record

PAGE: Final = 100


class Accounts(Resets, SignUps, Moderation):
    """Who has an account, and what for. ``who`` None: the command line."""

    async def account_names(self) -> Sequence[str]:
        """Return the names of all accounts, for the operator's command line."""
        return await self._database.read(
            lambda db: [n for n in accounts.account_names(db) if not n.startswith("-")]
        )

    async def account_page(self, who: Caller | None, after: str = "") -> Sequence[AccountShown]:
        """Return up to 100 accounts behind a name. Raises NotSignedIn, NotAllowed."""

        def question(db: Connection) -> Sequence[AccountShown]:
            if who is not None:
                access.require_server(db, who, Permission.DESK_OPERATE)
            return people.accounts_after(db, after or "a", most=PAGE)

        return await self._database.read(question)

    async def account_shown(self, who: Caller | None, name: str) -> AccountShown:
        """Return one account. Raises NotAllowed, NotFound ``identity.no-such-account``."""

        def question(db: Connection) -> AccountShown:
            if who is not None:
                access.require_server(db, who, Permission.DESK_OPERATE)
            found = people.find_shown(db, name.strip().lower())
            if found is None or found.state is AccountState.GONE:
                raise NotFound("identity.no-such-account")
            return found

        return await self._database.read(question)

    async def revoke_all(self, name: str) -> None:
        """End every session, app password, certificate and sign-in link of an account.

        For the command line.

        Raises NotFound ``identity.no-such-account``.
        """
        now = self._clock.now()

        def change(db: Connection) -> AccountId:
            stored = accounts.find_account_by_name(db, name.strip().lower())
            if stored is None or stored.state is AccountState.GONE:
                raise NotFound("identity.no-such-account")
            accounts.end_sessions(db, stored.id)
            accounts.end_resets(db, stored.id)
            app_passwords.end_all(db, stored.id, now)
            certificates.end_all(db, stored.id, now)
            record(db, SessionRevoked(at=now, account_id=stored.id, session_id=None))
            record(db, CredentialRevoked(at=now, account_id=stored.id, app_password_id=None))
            record(db, CertificateRevoked(at=now, account_id=stored.id, certificate_id=None))
            return stored.id

        self.forget_session(await self._database.write(change), None)

    async def set_server_role(self, who: Caller | None, name: str, role: ServerRole) -> None:
        """Give an account a role on the server.

        Raises NotAllowed, NotFound, Conflict ``identity.last-operator``.
        """

        def change(db: Connection) -> None:
            if who is not None:
                access.require_server(db, who, Permission.DESK_OPERATE)
            stored = accounts.find_account_by_name(db, name.strip().lower())
            if stored is None or stored.state is not AccountState.ACTIVE:
                raise NotFound("identity.no-such-account")
            steps_down = stored.role is ServerRole.OPERATOR and role is not stored.role
            if steps_down and people.count_role(db, ServerRole.OPERATOR) < 2:
                raise Conflict("identity.last-operator")
            people.set_role(db, stored.id, role)

        await self._database.write(change)
