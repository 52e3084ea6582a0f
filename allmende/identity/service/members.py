"""Members of a group: roles, leaving, coming back at once, handing over, names in the group."""

from collections.abc import Sequence

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict, InvalidInput, NotFound
from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId, GroupId
from allmende.core.permissions import Permission
from allmende.identity import access
from allmende.identity.events import GroupChanged
from allmende.identity.model.answers import GroupCounts
from allmende.identity.model.groups import UNDO_LIFETIME, read_undo, undo_payload
from allmende.identity.model.names import clean_display_name, skeleton
from allmende.identity.model.tokens import sign, unsign
from allmende.identity.service.memberships import change_role, enter_group, leave_group
from allmende.identity.service.needs import Needs, account_of
from allmende.identity.service.rules import require_other_admin
from allmende.identity.store import accounts, groups
from allmende.storage.outbox import record

_UNDO = "left-group"


class Members(Needs):
    """Who is in a group, and as what."""

    async def set_role(
        self, who: Caller, group_id: GroupId, account_id: AccountId, role: Role
    ) -> None:
        """Give a member another role.

        Raises NotFound, NotAllowed, Conflict ``identity.last-admin``.
        """
        now = self._clock.now()

        def change(db: Connection) -> None:
            access.require_in_group(db, who, Permission.GROUP_ADMINISTER, group_id)
            before = _require_member(db, group_id, account_id)
            if before is role:
                return
            if role is not Role.ADMIN:
                require_other_admin(db, group_id, account_id)
            change_role(db, group_id, account_id, role, now, by=who.account_id)

        await self._database.write(change)

    async def hand_over(self, who: Caller, group_id: GroupId, account_id: AccountId) -> None:
        """Make another member the admin and become a member oneself, in one change.

        Raises NotFound, NotAllowed, InvalidInput ``to`` for oneself.
        """
        own, now = account_of(who), self._clock.now()
        if own == account_id:
            raise InvalidInput("identity.hand-over-to-other", field="to")

        def change(db: Connection) -> None:
            access.require_in_group(db, who, Permission.GROUP_ADMINISTER, group_id)
            _require_member(db, group_id, account_id)
            change_role(db, group_id, account_id, Role.ADMIN, now, by=own)
            change_role(db, group_id, own, Role.MEMBER, now, by=own)

        await self._database.write(change)

    async def remove_member(self, who: Caller, group_id: GroupId, account_id: AccountId) -> None:
        """Take somebody out of a group. Raises like ``set_role``."""
        now = self._clock.now()

        def change(db: Connection) -> None:
            access.require_in_group(db, who, Permission.GROUP_ADMINISTER, group_id)
            _require_member(db, group_id, account_id)
            require_other_admin(db, group_id, account_id)
            leave_group(db, group_id, account_id, now, by=who.account_id)

        await self._database.write(change)

    async def leave(self, who: Caller, group_id: GroupId) -> str:
        """Leave a group; return a token that brings one back within seconds.

        Raises NotFound, Conflict ``identity.last-admin``.
        """
        account_id, now, key = account_of(who), self._clock.now(), await self._house_key()

        def change(db: Connection) -> Role:
            access.require_in_group(db, who, Permission.GROUP_SEE, group_id)
            role = _require_member(db, group_id, account_id)
            require_other_admin(db, group_id, account_id)
            leave_group(db, group_id, account_id, now, by=account_id)
            return role

        role = await self._database.write(change)
        return sign(key, _UNDO, undo_payload(group_id, account_id, role, now + UNDO_LIFETIME))

    async def left_group(self, who: Caller, token: str) -> Group:
        """Return the group that the caller left a moment ago. Raises like ``come_back``."""
        group_id, _ = await self._left(who, token)

        def question(db: Connection) -> Group:
            group = groups.find_group(db, group_id)
            if group is None:
                raise NotFound("identity.left-too-long-ago")
            return group

        return await self._database.read(question)

    async def come_back(self, who: Caller, token: str) -> Group:
        """Undo leaving; the group hears of both.

        Raises NotSignedIn, NotFound ``identity.left-too-long-ago``.
        """
        account_id, now = account_of(who), self._clock.now()
        group_id, role = await self._left(who, token)

        def change(db: Connection) -> Group:
            group = groups.find_group(db, group_id)
            if group is None:
                raise NotFound("identity.left-too-long-ago")
            enter_group(db, group_id, account_id, role, now, by=account_id)
            return group

        return await self._database.write(change)

    async def set_display(self, who: Caller, group_id: GroupId, name: str) -> None:
        """Choose what one is called in a group; empty: the name of the account.

        Raises NotFound, InvalidInput ``display``, Conflict ``identity.display-taken``.
        """
        account_id, now = account_of(who), self._clock.now()
        shown = clean_display_name(name, "display") if name.strip() else ""

        def change(db: Connection) -> None:
            access.require_in_group(db, who, Permission.GROUP_SEE, group_id)
            _require_member(db, group_id, account_id)
            if shown:
                _require_unlike(db, group_id, account_id, shown)
            groups.set_display(db, group_id, account_id, shown)
            record(db, GroupChanged(at=now, group_id=group_id))

        await self._database.write(change)

    async def appoint_admin(self, slug: str, name: str) -> None:
        """Make a member an admin, where a group has lost its own; the group is told.

        For the operator's command line. Raises NotFound ``group.not-found``,
        ``identity.no-such-member`` also for accounts that are not in the group.
        """
        now = self._clock.now()

        def change(db: Connection) -> None:
            group = groups.find_group_by_slug(db, slug)
            if group is None:
                raise NotFound("group.not-found")
            account = accounts.find_account_by_name(db, name.strip().lower())
            if account is None:
                raise NotFound("identity.no-such-member")
            _require_member(db, group.id, account.id)
            change_role(db, group.id, account.id, Role.ADMIN, now, by=None)

        await self._database.write(change)

    async def group_counts(self) -> Sequence[GroupCounts]:
        """Return how many are in each group, for the operator: never who."""
        return await self._database.read(groups.group_counts)

    async def _left(self, who: Caller, token: str) -> tuple[GroupId, Role]:
        account_id, now = account_of(who), self._clock.now()
        payload = unsign(await self._house_key(), _UNDO, token)
        if payload is None:
            raise NotFound("identity.left-too-long-ago")
        group_id, whose, role, until = read_undo(payload)
        if whose != account_id or until < now.timestamp():
            raise NotFound("identity.left-too-long-ago")
        return group_id, role


def _require_member(db: Connection, group_id: GroupId, account_id: AccountId) -> Role:
    role = groups.find_role(db, group_id, account_id)
    if role is None:
        raise NotFound("identity.no-such-member")
    return role


def _require_unlike(db: Connection, group_id: GroupId, own: AccountId, shown: str) -> None:
    """Nobody in a group looks like somebody else there."""
    looks = skeleton(shown.casefold())
    for member in groups.members(db, group_id):
        if member.account_id == own:
            continue
        if looks in (skeleton(member.name), skeleton(member.display.casefold())):
            raise Conflict("identity.display-taken", field="display")
