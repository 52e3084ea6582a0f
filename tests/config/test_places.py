import pytest

from allmende.config import Config, ConfigRefused, Media, Tls, Web, is_loopback, places_of
from allmende.config.places import EVERYWHERE


def test_localhost_is_served_plainly_on_loopback() -> None:
    places = places_of(Config())
    assert places.listen == ("127.0.0.1", "::1")
    assert places.media == places.listen
    assert (places.encryption, places.secure) == ("off", False)
    assert places.url(Config(), 8080) == "http://localhost:8080"


def test_a_public_name_gets_an_own_authority_on_all_addresses() -> None:
    config = Config(domain="example.org")
    places = places_of(config)
    assert places.listen == EVERYWHERE
    assert (places.encryption, places.secure) == ("own", True)
    assert places.url(config, 443) == "https://example.org"
    assert places.url(config, 8443) == "https://example.org:8443"


def test_given_files_are_used() -> None:
    config = Config(domain="example.org", tls=Tls(certificate="a", key="b"))
    assert places_of(config).encryption == "files"


def test_behind_a_proxy_the_port_is_not_shown_and_media_is_everywhere() -> None:
    web = Web(listen=("127.0.0.1",), trusted_proxies=("127.0.0.1",))
    config = Config(domain="example.org", web=web, tls=Tls(mode="proxy"))
    places = places_of(config)
    assert places.secure
    assert places.media != places.listen
    assert places.url(config, 8080) == "https://example.org"


def test_a_public_url_and_media_addresses_are_taken_as_given() -> None:
    config = Config(
        web=Web(public_url="https://example.org:8443/"), media=Media(listen=("127.0.0.2",))
    )
    assert places_of(config).url(config, 1) == "https://example.org:8443"
    assert places_of(config).media == ("127.0.0.2",)


def test_an_ipv6_address_is_shown_in_brackets() -> None:
    config = Config(domain="::1")
    assert places_of(config).url(config, 8080) == "http://[::1]:8080"


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (Config(domain="example.org", tls=Tls(mode="off")), "loopback only"),
        (Config(domain="example.org", tls=Tls(mode="proxy")), "trusted_proxies"),
        (Config(domain="example.org", tls=Tls(certificate="a")), "needs tls.certificate"),
    ],
)
def test_a_contradiction_is_refused(config: Config, sentence: str) -> None:
    with pytest.raises(ConfigRefused, match=sentence):
        places_of(config)


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("x.localhost", True),
        ("192.0.2.1", False),
        ("example.org", False),
    ],
)
def test_loopback_is_recognised(address: str, inside: bool) -> None:
    assert is_loopback(address) is inside
