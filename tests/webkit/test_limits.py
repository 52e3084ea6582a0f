from ipaddress import ip_address

import pytest
from starlette.requests import Request

from allmende.core.errors import TooManyRequests
from allmende.webkit.limits import MAX_KEYS, AddressKeys, RateLimit
from tests.webkit.house import TurnableClock


def test_a_bucket_gives_its_burst_and_then_refills(clock: TurnableClock) -> None:
    limit = RateLimit(clock, burst=3, per_hour=60)
    for _ in range(3):
        limit.take("a")
    with pytest.raises(TooManyRequests) as refused:
        limit.take("a")
    assert refused.value.message_id == "web.too-many-requests"
    assert refused.value.values == {"retry_after_s": 60}
    limit.take("b")
    clock.turn(60)
    limit.take("a")
    assert limit.left("a") == 0


def test_a_bucket_never_holds_more_than_its_burst(clock: TurnableClock) -> None:
    limit = RateLimit(clock, burst=2, per_hour=3600)
    limit.take("a")
    clock.turn(100_000)
    assert (limit.left("a"), limit.left("never seen")) == (2, 2)


def test_without_refill_the_burst_is_all_there_is(clock: TurnableClock) -> None:
    limit = RateLimit(clock, burst=1, per_hour=0)
    limit.take("a")
    with pytest.raises(TooManyRequests):
        limit.take("a")


def test_memory_ends_at_a_number_of_keys(clock: TurnableClock) -> None:
    limit = RateLimit(clock, burst=1, per_hour=1)
    for key in range(MAX_KEYS + 10):
        limit.take(str(key))
    assert limit.left("0") == 1
    assert limit.left(str(MAX_KEYS)) == 0


def test_a_key_says_nothing_about_the_address_and_changes_every_hour(clock: TurnableClock) -> None:
    keys = AddressKeys(clock)
    first = keys.key_of_address("192.0.2.1")
    assert "192.0.2.1" not in first
    assert ip_address("192.0.2.1").packed.hex() not in first
    assert keys.key_of_address("192.0.2.1") == first
    assert keys.key_of_address("192.0.2.2") != first
    clock.turn(3600)
    assert keys.key_of_address("192.0.2.1") != first


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("not an address", "", True),
    ],
)
def test_a_household_is_one_key(clock: TurnableClock, one: str, other: str, same: bool) -> None:
    keys = AddressKeys(clock)
    assert (keys.key_of_address(one) == keys.key_of_address(other)) is same


def test_the_key_is_that_of_whoever_sent_the_request(clock: TurnableClock) -> None:
    keys = AddressKeys(clock)
    request = Request({"type": "http", "headers": [], "client": ("192.0.2.1", 4000)})
    assert keys.key_of(request) == keys.key_of_address("192.0.2.1")
    assert keys.key_of(Request({"type": "http", "headers": []})) == keys.key_of_address("")
