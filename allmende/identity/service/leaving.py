"""Leaving the server: at once, after 14 days, as an unused account, by the operator."""

from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict, InvalidInput, NotFound
from allmende.core.groups import Role
from allmende.core.ids import AccountId
from allmende.identity.events import AccountFrozen, AccountReleased
from allmende.identity.model.accounts import AccountState, StoredAccount, quarter
from allmende.identity.model.leaving import (
    LEAVING_TIME,
    UNUSED_NOTICE,
    UNUSED_TIME,
    Farewell,
    Leaving,
    leaving_of,
    stay_token,
)
from allmende.identity.service.deleting import erase_account
from allmende.identity.service.needs import person_of
from allmende.identity.service.rules import require_account
from allmende.identity.service.strength import Strength
from allmende.identity.store import accounts, groups, leaving
from allmende.storage.outbox import record

AT_A_TIME: Final = 20


class Leavings(Strength):
    """How accounts go. What other systems keep of them goes with the fact ``AccountGone``."""

    async def farewell(self, who: Caller) -> Farewell:
        """Return what leaving means for the caller's groups. Raises NotSignedIn."""
        account_id = person_of(who)
        return await self._database.read(lambda db: farewell_of(db, account_id))

    async def leave_later(self, who: Caller, name: str) -> Leaving:
        """Be gone in 14 days; until then signing in or the token undoes it.

        ``name`` is typed to show that it is meant. Raises ProofNeeded, InvalidInput ``name``,
        Conflict ``identity.hand-over-first``.
        """
        await self.require_strong(who)
        account_id, now, key = person_of(who), self._clock.now(), await self._house_key()
        ends_at = now + LEAVING_TIME

        def change(db: Connection) -> None:
            _meant(db, account_id, name)
            leaving.begin_leaving(db, account_id, ends_at)
            accounts.end_sessions(db, account_id)
            accounts.end_resets(db, account_id)
            record(db, AccountFrozen(at=now, account_id=account_id))

        await self._database.write(change)
        self.forget_session(account_id, None)
        return Leaving(ends_at, stay_token(key, account_id, ends_at))

    async def leave_now(self, who: Caller, name: str) -> None:
        """Be gone at once and for good. Raises like ``leave_later``."""
        await self.require_strong(who)
        account_id, now, key = person_of(who), self._clock.now(), await self._house_key()

        def change(db: Connection) -> None:
            erase_account(db, _meant(db, account_id, name), key, now, by_self=True)

        await self._database.write(change)
        self.forget_session(account_id, None)

    async def leaving(self, token: str) -> Leaving:
        """Return the leaving that a token undoes. Raises NotFound ``identity.nobody-leaves``."""
        _, found = await self._found(token)
        return found

    async def stay(self, token: str) -> None:
        """Undo leaving by its token. Raises NotFound ``identity.nobody-leaves``."""
        account_id, _ = await self._found(token)
        now = self._clock.now()

        def change(db: Connection) -> None:
            if not leaving.stop_leaving(db, account_id):
                raise NotFound("identity.nobody-leaves")
            record(db, AccountReleased(at=now, account_id=account_id))

        await self._database.write(change)

    async def remove_account(self, name: str) -> None:
        """Remove an account for good; its name stays blocked as a keyed hash.

        For the operator, in whatever state it is. Raises NotFound ``identity.no-such-account``,
        Conflict ``identity.last-admin`` while it is the only admin of a group with others in it.
        """
        now, key = self._clock.now(), await self._house_key()

        def change(db: Connection) -> AccountId:
            stored = accounts.find_account_by_name(db, name.strip().lower())
            if stored is None or stored.state is AccountState.GONE:
                raise NotFound("identity.no-such-account")
            if farewell_of(db, stored.id).hand_over:
                raise Conflict("identity.last-admin")
            erase_account(db, stored, key, now, by_self=False)
            return stored.id

        self.forget_session(await self._database.write(change), None)

    async def end_leaving(self) -> int:
        """Let go whose 14 days are over; return how many. Called by a job."""
        gone = 0
        while some := await self._let_some_go():
            for account_id in some:
                self.forget_session(account_id, None)
            gone += len(some)
        return gone

    async def let_unused_leave(self) -> list[AccountId]:
        """Let accounts leave that nobody used for two years; return which, to tell them.

        They have 7 days: signing in keeps them. Called by a job.
        """
        now = self._clock.now()
        before, ends_at = quarter(now - UNUSED_TIME), now + UNUSED_NOTICE

        def change(db: Connection) -> list[AccountId]:
            some = leaving.unused(db, before, most=AT_A_TIME)
            for account_id in some:
                leaving.begin_leaving(db, account_id, ends_at)
            for account_id in some:
                record(db, AccountFrozen(at=now, account_id=account_id))
            return list(some)

        found: list[AccountId] = []
        while some := await self._database.write(change):
            found += some
        return found

    async def _let_some_go(self) -> list[AccountId]:
        now, key = self._clock.now(), await self._house_key()

        def change(db: Connection) -> list[AccountId]:
            some = leaving.due(db, now, most=AT_A_TIME)
            for account_id in some:
                stored = accounts.find_account(db, account_id)
                if stored is not None:
                    erase_account(db, stored, key, now, by_self=True)
            return list(some)

        return await self._database.write(change)

    async def _found(self, token: str) -> tuple[AccountId, Leaving]:
        named = leaving_of(await self._house_key(), token)
        if named is None:
            raise NotFound("identity.nobody-leaves")
        account_id, ends_at = named
        stored = await self._database.read(lambda db: leaving.find_leaving(db, account_id))
        if stored != ends_at:
            raise NotFound("identity.nobody-leaves")
        return account_id, Leaving(ends_at, token)


def farewell_of(db: Connection, account_id: AccountId) -> Farewell:
    """Return which groups need another admin first, and which go along."""
    hand_over, alone = [], []
    for membership in groups.groups_of(db, account_id):
        others = [
            one for one in leaving.longest_members(db, membership.group.id) if one[0] != account_id
        ]
        if not others:
            alone.append(membership.group)
        elif membership.role is Role.ADMIN and all(role != Role.ADMIN for _, role in others):
            hand_over.append(membership.group)
    return Farewell(tuple(hand_over), tuple(alone))


def _meant(db: Connection, account_id: AccountId, name: str) -> StoredAccount:
    stored = require_account(db, account_id)
    if name.strip().lower() != stored.name:
        raise InvalidInput("identity.type-own-name", field="name")
    if farewell_of(db, account_id).hand_over:
        raise Conflict("identity.hand-over-first")
    return stored
