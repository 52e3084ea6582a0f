"""Places in a group, offered to accounts by name: accepted or declined by them alone.

Whoever offers learns nothing about which names there are: the answer is the same, and the offer
stands in the list until it ends, also for a name that nobody has or who declined.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict, NotAllowed, NotFound, QuotaExceeded
from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId, GroupId
from allmende.identity.events import OfferMade
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.groups import MAX_OFFERS_PER_GROUP, OFFER_LIFETIME, OfferShown
from allmende.identity.model.names import clean_account_name
from allmende.identity.service.bringing import require_bringing
from allmende.identity.service.memberships import enter_group
from allmende.identity.service.needs import Needs, account_of
from allmende.identity.store import accounts, groups, offers
from allmende.identity.store.offers import StoredOffer
from allmende.storage.outbox import record


class Offers(Needs):
    """Bringing accounts that exist."""

    async def make_offer(
        self, who: Caller, group_id: GroupId, name: str, role: Role = Role.MEMBER
    ) -> None:
        """Offer the account ``name`` a place in a group for 30 days.

        Raises NotFound, NotAllowed, InvalidInput ``account``, Conflict ``identity.member-already``,
        QuotaExceeded ``identity.too-many-offers``.
        """
        own, typed, now = account_of(who), clean_account_name(name, "account"), self._clock.now()

        def change(db: Connection) -> None:
            require_bringing(db, who, group_id, role, people=False)
            if typed in {member.name for member in groups.members(db, group_id)}:
                raise Conflict("identity.member-already", field="account")
            if offers.count_offers(db, group_id, now) >= MAX_OFFERS_PER_GROUP:
                raise QuotaExceeded("identity.too-many-offers", max=MAX_OFFERS_PER_GROUP)
            account_id = _find_account(db, typed)
            offers.add_offer(
                db,
                group_id=group_id,
                typed=typed,
                account_id=account_id,
                by=own,
                role=role,
                ends_at=now + OFFER_LIFETIME,
            )
            if account_id is not None:
                record(db, OfferMade(at=now, group_id=group_id, account_id=account_id))

        await self._database.write(change)

    async def offers_of(self, who: Caller) -> Sequence[OfferShown]:
        """Return the places that the caller was offered. Raises NotSignedIn."""
        account_id, now = account_of(who), self._clock.now()
        return await self._database.read(lambda db: offers.offers_of_account(db, account_id, now))

    async def accept_offer(self, who: Caller, offer_id: int) -> Group:
        """Take the place. Whoever offered it must still be allowed to.

        Raises NotSignedIn, NotFound ``identity.offer-not-valid``.
        """
        account_id, now = account_of(who), self._clock.now()

        def change(db: Connection) -> Group:
            found = offers.find_offer(db, offer_id, now)
            if found is None or found.account_id != account_id:
                raise NotFound("identity.offer-not-valid")
            group = _require_still(db, found)
            offers.forget_offers(db, group.id, account_id)
            enter_group(db, group.id, account_id, found.role, now, by=account_id)
            return group

        return await self._database.write(change)

    async def decline_offer(self, who: Caller, offer_id: int) -> None:
        """Leave the place. Raises NotSignedIn, NotFound ``identity.offer-not-valid``."""
        account_id = account_of(who)

        def change(db: Connection) -> None:
            if not offers.decline_offer(db, offer_id, account_id):
                raise NotFound("identity.offer-not-valid")

        await self._database.write(change)

    async def revoke_offer(self, who: Caller, group_id: GroupId, offer_id: int) -> None:
        """Take an offer back. Raises NotFound ``identity.offer-not-valid``, NotAllowed."""

        def change(db: Connection) -> None:
            require_bringing(db, who, group_id, Role.GUEST, people=False)
            if not offers.revoke_offer(db, group_id, offer_id):
                raise NotFound("identity.offer-not-valid")

        await self._database.write(change)


def _require_still(db: Connection, found: StoredOffer) -> Group:
    """Return the group if whoever made the offer could make it today."""
    if found.by_account_id is None:
        raise NotFound("identity.offer-not-valid")
    maker = Caller(account_id=found.by_account_id)
    account = accounts.find_account(db, found.by_account_id)
    if account is None or account.state is AccountState.FROZEN:
        raise NotFound("identity.offer-not-valid")
    try:
        return require_bringing(db, maker, found.group_id, found.role, people=False)
    except (NotAllowed, NotFound):
        raise NotFound("identity.offer-not-valid") from None


def _find_account(db: Connection, name: str) -> AccountId | None:
    stored = accounts.find_account_by_name(db, name)
    return None if stored is None or stored.state is not AccountState.ACTIVE else stored.id
