"""What of all that happens is told to whom."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection

from allmende.core.groups import Role
from allmende.core.ids import AccountId, FactId
from allmende.identity.events import (
    AccountMade,
    HandedOut,
    HandoutAsked,
    MembershipChanged,
    OfferMade,
    RecoveryBegun,
)
from allmende.identity.model.accounts import AccountState
from allmende.identity.store import accounts, groups, people
from allmende.storage.database import Database
from allmende.systems.desk.service.notices import NoticeService

_ROLE_TEXTS: Final[Mapping[str, str]] = {
    Role.GUEST: "desk.notice-role-guest",
    Role.MEMBER: "desk.notice-role-member",
    Role.FACILITATOR: "desk.notice-role-facilitator",
    Role.ADMIN: "desk.notice-role-admin",
}


class Telling:
    """One method a fact. Each may be called twice for the same fact and tells once."""

    def __init__(self, database: Database, notices: NoticeService) -> None:
        self._database = database
        self._notices = notices

    async def place_offered(self, fact_id: FactId, fact: OfferMade) -> None:
        """Somebody may come into a group."""
        once = f"place {fact_id}"
        await self._notices.tell(fact.account_id, "desk.notice-place", {}, "/", once=once)

    async def membership_changed(self, fact_id: FactId, fact: MembershipChanged) -> None:
        """Others changed what a person is in a group; what one did oneself one knows."""
        if fact.by_account_id == fact.account_id or fact.was == fact.now:
            return
        group = await self._database.read(lambda db: groups.find_group(db, fact.group_id))
        if group is None:
            return
        told = _ROLE_TEXTS[fact.now] if fact.now else "desk.notice-removed"
        link = f"/g/{group.slug}" if fact.now else "/groups"
        once = f"membership {fact_id}"
        await self._notices.tell(fact.account_id, told, {"group": group.name}, link, once=once)

    async def recovery_begun(self, fact_id: FactId, fact: RecoveryBegun) -> None:
        """Somebody holds the recovery kit of a person."""
        await self._notices.tell(
            fact.account_id,
            "desk.notice-recovery",
            {},
            "/me/recovery",
            once=f"recovery {fact_id}",
        )

    async def account_made(self, _: FactId, fact: AccountMade) -> None:
        """Somebody waits for a decision; those who look after that hear of it once a day."""
        moderators = await self._database.read(lambda db: _to_decide(db, fact.account_id))
        once = f"waiting {fact.at:%Y-%m-%d}"
        for account_id in moderators:
            await self._notices.tell(account_id, "desk.notice-waiting", {}, "/queue", once=once)

    async def handout_asked(self, fact_id: FactId, _: HandoutAsked) -> None:
        """Operators hear that the command line wants data of others."""
        await self._tell_operators("desk.notice-handout-asked", {}, once=f"asked {fact_id}")

    async def handed_out(self, fact_id: FactId, fact: HandedOut) -> None:
        """Operators hear that data of others was handed out."""
        told, thing = await self._database.read(lambda db: _handed_out(db, fact))
        await self._tell_operators(told, {"thing": thing}, once=f"handed out {fact_id}")

    async def _tell_operators(self, told: str, values: Mapping[str, str], *, once: str) -> None:
        for account_id in await self._database.read(people.operators):
            await self._notices.tell(account_id, told, values, "/op/handouts", once=once)


def _handed_out(db: Connection, fact: HandedOut) -> tuple[str, str]:
    """Return what operators read, and the name of the thing if it is still there."""
    if fact.account_id is not None:
        stored = accounts.find_account(db, fact.account_id)
        return "desk.notice-handed-out-account", "" if stored is None else stored.name
    if fact.group_id is not None:
        group = groups.find_group(db, fact.group_id)
        return "desk.notice-handed-out-group", "" if group is None else group.slug
    return "desk.notice-handed-out-pad", str(fact.pad_id)


def _to_decide(db: Connection, account_id: AccountId) -> Sequence[AccountId]:
    """Return who decides about a new account; nobody where it is active already."""
    stored = accounts.find_account(db, account_id)
    if stored is None or stored.state is not AccountState.NEW:
        return []
    return accounts.moderators(db)
