"""One leg from the first check to its end, with a virtual clock and no sockets."""

import pytest

from allmende.media.fanout.streams import Stream
from allmende.media.webrtc import dtls
from allmende.media.webrtc.srtp import SrtpProfile
from allmende.media.webrtc.transport import SrtpFailure
from tests.media.fanout.stage import srtp
from tests.media.webrtc.peer import CM, GCM, Peer, World, joined, rtcp, rtp

CERTIFICATE = dtls.make_certificate()


@pytest.mark.parametrize(
    ("profiles", "told"),
    [((GCM, CM), "up AEAD_AES_128_GCM"), ((CM,), "up AES128_CM_SHA1_80")],
)
def test_packets_pass_both_ways(profiles: tuple[SrtpProfile, ...], told: str) -> None:
    world = World(CERTIFICATE)
    peer, leg, events = joined(world, profiles=profiles)
    assert events.told == [told]
    assert peer.out is not None
    assert peer.into is not None
    world.deliver(peer.out.protect(rtp(1)), peer.address)
    world.deliver(peer.out.protect_rtcp(rtcp()), peer.address)
    assert (events.rtp, events.rtcp) == ([rtp(1)], [rtcp()])
    leg.send_protected(leg.protect_rtp(rtp(9, ssrc=8)), video=True)
    leg.send_protected(leg.protect_rtp(rtp(10, ssrc=8)), video=False)
    leg.send_rtcp(rtcp(8))
    first, second, report = peer.take()
    assert peer.into.unprotect(first) == rtp(9, ssrc=8)
    assert peer.into.unprotect(second) == rtp(10, ssrc=8)
    assert peer.into.unprotect_rtcp(report) == rtcp(8)
    assert not world.bugs


@pytest.mark.parametrize(
    "cipher",
    [
        b"ECDHE-ECDSA-AES128-GCM-SHA256",
        b"ECDHE-ECDSA-AES256-GCM-SHA384",
        b"ECDHE-ECDSA-CHACHA20-POLY1305",
    ],
)
def test_the_suites_of_browsers_are_taken(cipher: bytes) -> None:
    peer, _, _ = joined(World(CERTIFICATE), ciphers=cipher)
    assert str(peer.dtls.get_cipher_name()).encode() == cipher


def test_weaker_suites_are_refused() -> None:
    world = World(CERTIFICATE)
    leg, events = world.leg()
    peer = Peer(world, leg, ciphers=b"ECDHE-ECDSA-AES128-SHA")
    leg.set_remote(peer.fingerprint, "x", 0, 0)
    assert peer.check()
    assert not peer.shake_hands()
    assert events.told == ["down dtls"]


def test_another_certificate_than_the_offer_says_closes_the_leg() -> None:
    world = World(CERTIFICATE)
    leg, events = world.leg()
    peer = Peer(world, leg)
    leg.set_remote("AB:" + peer.fingerprint[3:], "x", 0, 0)
    assert peer.check()
    peer.shake_hands()
    assert events.told == ["down fingerprint"]
    assert len(world.endpoint) == 0
    assert not peer.check()


def test_a_client_without_srtp_is_refused() -> None:
    world = World(CERTIFICATE)
    leg, events = world.leg()
    peer = Peer(world, leg, profiles=())
    leg.set_remote(peer.fingerprint, "x", 0, 0)
    assert peer.check()
    peer.shake_hands()
    assert events.told == ["down dtls"]


def test_a_number_is_never_protected_twice() -> None:
    _, leg, _ = joined(World(CERTIFICATE))
    leg.protect_rtp(rtp(1, ssrc=8))
    leg.protect_rtp(rtp(2, ssrc=8))
    for again in (rtp(1, ssrc=8), rtp(2, ssrc=8, payload=b"other")):
        with pytest.raises(SrtpFailure):
            leg.protect_rtp(again)


@pytest.mark.parametrize("packet", [rtp(1, payload=bytes(1400)), b"", bytes(3)])
def test_a_packet_that_cannot_be_protected_is_one_error(packet: bytes) -> None:
    _, leg, _ = joined(World(CERTIFICATE))
    with pytest.raises(SrtpFailure):
        leg.protect_rtp(packet)
    leg.send_rtcp(packet)


def test_without_keys_nothing_is_sent() -> None:
    world = World(CERTIFICATE)
    leg, _ = world.leg()
    peer = Peer(world, leg)
    assert peer.check()
    with pytest.raises(SrtpFailure):
        leg.protect_rtp(rtp(1))
    leg.send_rtcp(rtcp())
    leg.send_data(b"x", reliable=True)
    assert not peer.take()


def test_dtls_before_the_offer_is_known_waits_for_it() -> None:
    world = World(CERTIFICATE)
    leg, events = world.leg()
    peer = Peer(world, leg)
    assert peer.check()
    assert not peer.shake_hands(turns=1)
    leg.set_remote(peer.fingerprint, "x", 0, 0)
    fresh = Peer(world, leg)
    leg.set_remote(fresh.fingerprint, "x", 0, 0)
    assert fresh.shake_hands()
    assert events.told == ["up AEAD_AES_128_GCM"]


def test_a_handshake_that_takes_ten_seconds_is_over() -> None:
    world = World(CERTIFICATE)
    leg, events = world.leg()
    peer = Peer(world, leg)
    leg.set_remote(peer.fingerprint, "x", 0, 0)
    assert peer.check()
    assert not peer.shake_hands(turns=1)
    world.pass_s(9.9)
    assert not events.told
    world.pass_s(0.2)
    assert events.told == ["down dtls"]


def test_a_goodbye_closes_the_leg() -> None:
    world = World(CERTIFICATE)
    peer, leg, events = joined(world)
    peer.dtls.shutdown()
    peer.flush()
    assert events.told[-1] == "down closed"
    leg.send_rtcp(rtcp())
    leg.close()
    assert events.told.count("down closed") == 1
    assert not world.bugs


def test_closing_says_goodbye_and_tells_nobody() -> None:
    world = World(CERTIFICATE)
    peer, leg, events = joined(world)
    leg.close()
    assert world.answers(peer.address)[-1][0] == 21  # a DTLS alert
    world.pass_s(100)
    assert events.told == ["up AEAD_AES_128_GCM"]
    assert len(world.endpoint) == 0


def test_without_checks_sending_stops_after_15_s_and_the_leg_after_30() -> None:
    world = World(CERTIFICATE)
    peer, leg, events = joined(world)
    world.pass_s(14.9)
    leg.send_rtcp(rtcp())
    assert len(peer.take()) == 1
    world.pass_s(0.2)
    leg.send_rtcp(rtcp())
    leg.send_protected(leg.protect_rtp(rtp(1)), video=False)
    assert not peer.take()
    assert events.told == ["up AEAD_AES_128_GCM"]
    world.pass_s(15)
    world.pass_s(15)
    assert events.told[1:] == ["down consent"]


def test_a_check_after_the_silence_brings_the_leg_back() -> None:
    world = World(CERTIFICATE)
    peer, leg, events = joined(world)
    world.pass_s(31)
    peer.address = ("198.51.100.4", 9)
    assert peer.check()
    assert events.told[1:] == ["down consent", "up AEAD_AES_128_GCM"]
    leg.send_rtcp(rtcp())
    assert len(peer.take()) == 1


def test_a_leg_that_never_comes_is_lost_30_s_after_the_offer() -> None:
    world = World(CERTIFICATE)
    leg, events = world.leg()
    world.pass_s(100)
    leg.set_remote("AB", "x", 0, 0)
    world.pass_s(29)
    assert not events.told
    world.pass_s(2)
    assert events.told == ["down consent"]


def test_after_a_restart_the_old_pair_is_valid_until_the_first_check_with_the_new() -> None:
    world = World(CERTIFICATE)
    peer, leg, events = joined(world)
    old = leg.local_ufrag, leg.local_pwd
    fresh = leg.restart_ice()
    assert (leg.local_ufrag, leg.local_pwd) == fresh != old
    assert peer.check()
    peer.ufrag, peer.pwd = fresh
    peer.address = ("198.51.100.4", 9)
    assert peer.check()
    leg.send_rtcp(rtcp())
    assert len(peer.take()) == 1
    peer.ufrag, peer.pwd = old
    assert not peer.check()
    assert events.told == ["up AEAD_AES_128_GCM"]


def test_a_flood_of_fragments_ends_the_handshake() -> None:
    world = World(CERTIFICATE)
    leg, events = world.leg()
    peer = Peer(world, leg)
    leg.set_remote(peer.fingerprint, "x", 0, 0)
    assert peer.check()
    fragment = bytes.fromhex("16feff00000000000000010019010001000000000000000d") + bytes(14)
    for _ in range(dtls.MAX_HANDSHAKE_DATAGRAMS + 1):
        world.deliver(fragment, peer.address)
    assert events.told == ["down dtls"]


@pytest.mark.parametrize(
    "datagram",
    [b"\x16", b"\x16" * 13, b"\x14\xfe\xfd" + bytes(2000), b"\x17" + bytes(40), b"\x3f" * 1400],
)
def test_garbage_in_the_middle_hurts_nobody(datagram: bytes) -> None:
    world = World(CERTIFICATE)
    peer, leg, events = joined(world)
    for _ in range(3):
        world.deliver(datagram, peer.address)
    leg.send_rtcp(rtcp())
    assert len(peer.take()) == 1
    assert events.told == ["up AEAD_AES_128_GCM"]
    assert not world.bugs


def test_where_c_protects_python_keeps_the_reports_only() -> None:
    world = World(CERTIFICATE)
    world.endpoint.protect_by(srtp())
    peer, leg, _ = joined(world)
    assert leg.fan is not None
    assert peer.into is not None
    with pytest.raises(SrtpFailure, match="C protects"):
        leg.protect_rtp(rtp(1))
    stream = Stream(leg.fan, rtp(0, ssrc=8)[:12], 0, 0, bytes(5), 64)
    protected = stream.emit(111, 9, 9 * 960, 0, b"hello")
    assert protected  # a path in memory is none of UDP
    leg.send_protected(protected, video=False)
    leg.send_rtcp(rtcp(8))
    packet, report = peer.take()
    assert peer.into.unprotect(packet) == rtp(9, ssrc=8)
    assert peer.into.unprotect_rtcp(report) == rtcp(8)
    leg.close()
    assert not world.bugs


def test_other_profiles_are_left_to_python() -> None:
    world = World(CERTIFICATE)
    world.endpoint.protect_by(srtp())
    peer, leg, _ = joined(world, profiles=(CM,))
    assert leg.fan is None
    leg.send_protected(leg.protect_rtp(rtp(1)), video=True)
    (packet,) = peer.take()
    assert peer.into is not None
    assert peer.into.unprotect(packet) == rtp(1)
