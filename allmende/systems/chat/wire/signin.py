"""Who comes: SASL over SCRAM and PLAIN, with app passwords. RFC 6120, 6; RFC 5802; RFC 4616."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from allmende.core.accounts import Caller, Scope
from allmende.core.errors import NotAllowed, NotSignedIn, TooManyRequests, Unavailable
from allmende.identity.service.credentials import AccountKeys
from allmende.protocols.scram.errors import ScramRefused
from allmende.protocols.scram.exchange import Challenge, Offer, begin
from allmende.protocols.scram.keys import Mechanism
from allmende.protocols.xml.tree import Element
from allmende.protocols.xmpp import sasl
from allmende.protocols.xmpp.sasl import SaslMalformed, read_data, read_plain

PLAIN: Final = "PLAIN"
_PLUS: Final = "-PLUS"
_STRONGEST: Final = (Mechanism.SHA_256, Mechanism.SHA_1)
_NONCE_BYTES: Final = 18
_SASL: Final = "urn:ietf:params:xml:ns:xmpp-sasl"
AUTH: Final = f"{_SASL} auth"
RESPONSE: Final = f"{_SASL} response"
ABORT: Final = f"{_SASL} abort"


class Credentials(Protocol):
    """What is asked of `identity.service.credentials.Credentials`."""

    async def check(
        self, name: str, secret: str, scope: Scope | None, caller_key: str = ""
    ) -> Caller:
        """Return who signs in with an app password."""
        ...

    async def scram_keys(self, name: str, mechanism: Mechanism, scope: Scope) -> AccountKeys:
        """Return what an exchange needs; for unknown names too."""
        ...

    async def proved(
        self, asked: AccountKeys, challenge: Challenge, final: bytes, caller_key: str = ""
    ) -> tuple[Caller, bytes]:
        """Judge the last message of a client."""
        ...


class SignInRefused(Exception):
    """The exchange ends with <failure/>; ``condition``: RFC 6120, 6.5."""

    def __init__(self, condition: str) -> None:
        super().__init__(condition)
        self.condition = condition


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who it is; ``data``: what stands in <success/>."""

    name: str
    caller: Caller
    data: bytes


class SignIn:
    """One exchange on one stream. ``bindings``: data of channel bindings, by type (RFC 9266)."""

    def __init__(
        self, credentials: Credentials, domain: str, caller_key: str, bindings: Mapping[str, bytes]
    ) -> None:
        self._credentials = credentials
        self._domain = domain
        self._caller_key = caller_key
        self._bindings = bindings
        self._asked: AccountKeys | None = None
        self._challenge: Challenge | None = None
        self._offer: Offer | None = None

    def mechanisms(self) -> Sequence[str]:
        """Return what is offered, the best first."""
        plus = [f"{each.value}{_PLUS}" for each in _STRONGEST] if self._bindings else []
        return [*plus, *(each.value for each in _STRONGEST), PLAIN]

    async def step(self, found: Element) -> bytes | SignedIn:
        """Take <auth/> or <response/>; return the data of a challenge, or who it is.

        Raises SignInRefused; a new <auth/> may follow.
        """
        try:
            return await self._step(found)
        except (SaslMalformed, UnicodeError) as problem:
            self._forget()
            raise SignInRefused("incorrect-encoding") from problem
        except (ScramRefused, NotSignedIn, NotAllowed) as problem:
            self._forget()
            raise SignInRefused("not-authorized") from problem
        except (TooManyRequests, Unavailable) as problem:
            self._forget()
            raise SignInRefused("temporary-auth-failure") from problem

    # --- inside -------------------------------------------------------------------------

    def _forget(self) -> None:
        self._asked = self._challenge = self._offer = None

    async def _step(self, found: Element) -> bytes | SignedIn:
        if found.name == ABORT:
            self._forget()
            raise SignInRefused("aborted")
        if found.name == AUTH:
            self._forget()
            return await self._begin(found)
        data = read_data(found)
        if self._offer is not None and self._challenge is None:
            return await self._challenged(data or b"")
        return await self._finish(data or b"")

    async def _begin(self, found: Element) -> bytes | SignedIn:
        wanted, data = found.get("mechanism"), read_data(found)
        if wanted not in self.mechanisms():
            raise SignInRefused("invalid-mechanism")
        if wanted == PLAIN:
            if data is None:
                raise SignInRefused("malformed-request")
            return await self._plain(data)
        self._offer = Offer(
            mechanism=Mechanism(wanted.removesuffix(_PLUS)),
            bindings=self._bindings,
            plus=wanted.endswith(_PLUS),
        )
        return b"" if data is None else await self._challenged(data)

    async def _plain(self, data: bytes) -> SignedIn:
        authzid, name, password = read_plain(data)
        self._require_self(authzid, name)
        caller = await self._credentials.check(name, password, Scope.CHAT, self._caller_key)
        return SignedIn(name.strip().lower(), caller, b"")

    async def _challenged(self, data: bytes) -> bytes:
        if self._offer is None:
            raise SignInRefused("malformed-request")
        opening = begin(data, self._offer)
        self._require_self(opening.authzid, opening.name)
        asked = await self._credentials.scram_keys(opening.name, self._offer.mechanism, Scope.CHAT)
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        self._asked = asked
        self._challenge = opening.challenge(nonce, asked.salt, asked.iterations)
        return self._challenge.message

    async def _finish(self, data: bytes) -> SignedIn:
        asked, challenge = self._asked, self._challenge
        self._forget()
        if asked is None or challenge is None:
            raise SignInRefused("malformed-request")
        caller, message = await self._credentials.proved(asked, challenge, data, self._caller_key)
        return SignedIn(asked.name, caller, message)

    def _require_self(self, authzid: str, name: str) -> None:
        """Nobody acts as somebody else."""
        if authzid and authzid.lower() != f"{name}@{self._domain}".lower():
            raise SignInRefused("invalid-authzid")


def failure_of(refused: SignInRefused) -> Element:
    """Return <failure/>."""
    return sasl.failure(refused.condition)
