"""The name and its records, with and without the fault each check is for."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from allmende.app.certificates import acme_files
from allmende.app.doctor import dns
from allmende.app.doctor.situation import Situation
from allmende.config import Acme, Media
from allmende.core.findings import State
from allmende.transports.acme.files import Account
from allmende.transports.names import Kind
from tests.app.doctor.wounds import (
    BROKEN,
    GOOD,
    WARNING,
    FakeResolver,
    knowing,
    public,
    remedy,
    told,
)

V4, V6 = "203.0.113.7", "2001:db8::7"


def machine(v4: str | None = V4, v6: str | None = V6) -> Callable[[Kind], str | None]:
    return lambda kind: v6 if kind is Kind.AAAA else v4


@pytest.mark.parametrize(
    ("a", "aaaa", "state", "says"),
    [
        (V4, V6, GOOD, "example.org leads here (203.0.113.7)."),
        ("203.0.113.9", "", WARNING, "leads to 203.0.113.9, this machine is 203.0.113.7."),
        ("", V6, WARNING, "IPv6 address only"),
        ("", "", BROKEN, "example.org leads nowhere."),
    ],
)
def test_where_the_name_leads(here: Situation, a: str, aaaa: str, state: State, says: str) -> None:
    finding = dns.ipv4(knowing(public(here), a=a, aaaa=aaaa), machine())
    assert told(finding)[0] is state
    assert says in told(finding)[1]


@pytest.mark.parametrize(
    ("aaaa", "own", "state", "says"),
    [
        ("", V6, GOOD, "has no IPv6 address"),
        (V6, V6, GOOD, "leads here"),
        (V6, "2001:db8::9", WARNING, "leads to 2001:db8::7"),
        (V6, None, BROKEN, "this machine has no IPv6"),
    ],
)
def test_the_newer_kind_of_address(
    here: Situation, aaaa: str, own: str | None, state: State, says: str
) -> None:
    finding = dns.ipv6(knowing(public(here), a=V4, aaaa=aaaa), machine(v6=own))
    assert told(finding)[0] is state
    assert says in told(finding)[1]


def test_behind_a_router_its_address_counts(here: Situation) -> None:
    inside = public(here, media=Media(public_addresses=(V4,)))
    assert dns.ipv4(knowing(inside, a=V4), machine("192.168.1.4")).state is GOOD


def test_name_servers_that_say_nothing_are_found(here: Situation) -> None:
    silent = replace(public(here), resolver=FakeResolver(is_silent=True))
    for check in (dns.ipv4, dns.ipv6, dns.caa):
        state, says = told(check(silent))
        assert (state, says) == (WARNING, "No name server says anything about example.org.")


def test_a_server_without_a_name_has_nothing_to_look_up(here: Situation) -> None:
    for check in (dns.ipv4, dns.ipv6, dns.caa):
        assert told(check(here))[0] is GOOD


OURS = "https://acme-v02.api.letsencrypt.org/acme/acct/1"
BOUND = f"letsencrypt.org; validationmethods=http-01; accounturi={OURS}"


@pytest.mark.parametrize(
    ("caa", "state"),
    [
        (BOUND, GOOD),
        ("letsencrypt.org", GOOD),
        ("", WARNING),
        (";", BROKEN),
        ("other.example", BROKEN),
        (BOUND + "9", BROKEN),
    ],
)
def test_who_may_give_certificates(here: Situation, caa: str, state: State) -> None:
    here = public(here)
    files = acme_files(here.data)
    files.key()
    files.keep_account(Account(OURS, here.config.acme.directory))
    finding = dns.caa(knowing(here, caa=caa))
    assert told(finding)[0] is state
    if state is not GOOD:
        assert f'example.org. CAA 0 issue "{BOUND}"' in remedy(finding)


def test_before_there_is_an_account_the_record_names_none(here: Situation) -> None:
    found = remedy(dns.caa(knowing(public(here))))
    assert found == 'Add: example.org. CAA 0 issue "letsencrypt.org; validationmethods=http-01"'


def test_another_authority_is_only_compared_by_account(here: Situation) -> None:
    here = public(here, acme=Acme(directory="https://acme.ca.example/dir"))
    assert dns.authority_name(here.config.acme.directory) == "ca.example"
    assert dns.caa(knowing(here, caa="sectigo.example")).state is GOOD


def test_the_kernel_is_asked_for_our_address() -> None:
    for kind in (Kind.A, Kind.AAAA):
        found = dns.own_address(kind)
        assert found is None or ("." in found) is (kind is Kind.A)
