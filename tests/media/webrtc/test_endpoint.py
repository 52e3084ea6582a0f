"""Strangers get silence, addresses belong to who proved them, bugs stay in their packet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.media.webrtc.dtls import make_certificate
from allmende.media.webrtc.endpoint import MAX_ADDRESSES, MAX_CHECKS_PER_S, MAX_HANDSHAKES
from allmende.protocols.stun import attributes, binding
from allmende.protocols.stun.attributes import MAGIC, written
from allmende.protocols.stun.integrity import sealed
from tests.media.webrtc.peer import Events, Peer, World, joined, rtcp, rtp

CERTIFICATE = make_certificate()
STRANGER = ("203.0.113.66", 666)


def test_only_a_known_name_with_its_password_is_answered() -> None:
    world = World(CERTIFICATE)
    leg, _ = world.leg()
    peer = Peer(world, leg)
    assert not peer.check(pwd=peer.pwd[::-1])
    known, peer.ufrag = peer.ufrag, "nobody"
    assert not peer.check()
    peer.ufrag = known
    assert peer.check()


def test_dtls_and_srtp_of_strangers_reach_nobody() -> None:
    world = World(CERTIFICATE)
    peer, leg, events = joined(world)
    assert peer.out is not None
    world.deliver(peer.out.protect(rtp(1)), STRANGER)
    other = Peer(world, leg, address=STRANGER)
    other.shake_hands(turns=1)
    assert not world.answers(STRANGER)
    assert not events.rtp


@pytest.mark.parametrize("damage", [0, 12, 30, -1])
def test_forged_and_replayed_packets_are_dropped(damage: int) -> None:
    world = World(CERTIFICATE)
    peer, _, events = joined(world)
    assert peer.out is not None
    good = peer.out.protect(rtp(1, payload=bytes(60)))
    forged = bytearray(good)
    forged[damage] ^= 0x20
    world.deliver(bytes(forged), peer.address)
    assert not events.rtp
    world.deliver(good, peer.address)
    world.deliver(good, peer.address)
    assert len(events.rtp) == 1
    assert not world.bugs


def test_more_than_64_ssrcs_are_dropped_until_old_ones_fall_silent() -> None:
    world = World(CERTIFICATE)
    peer, _, events = joined(world)
    assert peer.out is not None
    for ssrc in range(70):
        world.deliver(peer.out.protect(rtp(1, ssrc=ssrc)), peer.address)
    assert len(events.rtp) == 64
    world.clock.now_s += 11
    world.deliver(peer.out.protect(rtp(2, ssrc=99)), peer.address)
    assert len(events.rtp) == 65


def test_more_than_50_checks_a_second_of_one_address_get_silence() -> None:
    world = World(CERTIFICATE)
    leg, _ = world.leg()
    peer = Peer(world, leg)
    assert [peer.check() for _ in range(MAX_CHECKS_PER_S)] == [True] * MAX_CHECKS_PER_S
    assert not peer.check()
    world.clock.now_s += 1
    assert peer.check()


def test_use_candidate_moves_the_leg_to_another_address() -> None:
    world = World(CERTIFICATE)
    peer, leg, _ = joined(world)
    old, peer.address = peer.address, ("198.51.100.4", 9)
    assert peer.check(use_candidate=False)
    leg.send_rtcp(rtcp())
    assert len(world.answers(old)) == 1
    world.clock.now_s += 2
    assert peer.check(use_candidate=True)
    leg.send_rtcp(rtcp())
    assert len(peer.take()) == 1


def test_of_paths_named_at_once_the_better_stays() -> None:
    world = World(CERTIFICATE)
    peer, leg, _ = joined(world)
    assert peer.check(priority=100)
    good, peer.address = peer.address, ("198.51.100.4", 9)
    assert peer.check(priority=50)
    leg.send_rtcp(rtcp())
    assert len(world.answers(good)) == 1


def test_media_from_another_checked_address_is_followed_when_the_old_is_dead() -> None:
    world = World(CERTIFICATE)
    peer, leg, events = joined(world)
    assert peer.out is not None
    peer.address = ("198.51.100.4", 9)
    assert peer.check(use_candidate=False)
    world.clock.now_s += 6
    world.deliver(peer.out.protect(rtp(1)), peer.address)
    assert events.rtp
    leg.send_rtcp(rtcp())
    assert len(peer.take()) == 1


def test_answers_leave_from_the_address_that_was_asked() -> None:
    world = World(CERTIFICATE)
    leg, _ = world.leg()
    peer = Peer(world, leg)
    assert peer.check(local=b"one")
    assert peer.check(local=b"two")
    assert set(world.source.paths) >= {(peer.address, b"one"), (peer.address, b"two")}


def test_an_address_in_use_is_not_taken_over() -> None:
    world = World(CERTIFICATE)
    peer, _, events = joined(world)
    other_leg, _ = world.leg()
    other = Peer(world, other_leg)
    assert other.address == peer.address
    assert not other.check()
    assert peer.out is not None
    world.deliver(peer.out.protect(rtp(1)), peer.address)
    assert events.rtp
    world.clock.now_s += 6
    assert other.check()


def test_one_leg_has_at_most_16_addresses() -> None:
    world = World(CERTIFICATE)
    leg, _ = world.leg()
    peer = Peer(world, leg)
    for port in range(1, MAX_ADDRESSES + 2):
        world.clock.now_s += 0.1
        peer.address = ("192.0.2.9", port)
        assert peer.check()
    assert not world.endpoint.is_known(("192.0.2.9", 1))
    assert world.endpoint.is_known(("192.0.2.9", 2))


def test_the_51st_handshake_waits_for_its_turn() -> None:
    world = World(CERTIFICATE)

    def begin(number: int) -> tuple[Peer, Events]:
        leg, events = world.leg()
        peer = Peer(world, leg, address=("192.0.2.9", 5000 + number))
        leg.set_remote(peer.fingerprint, "x", 0, 0)
        assert peer.check()
        return peer, events

    peers = [begin(number)[0] for number in range(MAX_HANDSHAKES)]
    for peer in peers:
        peer.shake_hands(turns=1)
    last, events = begin(MAX_HANDSHAKES)
    assert not last.shake_hands(turns=2)
    assert peers[0].shake_hands()
    assert not events.told
    late, late_events = begin(MAX_HANDSHAKES + 1)
    assert late.shake_hands()
    assert late_events.told == ["up AEAD_AES_128_GCM"]


def test_a_client_that_thinks_it_is_controlled_is_told() -> None:
    world = World(CERTIFICATE)
    leg, _ = world.leg()
    request = binding.BindingRequest(bytes(12), f"{leg.local_ufrag}:x", controlled=True)
    world.deliver(binding.write_request(request, leg.local_pwd.encode()), STRANGER)
    answer = world.answers(STRANGER).popleft()
    assert binding.read_error(answer, leg.local_pwd.encode()) == (bytes(12), 487)


def test_what_must_be_understood_and_is_not_is_told() -> None:
    world = World(CERTIFICATE)
    leg, _ = world.leg()
    body = written(attributes.USERNAME, f"{leg.local_ufrag}:x".encode()) + written(0x7777)
    password = leg.local_pwd.encode()
    world.deliver(sealed(binding.BINDING_REQUEST, bytes(12), body, password, MAGIC), STRANGER)
    assert binding.read_error(world.answers(STRANGER).popleft(), password) == (bytes(12), 420)


class Careless(Events):
    def rtp_received(self, packet: bytes, arrived_s: float) -> None:
        raise KeyError("bug")


def test_a_bug_never_leaves_its_packet() -> None:
    world = World(CERTIFICATE)
    events = Careless()
    leg = world.endpoint.open_transport(events)
    peer = Peer(world, leg)
    leg.set_remote(peer.fingerprint, "x", 0, 0)
    assert peer.check()
    assert peer.shake_hands()
    assert peer.out is not None
    world.deliver(peer.out.protect(rtp(1)), peer.address)
    assert [type(bug) for bug in world.bugs] == [KeyError]
    assert peer.check()


@given(st.binary(max_size=200))
def test_any_bytes_of_a_stranger_get_silence(datagram: bytes) -> None:
    world = World(CERTIFICATE)
    world.leg()
    world.deliver(datagram, STRANGER)
    assert not world.answers(STRANGER)
    assert not world.bugs


@pytest.fixture(scope="module")
def standing() -> tuple[World, Peer, Events]:
    world = World(CERTIFICATE)
    peer, _, events = joined(world)
    return world, peer, events


@given(st.binary(max_size=200), st.integers(0, 255))
def test_any_bytes_of_a_client_hurt_nobody(
    standing: tuple[World, Peer, Events], datagram: bytes, first: int
) -> None:
    world, peer, events = standing
    if first != 21:  # an alert in plain may end the association
        world.deliver(bytes([first]) + datagram, peer.address)
    assert not world.bugs
    assert events.told == ["up AEAD_AES_128_GCM"]


def test_closing_the_endpoint_closes_every_leg() -> None:
    world = World(CERTIFICATE)
    joined(world)
    world.leg()
    world.endpoint.close()
    assert len(world.endpoint) == 0


def test_a_lost_tcp_connection_stops_sending_until_the_next_check() -> None:
    world = World(CERTIFICATE)
    peer, leg, _ = joined(world)
    world.endpoint.connection_lost(peer.address)
    leg.send_rtcp(rtcp())
    assert not peer.take()
    assert peer.check()
    leg.send_rtcp(rtcp())
    assert len(peer.take()) == 1
