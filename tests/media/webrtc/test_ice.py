"""Which path is selected, and for how long (RFC 8445, RFC 7675)."""

import pytest

from allmende.media.webrtc.ice import Consent, IceLite, make_credentials
from allmende.protocols.stun.binding import BindingRequest
from tests.media.webrtc.peer import MemoryPath

WIRE, RADIO = MemoryPath(("192.0.2.1", 1)), MemoryPath(("192.0.2.2", 2))
PLAIN = BindingRequest(bytes(12), "a:b", 1)
NAMED = BindingRequest(bytes(12), "a:b", 1, use_candidate=True)


def test_credentials_are_long_enough_and_differ() -> None:
    first, second = make_credentials(), make_credentials()
    assert first != second
    assert (len(first.ufrag), len(first.pwd)) == (10, 24)


def test_the_first_good_check_selects() -> None:
    ice = IceLite(0)
    assert ice.selected is None
    ice.checked(PLAIN, ice.newest.ufrag, WIRE, 1)
    ice.checked(PLAIN, ice.newest.ufrag, RADIO, 2)
    assert ice.selected is WIRE


def test_then_use_candidate_selects() -> None:
    ice = IceLite(0)
    ice.checked(NAMED, ice.newest.ufrag, WIRE, 1)
    ice.checked(NAMED, ice.newest.ufrag, RADIO, 3)
    assert ice.selected is RADIO


def test_a_path_that_falls_silent_gives_way() -> None:
    ice = IceLite(0)
    ice.checked(NAMED, ice.newest.ufrag, WIRE, 1)
    ice.checked(PLAIN, ice.newest.ufrag, RADIO, 5)
    ice.heard(RADIO, 5)
    assert ice.selected is WIRE
    ice.heard(WIRE, 6)
    ice.heard(RADIO, 10)
    assert ice.selected is WIRE
    ice.checked(PLAIN, ice.newest.ufrag, RADIO, 12)
    assert ice.selected is RADIO


@pytest.mark.parametrize(
    ("age_s", "consent"),
    [(15, Consent.FRESH), (15.1, Consent.SILENT), (30, Consent.SILENT), (30.1, Consent.LOST)],
)
def test_consent_ages(age_s: float, consent: Consent) -> None:
    ice = IceLite(0)
    ice.checked(PLAIN, ice.newest.ufrag, WIRE, 100)
    assert ice.consent(100 + age_s) is consent


def test_waiting_begins_when_the_client_can_know_us() -> None:
    ice = IceLite(0)
    ice.wait_from(50)
    assert ice.consent(65) is Consent.FRESH


def test_a_second_restart_replaces_the_first_one() -> None:
    ice = IceLite(0)
    old = ice.newest
    first = ice.restart()
    second = ice.restart()
    assert list(ice.valid) == [old, second]
    assert first not in ice.valid
    ice.checked(PLAIN, second.ufrag, WIRE, 1)
    assert list(ice.valid) == [second]


def test_a_closed_connection_is_not_selected_any_more() -> None:
    ice = IceLite(0)
    ice.checked(NAMED, ice.newest.ufrag, WIRE, 1)
    ice.path_closed(RADIO)
    assert ice.selected is WIRE
    ice.path_closed(WIRE)
    assert ice.selected is None
