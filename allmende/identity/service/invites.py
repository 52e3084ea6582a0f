"""Invites: into a group, by an account itself, by those who run the server; as link and words."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller, ServerRole
from allmende.core.errors import NotAllowed, NotFound, QuotaExceeded
from allmende.core.groups import Role
from allmende.core.ids import AccountId, GroupId, InviteId
from allmende.core.permissions import Permission
from allmende.identity import access
from allmende.identity.model import invites as limits
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.answers import InviteShown, OpenInvite, OwnInvites
from allmende.identity.model.invites import Lookup, NewInvite, StoredInvite
from allmende.identity.model.registration import Mark
from allmende.identity.model.tokens import new_token, token_hash, words_digest, words_hash
from allmende.identity.model.words import SixWords, numbers_of
from allmende.identity.service.bringing import require_bringing
from allmende.identity.service.needs import Needs, account_of, person_of
from allmende.identity.store import accounts, groups, invites, people, registration

_UNSAVED: Final = InviteId(0)
"""The number of an invite before the store gives it one."""


class Standing(Enum):
    """What an invite is worth, by what became of who made it."""

    GOOD = "good"
    WAITS = "waits"
    REFUSED = "refused"


class Invites(Needs):
    """A code of 128 bits and six words of 66 bits open the same invite."""

    async def invite(self, typed: str) -> InviteShown:
        """Return where a code or six words lead.

        One answer for old, used, foreign and wrong ones: NotFound ``identity.invite-not-valid``.
        Raises InvalidInput ``code`` with a proposal for words that are in no list.
        """
        lookup, now = await self._lookup(typed), self._clock.now()
        return await self._database.read(lambda db: _shown(db, require_invite(db, lookup, now)))

    async def invite_words(self, code: str) -> SixWords:
        """Return the words of the invite with this code, whether there is one or not."""
        return self._words.six(numbers_of(words_digest(await self._house_key(), code)))

    async def make_group_invite(
        self,
        who: Caller,
        group_id: GroupId,
        role: Role = Role.MEMBER,
        uses: int = limits.INVITE_USES,
        days: int = limits.INVITE_DAYS,
    ) -> NewInvite:
        """Return a new invite into a group.

        One that several may use is good for 7 days at most, one for a single person for 30.
        Raises NotFound, NotAllowed, InvalidInput with ``uses`` or ``days``, QuotaExceeded
        ``identity.too-many-invites``, ``identity.invites-of-month``.
        """
        most_days = limits.MAX_INVITE_DAYS if uses == 1 else limits.MAX_SHARED_INVITE_DAYS
        limits.require_between(uses, limits.MAX_INVITE_USES, "uses")
        limits.require_between(days, most_days, "days")
        now, new = self._clock.now(), await self._draw()
        ends_at = now + timedelta(days=days)

        def change(db: Connection) -> None:
            require_bringing(db, who, group_id, role, people=True)
            maker = account_of(who)
            if len(invites.invites_into(db, group_id, now)) >= limits.MAX_INVITES_PER_GROUP:
                raise QuotaExceeded("identity.too-many-invites", max=limits.MAX_INVITES_PER_GROUP)
            if Permission.DESK_INVITE not in access.server_rights(db, who):
                _count_for_group(db, group_id, now)
            self._add(db, new, StoredInvite(_UNSAVED, group_id, role, uses, ends_at, maker))

        await self._database.write(change)
        return new.invite

    async def make_invite(
        self,
        who: Caller,
        group_id: GroupId,
        role: Role = Role.MEMBER,
        uses: int = limits.INVITE_USES,
        days: int = limits.INVITE_DAYS,
    ) -> str:
        """Return the code of a new invite into a group. Raises like ``make_group_invite``."""
        return (await self.make_group_invite(who, group_id, role, uses, days)).code

    async def revoke_invite(self, who: Caller, group_id: GroupId, invite_id: InviteId) -> None:
        """Take an invite into a group back. Raises NotFound, NotAllowed."""

        def change(db: Connection) -> None:
            require_bringing(db, who, group_id, Role.GUEST, people=True)
            if not invites.revoke_in_group(db, group_id, invite_id):
                raise NotFound("identity.invite-not-valid")

        await self._database.write(change)

    async def make_own_invite(self, who: Caller) -> NewInvite:
        """Return an invite for one person to the server, good for 30 days.

        Raises NotSignedIn, NotAllowed ``identity.invites-not-yet``, QuotaExceeded
        ``identity.no-invites-left``.
        """
        maker, now, new = person_of(who), self._clock.now(), await self._draw()
        ends_at = now + timedelta(days=limits.OWN_INVITE_DAYS)

        def change(db: Connection) -> None:
            own = _own_invites(db, who, maker, now)
            if own.young:
                raise NotAllowed("identity.invites-not-yet")
            if own.left == 0:
                raise QuotaExceeded("identity.no-invites-left", max=limits.INVITES_PER_ACCOUNT)
            self._add(db, new, StoredInvite(_UNSAVED, None, ServerRole.NONE, 1, ends_at, maker))

        await self._database.write(change)
        return new.invite

    async def own_invites(self, who: Caller) -> OwnInvites:
        """Return the open invites of the caller and how many are left. Raises NotSignedIn."""
        maker, now = person_of(who), self._clock.now()
        return await self._database.read(lambda db: _own_invites(db, who, maker, now))

    async def revoke_own_invite(self, who: Caller, invite_id: InviteId) -> None:
        """Take one's own invite back; it does not count any more. Raises NotFound."""
        maker = person_of(who)

        def change(db: Connection) -> None:
            if not invites.revoke_own(db, maker, invite_id):
                raise NotFound("identity.invite-not-valid")

        await self._database.write(change)

    async def make_server_invite(self, role: ServerRole = ServerRole.OPERATOR) -> NewInvite:
        """Return an invite for one person with a role on the server. For the command line."""
        now, new = self._clock.now(), await self._draw()
        await self._database.write(lambda db: self._add_for_server(db, new, role, now))
        return new.invite

    async def make_operator_invite(self) -> str:
        """Return the code of another invite that makes an operator. For the command line."""
        return (await self.make_server_invite()).code

    async def first_start(self) -> str | None:
        """Return the code of an invite that makes an operator, once: while nobody is here."""
        now, new = self._clock.now(), await self._draw()

        def change(db: Connection) -> bool:
            if accounts.has_accounts(db) or invites.has_server_invite(db, now):
                return False
            self._add_for_server(db, new, ServerRole.OPERATOR, now)
            return True

        return new.invite.code if await self._database.write(change) else None

    async def _lookup(self, typed: str) -> Lookup:
        key = await self._house_key()
        readings = self._words.readings(typed)
        return Lookup(token_hash(typed), [words_hash(key, numbers) for numbers in readings])

    async def _draw(self) -> "_Drawn":
        key, code = await self._house_key(), new_token(128)
        numbers = numbers_of(words_digest(key, code))
        return _Drawn(NewInvite(code, self._words.six(numbers)), words_hash(key, numbers))

    def _add(self, db: Connection, new: "_Drawn", invite: StoredInvite) -> None:
        code_hash = token_hash(new.invite.code)
        invites.add_invite(db, invite, code_hash=code_hash, words_hash=new.words_hash)

    def _add_for_server(
        self, db: Connection, new: "_Drawn", role: ServerRole, now: datetime
    ) -> None:
        ends_at = now + limits.OPERATOR_INVITE_LIFETIME
        self._add(db, new, StoredInvite(_UNSAVED, None, role, 1, ends_at))


class _Drawn:
    """An invite that is about to be made. Drawn outside the change, which may run twice."""

    def __init__(self, invite: NewInvite, words_hash: str) -> None:
        self.invite = invite
        self.words_hash = words_hash


def require_invite(db: Connection, lookup: Lookup, now: datetime) -> StoredInvite:
    """Return a usable invite. Raises NotFound ``identity.invite-not-valid``."""
    found = invites.find_by_code(db, lookup.code_hash, now)
    for hashed in lookup.words_hashes:
        found = found or invites.find_by_words(db, hashed, now)
    if found is None or standing(db, found) is Standing.REFUSED:
        raise NotFound("identity.invite-not-valid")
    return found


def standing(db: Connection, invite: StoredInvite) -> Standing:
    """Return what an invite is worth now.

    Somebody's own codes are refused once they are suspicious, frozen or leaving. Codes into a
    group belong to the group: those of a suspicious member still bring people, who wait for a
    decision.
    """
    if invite.made_by is None:
        return Standing.GOOD
    maker = accounts.find_account(db, invite.made_by)
    own = invite.group_id is None
    if maker is None or maker.state is not AccountState.ACTIVE:
        frozen = maker is not None and maker.state is AccountState.FROZEN
        return Standing.REFUSED if own or frozen else Standing.GOOD
    if Mark.SUSPICIOUS in registration.marks_of(db, maker.id):
        return Standing.REFUSED if own else Standing.WAITS
    return Standing.GOOD


def young_budget(account_id: AccountId) -> str:
    """Return the budget that exists while an account is too new to invite anybody."""
    return f"young:{account_id}"


def is_young(db: Connection, account_id: AccountId, now: datetime) -> bool:
    """Return whether an account is too new to bring others."""
    return invites.used(db, young_budget(account_id), now) > 0


def stranger_budget(account_id: AccountId) -> str:
    """Return the budget that exists while an account that nobody let in is new."""
    return f"stranger:{account_id}"


def is_stranger(db: Connection, account_id: AccountId, now: datetime) -> bool:
    """Return whether an account came by itself, not long ago: it makes no public links."""
    return invites.used(db, stranger_budget(account_id), now) > 0


def _shown(db: Connection, invite: StoredInvite) -> InviteShown:
    if invite.group_id is None:
        return InviteShown(None, None, invite.expires_at, ServerRole(invite.role))
    group = groups.find_group(db, invite.group_id)
    if group is None:
        raise NotFound("identity.invite-not-valid")
    return InviteShown(group, Role(invite.role), invite.expires_at)


def _own_invites(db: Connection, who: Caller, maker: AccountId, now: datetime) -> OwnInvites:
    found = invites.invites_by(db, maker, now)
    shown = [OpenInvite(i.id, None, i.uses_left, i.expires_at) for i in found]
    if Permission.DESK_INVITE in access.server_rights(db, who):
        return OwnInvites(shown, None, young=False)
    left = limits.INVITES_PER_ACCOUNT - people.people_invited(db, maker) - len(found)
    refused = Mark.SUSPICIOUS in registration.marks_of(db, maker)
    return OwnInvites(shown, 0 if refused else max(left, 0), is_young(db, maker, now))


def _count_for_group(db: Connection, group_id: GroupId, now: datetime) -> None:
    """Count one more invite of this month. Raises QuotaExceeded."""
    owner, most = f"group:{group_id}", limits.INVITES_PER_GROUP_AND_MONTH
    if invites.used(db, owner, now) >= most:
        raise QuotaExceeded("identity.invites-of-month", max=most)
    first = (now.replace(day=1) + timedelta(days=31)).replace(day=1)
    ends_at = first.replace(hour=0, minute=0, second=0, microsecond=0)
    invites.use_budget(db, owner, ends_at, now)
