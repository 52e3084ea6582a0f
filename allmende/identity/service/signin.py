"""Signing in: by password, by passkey, with a second step; and proving it once more."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from allmende.core.accounts import Account, Caller
from allmende.core.errors import InvalidInput
from allmende.core.ids import AccountId
from allmende.identity.model.accounts import AccountState, StoredAccount
from allmende.identity.model.answers import SecondStep, SignedIn
from allmende.identity.model.devices import device_of, known_device
from allmende.identity.model.strength import (
    HALFWAY_LIFETIME,
    NEEDS_SECOND_STEP,
    Halfway,
    Proofs,
    halfway_of,
    password_digest,
)
from allmende.identity.service.needs import person_of
from allmende.identity.service.passkeys import Asserted, Passkeys, use_asserted
from allmende.identity.service.rules import require_account
from allmende.identity.service.sessions import begin_session, new_session
from allmende.identity.service.totp import SecondSteps, use_code
from allmende.identity.store import accounts, totp

MAY_SIGN_IN = frozenset({AccountState.ACTIVE, AccountState.LEAVING})
"""Whoever is leaving and signs in stays."""

_NOBODY = AccountId(0)


@dataclass(frozen=True, slots=True)
class Browser:
    """What is known of the browser that somebody signs in with.

    ``address``: the hashed address, which tells callers apart for the throttle. ``device``: its
    cookie from earlier. ``worked``: it brought proof of work. ``brief``: not one's own computer.
    """

    address: str = ""
    device: str | None = None
    worked: bool = False
    brief: bool = False


class SignIn(Passkeys, SecondSteps):
    """One answer for unknown names and wrong passwords, after the same work."""

    async def sign_in(
        self,
        name: str,
        password: str,
        *,
        brief: bool = False,
        caller_key: str = "",
        device: str | None = None,
        worked: bool = False,
    ) -> SignedIn | SecondStep:
        """Begin a session, or say what else is needed; ``brief``: 12 hours.

        ``caller_key`` tells callers apart for the throttle: the hashed address. ``device``: the
        cookie of this browser. ``worked``: it brought proof of work. Unknown names take the same
        time. Raises InvalidInput ``identity.wrong-name-or-password``, TooManyRequests
        ``identity.try-later`` or ``identity.work-first``, Unavailable ``identity.busy``.
        """
        name = name.strip().lower()[:100]
        browser = Browser(caller_key, device, worked, brief)
        caller = await self._patient(name, browser)
        stored, proofs = await self._database.read(lambda db: _found(db, name))
        fits = await self._passwords.fits(None if stored is None else stored.password, password)
        if stored is None or not fits or stored.state not in MAY_SIGN_IN:
            self._throttle.failed(name, caller, self._clock.monotonic_s())
            raise InvalidInput("identity.wrong-name-or-password", field="password")
        self._throttle.succeeded(name, caller)
        if proofs.totp or (stored.role in NEEDS_SECOND_STEP and proofs.passkeys):
            return await self._halfway(stored, proofs, brief=brief)
        return await self._begun(stored, browser)

    async def second_step(
        self,
        token: str,
        code: str = "",
        *,
        passkey: tuple[str, str] | None = None,
        caller_key: str = "",
        device: str | None = None,
        worked: bool = False,
    ) -> SignedIn:
        """Begin the session that ``SecondStep`` left open, by a code or a passkey.

        ``passkey``: its ticket and the answer of the browser. Raises InvalidInput
        ``identity.sign-in-again``, ``identity.wrong-code`` with the field ``code``, those of
        passkeys with the field ``passkey``; TooManyRequests like ``sign_in``.
        """
        key, now = await self._house_key(), self._clock.now()
        halfway = halfway_of(key, token, now)
        stored = None if halfway is None else await self._account(halfway.account_id)
        if halfway is None or stored is None or stored.state not in MAY_SIGN_IN:
            raise InvalidInput("identity.sign-in-again")
        if password_digest(stored.password) != halfway.password:
            raise InvalidInput("identity.sign-in-again")
        browser = Browser(caller_key, device, worked, halfway.brief)
        if passkey is not None:
            asserted = await self._asserted(*passkey)
            _require_same(asserted, stored.id)
            return await self._begun(stored, browser, asserted)
        await self._use_code(stored, code, browser)
        return await self._begun(stored, browser)

    async def sign_in_by_passkey(
        self, ticket: str, response_json: str, *, brief: bool = False, device: str | None = None
    ) -> SignedIn | SecondStep:
        """Begin a session by a passkey, which says itself whose it is.

        With a second step switched on, a passkey that asked for neither finger nor PIN needs it
        too. Raises InvalidInput with the field ``passkey``.
        """
        asserted = await self._asserted(ticket, response_json)
        account = asserted.account
        if account.state not in MAY_SIGN_IN:
            raise InvalidInput("identity.passkey-unknown", field="passkey")
        if not asserted.verified:
            proofs = await self._database.read(lambda db: totp.proofs_of(db, account.id))
            if proofs.totp:
                return await self._halfway(account, replace(proofs, passkeys=0), brief=brief)
        return await self._begun(account, Browser(device=device, brief=brief), asserted)

    async def confirm(
        self, who: Caller, password: str, code: str = "", *, worked: bool = False
    ) -> None:
        """Note that it is really them: by the password, and by a code where there are codes.

        Raises NotSignedIn, InvalidInput with the field ``password`` or ``code``, TooManyRequests.
        """
        account_id = person_of(who)
        stored = await self._database.read(lambda db: require_account(db, account_id))
        proofs = await self._database.read(lambda db: totp.proofs_of(db, account_id))
        browser = Browser(address=f"session {who.session_id}", worked=worked)
        caller = await self._patient(stored.name, browser)
        if not await self._passwords.fits(stored.password, password):
            self._throttle.failed(stored.name, caller, self._clock.monotonic_s())
            raise InvalidInput("identity.wrong-password", field="password")
        if proofs.totp:
            await self._use_code(stored, code, browser)
        await self._database.write(lambda db: self._strengthened(db, who, account_id))

    async def confirm_by_passkey(self, who: Caller, ticket: str, response_json: str) -> None:
        """Note that it is really them, by a passkey of theirs.

        Raises NotSignedIn, InvalidInput with the field ``passkey``.
        """
        account_id, now = person_of(who), self._clock.now()
        asserted = await self._asserted(ticket, response_json)
        _require_same(asserted, account_id)

        def change(db: Connection) -> None:
            use_asserted(db, asserted, now)
            self._strengthened(db, who, account_id)

        await self._database.write(change)

    async def _patient(self, name: str, browser: Browser) -> str:
        """Return the key of a caller who may try now. Raises TooManyRequests."""
        known = device_of(await self._house_key(), name, browser.device)
        own = browser.address.startswith("session ")
        caller = browser.address if known is None else f"device {known}"
        self._throttle.require_patience(
            name,
            caller,
            self._clock.monotonic_s(),
            known=own or known is not None,
            worked=browser.worked,
        )
        return caller

    async def _use_code(self, account: StoredAccount, code: str, browser: Browser) -> None:
        """Use a code up. Raises InvalidInput ``identity.wrong-code``, TooManyRequests."""
        key, now_s = await self._house_key(), self._clock.now().timestamp()
        name = f"{account.name} code"
        caller = await self._patient(name, browser)
        if not await self._database.write(lambda db: use_code(db, key, account.id, code, now_s)):
            self._throttle.failed(name, caller, self._clock.monotonic_s())
            raise InvalidInput("identity.wrong-code", field="code")
        self._throttle.succeeded(name, caller)

    async def _halfway(self, account: StoredAccount, proofs: Proofs, *, brief: bool) -> SecondStep:
        ends_at = self._clock.now() + HALFWAY_LIFETIME
        halfway = Halfway(account.id, password_digest(account.password), brief, ends_at)
        token = halfway.token(await self._house_key())
        return SecondStep(token, code=proofs.totp, passkey=proofs.passkeys > 0)

    async def _account(self, account_id: AccountId) -> StoredAccount | None:
        return await self._database.read(lambda db: accounts.find_account(db, account_id))

    async def _begun(
        self, account: StoredAccount, browser: Browser, asserted: Asserted | None = None
    ) -> SignedIn:
        now = self._clock.now()
        session = new_session(now, brief=browser.brief)

        def change(db: Connection) -> SignedIn:
            _require_unchanged(db, account)
            if asserted is not None:
                use_asserted(db, asserted, now)
            begun = begin_session(db, Account(account.id, account.name), session)
            second = totp.proofs_of(db, account.id).second
            lacks = account.role in NEEDS_SECOND_STEP and not second
            return replace(begun, lacks_second_step=lacks)

        signed_in = await self._database.write(change)
        return replace(signed_in, device=await self._device(account.name, browser))

    async def _device(self, name: str, browser: Browser) -> str:
        """Return the cookie of a device that has signed in; a computer of others stays unknown."""
        if browser.brief:
            return ""
        return known_device(await self._house_key(), name, browser.device)


def _found(db: Connection, name: str) -> tuple[StoredAccount | None, Proofs]:
    """Ask the same for names that nobody has."""
    stored = accounts.find_account_by_name(db, name)
    return stored, totp.proofs_of(db, _NOBODY if stored is None else stored.id)


def _require_unchanged(db: Connection, account: StoredAccount) -> None:
    found = accounts.find_account(db, account.id)
    if found is None or (found.state, found.password) != (account.state, account.password):
        raise InvalidInput("identity.wrong-name-or-password", field="password")


def _require_same(asserted: Asserted, account_id: AccountId) -> None:
    if asserted.account.id != account_id:
        raise InvalidInput("identity.passkey-unknown", field="passkey")
