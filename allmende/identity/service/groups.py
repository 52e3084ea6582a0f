"""Groups: making them, their rules, what their members see, and invites into them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import NotFound, QuotaExceeded
from allmende.core.groups import Group, Role
from allmende.core.ids import GroupId, RoomId
from allmende.core.permissions import Permission
from allmende.core.rooms import Lobby, Room
from allmende.identity import access
from allmende.identity.events import GroupChanged, RoomMade
from allmende.identity.model import invites as limits
from allmende.identity.model.answers import GroupPage, Membership, OpenInvite
from allmende.identity.model.groups import (
    ANNOUNCEMENTS_SHOWN,
    GUESTS_SHARE,
    PRESETS,
    Act,
    Preset,
    Rules,
    allows,
    clean_hours,
)
from allmende.identity.model.names import clean_title, slug_stem
from allmende.identity.model.tokens import new_slug
from allmende.identity.service.memberships import enter_group
from allmende.identity.service.needs import Needs, account_of
from allmende.identity.store import announcements, groups, invites, offers, rooms
from allmende.storage.outbox import record

_UNSAVED = RoomId(0)
"""The number of a room before the store gives it one."""


class Groups(Needs):
    """Who belongs together."""

    async def make_group(self, who: Caller, name: str, preset: Preset = Preset.WORKING) -> Group:
        """Make a group with its main room; the caller is its admin.

        Raises NotSignedIn, InvalidInput ``name``, QuotaExceeded ``identity.too-many-groups``.
        """
        account_id, title, now = account_of(who), clean_title(name), self._clock.now()
        slug = "-".join(filter(None, (slug_stem(title), new_slug(5))))
        share = preset in GUESTS_SHARE
        main_room = Room(_UNSAVED, None, new_slug(), title, Lobby.GUESTS, share, None)

        def change(db: Connection) -> Group:
            if len(groups.groups_of(db, account_id)) >= limits.MAX_GROUPS_PER_ACCOUNT:
                raise QuotaExceeded("identity.too-many-groups", max=limits.MAX_GROUPS_PER_ACCOUNT)
            group = groups.add_group(db, slug=slug, name=title, rules=PRESETS[preset])
            room = rooms.add_room(db, replace(main_room, group_id=group.id))
            enter_group(db, group.id, account_id, Role.ADMIN, now, by=account_id)
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
            if group is None:
                raise NotFound("group.not-found")
            return _page(db, who, group, now)

        return await self._database.read(question)

    async def rules_of(self, group_id: GroupId | None) -> Rules | None:
        """Return what holds in a group, for those who were asked already; None: no group."""
        if group_id is None:
            return None
        return await self._database.read(lambda db: groups.find_rules(db, group_id))

    async def is_main_room(self, room: Room) -> bool:
        """Return whether a room is the one that stays as long as its group."""
        group_id = room.group_id
        if group_id is None:
            return False
        return room == await self._database.read(lambda db: rooms.main_room(db, group_id))

    async def open_group(self, who: Caller, slug: str) -> Group:
        """Return a group that everybody with an account may join.

        Raises NotSignedIn, NotFound ``group.not-found`` for closed groups as for none.
        """
        account_of(who)
        return await self._database.read(lambda db: _require_open(db, slug))

    async def join_open(self, who: Caller, slug: str) -> Group:
        """Join a group that everybody with an account may join. Raises like ``open_group``."""
        account_id, now = account_of(who), self._clock.now()

        def change(db: Connection) -> Group:
            group = _require_open(db, slug)
            enter_group(db, group.id, account_id, Role.MEMBER, now, by=account_id)
            return group

        return await self._database.write(change)

    async def change_group(self, who: Caller, group_id: GroupId, name: str, rules: Rules) -> None:
        """Give a group another name and other rules.

        What it was made for, and whether it is closed, stays. Raises NotFound, NotAllowed,
        InvalidInput ``name``, ``messages_h``.
        """
        title, now = clean_title(name), self._clock.now()
        if rules.messages_h is not None:
            clean_hours(rules.messages_h)

        def change(db: Connection) -> None:
            access.require_in_group(db, who, Permission.GROUP_ADMINISTER, group_id)
            kept = groups.find_rules(db, group_id)
            if kept is None:
                raise NotFound("group.not-found")
            wanted = replace(rules, preset=kept.preset, closed=kept.closed)
            groups.change_group(db, group_id, title, wanted)
            record(db, GroupChanged(at=now, group_id=group_id))

        await self._database.write(change)


def _page(db: Connection, who: Caller, group: Group, now: datetime) -> GroupPage:
    """At most nine statements."""
    account_id = who.account_id
    mine = None if account_id is None else groups.find_membership(db, group.id, account_id)
    rules = groups.find_rules(db, group.id)
    if mine is None or rules is None:
        raise NotFound("group.not-found")
    brings_people = allows(rules.invite_people, mine.role)
    brings_accounts = allows(rules.invite_members, mine.role)
    found = invites.invites_into(db, group.id, now) if brings_people else ()
    return GroupPage(
        group=group,
        role=mine.role,
        display=mine.display,
        rules=rules,
        brings_people=brings_people,
        brings_accounts=brings_accounts,
        rooms=rooms.rooms_of(db, group.id),
        members=groups.members(db, group.id),
        invites=[OpenInvite(i.id, Role(i.role), i.uses_left, i.expires_at) for i in found],
        offers=offers.offers_of_group(db, group.id, now) if brings_accounts else (),
        announcements=announcements.announcements_of(
            db, group.id, mine.reads_from, most=ANNOUNCEMENTS_SHOWN
        ),
        deletion=announcements.find_approval(db, group.id, Act.DELETE, now),
    )


def _require_open(db: Connection, slug: str) -> Group:
    group = groups.find_group_by_slug(db, slug)
    rules = None if group is None else groups.find_rules(db, group.id)
    if group is None or rules is None or rules.closed:
        raise NotFound("group.not-found")
    return group
