import os

import pytest
from pylibsrtp import Policy, Session

from allmende.media import control
from allmende.media.control import Codec
from allmende.media.tracks.down import OPUS, RED, VP8, types_of
from tests.media.stage import AUDIO, IDS, VIDEO, Stage


def asked(*codecs: Codec, strip: bool = False) -> control.AddDown:
    return control.AddDown(
        id=1, leg="b", down="D", up="A", mid="d", ssrc=1, codecs=codecs, extensions=IDS,
        strip_red=strip,
    )  # fmt: skip


def test_the_receivers_payload_types_are_looked_up_by_codec() -> None:
    types = types_of(asked(*AUDIO, *VIDEO, Codec(9, "g722", 8000), Codec(99, "opus", 48_000)))
    assert (types[OPUS], types[RED], types[VP8]) == (111, 63, 96)
    assert types_of(asked(*AUDIO, strip=True))[RED] == 0


def test_a_receiver_without_extensions_gets_bare_headers() -> None:
    stage = Stage()
    stage.join("a", "b")
    voice = stage.audio("a")
    stage.do(
        control.AddDown(
            id=1, leg="b", down="D", up="A", mid="d", ssrc=5, codecs=AUDIO, extensions=()
        )
    )
    stage.send(voice, voice.opus(b"bare"))
    (packet,) = stage.transports["b"].sent
    assert (packet[0], packet[12:16]) == (0x80, b"bare")


def test_all_downs_of_a_leg_share_one_transport_wide_count() -> None:
    stage = Stage()
    stage.join("a", "b", "c")
    first, second = stage.audio("a"), stage.audio("c", "CC")
    stage.down("b", "A", ssrc=1)
    stage.down("b", "CC", ssrc=2)
    for source in (first, second, first):
        stage.send(source, source.opus())
    heard = stage.heard("b")
    assert [h.number for h in heard] == [b"\0\1", b"\0\2", b"\0\3"]
    assert [h.ssrc for h in heard] == [1, 2, 1]


@pytest.mark.slow
def test_a_receiver_decrypts_everything_over_more_than_one_round_of_numbers() -> None:
    profile, key = Policy.SRTP_PROFILE_AEAD_AES_128_GCM, os.urandom(28)
    ours = Session(Policy(key, Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile))
    theirs = Session(Policy(key, Policy.SSRC_ANY_INBOUND, srtp_profile=profile))
    stage = Stage()
    stage.join("a", "b")
    voice = stage.audio("a")
    stage.transports["b"].cipher = ours.protect
    stage.down("b", "A")
    voice.sequence = 65_000
    for n in range(70_000):
        if n % 1000 == 0:
            stage.pass_time(1.0)
        stage.send(voice, voice.opus(n.to_bytes(3, "big")))
    got = [theirs.unprotect(packet) for packet in stage.transports["b"].sent]
    assert [int.from_bytes(packet[-3:], "big") for packet in got] == list(range(70_000))
