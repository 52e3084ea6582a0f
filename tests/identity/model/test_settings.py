"""What the operator may set."""

from datetime import timedelta

from allmende.identity.model.settings import DEFAULTS, Settings


def test_days_are_counted_from_the_last_entering() -> None:
    assert DEFAULTS.open_room_idle == timedelta(days=30)
    assert Settings(open_room_days=2).open_room_idle == timedelta(days=2)


def test_the_name_of_the_server_is_that_of_its_address() -> None:
    assert Settings(url="https://example.org").host == "example.org"
    assert Settings(url="http://localhost:8080").host == "localhost"
    assert Settings(url="https://example.org").has_passkeys


def test_a_bare_address_has_no_passkeys() -> None:
    for url in ("https://192.0.2.7", "https://[2001:db8::1]:8443", ""):
        assert not Settings(url=url).has_passkeys


def test_a_recovery_waits_two_days_unless_set_otherwise() -> None:
    assert DEFAULTS.recovery_wait == timedelta(hours=48)
    assert Settings(recovery_wait_h=0).recovery_wait == timedelta(0)
