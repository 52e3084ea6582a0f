"""Groups: making them, who is in, with which role, and invites into them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import NotFound, QuotaExceeded
from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId, GroupId, InviteId, RoomId
from allmende.core.permissions import BY_ROLE, Permission
from allmende.core.rooms import Lobby, Room
from allmende.identity import access
from allmende.identity.events import RoomMade
from allmende.identity.model import invites as limits
from allmende.identity.model.answers import GroupPage, Membership, OpenInvite
from allmende.identity.model.names import clean_title, slug_stem
from allmende.identity.model.tokens import new_slug, new_token, token_hash
from allmende.identity.service.needs import Needs, account_of
from allmende.identity.service.rules import require_other_admin, tell_membership
from allmende.identity.store import groups, rooms
from allmende.storage.outbox import record

_UNSAVED = RoomId(0)
"""The number of a room before the store gives it one."""


class Groups(Needs):
    """Who belongs together."""

    async def make_group(self, who: Caller, name: str) -> Group:
        """Make a group with one room; the caller is its admin.

        Raises NotSignedIn, InvalidInput ``name``, QuotaExceeded ``identity.too-many-groups``.
        """
        account_id, title, now = account_of(who), clean_title(name), self._clock.now()
        slug = "-".join(filter(None, (slug_stem(title), new_slug(5))))
        main_room = Room(_UNSAVED, None, new_slug(), title, Lobby.GUESTS, False, None)

        def change(db: Connection) -> Group:
            if len(groups.groups_of(db, account_id)) >= limits.MAX_GROUPS_PER_ACCOUNT:
                raise QuotaExceeded("identity.too-many-groups", max=limits.MAX_GROUPS_PER_ACCOUNT)
            group = groups.add_group(db, slug=slug, name=title)
            groups.add_member(
                db, group_id=group.id, account_id=account_id, role=Role.ADMIN, now=now
            )
            room = rooms.add_room(db, replace(main_room, group_id=group.id))
            tell_membership(db, group.id, account_id, now)
            record(db, RoomMade(at=now, room_id=room.id, group_id=group.id))
            return group

        return await self._database.write(change)

    async def groups_of(self, who: Caller) -> Sequence[Membership]:
        """Return the groups of the caller. Raises NotSignedIn."""
        account_id = account_of(who)
        return await self._database.read(lambda db: groups.groups_of(db, account_id))

    async def group_page(self, who: Caller, slug: str) -> GroupPage:
        """Return what a member sees of the group at ``slug``. Raises NotFound."""
        now = self._clock.now()

        def question(db: Connection) -> GroupPage:
            group = groups.find_group_by_slug(db, slug)
            role = None if group is None else access.role_in_group(db, who, group.id)
            if group is None or role is None:
                raise NotFound("group.not-found")
            found = (
                groups.invites_of(db, group.id, now)
                if Permission.GROUP_INVITE in BY_ROLE[role]
                else ()
            )
            return GroupPage(
                group,
                role,
                rooms.rooms_of(db, group.id),
                groups.members(db, group.id),
                [OpenInvite(i.id, Role(i.role), i.uses_left, i.expires_at) for i in found],
            )

        return await self._database.read(question)

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
            groups.set_role(db, group_id, account_id, role)
            tell_membership(db, group_id, account_id, now)

        await self._database.write(change)

    async def remove_member(self, who: Caller, group_id: GroupId, account_id: AccountId) -> None:
        """Take somebody out of a group. Raises like ``set_role``."""
        now = self._clock.now()

        def change(db: Connection) -> None:
            access.require_in_group(db, who, Permission.GROUP_ADMINISTER, group_id)
            _require_member(db, group_id, account_id)
            require_other_admin(db, group_id, account_id)
            groups.remove_member(db, group_id, account_id)
            tell_membership(db, group_id, account_id, now)

        await self._database.write(change)

    async def leave(self, who: Caller, group_id: GroupId) -> None:
        """Leave a group. Raises NotFound, Conflict ``identity.last-admin``."""
        account_id, now = account_of(who), self._clock.now()

        def change(db: Connection) -> None:
            access.require_in_group(db, who, Permission.GROUP_SEE, group_id)
            require_other_admin(db, group_id, account_id)
            groups.remove_member(db, group_id, account_id)
            tell_membership(db, group_id, account_id, now)

        await self._database.write(change)

    async def make_invite(
        self,
        who: Caller,
        group_id: GroupId,
        role: Role = Role.MEMBER,
        uses: int = limits.INVITE_USES,
        days: int = limits.INVITE_DAYS,
    ) -> str:
        """Return the code of a new invite into a group (128 bit, kept as a hash only).

        Raises NotFound, NotAllowed, InvalidInput with ``uses`` or ``days``, QuotaExceeded
        ``identity.too-many-invites``.
        """
        limits.require_between(uses, limits.MAX_INVITE_USES, "uses")
        limits.require_between(days, limits.MAX_INVITE_DAYS, "days")
        now, code = self._clock.now(), new_token(128)

        def change(db: Connection) -> None:
            access.require_in_group(db, who, Permission.GROUP_INVITE, group_id)
            if len(groups.invites_of(db, group_id, now)) >= limits.MAX_INVITES_PER_GROUP:
                raise QuotaExceeded("identity.too-many-invites", max=limits.MAX_INVITES_PER_GROUP)
            groups.add_invite(
                db,
                group_id=group_id,
                role=role,
                uses=uses,
                expires_at=now + timedelta(days=days),
                code_hash=token_hash(code),
            )

        await self._database.write(change)
        return code

    async def revoke_invite(self, who: Caller, group_id: GroupId, invite_id: InviteId) -> None:
        """Take an invite back. Raises NotFound, NotAllowed."""

        def change(db: Connection) -> None:
            access.require_in_group(db, who, Permission.GROUP_INVITE, group_id)
            if not groups.revoke_invite(db, group_id, invite_id):
                raise NotFound("identity.invite-not-valid")

        await self._database.write(change)


def _require_member(db: Connection, group_id: GroupId, account_id: AccountId) -> Role:
    role = groups.find_role(db, group_id, account_id)
    if role is None:
        raise NotFound("identity.no-such-member")
    return role
