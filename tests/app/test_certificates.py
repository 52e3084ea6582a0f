"""Which files are shown in each mode. What an authority gives: tests/interop/house."""

import asyncio
from pathlib import Path

import pytest

from allmende.app.certificates import (
    acme_files,
    certificate_files,
    certificates_of,
    kept,
    names_of,
    web_use,
)
from allmende.config import Config, Tls, Web, places_of
from allmende.core.clock import SystemClock
from allmende.transports.certificates import Certificates
from allmende.transports.tls import CertificateRefused, names_in, own_certificate

PROXIED = Config(
    domain="example.org", tls=Tls(mode="proxy"), web=Web(trusted_proxies=("127.0.0.1",))
)


def store_of(config: Config, data: Path) -> Certificates | None:
    return certificates_of(config, places_of(config), data, SystemClock())


def test_our_own_certificate_is_for_the_domain_and_the_names_besides(tmp_path: Path) -> None:
    config = Config(domain="example.org", tls=Tls(names=("192.0.2.1", "example.org")))
    store = store_of(config, tmp_path)
    assert store is not None
    ((certificate, _),) = store.files
    assert names_in(certificate) == ("example.org", "192.0.2.1") == tuple(names_of(config))
    assert store.context(web_use(config)).get_ciphers()


def test_given_files_are_taken_as_they_are(tmp_path: Path) -> None:
    config = Config(domain="example.org", tls=Tls(certificate="a", key="b"))
    shown = certificate_files(config, places_of(config), tmp_path)
    assert shown == (Path("a"), Path("b"))
    with pytest.raises(CertificateRefused):
        store_of(config, tmp_path)


@pytest.mark.parametrize("config", [PROXIED, Config()])
def test_behind_a_proxy_and_on_loopback_we_do_not_encrypt(config: Config, tmp_path: Path) -> None:
    assert store_of(config, tmp_path) is None

    async def nobody_renews() -> bool:
        async with kept(config, places_of(config), None, SystemClock(), "") as keeping:
            return keeping is None

    assert asyncio.run(nobody_renews())


def test_until_an_authority_has_given_one_our_own_is_shown(tmp_path: Path) -> None:
    config = Config(domain="example.org", tls=Tls(mode="acme"))
    store = store_of(config, tmp_path)
    assert store is not None
    assert store.files[0][0] == tmp_path / "tls/server.pem"
    given = own_certificate(tmp_path / "other", ["example.org"], SystemClock())
    bundle = acme_files(tmp_path).bundle("example.org")
    bundle.parent.mkdir(parents=True)
    bundle.write_bytes(given.certificate.read_bytes() + given.key.read_bytes())
    store = store_of(config, tmp_path)
    assert store is not None
    assert store.files == [(bundle, bundle)]
