from datetime import UTC, datetime
from pathlib import Path

from allmende.app.ground import Ground, authority_of, certificate_of, context_of
from allmende.config import Config, Tls, Web, places_of
from allmende.core.clock import SystemClock
from allmende.transports.tls import names_in


def ground(config: Config, data: Path) -> Ground:
    url = "https://example.org"
    return Ground(config=config, places=places_of(config), data=data, clock=SystemClock(), url=url)


def test_a_page_has_an_address() -> None:
    assert ground(Config(), Path()).address("/i/x") == "https://example.org/i/x"
    assert datetime.now(UTC).tzinfo is UTC


def test_our_own_certificate_is_for_the_domain_and_the_names_besides(tmp_path: Path) -> None:
    config = Config(domain="example.org", tls=Tls(names=("192.0.2.1", "example.org")))
    made = certificate_of(config, places_of(config), tmp_path, SystemClock())
    assert made is not None
    assert names_in(made[0]) == ("example.org", "192.0.2.1")
    assert context_of(config, made).get_ciphers()
    assert authority_of(ground(config, tmp_path)) == tmp_path / "tls/authority.pem"


def test_given_files_are_taken_as_they_are(tmp_path: Path) -> None:
    config = Config(domain="example.org", tls=Tls(certificate="a", key="b"))
    assert certificate_of(config, places_of(config), tmp_path, SystemClock()) == (
        Path("a"),
        Path("b"),
    )
    assert authority_of(ground(config, tmp_path)) is None


def test_behind_a_proxy_and_on_loopback_we_do_not_encrypt(tmp_path: Path) -> None:
    proxied = Config(
        domain="example.org", tls=Tls(mode="proxy"), web=Web(trusted_proxies=("127.0.0.1",))
    )
    for config in (proxied, Config()):
        assert certificate_of(config, places_of(config), tmp_path, SystemClock()) is None
