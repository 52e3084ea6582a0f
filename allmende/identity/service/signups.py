"""How an account is made: by an invite, in open registration, or as a request."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Account, Caller, ServerRole
from allmende.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unavailable
from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId, GroupId, RequestId
from allmende.identity.events import AccountMade
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.answers import SignedIn
from allmende.identity.model.invites import StoredInvite
from allmende.identity.model.names import clean_account_name
from allmende.identity.model.origins import ORIGIN_TIME, WAVE_GAP, invited_by, wave_of
from allmende.identity.model.passkeys import NewPasskey
from allmende.identity.model.registration import (
    CLOSED,
    MAX_REQUEST_CHARS,
    MAX_WAITING,
    REQUEST_TIME,
    UNDECIDED_PER_HOUR,
    WAVE_TIME,
    YOUNG_OPEN_TIME,
    YOUNG_TIME,
    Mode,
    RequestState,
    StoredRequest,
    clean_text,
)
from allmende.identity.model.tokens import new_token, token_hash
from allmende.identity.service.invites import (
    Invites,
    Standing,
    require_invite,
    standing,
    stranger_budget,
    young_budget,
)
from allmende.identity.service.memberships import enter_group
from allmende.identity.service.needs import account_of
from allmende.identity.service.registration import Registrations, close_in_wave, mode_now
from allmende.identity.service.rules import require_account, require_free_name
from allmende.identity.service.sessions import NewSession, Sessions, begin_session, new_session
from allmende.identity.store import (
    accounts,
    groups,
    invites,
    passkeys,
    people,
    registration,
    requests,
)
from allmende.storage.outbox import record

_UNSAVED: Final = RequestId(0)
_UNDECIDED: Final = "open:"
"""Budgets of this beginning count who became active lately although nobody looked."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody about to have an account. Drawn outside the change, which may run twice.

    ``password`` is a hash; empty for somebody who comes with a ``passkey``.
    """

    name: str
    password: str
    passkey: NewPasskey | None
    now: datetime
    session: NewSession
    token: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a newcomer comes. ``state`` NEW: somebody has to decide. ``body``: what they ask."""

    state: AccountState
    origin: str
    young: timedelta
    role: ServerRole = ServerRole.NONE
    group_id: GroupId | None = None
    group_role: str = ""
    body: str = ""


class SignUps(Invites, Registrations, Sessions):
    """New accounts. All of them come through ``_arrive``."""

    async def accept_invite(
        self, typed: str, name: str, password: str, passkey: NewPasskey | None = None
    ) -> SignedIn:
        """Make an account by an invite, sign it in and bring it into the group.

        ``typed`` is a code or six words. Raises NotFound ``identity.invite-not-valid``,
        InvalidInput with the field, Conflict ``identity.name-taken``.
        """
        lookup = await self._lookup(typed)
        await self.invite(typed)
        new, key = await self._newcomer(name, password, passkey), await self._house_key()

        def change(db: Connection) -> SignedIn:
            invite = require_invite(db, lookup, new.now)
            require_free_name(db, new.name, key)
            if not invites.take(db, invite.id, new.now):
                raise NotFound("identity.invite-not-valid")
            if invite.made_by is not None and invite.group_id is None:
                people.count_invited(db, invite.made_by)
            return _arrive(db, new, _arrival_by(db, invite))

        return await self._database.write(change)

    async def join_by_invite(self, who: Caller, typed: str) -> Group:
        """Bring an account that exists into the group of an invite; a higher role stays.

        Raises NotSignedIn, NotFound ``identity.invite-not-valid``.
        """
        account_id, lookup, now = account_of(who), await self._lookup(typed), self._clock.now()

        def change(db: Connection) -> Group:
            require_account(db, account_id)
            found = require_invite(db, lookup, now)
            group = None if found.group_id is None else groups.find_group(db, found.group_id)
            if group is None:
                raise NotFound("identity.invite-not-valid")
            if groups.find_role(db, group.id, account_id) is not None:
                return group
            if not invites.take(db, found.id, now):
                raise NotFound("identity.invite-not-valid")
            enter_group(db, group.id, account_id, Role(found.role), now, by=account_id)
            return group

        return await self._database.write(change)

    async def sign_up(
        self, name: str, password: str, passkey: NewPasskey | None = None
    ) -> SignedIn:
        """Make an account in open registration; the caller has proved some work.

        In a rush it waits for a decision instead of being signed in. Raises Conflict
        ``identity.registration-closed`` once the mode is another, ``identity.name-taken``,
        InvalidInput with the field, Unavailable ``identity.too-many-wait``.
        """
        await self.require_mode(Mode.OPEN)
        new, key = await self._newcomer(name, password, passkey), await self._house_key()
        budget = f"{_UNDECIDED}{new_token(64)}"

        def change(db: Connection) -> SignedIn | None:
            if mode_now(db, new.now) is not Mode.OPEN:
                return None  # it may have closed just now: that has to be kept
            require_free_name(db, new.name, key)
            undecided = invites.count_budgets(db, _UNDECIDED, new.now)
            state = AccountState.ACTIVE if undecided < UNDECIDED_PER_HOUR else AccountState.NEW
            if state is AccountState.ACTIVE:
                invites.use_budget(db, budget, new.now + WAVE_TIME, new.now)
            origin = _web_origin(db, new.now)
            signed_in = _arrive(db, new, Arrival(state, origin, YOUNG_OPEN_TIME))
            close_in_wave(db, new.now)
            return signed_in

        signed_in = await self._database.write(change)
        if signed_in is None:
            raise Conflict(CLOSED)
        return signed_in

    async def ask_for_account(
        self, name: str, password: str, body: str, passkey: NewPasskey | None = None
    ) -> str:
        """Ask to be let in; return the key of the private page with the answer.

        Also the way without scripts while registration is open. Raises NotAllowed
        ``identity.invites-only``, Conflict ``identity.name-taken``, InvalidInput with the
        field, Unavailable ``identity.too-many-wait``.
        """
        text = clean_text(body, MAX_REQUEST_CHARS, "body")
        if not text:
            raise InvalidInput("identity.request-empty", field="body")
        await self.require_mode(Mode.REQUEST, Mode.OPEN)
        new, key = await self._newcomer(name, password, passkey), await self._house_key()

        def change(db: Connection) -> str:
            if mode_now(db, new.now) is Mode.INVITE:
                raise NotAllowed("identity.invites-only")
            require_free_name(db, new.name, key)
            origin = _web_origin(db, new.now)
            asked = Arrival(AccountState.NEW, origin, YOUNG_TIME, body=text)
            waiting = _arrive(db, new, asked).waiting
            close_in_wave(db, new.now)
            return waiting

        return await self._database.write(change)

    async def add_account(self, name: str) -> Account:
        """Make an account without a way to sign in yet. For the command line.

        Raises InvalidInput ``name``, Conflict ``identity.name-taken``.
        """
        cleaned, key, now = clean_account_name(name), await self._house_key(), self._clock.now()

        def change(db: Connection) -> Account:
            require_free_name(db, cleaned, key)
            account = accounts.add_account(
                db, name=cleaned, password="", role=ServerRole.NONE, now=now
            )
            _remember(db, account.id, invited_by(None), YOUNG_TIME, now)
            record(db, AccountMade(at=now, account_id=account.id))
            return account

        return await self._database.write(change)

    def proposed_password(self, language: str) -> str:
        """Return five random words that somebody may take as a password."""
        return self._words.proposal(language)

    async def require_mode(self, *modes: Mode) -> None:
        """Ask before slow work is done; it is asked again in the change.

        Raises NotAllowed ``identity.invites-only``, Conflict ``identity.registration-closed``.
        """
        mode = (await self.registration()).mode
        if mode in modes:
            return
        if mode is Mode.INVITE:
            raise NotAllowed("identity.invites-only")
        raise Conflict(CLOSED)

    async def _newcomer(self, name: str, password: str, passkey: NewPasskey | None) -> Newcomer:
        cleaned, hashed = clean_account_name(name), ""
        key = await self._house_key()
        await self._database.read(lambda db: require_free_name(db, cleaned, key))
        if passkey is None:
            hashed = await self._passwords.new_hash(password, cleaned)
        now = self._clock.now()
        session = new_session(now, brief=False)
        return Newcomer(cleaned, hashed, passkey, now, session, new_token(128))


def _arrival_by(db: Connection, invite: StoredInvite) -> Arrival:
    waits = standing(db, invite) is Standing.WAITS
    state = AccountState.NEW if waits else AccountState.ACTIVE
    origin = invited_by(invite.made_by)
    if invite.group_id is None:
        return Arrival(state, origin, YOUNG_TIME, role=ServerRole(invite.role))
    return Arrival(state, origin, YOUNG_TIME, group_id=invite.group_id, group_role=invite.role)


def _arrive(db: Connection, new: Newcomer, how: Arrival) -> SignedIn:
    """Add the account; sign it in if it is active, else add the request that waits."""
    waits = how.state is AccountState.NEW
    if waits and requests.count_waiting(db) >= MAX_WAITING:
        raise Unavailable("identity.too-many-wait", retry_after_s=24 * 3600)
    account = accounts.add_account(
        db, name=new.name, password=new.password, role=how.role, now=new.now, state=how.state
    )
    if new.passkey is not None:
        passkeys.add_passkey(db, account.id, new.passkey, new.now)
    _remember(db, account.id, how.origin, how.young, new.now)
    if waits:
        _add_request(db, account.id, new, how)
        signed_in = SignedIn("", account, waiting=new.token)
    else:
        signed_in = begin_session(db, account, new.session)
    record(db, AccountMade(at=new.now, account_id=account.id))
    if not waits and how.group_id is not None:
        enter_group(db, how.group_id, account.id, Role(how.group_role), new.now, by=account.id)
    return signed_in


def _add_request(db: Connection, account_id: AccountId, new: Newcomer, how: Arrival) -> None:
    asked = StoredRequest(
        id=_UNSAVED,
        account_id=account_id,
        group_id=how.group_id,
        role=how.group_role,
        body=how.body,
        state=RequestState.WAITING,
        answer="",
        made_at=new.now,
        ends_at=new.now + REQUEST_TIME,
    )
    requests.add_request(db, asked, token_hash(new.token))


def _remember(
    db: Connection, account_id: AccountId, origin: str, young: timedelta, now: datetime
) -> None:
    """Keep for a while where an account came from, and that it is new. Both rows expire."""
    registration.add_origin(db, account_id, origin, now + ORIGIN_TIME)
    invites.use_budget(db, young_budget(account_id), now + young, now)
    if young == YOUNG_OPEN_TIME:
        invites.use_budget(db, stranger_budget(account_id), now + young, now)


def _web_origin(db: Connection, now: datetime) -> str:
    """Return the wave that somebody belongs to who comes over the web now."""
    last = registration.last_over_web(db, now + ORIGIN_TIME - WAVE_GAP)
    return wave_of(None if last is None else (last[0], last[1] - ORIGIN_TIME), now)
