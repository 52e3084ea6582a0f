"""Sign-in: who has the password comes in, whoever has not learns nothing."""

import asyncio
from base64 import b64encode

import pytest

from allmende.core.accounts import Caller, Scope
from allmende.core.errors import NotSignedIn, TooManyRequests
from allmende.core.ids import AccountId
from allmende.identity.service.credentials import AccountKeys
from allmende.protocols.scram.errors import ScramRefused
from allmende.protocols.scram.exchange import Challenge
from allmende.protocols.scram.keys import Mechanism, keys_of
from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.names import SASL
from allmende.systems.chat.wire.signin import SignedIn, SignIn, SignInRefused, failure_of
from tests.protocols.scram.client import Client

ANNA = Caller(account_id=AccountId(1))
SALT = b"0123456789abcdef"
BINDING = {"tls-exporter": b"channel"}


class House:
    """Anna has the password ``pencil``."""

    busy = False

    async def check(
        self, name: str, secret: str, scope: Scope | None, caller_key: str = ""
    ) -> Caller:
        if self.busy:
            raise TooManyRequests("identity.try-later", retry_after_s=1)
        if (name, secret, scope) != ("anna", "pencil", Scope.CHAT):
            raise NotSignedIn("identity.wrong-app-password")
        return ANNA

    async def scram_keys(self, name: str, mechanism: Mechanism, scope: Scope) -> AccountKeys:
        known = (keys_of("pencil", SALT, 4096, mechanism),) if name == "anna" else ()
        return AccountKeys(name, SALT, 4096, known)

    async def proved(
        self, asked: AccountKeys, challenge: Challenge, final: bytes, caller_key: str = ""
    ) -> tuple[Caller, bytes]:
        try:
            return ANNA, challenge.finish(final, asked.keys).message
        except ScramRefused as refused:
            raise NotSignedIn("identity.wrong-app-password") from refused


def auth(mechanism: str, data: bytes | None) -> Element:
    return element(SASL, "auth", *_text(data), mechanism=mechanism)


def response(data: bytes | None) -> Element:
    return element(SASL, "response", *_text(data))


def _text(data: bytes | None) -> list[str]:
    return [] if data is None else [b64encode(data).decode() or "="]


def sign_in(house: House | None = None, *, bound: bool = False) -> SignIn:
    return SignIn(house or House(), "x.example", "key", BINDING if bound else {})


def step(exchange: SignIn, found: Element) -> bytes | SignedIn:
    return asyncio.run(exchange.step(found))


def refusal(exchange: SignIn, found: Element) -> str:
    with pytest.raises(SignInRefused) as caught:
        step(exchange, found)
    assert failure_of(caught.value).child(f"{SASL} {caught.value.condition}") is not None
    return caught.value.condition


@pytest.mark.parametrize(("mechanism", "digest"), [("SCRAM-SHA-1", "sha1"),
                                                   ("SCRAM-SHA-256", "sha256")])  # fmt: skip
@pytest.mark.parametrize("at_once", [True, False])
def test_scram_proves_both_sides(mechanism: str, digest: str, at_once: bool) -> None:
    exchange, client = sign_in(), Client("anna", "pencil", digest)
    if at_once:
        challenge = step(exchange, auth(mechanism, client.first()))
    else:
        assert step(exchange, auth(mechanism, None)) == b""
        challenge = step(exchange, response(client.first()))
    assert isinstance(challenge, bytes)
    signed = step(exchange, response(client.final(challenge)))
    assert signed == SignedIn("anna", ANNA, client.expected)


def test_the_channel_is_bound_where_that_is_offered() -> None:
    exchange = sign_in(bound=True)
    assert exchange.mechanisms()[0] == "SCRAM-SHA-256-PLUS"
    client = Client("anna", "pencil", header="p=tls-exporter,,", channel=b"channel")
    challenge = step(exchange, auth("SCRAM-SHA-256-PLUS", client.first()))
    assert isinstance(challenge, bytes)
    assert isinstance(step(exchange, response(client.final(challenge))), SignedIn)
    thinks_we_cannot = Client("anna", "pencil", header="y,,")
    assert refusal(exchange, auth("SCRAM-SHA-256", thinks_we_cannot.first())) == "not-authorized"


def test_plain_signs_in() -> None:
    assert step(sign_in(), auth("PLAIN", b"\0Anna\0pencil".lower())) == SignedIn("anna", ANNA, b"")
    own = b"anna@x.example\0anna\0pencil"
    assert isinstance(step(sign_in(), auth("PLAIN", own)), SignedIn)


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_a_wrong_password_and_an_unknown_name_look_the_same(name: str) -> None:
    exchange, client = sign_in(), Client(name, "wrong")
    challenge = step(exchange, auth("SCRAM-SHA-256", client.first()))
    assert isinstance(challenge, bytes)
    assert b"i=4096" in challenge
    assert refusal(exchange, response(client.final(challenge))) == "not-authorized"
    assert refusal(sign_in(), auth("PLAIN", f"\0{name}\0wrong".encode())) == "not-authorized"


@pytest.mark.parametrize(
    ("found", "condition"),
    [
        (auth("DIGEST-MD5", None), "invalid-mechanism"),
        (auth("SCRAM-SHA-256-PLUS", None), "invalid-mechanism"),
        (auth("PLAIN", None), "malformed-request"),
        (auth("PLAIN", b"anna"), "incorrect-encoding"),
        (auth("PLAIN", b"boss@x.example\0anna\0pencil"), "invalid-authzid"),
        (element(SASL, "auth", "%", mechanism="PLAIN"), "incorrect-encoding"),
        (auth("SCRAM-SHA-256", b"n,a=boss@x.example,n=anna,r=abcdefghijkl"), "invalid-authzid"),
        (auth("SCRAM-SHA-256", b"nonsense"), "not-authorized"),
        (response(b"x"), "malformed-request"),
        (element(SASL, "abort"), "aborted"),
    ],
)
def test_what_is_no_exchange_is_refused(found: Element, condition: str) -> None:
    assert refusal(sign_in(), found) == condition


def test_nothing_of_an_exchange_is_used_twice() -> None:
    exchange, client = sign_in(), Client("anna", "pencil")
    challenge = step(exchange, auth("SCRAM-SHA-256", client.first()))
    assert isinstance(challenge, bytes)
    final = client.final(challenge)
    assert isinstance(step(exchange, response(final)), SignedIn)
    assert refusal(exchange, response(final)) == "malformed-request"


def test_a_busy_house_says_later() -> None:
    house = House()
    house.busy = True
    assert refusal(sign_in(house), auth("PLAIN", b"\0anna\0pencil")) == "temporary-auth-failure"
