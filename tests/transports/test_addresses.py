import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.transports.addresses import AddressKeys, Crowd, Proxies, network_of


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("x", "unknown"),
    ],
)
def test_an_address_counts_as_its_place(address: str, place: str) -> None:
    assert network_of(address) == place


@given(st.text(max_size=60))
def test_any_text_is_some_place(address: str) -> None:
    assert network_of(address)


def test_a_key_is_the_same_for_an_hour_and_then_another() -> None:
    now = [0.0]
    keys = AddressKeys(lambda: now[0])
    first = keys.key_of("192.0.2.1")
    now[0] = 3599.0
    assert keys.key_of("192.0.2.1") == first
    assert keys.key_of("192.0.2.2") != first
    now[0] = 3600.0
    assert keys.key_of("192.0.2.1") != first


def test_a_key_is_a_private_network_of_its_own() -> None:
    key = AddressKeys(lambda: 0.0).key_of("192.0.2.1")
    assert ipaddress.ip_address(key) in ipaddress.ip_network("fd00::/8")
    assert network_of(key) == f"{key}/64"


def test_two_servers_know_the_same_address_by_different_keys() -> None:
    assert AddressKeys(lambda: 0.0).key_of("::1") != AddressKeys(lambda: 0.0).key_of("::1")


def test_a_crowd_is_limited_for_each_place() -> None:
    crowd = Crowd(2)
    assert crowd.enter("a")
    assert crowd.enter("a")
    assert not crowd.enter("a")
    assert crowd.enter("b")
    crowd.leave("a")
    assert crowd.enter("a")


def test_only_trusted_proxies_speak_for_others() -> None:
    proxies = Proxies(["127.0.0.0/8", "::1"])
    assert proxies.trusts("127.0.0.1")
    assert proxies.trusts("::ffff:127.0.0.1")
    assert not proxies.trusts("192.0.2.1")
    assert not proxies.trusts("not an address")


@pytest.mark.parametrize(
    ("peer", "header", "client"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 127.0.0.1", "203.0.113.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
    ],
)
def test_a_client_cannot_invent_hops_before_the_proxy(peer: str, header: str, client: str) -> None:
    assert Proxies(["127.0.0.1"]).client_of(peer, header) == client
