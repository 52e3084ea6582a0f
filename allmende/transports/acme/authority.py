"""Speaks with the authority (RFC 8555), one certificate at a time. Blocking: run it in a thread.

http-01 only: the authority fetches a file from port 80 of each name (8.3). An account that the
authority does not know any more, or has closed, is made anew with a new key. Loaded only by
servers that have an authority: its libraries take long to load.
"""

import threading
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

import josepy
from acme import challenges, client, crypto_util, errors, messages
from cryptography.hazmat.primitives.asymmetric import ec
from josepy.jwa import ES256
from josepy.jwk import JWKEC

from allmende import __version__
from allmende.core.clock import Clock
from allmende.transports.acme.files import Account, AcmeFiles, pem_of
from allmende.transports.acme.problems import NotIssued

_BY_CODE: Final = {
    "connection": "connection",
    "tls": "connection",
    "dns": "dns",
    "dnssec": "dns",
    "unauthorized": "unauthorized",
    "incorrectResponse": "unauthorized",
    "caa": "caa",
    "rateLimited": "limited",
    "rejectedIdentifier": "rejected",
    "serverInternal": "unreachable",
}
"""Kinds of RFC 8555, 6.7."""
_REQUEST_S: Final = 10
_ORDER_S: Final = 90.0
_POLL_S: Final = 1.0
_FINISH: Final = timedelta(seconds=5)
_NONCES: Final = 8
_ACCOUNT_LOST: Final = {"accountDoesNotExist", "unauthorized"}
_UNDECIDED: Final = (messages.STATUS_PENDING, messages.STATUS_PROCESSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which authority: the address of its directory, who we are, what its own server shows.

    ``trusted`` is a PEM file; empty: the authorities that this machine trusts.
    """

    directory: str
    contact: str = ""
    trusted: str = ""


class _Network(client.ClientNetwork):
    """The library's, which takes a refused nonce as lightly as RFC 8555, 6.5 asks."""

    def post(self, *args: Any, **kwargs: Any) -> Any:
        """Send; a nonce that was refused costs a round trip, not the certificate."""
        for _ in range(_NONCES):
            try:
                return super().post(*args, **kwargs)
            except messages.Error as refused:
                if refused.code != "badNonce":
                    raise
        return super().post(*args, **kwargs)


class Authority:
    """One authority and our account there. ``answers`` is what port 80 says by token."""

    def __init__(
        self, place: Place, files: AcmeFiles, answers: MutableMapping[str, str], clock: Clock
    ) -> None:
        self._place = place
        self._files = files
        self._answers = answers
        self._clock = clock
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Give up what is under way, at its next step."""
        self._stopping.set()

    def issue(self, names: Sequence[str]) -> bytes:
        """Return a new key and the chain of a certificate for ``names``. Raises NotIssued."""
        key = ec.generate_private_key(ec.SECP256R1())
        request = crypto_util.make_csr(pem_of(key), domains=list(names))
        deadline_s = self._clock.monotonic_s() + _ORDER_S
        with _told_plainly():
            connected, order = self._ordered(request)
            self._prove(connected, order)
            self._wait(connected, order, deadline_s)
            chain = self._finished(connected, order, deadline_s)
        self._answers.clear()
        return pem_of(key) + chain.encode()

    def renewal_time(self, certificate: bytes) -> datetime | None:
        """Return when the authority wants it renewed (RFC 9773); None if it does not say.

        Raises NotIssued when it cannot be asked.
        """
        with _told_plainly():
            at, _ = self._connect().renewal_time(certificate)
        return at

    def _connect(self) -> client.ClientV2:
        # What says whether to verify goes to `requests`, which takes the path of a file as well.
        trusted = cast(bool, self._place.trusted or True)
        network = _Network(
            JWKEC(key=self._files.key()),
            alg=ES256,
            verify_ssl=trusted,
            user_agent=f"allmende/{__version__}",
            timeout=_REQUEST_S,
        )
        directory = client.ClientV2.get_directory(self._place.directory, network)
        return client.ClientV2(directory, network)

    def _ordered(self, request: bytes) -> tuple[client.ClientV2, messages.OrderResource]:
        connected = self._signed_in()
        try:
            return connected, connected.new_order(request)
        except messages.Error as refused:
            if refused.code not in _ACCOUNT_LOST:
                raise
        self._files.forget_account()
        connected = self._signed_in()
        return connected, connected.new_order(request)

    def _signed_in(self) -> client.ClientV2:
        known = self._files.account(self._place.directory)
        connected = self._connect()
        if known is None:
            known = Account(self._register(connected), self._place.directory)
            self._files.keep_account(known)
        body = messages.Registration()
        connected.net.account = messages.RegistrationResource(body=body, uri=known.uri)
        return connected

    def _register(self, connected: client.ClientV2) -> str:
        wanted = messages.NewRegistration.from_data(
            email=self._place.contact or None, terms_of_service_agreed=True
        )
        try:
            return str(connected.new_account(wanted).uri)
        except errors.ConflictError as known:
            return str(known.location)

    def _prove(self, connected: client.ClientV2, order: messages.OrderResource) -> None:
        """Lay out what the authority will look for, then ask it to look."""
        for proof in list(_proofs(order)):
            response, content = proof.chall.response_and_validation(connected.net.key)
            self._answers[proof.chall.encode("token")] = content
            connected.answer_challenge(proof, response)

    def _wait(
        self, connected: client.ClientV2, order: messages.OrderResource, deadline_s: float
    ) -> None:
        for each in order.authorizations:
            shown = each
            while shown.body.status in _UNDECIDED:
                self._pause(deadline_s)
                shown, _ = connected.poll(shown)
            if shown.body.status != messages.STATUS_VALID:
                raise NotIssued(_why(shown))

    def _finished(
        self, connected: client.ClientV2, order: messages.OrderResource, deadline_s: float
    ) -> str:
        order = connected.begin_finalization(order)
        while True:
            # The library compares with the clock on the wall, in the zone of the machine.
            until = (self._clock.now() + _FINISH).astimezone().replace(tzinfo=None)
            try:
                return connected.poll_finalization(order, until).fullchain_pem
            except errors.TimeoutError:
                self._pause(deadline_s)

    def _pause(self, deadline_s: float) -> None:
        if self._stopping.wait(_POLL_S) or self._clock.monotonic_s() > deadline_s:
            raise NotIssued("unreachable")


def _proofs(order: messages.OrderResource) -> Iterator[messages.ChallengeBody]:
    """Yield the http-01 challenge of each name that is not proven yet."""
    for each in order.authorizations:
        if each.body.status == messages.STATUS_PENDING:
            for challenge in each.body.challenges:
                if isinstance(challenge.chall, challenges.HTTP01):
                    yield challenge


def _why(refused: messages.AuthorizationResource) -> str:
    for challenge in refused.body.challenges:
        if challenge.error is not None:
            return _problem(challenge.error)
    return "refused"


def _problem(refused: messages.Error) -> str:
    return _BY_CODE.get(refused.code or "", "refused")


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn what the library raises into NotIssued. Its texts hold addresses: they are dropped."""
    try:
        yield
    except messages.Error as refused:
        raise NotIssued(_problem(refused)) from None
    except errors.IssuanceError as refused:
        raise NotIssued(_problem(refused.error)) from None
    except (errors.Error, josepy.errors.Error, OSError, ValueError):
        raise NotIssued("unreachable") from None
