"""Proof that it is really them: asked again before acts that hurt."""

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import NotSignedIn, ProofNeeded
from allmende.core.ids import AccountId
from allmende.identity.model.strength import Proofs, strong_until
from allmende.identity.service.needs import account_of, person_of
from allmende.identity.service.sessions import Sessions
from allmende.identity.store import sessions, totp


class Strength(Sessions):
    """How fresh the proof of a caller is, and what they can prove themselves with."""

    async def require_strong(self, who: Caller) -> None:
        """Let through whoever proved themselves in the last ten minutes.

        Raises NotSignedIn, NotAllowed for programs, ProofNeeded ``identity.proof-needed``: a page
        answers with the one where people prove themselves and come back.
        """
        person_of(who)
        if not await self.is_strong(who):
            raise ProofNeeded("identity.proof-needed")

    async def is_strong(self, who: Caller) -> bool:
        """Return whether the proof of the caller is fresh. Raises NotSignedIn."""
        account_of(who)
        session_id, now = who.session_id, self._clock.now()
        if session_id is None:
            return False
        until = await self._database.read(lambda db: sessions.find_strong(db, session_id))
        return until is not None and until > now

    async def proofs(self, who: Caller) -> Proofs:
        """Return what the caller can prove themselves with. Raises NotSignedIn."""
        account_id = person_of(who)
        return await self._database.read(lambda db: totp.proofs_of(db, account_id))

    async def forget_proofs(self) -> int:
        """Forget when proofs were given that are over; return how many. For a job."""
        now = self._clock.now()
        return await self._database.write(lambda db: sessions.forget_strong(db, now))

    def _strengthened(self, db: Connection, who: Caller, account_id: AccountId) -> None:
        """Note inside a change that the caller just proved themselves. Raises NotSignedIn."""
        until = strong_until(self._clock.now())
        if who.session_id is None or not sessions.set_strong(db, account_id, who.session_id, until):
            raise NotSignedIn("web.not-signed-in")
