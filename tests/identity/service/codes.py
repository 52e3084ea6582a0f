"""The app on somebody's phone, and the passkeys on it."""

import base64
from collections.abc import Sequence

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from allmende.core.accounts import Caller
from tests.fakes.authenticator import Authenticator
from tests.identity.town import Town


def code_of(town: Town, secret: str, later_s: int = 0) -> str:
    """The code that an app shows now, or a little later."""
    totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30)
    return totp.generate(int(town.clock.now().timestamp()) + later_s).decode()


def with_second_step(town: Town, who: Caller) -> tuple[str, Sequence[str]]:
    """Let somebody switch the second step on; return the secret and the codes on paper."""
    offer = town.run(town.identity.offer_totp(who))
    code = code_of(town, offer.secret)
    return offer.secret, town.run(town.identity.begin_totp(who, offer.token, code))


def with_passkey(town: Town, who: Caller, device: Authenticator | None = None) -> Authenticator:
    """Let somebody add a passkey; return the device that holds it."""
    device = device or Authenticator()
    options = town.run(town.identity.own_passkey_options(who))
    town.run(town.identity.add_passkey(who, options.ticket, device.make(options.json)))
    return device
