"""Certificates from Debian's pebble: issued, renewed, refused, and accounts that are lost."""

import asyncio
import json
import ssl
from collections.abc import Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from acme import client, messages
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from josepy.jwa import ES256
from josepy.jwk import JWKEC

from allmende.config import Limits
from allmende.core.clock import SystemClock
from allmende.transports.acme.answering import Answering
from allmende.transports.acme.authority import Authority, Place
from allmende.transports.acme.files import AcmeFiles, lifetime
from allmende.transports.acme.keeping import Keeping
from allmende.transports.acme.problems import NotIssued
from allmende.transports.asgi import serving
from allmende.transports.certificates import Certificates, Use
from allmende.transports.threads import open_threads
from allmende.transports.tls import own_certificate
from tests.interop.house.pebble import Pebble, needs
from tests.ports import free_port
from tests.servers import Server
from tests.transports.test_tls import shake

pytestmark = [pytest.mark.interop, pytest.mark.slow, needs]

NAME = "house.example"
NAMES = [NAME, "files.house.example"]


class LaterClock(SystemClock):
    """Days later than it is."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def http_port() -> int:
    return free_port()


@pytest.fixture
def pebble(tmp_path: Path, http_port: int) -> Iterator[Pebble]:
    running = Pebble(tmp_path / "pebble", http_port)
    try:
        yield running.start()
    finally:
        running.close()


class Town:
    """A server's part of it: answers on the port, the store, what is kept."""

    def __init__(self, pebble: Pebble, port: int, folder: Path) -> None:
        self.clock = LaterClock()
        self.files = AcmeFiles(folder / "acme")
        self.answers: dict[str, str] = {}
        self.store = Certificates()
        self.place = Place(directory=pebble.directory, trusted=str(pebble.trusted))
        self.authority = Authority(self.place, self.files, self.answers, self.clock)
        self.own = own_certificate(folder / "own", NAMES, self.clock)
        self.store.put(NAMES, self.own.certificate, self.own.key)
        self._port = port

    @asynccontextmanager
    async def open(self) -> Any:
        app = Answering(self.answers, "https://house.example")
        with open_threads(size=1, waiting=2) as threads:
            async with serving(app, listen=("127.0.0.1",), port=self._port, limits=Limits()):
                yield Keeping(self.authority, self.files, self.store, NAMES, self.clock, threads)

    def turn(self) -> float:
        async def once() -> float:
            async with self.open() as keeping:
                seconds: float = await keeping.turn()
                return seconds

        return asyncio.run(once())

    def shown_to(self, trusted: str) -> bool:
        trust = ssl.create_default_context(cadata=trusted)
        return shake(self.store.context(Use()), trust, NAME).version() == "TLSv1.3"

    def serial(self) -> int:
        bundle = self.files.bundle(NAME).read_bytes()
        return x509.load_pem_x509_certificate(bundle).serial_number


@pytest.fixture
def town(pebble: Pebble, http_port: int, tmp_path: Path) -> Town:
    return Town(pebble, http_port, tmp_path)


def test_a_certificate_is_issued_for_all_names_and_shown(pebble: Pebble, town: Town) -> None:
    assert town.turn() == timedelta(hours=6).total_seconds()
    assert town.shown_to(pebble.root())
    bundle = town.files.bundle(NAME)
    loaded = x509.load_pem_x509_certificate(bundle.read_bytes())
    assert isinstance(loaded.public_key(), ec.EllipticCurvePublicKey)
    assert bundle.stat().st_mode & 0o777 == 0o600
    assert town.files.account_key.stat().st_mode & 0o777 == 0o600
    standing = town.files.standing()
    assert (standing.failures, standing.problem) == (0, "")
    assert standing.renew_at
    assert town.answers == {}


def test_it_is_renewed_after_two_thirds_and_not_before(town: Town) -> None:
    town.turn()
    first, (begins, ends) = town.serial(), lifetime(town.files.bundle(NAME)) or (None, None)
    assert begins
    assert ends
    account = town.files.account(town.place.directory)
    town.clock.ahead = (ends - begins) * 0.6
    town.turn()
    assert town.serial() == first
    town.clock.ahead = (ends - begins) * 0.7
    town.turn()
    assert town.serial() != first
    assert town.files.account(town.place.directory) == account


def test_refused_nonces_cost_nothing(tmp_path: Path, http_port: int) -> None:
    pebble = Pebble(tmp_path / "pebble", http_port)
    try:
        town = Town(pebble.start(refused_nonces=50), http_port, tmp_path)
        town.turn()
        assert town.shown_to(pebble.root())
    finally:
        pebble.close()


def test_where_nobody_answers_our_own_certificate_stays(pebble: Pebble, town: Town) -> None:
    with pytest.raises(NotIssued, match=r"^(connection|unauthorized)$"):
        town.authority.issue(NAMES)
    town._port = 0
    assert town.turn() == 60
    assert town.files.standing().failures == 1
    assert town.files.standing().problem in ("connection", "unauthorized")
    assert town.shown_to(town.own.authority.read_text())


def test_an_authority_that_does_not_answer_is_told_from_a_refusal(
    pebble: Pebble, town: Town
) -> None:
    pebble.close()
    town.turn()
    assert town.files.standing().problem == "unreachable"


def test_an_account_that_is_unknown_or_closed_is_made_anew(pebble: Pebble, town: Town) -> None:
    town.turn()
    first = town.files.account(town.place.directory)
    pebble.forget()
    town.files.bundle(NAME).unlink()
    town.turn()
    second = town.files.account(town.place.directory)
    assert first
    assert second
    assert town.shown_to(pebble.root())
    close_account(town, second.uri)
    town.files.bundle(NAME).unlink()
    town.turn()
    third = town.files.account(town.place.directory)
    assert third
    assert third.uri != second.uri
    assert town.files.standing().failures == 0


def close_account(town: Town, uri: str) -> None:
    """As an operator would with another program and the same key."""
    trusted: Any = town.place.trusted
    network = client.ClientNetwork(JWKEC(key=town.files.key()), alg=ES256, verify_ssl=trusted)
    directory = client.ClientV2.get_directory(town.place.directory, network)
    body = messages.Registration()
    network.account = messages.RegistrationResource(body=body, uri=uri)
    client.ClientV2(directory, network).deactivate_registration(network.account)


def test_a_server_gets_its_certificate_while_it_runs(
    pebble: Pebble,
    http_port: int,
    tmp_path: Path,
    quiet_media: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = {
        "DOMAIN": NAME, "TLS__MODE": "acme", "ACME__DIRECTORY": pebble.directory,
        "ACME__PORT": str(http_port), "ACME__AUTHORITY": str(pebble.trusted),
    }  # fmt: skip
    for key, value in settings.items():
        monkeypatch.setenv(f"ALLMENDE__{key}", value)
    server = Server(tmp_path / "data", "--port", "0")
    try:
        server.wait_for_log("new certificate until")
        trust = ssl.create_default_context(cadata=pebble.root())
        address = f"https://127.0.0.1:{server.port}/health.json"
        with httpx.Client(verify=trust) as visitor:
            name = {"sni_hostname": NAME}
            answer = visitor.get(address, headers={"host": NAME}, extensions=name)
        assert answer.status_code == 200
        sent_on = httpx.get(f"http://127.0.0.1:{http_port}/p/plan?view=text")
        assert sent_on.status_code == 308
        assert sent_on.headers["location"] == f"https://{NAME}:{server.port}/p/plan?view=text"
        log = server.log.read_text()
        assert json.loads(log.splitlines()[0])
        assert server.stop() == 0
    finally:
        server.close()
