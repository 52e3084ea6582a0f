"""The second step: codes of six digits, and ten codes on paper for the day the phone is gone."""

import hmac
from collections.abc import Sequence

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict, InvalidInput, NotFound
from allmende.core.ids import AccountId
from allmende.identity.model.strength import NEEDS_SECOND_STEP
from allmende.identity.model.totp import (
    TotpOffer,
    backup_code_hash,
    digits_of,
    fitting_step,
    new_backup_codes,
    new_secret,
    opened_secret,
    sealed_secret,
    secret_text,
    totp_uri,
)
from allmende.identity.service.needs import person_of
from allmende.identity.service.rules import require_account
from allmende.identity.service.strength import Strength
from allmende.identity.store import totp


class SecondSteps(Strength):
    """Switched on with a first code, off by their person; a new secret is nowhere until then."""

    async def offer_totp(self, who: Caller) -> TotpOffer:
        """Return a new secret for the app of the caller. Raises NotSignedIn, ProofNeeded."""
        account_id = person_of(who)
        await self.require_strong(who)
        key, secret = await self._house_key(), new_secret()
        token = sealed_secret(_seal(key), secret, f"offer {account_id}")
        return await self._offer(account_id, secret, token)

    async def offered_totp(self, who: Caller, token: str) -> TotpOffer:
        """Return the offer that ``token`` stands for, to show it again.

        Raises NotSignedIn, InvalidInput ``identity.totp-offer-over``.
        """
        account_id = person_of(who)
        secret = await self._offered(account_id, token)
        return await self._offer(account_id, secret, token)

    async def begin_totp(self, who: Caller, token: str, code: str) -> Sequence[str]:
        """Switch the second step on, given a first ``code``; return ten codes for paper.

        Raises NotSignedIn, ProofNeeded, InvalidInput with the field ``code``.
        """
        account_id = person_of(who)
        await self.require_strong(who)
        key, secret = await self._house_key(), await self._offered(account_id, token)
        digits, now_s = digits_of(code), self._clock.now().timestamp()
        step = None if digits is None else fitting_step(secret, digits, now_s, 0)
        if step is None:
            raise InvalidInput("identity.wrong-code", field="code")
        codes, used = new_backup_codes(), step
        sealed = sealed_secret(_seal(key), secret, str(account_id))

        def change(db: Connection) -> None:
            require_account(db, account_id)
            totp.add_totp(db, account_id, sealed, used)
            totp.set_backup_codes(db, account_id, [backup_code_hash(key, one) for one in codes])

        await self._database.write(change)
        return codes

    async def end_totp(self, who: Caller) -> None:
        """Switch the second step off.

        Raises NotSignedIn, ProofNeeded, NotFound ``identity.no-second-step``, Conflict
        ``identity.second-step-stays`` for those who decide about others and have no passkey.
        """
        account_id = person_of(who)
        await self.require_strong(who)

        def change(db: Connection) -> None:
            account = require_account(db, account_id)
            if not totp.remove_totp(db, account_id):
                raise NotFound("identity.no-second-step")
            needed = account.role in NEEDS_SECOND_STEP
            if needed and not totp.proofs_of(db, account_id).second:
                raise Conflict("identity.second-step-stays")

        await self._database.write(change)

    async def new_backup_codes(self, who: Caller) -> Sequence[str]:
        """Return ten other codes for paper; the older ones end.

        Raises NotSignedIn, ProofNeeded, NotFound ``identity.no-second-step``.
        """
        account_id = person_of(who)
        await self.require_strong(who)
        key, codes = await self._house_key(), new_backup_codes()

        def change(db: Connection) -> None:
            require_account(db, account_id)
            if totp.find_totp(db, account_id) is None:
                raise NotFound("identity.no-second-step")
            totp.set_backup_codes(db, account_id, [backup_code_hash(key, one) for one in codes])

        await self._database.write(change)
        return codes

    async def backup_codes_left(self, who: Caller) -> int:
        """Return how many codes on paper the caller has. Raises NotSignedIn."""
        account_id = person_of(who)
        return await self._database.read(lambda db: totp.count_backup_codes(db, account_id))

    async def _offer(self, account_id: AccountId, secret: bytes, token: str) -> TotpOffer:
        account = await self._database.read(lambda db: require_account(db, account_id))
        uri = totp_uri(secret, account.name, self._settings.host)
        return TotpOffer(secret_text(secret), uri, token)

    async def _offered(self, account_id: AccountId, token: str) -> bytes:
        key = _seal(await self._house_key())
        secret = opened_secret(key, token[:500], f"offer {account_id}")
        if secret is None:
            raise InvalidInput("identity.totp-offer-over")
        return secret


def use_code(db: Connection, key: bytes, account_id: AccountId, typed: str, now_s: float) -> bool:
    """Use a code of the app or of the paper up inside a change; return whether it was right."""
    known, digits = totp.find_totp(db, account_id), digits_of(typed)
    if known is None:
        return False
    if digits is None:
        return totp.use_backup_code(db, account_id, backup_code_hash(key, typed))
    secret = opened_secret(_seal(key), known.secret, str(account_id))
    if secret is None:
        return False
    step = fitting_step(secret, digits, now_s, known.last_step)
    return step is not None and totp.use_step(db, account_id, step)


def _seal(key: bytes) -> bytes:
    """Return the key that secrets of apps are encrypted with."""
    return hmac.digest(key, b"totp-secret", "sha256")
