"""Identity put together."""

from dataclasses import dataclass

from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.ids import FactId
from allmende.core.parts import Part
from allmende.identity.events import (
    FACTS,
    AccountFrozen,
    AccountGone,
    CertificateRevoked,
    CredentialRevoked,
    RecoveryBegun,
    RoomGone,
    SessionRevoked,
)
from allmende.identity.jobs import jobs
from allmende.identity.model.settings import DEFAULTS, Settings
from allmende.identity.service import IdentityService
from allmende.identity.service.credentials import Credentials
from allmende.identity.service.lobby import Doors
from allmende.identity.service.needs import Threads
from allmende.storage.database import Database
from allmende.storage.secret import secret


@dataclass(frozen=True, slots=True)
class Identity:
    """What the composition root hands to the systems."""

    service: IdentityService
    doors: Doors
    part: Part
    credentials: Credentials


async def build(
    database: Database, bus: Bus, clock: Clock, threads: Threads, settings: Settings = DEFAULTS
) -> Identity:
    """Put identity together; reads the keys of the house and of the doors."""
    service = IdentityService(database, clock, threads, bus, settings)
    key = await database.write(lambda db: secret(db, "identity"))
    credentials = Credentials(database, clock, key)
    doors = Doors(bus, clock, await database.write(lambda db: secret(db, "identity-doors")))

    async def session_revoked(_: FactId, fact: SessionRevoked) -> None:
        service.forget_session(fact.account_id, fact.session_id)

    async def account_over(_: FactId, fact: AccountGone | AccountFrozen) -> None:
        service.forget_session(fact.account_id, None)
        service.forget_pairing(fact.account_id)
        credentials.forget(fact.account_id)

    async def recovery_begun(_: FactId, fact: RecoveryBegun) -> None:
        service.forget_recovery(fact.account_id)

    async def credential_revoked(_: FactId, fact: CredentialRevoked) -> None:
        credentials.forget(fact.account_id, fact.app_password_id)

    async def certificate_revoked(_: FactId, fact: CertificateRevoked) -> None:
        if fact.certificate_id is None:
            service.forget_pairing(fact.account_id)

    async def room_gone(_: FactId, fact: RoomGone) -> None:
        doors.close(fact.room_id)

    bus.watch(SessionRevoked, session_revoked)
    bus.watch(AccountGone, account_over)
    bus.watch(AccountFrozen, account_over)
    bus.watch(RecoveryBegun, recovery_begun)
    bus.watch(CredentialRevoked, credential_revoked)
    bus.watch(CertificateRevoked, certificate_revoked)
    bus.watch(RoomGone, room_gone)
    part = Part(name="identity", facts=FACTS, jobs=jobs(service))
    return Identity(service, doors, part, credentials)
