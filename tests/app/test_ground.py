from datetime import UTC, datetime
from pathlib import Path

from allmende.app.ground import Ground, authority_of
from allmende.config import Config, Tls, places_of
from allmende.core.clock import SystemClock


def ground(config: Config, data: Path) -> Ground:
    url = "https://example.org"
    return Ground(config=config, places=places_of(config), data=data, clock=SystemClock(), url=url)


def test_a_page_has_an_address() -> None:
    assert ground(Config(), Path()).address("/i/x") == "https://example.org/i/x"
    assert datetime.now(UTC).tzinfo is UTC


def test_only_our_own_authority_is_shown_to_people(tmp_path: Path) -> None:
    own = Config(domain="example.org", tls=Tls(mode="own"))
    assert authority_of(ground(own, tmp_path)) == tmp_path / "tls/authority.pem"
    given = Config(domain="example.org", tls=Tls(certificate="a", key="b"))
    assert authority_of(ground(given, tmp_path)) is None
