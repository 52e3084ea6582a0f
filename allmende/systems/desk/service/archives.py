"""What people take along: everything about themselves, or a whole group."""

from collections.abc import AsyncIterator, Sequence

from allmende.core.accounts import Caller
from allmende.core.exports import ExportedFile, Exporter, Numbers
from allmende.core.ids import GroupId
from allmende.identity.service import IdentityService
from allmende.storage.bundle import bundled


class Archives:
    """Whoever may have an archive gets it as a stream; nothing of it is kept here."""

    def __init__(self, identity: IdentityService, exporters: Sequence[Exporter]) -> None:
        self._identity = identity
        self._exporters = exporters

    async def own(self, who: Caller) -> AsyncIterator[bytes]:
        """Return everything about the caller. Raises NotSignedIn, ProofNeeded."""
        await self._identity.require_strong(who)
        return bundled(self._of_account(who))

    async def of_group(self, who: Caller, group_id: GroupId) -> AsyncIterator[bytes] | None:
        """Return everything of a group; None: a second admin has to agree first.

        Raises NotFound, NotAllowed, ProofNeeded, Conflict ``identity.second-admin-needed``.
        """
        if not await self._identity.hand_out(who, group_id):
            return None
        return bundled(self._of_group(group_id))

    async def _of_account(self, who: Caller) -> AsyncIterator[ExportedFile]:
        for exporter in self._exporters:
            async for file in exporter.of_account(who):
                yield file

    async def _of_group(self, group_id: GroupId) -> AsyncIterator[ExportedFile]:
        numbers = Numbers()
        for exporter in self._exporters:
            async for file in exporter.of_group(group_id, numbers):
                yield file
