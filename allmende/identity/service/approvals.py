"""What one admin cannot do alone: deleting a group that has two (S13)."""

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict, NotFound
from allmende.core.ids import GroupId
from allmende.core.permissions import Permission
from allmende.identity import access
from allmende.identity.events import GroupChanged
from allmende.identity.model.groups import APPROVAL_LIFETIME, Act
from allmende.identity.service.deleting import erase_group
from allmende.identity.service.needs import account_of
from allmende.identity.service.strength import Strength
from allmende.identity.store import announcements, groups
from allmende.storage.outbox import record


class Approvals(Strength):
    """Two of the admins, if there are two."""

    async def delete_group(self, who: Caller, group_id: GroupId) -> bool:
        """Delete a group with everything in it; return whether it is gone.

        Where there are two admins or more, the first is remembered for 14 days and the second
        makes it true. Raises NotFound, NotAllowed, ProofNeeded, Conflict
        ``identity.second-admin-needed`` to somebody who asks twice.
        """
        own, now = account_of(who), self._clock.now()
        needed = Permission.GROUP_ADMINISTER
        await self._database.read(lambda db: access.require_in_group(db, who, needed, group_id))
        await self.require_strong(who)

        def change(db: Connection) -> bool:
            access.require_in_group(db, who, needed, group_id)
            asked = announcements.find_approval(db, group_id, Act.DELETE, now)
            admins = groups.admins(db, group_id)
            first = None if asked is None or asked.account_id not in admins else asked.account_id
            if len(admins) < 2 or first not in (None, own):
                erase_group(db, group_id, now)
                return True
            if first == own:
                raise Conflict("identity.second-admin-needed")
            ends_at = now + APPROVAL_LIFETIME
            announcements.add_approval(db, group_id, Act.DELETE, own, ends_at)
            record(db, GroupChanged(at=now, group_id=group_id))
            return False

        return await self._database.write(change)

    async def keep_group(self, who: Caller, group_id: GroupId) -> None:
        """Take back that a group be deleted; any admin can. Raises NotFound, NotAllowed."""
        now = self._clock.now()

        def change(db: Connection) -> None:
            access.require_in_group(db, who, Permission.GROUP_ADMINISTER, group_id)
            if not announcements.end_approval(db, group_id, Act.DELETE):
                raise NotFound("identity.nothing-to-keep")
            record(db, GroupChanged(at=now, group_id=group_id))

        await self._database.write(change)
