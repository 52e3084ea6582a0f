"""What clients are told to try."""

import pytest

from allmende.media.webrtc.addresses import candidate_addresses, interface_addresses

HERE = ["127.0.0.1", "::1", "192.0.2.2", "fe80::1%eth0", "2001:db8::2", "192.0.2.2"]


@pytest.mark.parametrize(
    ("bound", "public", "told"),
    [
        ((), (), ("192.0.2.2", "2001:db8::2", "127.0.0.1")),
        (("::",), (), ("192.0.2.2", "2001:db8::2", "127.0.0.1")),
        (("127.0.0.1",), (), ("127.0.0.1",)),
        (("192.0.2.2",), (), ("192.0.2.2",)),
        ((), ("198.51.100.7",), ("198.51.100.7",)),
    ],
)
def test_candidates_are_made_of(
    bound: tuple[str, ...], public: tuple[str, ...], told: tuple[str, ...]
) -> None:
    assert candidate_addresses(bound, public, HERE) == told


def test_there_are_at_most_sixteen() -> None:
    many = [f"10.0.0.{n}" for n in range(40)] + ["127.0.0.1"]
    told = candidate_addresses((), (), many)
    assert len(told) == 16
    assert told[-1] == "127.0.0.1"


def test_this_machine_has_a_loopback() -> None:
    assert "127.0.0.1" in interface_addresses()
