"""SRTP both ways in both profiles, and the rule of the nonce."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.media.webrtc.srtp import PROFILES, Srtp, SrtpKeys, SrtpProfile, session_keys
from allmende.media.webrtc.transport import SrtpFailure
from tests.media.webrtc.peer import rtcp, rtp


def pair(profile: SrtpProfile) -> tuple[Srtp, Srtp]:
    keys = profile.keys(secrets.token_bytes(profile.material_bytes))
    return Srtp(keys), Srtp(SrtpKeys(profile, client=keys.server, server=keys.client))


@pytest.mark.parametrize("profile", PROFILES)
def test_packets_pass_both_ways(profile: SrtpProfile) -> None:
    server, client = pair(profile)
    for one, other in ((server, client), (client, server)):
        assert other.open_rtp(one.protect_rtp(rtp(1)), 0) == rtp(1)
        assert other.open_rtcp(one.protect_rtcp(rtcp()), 0) == rtcp()


@pytest.mark.parametrize("packet", [b"", b"\x80", bytes(11), bytes(40), b"\x80" * 1501])
def test_what_does_not_open_is_none(packet: bytes) -> None:
    server, _ = pair(PROFILES[0])
    assert server.open_rtp(packet, 0) is None
    assert server.open_rtcp(packet, 0) is None


def test_numbers_may_come_late_but_not_twice() -> None:
    server, client = pair(PROFILES[0])
    packets = [client.protect_rtp(rtp(number)) for number in range(1200)]
    assert server.open_rtp(packets[1100], 0) is not None
    assert server.open_rtp(packets[200], 0) is not None
    assert server.open_rtp(packets[200], 0) is None
    assert server.open_rtp(packets[20], 0) is None  # older than the window


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40), st.binary(max_size=4)), max_size=60)
)
def test_no_number_is_ever_protected_twice(wanted: list[tuple[int, int, bytes]]) -> None:
    server, _ = pair(PROFILES[0])
    used: set[tuple[int, int]] = set()
    for ssrc, sequence, payload in wanted:
        try:
            server.protect_rtp(rtp(sequence, ssrc=ssrc, payload=payload))
        except SrtpFailure:
            assert (ssrc, sequence) in used
        else:
            assert (ssrc, sequence) not in used
            used.add((ssrc, sequence))


@pytest.mark.parametrize("packet", [b"", bytes(4), bytes(1400)])
def test_control_packets_that_cannot_be_protected_are_one_error(packet: bytes) -> None:
    server, _ = pair(PROFILES[0])
    with pytest.raises(SrtpFailure):
        server.protect_rtcp(packet)


def test_the_keys_of_a_session_are_those_of_the_standard() -> None:
    # RFC 3711, B.3; a salt of GCM is 12 bytes long, so the test vector is cut.
    master = "E1F97A0D3E018BE0D64FA32C06DE4139" + "0EC675AD498AFEEBB6960B3AABE6"
    key, salt = session_keys(bytes.fromhex(master))
    assert key.hex().upper() == "C61E7A93744F39EE10734AFE3FF7A087"
    assert salt.hex().upper() == "30CBBC08863D8C85D49DB34A9AE1"[:24]
