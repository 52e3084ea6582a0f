"""What is set up around the server, by what is on."""

from datetime import UTC, datetime
from pathlib import Path

from allmende.app.certificates import acme_files
from allmende.app.outside import outside_of
from allmende.config import Config, Media, Systems, Tls, Web
from allmende.core.outside import NameRecord, OpenPort, Outside
from allmende.transports.acme.files import Account
from allmende.transports.names import Kind
from tests.app.doctor.wounds import NAME, FixedClock

CLOCK = FixedClock(datetime(2026, 11, 23, tzinfo=UTC))

INNER = {Kind.A: "192.168.1.4", Kind.AAAA: "fd00::2"}


def own(kind: Kind) -> str | None:
    return "9.9.9.9" if kind is Kind.A else None


def around(config: Config) -> Outside:
    return outside_of(config, CLOCK, own)


def test_a_server_with_a_certificate_needs_its_name_and_its_ports(tmp_path: Path) -> None:
    config = Config(domain=NAME, data=str(tmp_path), tls=Tls(mode="acme"), web=Web(port=443))
    found = around(config)
    assert found.records == [
        NameRecord("example.org.", "A", "9.9.9.9"),
        NameRecord("example.org.", "CAA", '0 issue "letsencrypt.org; validationmethods=http-01"'),
        NameRecord("_mumble._tcp.example.org.", "SRV", "0 0 64738 example.org."),
        NameRecord("_xmpp-client._tcp.example.org.", "SRV", "0 5 5222 example.org."),
        NameRecord("_xmpps-client._tcp.example.org.", "SRV", "0 5 5223 example.org."),
    ]
    assert [(port.transport, port.number) for port in found.ports] == [
        ("TCP", 80),
        ("TCP", 443),
        ("UDP", 7882),
        ("TCP", 7882),
        ("TCP", 64738),
        ("UDP", 64738),
        ("TCP", 5222),
        ("TCP", 5223),
    ]


def test_once_there_is_an_account_the_record_names_it(tmp_path: Path) -> None:
    config = Config(domain=NAME, data=str(tmp_path), tls=Tls(mode="acme"))
    files = acme_files(tmp_path)
    files.key()
    files.keep_account(Account("https://ca.example/acct/1", config.acme.directory))
    (record,) = [each for each in around(config).records if each.kind == "CAA"]
    assert record.value.endswith('; accounturi=https://ca.example/acct/1"')


def test_behind_a_router_its_addresses_are_announced() -> None:
    media = Media(public_addresses=("198.51.100.4", "2001:db8::7"), workers=2, tcp_port=0)
    found = around(Config(domain=NAME, tls=Tls(mode="own"), media=media))
    assert [(record.kind, record.value) for record in found.records] == [
        ("A", "198.51.100.4"),
        ("AAAA", "2001:db8::7"),
        ("SRV", "0 0 64738 example.org."),
        ("SRV", "0 5 5222 example.org."),
        ("SRV", "0 5 5223 example.org."),
    ]
    assert found.ports[1:3] == [
        OpenPort("UDP", 7882, "sound and picture"),
        OpenPort("UDP", 7883, "sound and picture"),
    ]


def test_an_inner_address_is_not_announced() -> None:
    config = Config(domain=NAME, tls=Tls(mode="own"))
    record, *_ = outside_of(config, CLOCK, lambda kind: INNER.get(kind)).records
    assert record == NameRecord("example.org.", "A", "(the address of your router)")


def test_behind_a_proxy_only_media_is_ours() -> None:
    proxied = Config(domain=NAME, tls=Tls(mode="proxy"), web=Web(trusted_proxies=("127.0.0.1",)))
    assert around(proxied).ports[0].what == "pages, at the server before this one"


def test_what_is_off_needs_nothing() -> None:
    found = around(Config(systems=Systems(meet=False, chat=False)))
    assert found == Outside(records=[], ports=[OpenPort("TCP", 8080, "pages")])
