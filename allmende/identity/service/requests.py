"""Requests for an account: the answer, people who vouch, and what ends by itself."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict, NotAllowed, NotFound
from allmende.core.groups import Role
from allmende.core.ids import MAX_ID, AccountId, RequestId
from allmende.identity.events import AccountGone, AccountReleased
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.moderation import RequestShown, VouchShown
from allmende.identity.model.registration import (
    ANSWER_TIME,
    VOUCHES_NEEDED,
    Mark,
    RequestState,
    StoredRequest,
)
from allmende.identity.model.tokens import sign, token_hash, unsign
from allmende.identity.service.invites import is_young, stranger_budget, young_budget
from allmende.identity.service.memberships import enter_group
from allmende.identity.service.needs import Needs, person_of
from allmende.identity.service.registration import registration_of
from allmende.identity.store import accounts, groups, invites, people, registration, requests
from allmende.storage.deletions import note_deletion
from allmende.storage.outbox import record

AT_A_TIME: Final = 100
_PURPOSE: Final = "vouch"


class Requests(Needs):
    """Somebody waits, holds a private link, and gets one answer."""

    async def request(self, token: str) -> RequestShown:
        """Return a request to who made it. Raises NotFound ``identity.no-such-request``."""
        key, hashed = await self._house_key(), token_hash(token)

        def question(db: Connection) -> RequestShown:
            found = _require(requests.find_by_token(db, hashed))
            stored = (
                None if found.account_id is None else accounts.find_account(db, found.account_id)
            )
            group = None if found.group_id is None else groups.find_group(db, found.group_id)
            offered = _may_be_vouched(db, found)
            return RequestShown(
                "" if stored is None else stored.name,
                found.state,
                found.answer,
                found.ends_at,
                sign(key, _PURPOSE, str(found.id).encode()) if offered else "",
                len(requests.vouchers(db, found.id)) if offered else 0,
                "" if group is None else group.slug,
            )

        return await self._database.read(question)

    async def withdraw(self, token: str) -> None:
        """Take a request back; the name is free again. Raises NotFound, Conflict."""
        hashed, now = token_hash(token), self._clock.now()

        def change(db: Connection) -> None:
            found = _require(requests.find_by_token(db, hashed))
            refuse(db, found, RequestState.WITHDRAWN, "", now)

        await self._database.write(change)

    async def vouch_shown(self, who: Caller, token: str) -> VouchShown:
        """Return a request to a member who was asked to vouch.

        Raises NotSignedIn, NotFound ``identity.no-such-request``.
        """
        account_id, request_id = person_of(who), await self._vouched(token)

        def question(db: Connection) -> VouchShown:
            found, name = _to_vouch(db, request_id)
            given = requests.vouchers(db, found.id)
            return VouchShown(name, found.body, len(given), account_id in given)

        return await self._database.read(question)

    async def vouch(self, who: Caller, token: str) -> bool:
        """Vouch for somebody; return whether that let them in.

        Raises NotSignedIn, NotFound, NotAllowed ``identity.vouch-not-yet`` for new accounts and
        such as are looked at themselves.
        """
        account_id, request_id = person_of(who), await self._vouched(token)
        now = self._clock.now()

        def change(db: Connection) -> bool:
            found, _ = _to_vouch(db, request_id)
            watched = Mark.SUSPICIOUS in registration.marks_of(db, account_id)
            if watched or is_young(db, account_id, now):
                raise NotAllowed("identity.vouch-not-yet")
            given = requests.vouchers(db, found.id)
            if account_id not in given:
                requests.add_vouch(db, found.id, account_id)
            if len(given | {account_id}) < VOUCHES_NEEDED:
                return False
            let_in(db, found, "", now)
            return True

        return await self._database.write(change)

    async def end_requests(self) -> int:
        """Close requests nobody answered, wipe answered ones; return how many. By a job."""
        now, ended = self._clock.now(), 0

        def change(db: Connection) -> int:
            over = requests.requests_over(db, now, most=AT_A_TIME)
            for request in over:
                if request.state is RequestState.WAITING:
                    refuse(db, request, RequestState.EXPIRED, "", now)
                else:
                    requests.delete_request(db, request.id)
            return len(over)

        while some := await self._database.write(change):
            ended += some
        return ended

    async def _vouched(self, token: str) -> RequestId:
        payload = unsign(await self._house_key(), _PURPOSE, token)
        number = 0 if payload is None else int(payload)  # signed by us: a number
        if not 0 < number <= MAX_ID:
            raise NotFound("identity.no-such-request")
        return RequestId(number)


def let_in(db: Connection, request: StoredRequest, answer: str, now: datetime) -> None:
    """Grant a request: the account is active, in the group of its invite too.

    Raises Conflict ``identity.request-answered``.
    """
    _close(db, request, RequestState.GRANTED, answer, now)
    account_id = request.account_id
    if account_id is None or not registration.set_state(
        db, account_id, AccountState.NEW, AccountState.ACTIVE
    ):
        raise Conflict("identity.request-answered")
    if request.group_id is not None:
        enter_group(db, request.group_id, account_id, Role(request.role), now, by=account_id)
    record(db, AccountReleased(at=now, account_id=account_id))


def refuse(
    db: Connection, request: StoredRequest, state: RequestState, answer: str, now: datetime
) -> None:
    """End a request otherwise: the account that waited was never one, its name is free again.

    Raises Conflict ``identity.request-answered``.
    """
    _close(db, request, state, answer, now)
    if request.account_id is not None:
        forget_newcomer(db, request.account_id, now)


def forget_newcomer(db: Connection, account_id: AccountId, now: datetime) -> None:
    """Delete an account that was never active."""
    people.delete_account(db, account_id)
    invites.forget_budget(db, young_budget(account_id))
    invites.forget_budget(db, stranger_budget(account_id))
    note_deletion(db, "identity.account", str(account_id), now)
    record(db, AccountGone(at=now, account_id=account_id))


def _close(
    db: Connection, request: StoredRequest, state: RequestState, answer: str, now: datetime
) -> None:
    if not requests.close_request(db, request.id, state, answer, now + ANSWER_TIME):
        raise Conflict("identity.request-answered")


def _require(found: StoredRequest | None) -> StoredRequest:
    if found is None:
        raise NotFound("identity.no-such-request")
    return found


def _may_be_vouched(db: Connection, request: StoredRequest) -> bool:
    """Who waits because of a suspicious invite waits for a moderator alone."""
    waits = request.state is RequestState.WAITING and request.group_id is None
    return waits and registration_of(db).vouching


def _to_vouch(db: Connection, request_id: RequestId) -> tuple[StoredRequest, str]:
    found = _require(requests.find_request(db, request_id))
    stored = None if found.account_id is None else accounts.find_account(db, found.account_id)
    if stored is None or not _may_be_vouched(db, found):
        raise NotFound("identity.no-such-request")
    return found, stored.name
