"""Certificates of voice programs: bind, know again, list, end."""

from collections.abc import Sequence

from sqlalchemy import Connection

from allmende.core.accounts import Caller, Scope
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.errors import Conflict, NotAllowed, NotFound, NotSignedIn, QuotaExceeded
from allmende.core.ids import AccountId, CertificateId
from allmende.identity.events import CertificateRevoked
from allmende.identity.model.certificates import (
    MAX_PER_ACCOUNT,
    PAIRING_LIFETIME,
    PairingCode,
    StoredCertificate,
    fingerprint,
    new_pairing_code,
    pairing_code_of,
)
from allmende.identity.model.devices import own_label
from allmende.identity.model.plants import new_label
from allmende.identity.model.settings import DEFAULTS, Settings
from allmende.identity.service.needs import Threads, account_of, person_of
from allmende.identity.service.pairing import Pairings
from allmende.identity.service.rules import require_account
from allmende.identity.service.strength import Strength
from allmende.identity.store import certificates
from allmende.identity.store.credentials import still_good
from allmende.storage.database import Database
from allmende.storage.outbox import record


class Certificates(Strength):
    """What is bound opens voice and nothing else, whatever it was bound with."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        threads: Threads,
        bus: Bus,
        settings: Settings = DEFAULTS,
    ) -> None:
        super().__init__(database, clock, threads, bus, settings)
        self._pairings = Pairings()

    async def certificate_of(self, hashed: str) -> Caller | None:
        """Return who comes with a certificate, by its SHA-256 in hex; None if nobody bound it."""
        found = await self._database.read(lambda db: certificates.find_good(db, hashed))
        return None if found is None else found.caller

    async def bind_certificate(self, who: Caller, der: bytes, label: str = "") -> CertificateId:
        """Bind a certificate to the account of ``who``; without a ``label`` a plant names it.

        ``who`` is a program that came with an app password for voice, or a person who proved
        themselves just now. Bound to this account already: nothing. Raises NotSignedIn,
        NotAllowed ``identity.app-password-not-for-this``, ProofNeeded, InvalidInput ``label`` or
        ``certificate``, Conflict ``identity.certificate-taken``, QuotaExceeded
        ``identity.too-many-certificates``.
        """
        account_id = account_of(who)
        if not who.is_program:
            await self.require_strong(who)
        elif not who.opens(Scope.VOICE):
            raise NotAllowed("identity.app-password-not-for-this")
        return (await self._bind(who, account_id, der, label)).id

    async def make_pairing_code(self, who: Caller) -> PairingCode:
        """Return a code for ten minutes and one use; an earlier one of the caller is void.

        Raises NotSignedIn, NotAllowed for programs, ProofNeeded.
        """
        account_id = person_of(who)
        await self.require_strong(who)
        await self._database.read(lambda db: require_account(db, account_id))
        new = PairingCode(new_pairing_code(), self._clock.now() + PAIRING_LIFETIME)
        until_s = self._clock.monotonic_s() + PAIRING_LIFETIME.total_seconds()
        self._pairings.add(account_id, new.code, until_s)
        return new

    async def pair_certificate(self, typed: str, der: bytes, label: str = "") -> Caller:
        """Bind a certificate to the account whose code was typed; return who comes with it.

        Whoever shows no certificate does not use the code up. Raises NotSignedIn
        ``identity.wrong-app-password``, and like ``bind_certificate``.
        """
        code, now_s = pairing_code_of(typed), self._clock.monotonic_s()
        fingerprint(der)
        account_id = None if code is None else self._pairings.take(code, now_s)
        if account_id is None:
            raise NotSignedIn("identity.wrong-app-password")
        return (await self._bind(Caller(account_id), account_id, der, label)).caller

    async def certificates(self, who: Caller) -> Sequence[StoredCertificate]:
        """Return the caller's certificates, oldest first. Raises NotSignedIn."""
        account_id = person_of(who)
        return await self._database.read(lambda db: certificates.certificates_of(db, account_id))

    async def rename_certificate(
        self, who: Caller, certificate_id: CertificateId, label: str
    ) -> None:
        """Raises NotSignedIn, InvalidInput ``label``, NotFound ``identity.no-such-certificate``."""
        account_id, stored = person_of(who), own_label(label)

        def change(db: Connection) -> None:
            if not certificates.rename(db, account_id, certificate_id, stored):
                raise NotFound("identity.no-such-certificate")

        await self._database.write(change)

    async def end_certificate(self, who: Caller, certificate_id: CertificateId) -> None:
        """End one of the caller's; what is open with it ends in seconds.

        Raises NotSignedIn, NotFound ``identity.no-such-certificate``.
        """
        account_id, now = person_of(who), self._clock.now()

        def change(db: Connection) -> None:
            if not certificates.end(db, account_id, certificate_id, now):
                raise NotFound("identity.no-such-certificate")
            fact = CertificateRevoked(at=now, account_id=account_id, certificate_id=certificate_id)
            record(db, fact)

        await self._database.write(change)

    def forget_pairing(self, account_id: AccountId) -> None:
        """Let no code that waits stand for an account any more."""
        self._pairings.forget(account_id)

    async def _bind(
        self, who: Caller, account_id: AccountId, der: bytes, label: str
    ) -> StoredCertificate:
        hashed, now = fingerprint(der), self._clock.now()
        kept = own_label(label) if label.strip() else new_label()

        def change(db: Connection) -> StoredCertificate:
            if not still_good(db, who, now):
                raise NotSignedIn("web.not-signed-in")
            before = certificates.find_certificate(db, hashed)
            if before is not None and before.account_id != account_id:
                raise Conflict("identity.certificate-taken")
            if before is not None:
                return before
            if certificates.count(db, account_id) >= MAX_PER_ACCOUNT:
                raise QuotaExceeded("identity.too-many-certificates", max=MAX_PER_ACCOUNT)
            return certificates.add(db, account_id=account_id, hashed=hashed, label=kept, now=now)

        return await self._database.write(change)
