"""Names of devices, and ending all of them but this one."""

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import NotFound, NotSignedIn
from allmende.core.ids import PasskeyId, SessionId
from allmende.identity.events import CertificateRevoked, CredentialRevoked, SessionRevoked
from allmende.identity.model.devices import own_label
from allmende.identity.service.needs import person_of
from allmende.identity.service.sessions import Sessions
from allmende.identity.store import app_passwords, certificates, passkeys, sessions
from allmende.storage.outbox import record


class Devices(Sessions):
    """What can sign in as somebody, under the names that they give it."""

    async def rename_session(self, who: Caller, session_id: SessionId, label: str) -> None:
        """Raises NotSignedIn, InvalidInput ``label``, NotFound ``identity.no-such-session``."""
        account_id, stored = person_of(who), own_label(label)

        def change(db: Connection) -> None:
            if not sessions.rename_session(db, account_id, session_id, stored):
                raise NotFound("identity.no-such-session")

        await self._database.write(change)

    async def rename_passkey(self, who: Caller, passkey_id: PasskeyId, label: str) -> None:
        """Raises NotSignedIn, InvalidInput ``label``, NotFound ``identity.no-such-passkey``."""
        account_id, stored = person_of(who), own_label(label)

        def change(db: Connection) -> None:
            if not passkeys.rename_passkey(db, account_id, passkey_id, stored):
                raise NotFound("identity.no-such-passkey")

        await self._database.write(change)

    async def end_other_devices(self, who: Caller) -> None:
        """End all sessions but this one, all app passwords and certificates.

        Raises NotSignedIn.
        """
        account_id, this, now = person_of(who), who.session_id, self._clock.now()
        if this is None:
            raise NotSignedIn("web.not-signed-in")

        def change(db: Connection) -> None:
            ended = sessions.end_other_sessions(db, account_id, this)
            app_passwords.end_all(db, account_id, now)
            certificates.end_all(db, account_id, now)
            for session_id in ended:
                record(db, SessionRevoked(at=now, account_id=account_id, session_id=session_id))
            record(db, CredentialRevoked(at=now, account_id=account_id, app_password_id=None))
            record(db, CertificateRevoked(at=now, account_id=account_id, certificate_id=None))

        await self._database.write(change)
        self.forget_session(account_id, None)
