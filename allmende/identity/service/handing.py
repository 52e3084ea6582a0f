"""Handing out everything of a group: two of its admins, if there are two (S13)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict
from allmende.core.groups import Group
from allmende.core.ids import AccountId, GroupId
from allmende.core.permissions import Permission
from allmende.identity import access
from allmende.identity.events import GroupChanged
from allmende.identity.model.groups import APPROVAL_LIFETIME, Act
from allmende.identity.service.needs import account_of
from allmende.identity.service.strength import Strength
from allmende.identity.store import announcements, groups
from allmende.storage.outbox import record


@dataclass(frozen=True, slots=True)
class HandingOut:
    """What an admin sees. ``asked_by`` waits for a second one until ``ends_at``."""

    group: Group
    needs_two: bool
    asked_by: str = ""
    asked_myself: bool = False
    ends_at: datetime | None = None


class Handing(Strength):
    """Who may have the archive of a group."""

    async def handing_out(self, who: Caller, slug: str) -> HandingOut:
        """Return how far it is. Raises NotFound, NotAllowed."""
        own, now = who.account_id, self._clock.now()

        def question(db: Connection) -> HandingOut:
            found = groups.find_group_by_slug(db, slug)
            group_id = GroupId(0) if found is None else found.id
            group = access.require_in_group(db, who, Permission.GROUP_ADMINISTER, group_id)
            admins = groups.admins(db, group_id)
            asked = announcements.find_approval(db, group_id, Act.EXPORT, now)
            if asked is None or asked.account_id not in admins:
                return HandingOut(group, len(admins) > 1)
            mine = asked.account_id == own
            return HandingOut(group, len(admins) > 1, asked.name, mine, asked.ends_at)

        return await self._database.read(question)

    async def hand_out(self, who: Caller, group_id: GroupId) -> bool:
        """Return whether the caller may have everything of a group now.

        Where there are two admins or more, the first is remembered for 14 days and the second
        gets it. Raises NotFound, NotAllowed, ProofNeeded, Conflict
        ``identity.second-admin-needed`` to somebody who asks twice.
        """
        await self._database.read(
            lambda db: access.require_in_group(db, who, Permission.GROUP_ADMINISTER, group_id)
        )
        await self.require_strong(who)
        own, now = account_of(who), self._clock.now()

        def change(db: Connection) -> bool:
            access.require_in_group(db, who, Permission.GROUP_ADMINISTER, group_id)
            first = _asked(db, group_id, now)
            if len(groups.admins(db, group_id)) < 2 or first not in (None, own):
                announcements.end_approval(db, group_id, Act.EXPORT)
                return True
            if first == own:
                raise Conflict("identity.second-admin-needed")
            announcements.end_approval(db, group_id, Act.EXPORT)
            ends_at = now + APPROVAL_LIFETIME
            announcements.add_approval(db, group_id, Act.EXPORT, own, ends_at)
            record(db, GroupChanged(at=now, group_id=group_id))
            return False

        return await self._database.write(change)


def _asked(db: Connection, group_id: GroupId, now: datetime) -> AccountId | None:
    asked = announcements.find_approval(db, group_id, Act.EXPORT, now)
    if asked is None or asked.account_id not in groups.admins(db, group_id):
        return None
    return asked.account_id
