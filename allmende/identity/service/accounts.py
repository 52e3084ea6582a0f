"""Accounts: signing in, accepting invites, passwords, and the operator's help."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from allmende.core.accounts import Account, Caller
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.errors import InvalidInput, NotFound
from allmende.core.groups import Group
from allmende.core.ids import AccountId
from allmende.identity.events import AccountGone, AccountMade, SessionRevoked
from allmende.identity.model.accounts import RESET_LIFETIME, AccountState, ServerRole
from allmende.identity.model.answers import InviteShown, SignedIn
from allmende.identity.model.invites import OPERATOR_INVITE_LIFETIME
from allmende.identity.model.names import clean_account_name
from allmende.identity.model.settings import DEFAULTS, Settings
from allmende.identity.model.throttle import Throttle
from allmende.identity.model.tokens import blocked_name, new_token, token_hash
from allmende.identity.service.needs import Threads, account_of
from allmende.identity.service.passwords import Passwords
from allmende.identity.service.rules import (
    add_by_invite,
    invite_shown,
    require_account,
    require_account_named,
    require_free_name,
    require_invite,
    require_other_admin,
    require_reset,
    tell_membership,
)
from allmende.identity.service.sessions import Sessions, begin_session, new_session
from allmende.identity.store import accounts, groups
from allmende.storage.database import Database
from allmende.storage.outbox import record


class Accounts(Sessions):
    """Who has an account and how they prove it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        threads: Threads,
        bus: Bus,
        settings: Settings = DEFAULTS,
    ) -> None:
        super().__init__(database, clock, threads, bus, settings)
        self._passwords = Passwords(threads)
        self._throttle = Throttle(settings.sign_ins_per_quarter)

    async def first_start(self) -> str | None:
        """Return the code of an invite that makes an operator, once: while nobody is here."""
        now, code = self._clock.now(), new_token(128)

        def change(db: Connection) -> bool:
            if accounts.has_accounts(db) or groups.has_server_invite(db, now):
                return False
            _add_operator_invite(db, code, now)
            return True

        return code if await self._database.write(change) else None

    async def make_operator_invite(self) -> str:
        """Return the code of another invite that makes an operator. For the command line."""
        now, code = self._clock.now(), new_token(128)
        await self._database.write(lambda db: _add_operator_invite(db, code, now))
        return code

    async def sign_in(
        self, name: str, password: str, *, brief: bool, caller_key: str = ""
    ) -> SignedIn:
        """Begin a session; ``brief``: 12 hours, for a computer that is not one's own.

        ``caller_key`` tells callers apart for the throttle: the hashed address. Unknown names
        take the same time. Raises InvalidInput ``identity.wrong-name-or-password``,
        TooManyRequests ``identity.try-later``, Unavailable ``identity.busy``.
        """
        name = name.strip().lower()[:100]
        self._throttle.require_patience(name, caller_key, self._clock.monotonic_s())
        stored = await self._database.read(lambda db: accounts.find_account_by_name(db, name))
        fits = await self._passwords.fits(None if stored is None else stored.password, password)
        if stored is None or not fits or stored.state is not AccountState.ACTIVE:
            self._throttle.failed(name, caller_key, self._clock.monotonic_s())
            raise InvalidInput("identity.wrong-name-or-password", field="password")
        self._throttle.succeeded(name, caller_key)
        account = Account(stored.id, stored.name)
        session = new_session(self._clock.now(), brief=brief)

        def change(db: Connection) -> SignedIn:
            if require_account(db, account.id).password != stored.password:
                raise InvalidInput("identity.wrong-name-or-password", field="password")
            return begin_session(db, account, session)

        return await self._database.write(change)

    async def invite(self, code: str) -> InviteShown:
        """Return where an invite leads. Raises NotFound ``identity.invite-not-valid``."""
        hashed, now = token_hash(code), self._clock.now()

        def question(db: Connection) -> InviteShown:
            found = groups.find_invite(db, hashed, now)
            return invite_shown(db, require_invite(found))

        return await self._database.read(question)

    async def accept_invite(self, code: str, name: str, password: str) -> SignedIn:
        """Make an account by an invite and sign it in.

        Raises NotFound ``identity.invite-not-valid``, InvalidInput with the field, Conflict
        ``identity.name-taken``.
        """
        name, hashed = clean_account_name(name), token_hash(code)
        await self.invite(code)
        key = await self._house_key()
        stored = await self._passwords.new_hash(password, name)
        now = self._clock.now()
        session = new_session(now, brief=False)

        def change(db: Connection) -> SignedIn:
            invite = require_invite(groups.take_invite(db, hashed, now))
            require_free_name(db, name, key)
            role = ServerRole.OPERATOR if invite.group_id is None else ServerRole.NONE
            account = accounts.add_account(db, name=name, password=stored, role=role, now=now)
            signed_in = begin_session(db, account, session)
            add_by_invite(db, invite, account.id, now)
            record(db, AccountMade(at=now, account_id=account.id))
            tell_membership(db, invite.group_id, account.id, now)
            return signed_in

        return await self._database.write(change)

    async def join_by_invite(self, who: Caller, code: str) -> Group:
        """Bring an account that exists into the group of an invite; a higher role stays.

        Raises NotSignedIn, NotFound ``identity.invite-not-valid``.
        """
        account_id, hashed, now = account_of(who), token_hash(code), self._clock.now()

        def change(db: Connection) -> Group:
            found = require_invite(groups.find_invite(db, hashed, now))
            group = None if found.group_id is None else groups.find_group(db, found.group_id)
            if group is None:
                raise NotFound("identity.invite-not-valid")
            if groups.find_role(db, group.id, account_id) is not None:
                return group
            groups.take_invite(db, hashed, now)
            add_by_invite(db, found, account_id, now)
            tell_membership(db, found.group_id, account_id, now)
            return group

        return await self._database.write(change)

    async def change_password(self, who: Caller, old: str, new: str) -> None:
        """Give oneself another password; all other sessions end.

        Raises InvalidInput with the field ``old`` or ``new``, TooManyRequests.
        """
        account_id, now = account_of(who), self._clock.now()
        stored = await self._database.read(lambda db: require_account(db, account_id))
        caller_key = f"session {who.session_id}"
        self._throttle.require_patience(stored.name, caller_key, self._clock.monotonic_s())
        if not await self._passwords.fits(stored.password, old):
            self._throttle.failed(stored.name, caller_key, self._clock.monotonic_s())
            raise InvalidInput("identity.wrong-password", field="old")
        hashed = await self._passwords.new_hash(new, stored.name, "new")

        def change(db: Connection) -> None:
            require_account(db, account_id)
            accounts.set_password(db, account_id, hashed)
            accounts.end_resets(db, account_id)
            for session in accounts.sessions_of(db, account_id):
                if session.id != who.session_id:
                    accounts.end_session(db, account_id, session.id)
                    record(
                        db,
                        SessionRevoked(at=now, account_id=account_id, session_id=session.id),
                    )

        await self._database.write(change)
        self.forget_session(account_id, None)

    async def reset(self, name: str) -> str:
        """Return a token that lets somebody choose a new password within 24 hours.

        For the operator; an older one ends. Raises NotFound ``identity.no-such-account``.
        """
        now, token = self._clock.now(), new_token()

        def change(db: Connection) -> None:
            account = require_account_named(db, name)
            accounts.add_reset(
                db,
                account_id=account.id,
                token_hash=token_hash(token),
                expires_at=now + RESET_LIFETIME,
            )

        await self._database.write(change)
        return token

    async def reset_of(self, token: str) -> Account:
        """Return whose sign-in link this is. Raises NotFound ``identity.reset-not-valid``."""
        hashed, now = token_hash(token), self._clock.now()

        def question(db: Connection) -> Account:
            return require_reset(db, accounts.find_reset(db, hashed, now))

        return await self._database.read(question)

    async def use_reset(self, token: str, password: str) -> SignedIn:
        """Choose a new password by a sign-in link; all sessions end and a new one begins.

        Raises NotFound ``identity.reset-not-valid``, InvalidInput with the field.
        """
        account, hashed = await self.reset_of(token), token_hash(token)
        stored = await self._passwords.new_hash(password, account.name)
        now = self._clock.now()
        session = new_session(now, brief=False)

        def change(db: Connection) -> SignedIn:
            require_reset(db, accounts.take_reset(db, hashed, now))
            accounts.set_password(db, account.id, stored)
            accounts.end_resets(db, account.id)
            accounts.end_sessions(db, account.id)
            signed_in = begin_session(db, account, session)
            record(db, SessionRevoked(at=now, account_id=account.id, session_id=None))
            return signed_in

        signed_in = await self._database.write(change)
        self.forget_session(account.id, None)
        return signed_in

    async def remove_account(self, name: str) -> None:
        """Remove an account for good; its name stays blocked as a keyed hash.

        For the operator. Raises NotFound ``identity.no-such-account``, Conflict
        ``identity.last-admin`` while it is the only admin of a group with others in it.
        """
        now, key = self._clock.now(), await self._house_key()

        def change(db: Connection) -> AccountId:
            account = require_account_named(db, name)
            left = [membership.group.id for membership in groups.groups_of(db, account.id)]
            for group_id in left:
                require_other_admin(db, group_id, account.id)
                groups.remove_member(db, group_id, account.id)
            accounts.end_sessions(db, account.id)
            accounts.end_resets(db, account.id)
            accounts.clear_account(db, account.id, blocked_name(key, account.name))
            for group_id in left:
                tell_membership(db, group_id, account.id, now)
            record(db, AccountGone(at=now, account_id=account.id))
            return account.id

        self.forget_session(await self._database.write(change), None)

    async def account_names(self) -> Sequence[str]:
        """Return the names of all accounts, for the operator's command line."""
        return await self._database.read(
            lambda db: [n for n in accounts.account_names(db) if not n.startswith("-")]
        )


def _add_operator_invite(db: Connection, code: str, now: datetime) -> None:
    groups.add_invite(
        db,
        group_id=None,
        role=ServerRole.OPERATOR,
        uses=1,
        expires_at=now + OPERATOR_INVITE_LIFETIME,
        code_hash=token_hash(code),
    )
