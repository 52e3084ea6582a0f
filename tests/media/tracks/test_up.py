import itertools
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.media import control
from allmende.media.control import Codec, UpBound, UpSilent, Wanted
from allmende.protocols.codecs.vp8 import Descriptor
from allmende.protocols.rtcp.feedback import Nack, PictureLoss
from tests.media.stage import Heard, Source, Stage

RIDS = ("q", "h", "f")


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.join("a", "b", "c")
    return stage


def read(heard: Heard) -> Descriptor:
    found = Descriptor()
    found.read(heard.payload, 0, len(heard.payload))
    return found


def pictures(heard: list[Heard]) -> list[int]:
    return [read(h).picture for h in heard]


def is_continuous(heard: list[Heard]) -> bool:
    """Numbers without a hole, pictures and TL0PICIDX one by one, time growing."""
    pairs = list(itertools.pairwise(heard))
    return (
        all((b.sequence - a.sequence) & 0xFFFF == 1 for a, b in pairs)
        and all((read(b).picture - read(a).picture) & 0x7FFF <= 1 for a, b in pairs)
        and all((read(b).level_zero - read(a).level_zero) & 0xFF <= 1 for a, b in pairs)
        and all((b.timestamp - a.timestamp) & 0xFFFFFFFF < 1 << 31 for a, b in pairs)
    )


# --- one layer ----------------------------------------------------------------------------


def test_video_begins_with_a_key_frame(stage: Stage) -> None:
    (camera,) = stage.video("a")
    stage.down("b", "V")
    stage.send(camera, *camera.frame(), *camera.frame(key=True, packets=2), *camera.frame())
    heard = stage.heard("b")
    assert [read(h).key for h in heard] == [True, False, False]
    assert [h.marker for h in heard] == [False, True, True]
    assert {h.payload_type for h in heard} == {96}
    assert is_continuous(heard)


def test_each_receiver_has_its_own_payload_type(stage: Stage) -> None:
    (camera,) = stage.video("a")
    stage.down("b", "V", codecs=(Codec(120, "vp8", 90_000),))
    stage.send(camera, *camera.frame(key=True))
    assert stage.heard("b")[0].payload_type == 120


def test_packets_of_another_codec_and_padding_leave_no_hole(stage: Stage) -> None:
    (camera,) = stage.video("a")
    stage.down("b", "V")
    stage.send(camera, *camera.frame(key=True))
    stage.send(camera, camera.write(b"", payload_type=96), camera.write(b"xx", payload_type=100))
    stage.send(camera, *camera.frame())
    heard = stage.heard("b")
    assert len(heard) == 2
    assert is_continuous(heard)


def test_a_descriptor_without_numbers_is_forwarded_as_it_is(stage: Stage) -> None:
    (camera,) = stage.video("a")
    stage.down("b", "V")
    packets = [camera.write(p, payload_type=96) for p in (b"\x10\0key", b"\x10\1next")]
    stage.send(camera, *packets)
    assert [h.payload for h in stage.heard("b")] == [b"\x10\0key", b"\x10\1next"]


def test_other_picture_numbers_begin_with_a_key_frame(stage: Stage) -> None:
    (camera,) = stage.video("a")
    stage.down("b", "V")
    short = b"\x90\x80\x05"
    stage.send(camera, *camera.frame(key=True))
    stage.send(camera, camera.write(short + b"\1", payload_type=96))
    stage.send(camera, camera.write(short + b"\0", payload_type=96))
    assert [len(h.payload) for h in stage.heard("b")] == [12, 4]


def test_muting_a_camera_ends_it_and_a_key_frame_begins_it_again(stage: Stage) -> None:
    (camera,) = stage.video("a")
    stage.down("b", "V")
    stage.send(camera, *camera.frame(key=True))
    stage.do(control.SetMuted(id=1, up="V", muted=True))
    stage.send(camera, *camera.frame())
    stage.do(control.SetMuted(id=1, up="V", muted=False))
    stage.transports["a"].told()
    stage.send(camera, *camera.frame())
    stage.pass_time(1.0)
    assert stage.transports["a"].told_of(PictureLoss)
    stage.send(camera, *camera.frame(key=True))
    heard = stage.heard("b")
    assert len(heard) == 2
    assert is_continuous(heard)


def test_a_late_packet_gets_its_own_number_and_a_repeated_one_none(stage: Stage) -> None:
    (camera,) = stage.video("a")
    stage.down("b", "V")
    first, second, third = camera.frame(key=True, packets=3)
    stage.send(camera, first, third, second, second, first)
    heard = stage.heard("b")
    start = heard[0].sequence
    assert [h.sequence - start for h in heard] == [0, 2, 1]


def test_what_cannot_be_protected_is_dropped_and_its_number_is_not_used_again(
    stage: Stage,
) -> None:
    (camera,) = stage.video("a")
    stage.down("b", "V")
    stage.down("c", "V")
    stage.send(camera, *camera.frame(key=True))
    stage.transports["b"].fails = True
    stage.send(camera, *camera.frame())
    stage.transports["b"].fails = False
    stage.send(camera, *camera.frame())
    assert len(stage.heard("c")) == 3
    numbers = [h.sequence for h in stage.heard("b")]
    assert numbers[1] - numbers[0] == 2


# --- key frames ---------------------------------------------------------------------------


def test_key_frames_are_asked_for_at_once_after_the_answer_and_seldom(stage: Stage) -> None:
    (camera,) = stage.video("a")
    stage.send(camera, *camera.frame())
    stage.down("b", "V")
    times = []
    for _ in range(75):
        stage.pass_time(0.02, camera)
        if stage.transports["a"].told_of(PictureLoss):
            times.append(round(stage.now_s - 50.0, 2))
    assert times[0] == 0.02
    assert 0.3 <= times[1] <= 0.54
    assert all(b - a >= 0.48 for a, b in itertools.pairwise(times))


def test_many_who_ask_share_one_asking(stage: Stage) -> None:
    (camera,) = stage.video("a")
    for leg in ("b", "c"):
        stage.down(leg, "V")
    stage.send(camera, *camera.frame(key=True))
    stage.pass_time(2.0, camera)
    stage.transports["a"].told()
    from_b = b"\x81\xce\0\2\0\0\0\1\0\0\0\7"  # PLI
    from_c = b"\x84\xce\0\4\0\0\0\1\0\0\0\0\0\0\0\7\1\0\0\0"  # FIR
    for _ in range(20):
        stage.events["b"].rtcp_received(from_b, stage.now_s)
        stage.events["c"].rtcp_received(from_c, stage.now_s)
    stage.pass_time(0.1, camera)
    asked = stage.transports["a"].told_of(PictureLoss)
    assert [value.media for value in asked if isinstance(value, PictureLoss)] == [camera.ssrc]


# --- missing packets ----------------------------------------------------------------------


def test_holes_are_asked_for_and_filled_by_retransmissions(stage: Stage) -> None:
    (camera,) = stage.video("a")
    stage.down("b", "V")
    first, second, third = camera.frame(key=True, packets=3)
    stage.send(camera, first, third)
    stage.pass_time(0.04)
    nacks = [v for v in stage.transports["a"].told() if isinstance(v, Nack)]
    assert [(nack.media, nack.numbers) for nack in nacks] == [(camera.ssrc, (101,))]
    payload = second[-12:]
    repair = Source(stage, "a", 0xCC, "mV")
    stage.send(camera, repair.write(b"\0\x65" + payload, payload_type=97, marker=False))
    start, heard = None, stage.heard("b")
    start = heard[0].sequence
    assert [h.sequence - start for h in heard] == [0, 2, 1]
    stage.send(camera, repair.write(b"\0\x65" + payload, payload_type=97))  # once is enough
    stage.send(camera, repair.write(b"", payload_type=97))  # a probe
    assert stage.heard("b") == []
    stage.pass_time(1.0)
    assert stage.transports["a"].told_of(Nack) == []


def test_too_many_holes_ask_for_a_picture_instead(stage: Stage) -> None:
    (camera,) = stage.video("a")
    stage.down("b", "V")
    stage.send(camera, *camera.frame(key=True))
    stage.pass_time(2.0, camera)
    stage.transports["a"].told()
    camera.sequence += 600
    stage.send(camera, *camera.frame())
    stage.pass_time(0.1, camera)
    assert stage.transports["a"].told_of(PictureLoss)


# --- simulcast ----------------------------------------------------------------------------


def all_layers(stage: Stage, layers: list[Source], *, key: bool = False) -> None:
    for layer in layers:
        stage.send(layer, *layer.frame(key=key))


def test_each_receiver_gets_the_layer_of_its_tile(stage: Stage) -> None:
    layers = stage.video("a", rids=RIDS)
    small, large = stage.down("b", "V"), stage.down("c", "V")
    stage.do(control.SetDown(id=1, down=small, disabled=False, width=300, height=170))
    stage.do(control.SetDown(id=1, down=large, disabled=False, width=1280, height=720))
    all_layers(stage, layers, key=True)
    all_layers(stage, layers)
    assert [b.rid for b in stage.reported(UpBound) if isinstance(b, UpBound)] == list(RIDS)
    for leg in ("b", "c"):
        assert stage.heard(leg)[-1].payload[6:] == b"\1frame"
    stage.send(layers[0], *layers[0].frame())
    assert (len(stage.heard("b")), len(stage.heard("c"))) == (1, 0)
    stage.send(layers[2], *layers[2].frame())
    assert (len(stage.heard("b")), len(stage.heard("c"))) == (0, 1)


def test_a_switch_waits_for_a_key_frame_and_leaves_no_seam(stage: Stage) -> None:
    layers = stage.video("a", rids=RIDS)
    sid = stage.down("b", "V")
    stage.do(control.SetDown(id=1, down=sid, disabled=False, quality=0))
    all_layers(stage, layers, key=True)
    stage.now_s += 0.04
    all_layers(stage, layers)
    stage.do(control.SetDown(id=1, down=sid, disabled=False, quality=2))
    stage.now_s += 0.04
    all_layers(stage, layers)
    stage.pass_time(0.02)
    stage.now_s += 0.02
    all_layers(stage, layers, key=True)
    stage.send(layers[2], *layers[2].frame())
    heard = stage.heard("b")
    assert len(heard) == 6  # three small, the small key frame before the large one, two large
    assert is_continuous(heard)
    assert all(b.timestamp > a.timestamp for a, b in itertools.pairwise(heard))


def test_a_silent_layer_falls_to_the_next_lower_and_returns(stage: Stage) -> None:
    layers = stage.video("a", rids=RIDS)
    stage.down("b", "V")
    all_layers(stage, layers, key=True)
    stage.pass_time(2.0, *layers[:2])
    assert stage.reported(UpSilent) == [UpSilent(up="V", rid="f")]
    stage.heard("b")
    stage.send(layers[1], *layers[1].frame(key=True), *layers[1].frame())
    heard = stage.heard("b")
    assert len(heard) == 2
    stage.send(layers[2], *layers[2].frame(key=True), *layers[2].frame())
    stage.send(layers[1], *layers[1].frame())
    heard += stage.heard("b")
    assert len(heard) == 4
    assert is_continuous(heard)


def test_dynacast_is_told_off_late_and_on_at_once(stage: Stage) -> None:
    stage.video("a", rids=RIDS)
    sid = stage.down("b", "V")
    stage.do(control.SetDown(id=1, down=sid, disabled=False, quality=0))
    stage.pass_time(9.5)
    assert stage.reported(Wanted) == []
    stage.pass_time(2.5)
    assert stage.reported(Wanted) == [Wanted(up="V", rids=("q",))]
    stage.do(control.SetDown(id=1, down=sid, disabled=False, quality=1))
    assert stage.reported(Wanted) == [Wanted(up="V", rids=("q", "h"))]
    stage.do(control.SetDown(id=1, down=sid, disabled=True))
    stage.pass_time(12.0)
    assert stage.reported(Wanted) == [Wanted(up="V", rids=())]
    stage.do(control.SetDown(id=1, down=sid, disabled=False, quality=3))
    assert stage.reported(Wanted) == []


def test_a_new_stream_of_a_layer_replaces_the_old_one(stage: Stage) -> None:
    (camera,) = stage.video("a")
    stage.down("b", "V")
    stage.send(camera, *camera.frame(key=True))
    other = Source(stage, "a", 0xEE, "mV", sequence=9, picture=900, timestamp=5)
    stage.send(other, *other.frame(), *other.frame(key=True), *other.frame())
    heard = stage.heard("b")
    assert len(heard) == 3
    assert is_continuous(heard)


# --- temporal layers ----------------------------------------------------------------------

L1T3 = (0, 2, 1, 2)


def test_fewer_frames_are_sent_where_fewer_are_wanted(stage: Stage) -> None:
    (camera,) = stage.video("a")
    sid = stage.down("b", "V")
    stage.send(camera, *camera.frame(key=True))
    stage.pass_time(2.0, camera)  # 50 frames a second
    stage.do(control.SetDown(id=1, down=sid, disabled=False, fps=8))
    stage.heard("b")
    stage.send(camera, *camera.frame())
    for n in range(8):
        stage.send(camera, *camera.frame(temporal=L1T3[n % 4], packets=2))
    heard = stage.heard("b")
    assert len(heard) == 1 + 2 * 2
    assert is_continuous(heard)
    assert {read(h).temporal for h in heard} == {0}
    stage.do(control.SetDown(id=1, down=sid, disabled=False, fps=0))
    for n in range(1, 9):
        stage.send(camera, *camera.frame(temporal=L1T3[n % 4]))
    again = stage.heard("b")
    assert len(again) == 8
    assert is_continuous([heard[-1], *again])


# --- audio --------------------------------------------------------------------------------


def red(primary: bytes, redundant: bytes = b"before") -> bytes:
    head = struct.pack("!BHB", 0x80 | 111, len(redundant), 111)
    return head[:1] + (len(redundant)).to_bytes(3, "big") + b"\x6f" + redundant + primary


def test_red_goes_whole_to_who_has_it_and_as_opus_to_who_has_not(stage: Stage) -> None:
    voice = stage.audio("a")
    stage.down("b", "A")
    stage.down("c", "A", codecs=(Codec(109, "opus", 48_000),), strip=True)
    payload = red(b"now")
    stage.send(voice, voice.write(payload, payload_type=63, level=5))
    assert [(h.payload_type, h.payload) for h in stage.heard("b")] == [(63, payload)]
    assert [(h.payload_type, h.payload) for h in stage.heard("c")] == [(109, b"now")]


def test_broken_red_and_unknown_types_leave_no_hole(stage: Stage) -> None:
    voice = stage.audio("a")
    stage.down("b", "A")
    broken = voice.write(b"\xff\0", payload_type=63)
    other = voice.write(b"x", payload_type=9)
    stage.send(voice, voice.opus(), broken, other, voice.opus())
    heard = stage.heard("b")
    assert [h.sequence - heard[0].sequence for h in heard] == [0, 1]


def test_holes_of_sound_are_not_asked_for(stage: Stage) -> None:
    voice = stage.audio("a")
    stage.down("b", "A")
    stage.send(voice, voice.opus())
    voice.sequence += 3
    stage.send(voice, voice.opus())
    stage.pass_time(0.2)
    assert stage.transports["a"].told_of(Nack) == []
    heard = stage.heard("b")
    assert heard[1].sequence - heard[0].sequence == 4


# --- the rule of the nonce ----------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("send"), st.integers(0, 2), st.integers(-40, 40)),
            st.tuples(st.just("key"), st.integers(0, 2), st.integers(0, 3)),
            st.tuples(st.just("want"), st.integers(0, 3), st.integers(0, 30)),
            st.tuples(st.just("mute"), st.integers(0, 1), st.just(0)),
            st.tuples(st.just("nack"), st.just(0), st.integers(0, 0xFFFF)),
            st.tuples(st.just("time"), st.just(0), st.integers(1, 100)),
        ),
        max_size=60,
    )
)
def test_no_number_is_protected_twice_whatever_happens(
    steps: list[tuple[str, int, int]],
) -> None:
    stage = Stage()  # its transport refuses a second time
    stage.join("a", "b")
    layers = stage.video("a", rids=RIDS)
    sid = stage.down("b", "V")
    for what, which, much in steps:
        if what == "send":
            layers[which].sequence += much
            stage.send(layers[which], *layers[which].frame(temporal=abs(much) % 3, packets=2))
        elif what == "key":
            stage.send(layers[which], *layers[which].frame(key=True, packets=1 + much))
        elif what == "want":
            stage.do(control.SetDown(id=1, down=sid, disabled=False, quality=which, fps=much))
        elif what == "mute":
            stage.do(control.SetMuted(id=1, up="V", muted=bool(which)))
        elif what == "nack":
            nack = b"\x81\xcd\0\3\0\0\0\1\0\0\0\7" + struct.pack("!HH", much, 0xFFFF)
            stage.events["b"].rtcp_received(nack, stage.now_s)
        else:
            stage.pass_time(much * 0.02)
