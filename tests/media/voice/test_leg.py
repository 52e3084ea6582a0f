"""A native leg: what its flags and rights together allow."""

import itertools

import pytest

from allmende.media.fanout.python import PythonFanout
from allmende.media.voice.leg import NativeLeg, plain_host
from allmende.media.voicing import OpenMumble, PlaceMumble


def leg(*, tcp_only: bool = False) -> NativeLeg:
    asked = OpenMumble(
        id=1, leg="a", session=5, source="::ffff:192.0.2.1", key=b"k" * 16,
        client_nonce=b"c" * 16, server_nonce=b"s" * 16, protobuf=True, tcp_only=tcp_only,
        bandwidth_bps=72_000,
    )  # fmt: skip
    crypt = PythonFanout().crypt(asked.key, asked.client_nonce, asked.server_nonce)
    return NativeLeg(asked, crypt, 1.0)


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_both_kinds_of_sockets_name_a_host_alike(host: str, plain: str) -> None:
    assert plain_host(host) == plain
    assert leg().source == "192.0.2.1"


def test_it_is_silenced_by_either_flag_and_by_nothing_else() -> None:
    for silent, suppressed in itertools.product((False, True), repeat=2):
        for order in (0, 1):
            made = leg()
            rights = PlaceMumble(
                id=1, leg="a", room="R", sources=("microphone",), suppressed=suppressed
            )
            if order:
                made.set_rights(rights)
            made.set_flags(silent=silent, deaf=False)
            made.set_rights(rights)
            assert made.silenced == (silent or suppressed)
            assert made.may_talk


def test_a_leg_in_no_room_may_not_talk() -> None:
    made = leg()
    assert not made.may_talk
    made.set_rights(PlaceMumble(id=1, leg="a", room="", sources=("microphone",)))
    assert not made.may_talk


def test_a_leg_without_address_does_not_listen_by_udp() -> None:
    assert not leg().by_udp


def test_a_count_is_taken_once() -> None:
    made = leg()
    assert made.take_count() is None
    made.run.packets = 3
    count = made.take_count()
    assert count is not None
    assert (count.leg, count.udp_packets) == ("a", 3)
    assert made.take_count() is None
    made.resync(bytes(16))
    count = made.take_count()
    assert count is not None
    assert count.resync == 1
    assert made.take_count() is None
