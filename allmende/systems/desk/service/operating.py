"""The operator's room: how the server is. What people write is never in it."""

from typing import Protocol

from allmende.core.accounts import Caller
from allmende.core.findings import Round
from allmende.core.permissions import Permission
from allmende.identity import access
from allmende.storage.database import Database
from allmende.systems.desk.model.operating import BackupsShown, CertificateShown, ServersShown


class Machinery(Protocol):
    """What the house knows of itself."""

    @property
    def last_round(self) -> Round | None:
        """Return what the doctor found last."""

    async def look(self) -> Round:
        """Let the doctor look now."""

    async def certificate(self) -> CertificateShown:
        """Return how the certificate stands."""

    async def backups(self) -> BackupsShown:
        """Return what became of the last backups."""

    async def servers(self) -> ServersShown:
        """Return how it stands with other servers."""


class OperatingService:
    """Asks who may know, then the house. Each method raises as ``access.require_server``."""

    def __init__(self, database: Database, machinery: Machinery) -> None:
        self._database = database
        self._machinery = machinery

    async def last_round(self, who: Caller) -> Round | None:
        """Return what the doctor found last; None before the first round."""
        await self._require(who)
        return self._machinery.last_round

    async def look(self, who: Caller) -> Round:
        """Let the doctor look now; takes seconds."""
        await self._require(who)
        return await self._machinery.look()

    async def certificate(self, who: Caller) -> CertificateShown:
        """Return how the certificate stands."""
        await self._require(who)
        return await self._machinery.certificate()

    async def backups(self, who: Caller) -> BackupsShown:
        """Return what became of the last backups."""
        await self._require(who)
        return await self._machinery.backups()

    async def servers(self, who: Caller) -> ServersShown:
        """Return how it stands with other servers."""
        await self._require(who)
        return await self._machinery.servers()

    async def _require(self, who: Caller) -> None:
        await self._database.read(
            lambda db: access.require_server(db, who, Permission.DESK_OPERATE)
        )
