"""Passkeys: made, checked, named and removed (WebAuthn Level 3, by the library of that name)."""

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.errors import Conflict, InvalidInput, NotFound, QuotaExceeded
from allmende.core.ids import AccountId, PasskeyId
from allmende.core.late import Late
from allmende.identity.model.accounts import StoredAccount
from allmende.identity.model.answers import PasskeyShown
from allmende.identity.model.devices import label_shown
from allmende.identity.model.passkeys import (
    CHALLENGE_BYTES,
    CHALLENGE_LIFETIME,
    MAX_PASSKEYS,
    MAX_RESPONSE_CHARS,
    Challenge,
    NewPasskey,
    PasskeyOptions,
    StoredPasskey,
    challenge_of,
    user_handle,
)
from allmende.identity.model.plants import new_label
from allmende.identity.model.settings import DEFAULTS, Settings
from allmende.identity.model.strength import NEEDS_SECOND_STEP
from allmende.identity.service.needs import Threads, person_of
from allmende.identity.service.rules import require_account
from allmende.identity.service.strength import Strength
from allmende.identity.store import accounts, passkeys, totp
from allmende.storage.database import Database

if TYPE_CHECKING:
    import webauthn
    from webauthn.helpers import exceptions, structs
else:
    webauthn = Late("webauthn")
    exceptions = Late("webauthn.helpers.exceptions")
    structs = Late("webauthn.helpers.structs")

MAX_SPENT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Asserted:
    """A passkey that answered rightly. ``verified``: the device asked for finger or PIN."""

    account: StoredAccount
    passkey: StoredPasskey
    sign_count: int
    verified: bool


class Passkeys(Strength):
    """Several for each account; the browser offers them without a name being typed."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        threads: Threads,
        bus: Bus,
        settings: Settings = DEFAULTS,
    ) -> None:
        super().__init__(database, clock, threads, bus, settings)
        self._spent: OrderedDict[bytes, float] = OrderedDict()

    @property
    def has_passkeys(self) -> bool:
        """Whether browsers make passkeys for the address of this server."""
        return self._settings.has_passkeys

    async def passkey_options(self, name: str) -> PasskeyOptions:
        """Return what the browser needs to make a passkey for ``name``, which may be new.

        The answer does not tell whether there is such an account.
        """
        return await self._creation(name.strip().lower()[:100], [])

    async def own_passkey_options(self, who: Caller) -> PasskeyOptions:
        """Return the same for the caller, without devices that have one. Raises NotSignedIn."""
        account_id = person_of(who)

        def question(db: Connection) -> tuple[str, Sequence[StoredPasskey]]:
            return require_account(db, account_id).name, passkeys.passkeys_of(db, account_id)

        name, known = await self._database.read(question)
        return await self._creation(name, [one.credential for one in known])

    async def asked_passkey(self) -> PasskeyOptions:
        """Return what the browser needs to prove any passkey of this server."""
        challenge = self._challenge("")
        options = webauthn.generate_authentication_options(
            rp_id=self._settings.host,
            challenge=challenge.value,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        )
        return PasskeyOptions(
            webauthn.options_to_json(options), challenge.ticket(await self._house_key())
        )

    async def checked_passkey(self, ticket: str, response_json: str, name: str = "") -> NewPasskey:
        """Return the passkey that the browser made with ``passkey_options``.

        ``name``: the one it has to be made for; empty: the one of the ticket. Raises InvalidInput
        ``identity.passkey-too-late`` or ``identity.passkey-refused``, with the field ``passkey``.
        """
        challenge = await self._given(ticket)
        if not challenge.name or name.strip().lower() not in ("", challenge.name):
            raise _refused()
        try:
            verified = webauthn.verify_registration_response(
                credential=response_json[:MAX_RESPONSE_CHARS],
                expected_challenge=challenge.value,
                expected_rp_id=self._settings.host,
                expected_origin=self._settings.url,
            )
        except _malformed():
            raise _refused() from None
        self._spend(challenge)
        return NewPasskey(
            public_key=verified.credential_public_key,
            credential=webauthn.helpers.bytes_to_base64url(verified.credential_id),
            sign_count=verified.sign_count,
            label=new_label(),
        )

    async def add_passkey(self, who: Caller, ticket: str, response_json: str) -> None:
        """Let the caller sign in by the passkey that their browser just made.

        Raises NotSignedIn, ProofNeeded, InvalidInput with the field ``passkey``, QuotaExceeded.
        """
        account_id, now = person_of(who), self._clock.now()
        await self.require_strong(who)
        account = await self._database.read(lambda db: require_account(db, account_id))
        new = await self.checked_passkey(ticket, response_json, account.name)

        def change(db: Connection) -> None:
            if passkeys.count_passkeys(db, account_id) >= MAX_PASSKEYS:
                raise QuotaExceeded("identity.too-many-passkeys", max=MAX_PASSKEYS)
            add_new_passkey(db, account_id, new, now)

        await self._database.write(change)

    async def passkeys(self, who: Caller) -> Sequence[PasskeyShown]:
        """Return the passkeys of the caller, oldest first. Raises NotSignedIn."""
        account_id = person_of(who)
        found = await self._database.read(lambda db: passkeys.passkeys_of(db, account_id))
        return [PasskeyShown(one.id, *label_shown(one.label), one.since, one.seen) for one in found]

    async def remove_passkey(self, who: Caller, passkey_id: PasskeyId) -> None:
        """Remove a passkey. Raises NotSignedIn, ProofNeeded, NotFound ``identity.no-such-passkey``,
        Conflict ``identity.last-way-in`` or ``identity.second-step-stays``.
        """
        account_id, now = person_of(who), self._clock.now()
        await self.require_strong(who)

        def change(db: Connection) -> None:
            account = require_account(db, account_id)
            if not passkeys.remove_passkey(db, account_id, passkey_id, now):
                raise NotFound("identity.no-such-passkey")
            left = totp.proofs_of(db, account_id)
            if not left.password and not left.passkeys:
                raise Conflict("identity.last-way-in")
            if account.role in NEEDS_SECOND_STEP and not left.second:
                raise Conflict("identity.second-step-stays")

        await self._database.write(change)

    async def _creation(self, name: str, known: Sequence[str]) -> PasskeyOptions:
        key, challenge = await self._house_key(), self._challenge(name)
        options = webauthn.generate_registration_options(
            rp_id=self._settings.host,
            rp_name=self._settings.host,
            user_name=name or "-",
            user_id=user_handle(key, name),
            challenge=challenge.value,
            attestation=structs.AttestationConveyancePreference.NONE,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=[
                structs.PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(one))
                for one in known
            ],
        )
        return PasskeyOptions(webauthn.options_to_json(options), challenge.ticket(key))

    async def _asserted(self, ticket: str, response_json: str) -> Asserted:
        """Return whose passkey answered. Raises InvalidInput with the field ``passkey``."""
        challenge = await self._given(ticket)
        try:
            given = webauthn.helpers.parse_authentication_credential_json(
                response_json[:MAX_RESPONSE_CHARS]
            )
        except _malformed():
            raise _refused() from None
        found = await self._database.read(lambda db: _owner(db, given.id))
        if challenge.name or found is None:
            raise InvalidInput("identity.passkey-unknown", field="passkey")
        account, passkey = found
        handle = given.response.user_handle
        if handle is not None and handle != user_handle(await self._house_key(), account.name):
            raise _refused()
        try:
            verified = webauthn.verify_authentication_response(
                credential=given,
                expected_challenge=challenge.value,
                expected_rp_id=self._settings.host,
                expected_origin=self._settings.url,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
            )
        except _malformed():
            raise _refused() from None
        self._spend(challenge)
        return Asserted(account, passkey, verified.new_sign_count, verified.user_verified)

    def _challenge(self, name: str) -> Challenge:
        ends_at = self._clock.now() + CHALLENGE_LIFETIME
        return Challenge(secrets.token_bytes(CHALLENGE_BYTES), name, ends_at)

    async def _given(self, ticket: str) -> Challenge:
        challenge = challenge_of(await self._house_key(), ticket, self._clock.now())
        if challenge is None or challenge.value in self._spent:
            raise InvalidInput("identity.passkey-too-late", field="passkey")
        return challenge

    def _spend(self, challenge: Challenge) -> None:
        """A challenge is answered once, so that nobody sends an answer a second time."""
        now_s = self._clock.monotonic_s()
        while self._spent and (
            next(iter(self._spent.values())) < now_s or len(self._spent) > MAX_SPENT
        ):
            self._spent.popitem(last=False)
        self._spent[challenge.value] = now_s + CHALLENGE_LIFETIME.total_seconds()


def add_new_passkey(db: Connection, account_id: AccountId, new: NewPasskey, now: datetime) -> None:
    """Keep a passkey inside a change. Raises Conflict ``identity.passkey-known``."""
    if passkeys.find_passkey(db, new.credential) is not None:
        raise Conflict("identity.passkey-known", field="passkey")
    passkeys.add_passkey(db, account_id, new, now)


def use_asserted(db: Connection, asserted: Asserted, now: datetime) -> None:
    """Note inside a change that a passkey was used. Raises InvalidInput for one used twice."""
    if not passkeys.use_passkey(db, asserted.passkey, asserted.sign_count, now):
        raise _refused()


def _owner(db: Connection, credential: str) -> tuple[StoredAccount, StoredPasskey] | None:
    passkey = passkeys.find_passkey(db, credential)
    account = None if passkey is None else accounts.find_account(db, passkey.account_id)
    return None if passkey is None or account is None else (account, passkey)


def _malformed() -> tuple[type[Exception], ...]:
    """What the library raises for bytes that a browser never sends."""
    return exceptions.WebAuthnException, ValueError, TypeError, KeyError, RecursionError


def _refused() -> InvalidInput:
    return InvalidInput("identity.passkey-refused", field="passkey")
