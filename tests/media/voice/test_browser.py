"""The microphone of a browser, as native clients get it. Spec voice, 7.1."""

import itertools
import random

import pytest

from allmende.media import control, voicing
from allmende.media.control import Codec
from allmende.media.voice.bridge import SILENCE
from allmende.protocols.mumble.voice import VoicePacket
from tests.media.stage import IDS, Source
from tests.media.voice.stage import Mumble, Stage, opus

QUIET = 90
LOUD = 20


class Call:
    """A browser that talks and a native that listens."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.ben: Mumble = self.stage.mumble("ben")
        self.stage.join("web")
        self.stage.do(voicing.NumberLeg(id=1, leg="web", session=77))
        self.voice: Source = self.stage.audio("web")

    def speak(self, *sounds: bytes, level: int = LOUD) -> None:
        self.stage.speak(self.voice, *sounds, level=level)

    def send(self, payload: bytes, *, level: int = LOUD, ticks: int = 960) -> bytes:
        """Send a payload; return the packet."""
        packet = self.voice.write(payload, payload_type=111, level=level)
        self.voice.timestamp += ticks
        self.stage.send(self.voice, packet)
        return packet

    def heard(self) -> list[VoicePacket]:
        return self.ben.heard()

    def texts(self) -> list[bytes]:
        return self.ben.texts()


@pytest.fixture
def call() -> Call:
    return Call()


def test_frame_numbers_count_10_ms_not_packets(call: Call) -> None:
    for toc, ticks in ((b"\x08", 960), (b"\x10", 1920), (b"\x18", 2880), (b"\x00", 480)):
        call.send(opus(b"x", toc), ticks=ticks)
    call.send(opus(b"x"))
    assert [p.frame for p in call.heard()] == [0, 2, 6, 12, 13]


def test_opus_passes_byte_for_byte(call: Call) -> None:
    sounds = [opus(bytes([n + 1]) * 50) for n in range(20)]
    for sound in sounds:
        call.send(sound)
    assert [p.opus for p in call.heard()] == sounds


@pytest.mark.parametrize(
    "payload",
    [
        b"\x83====",  # 2.5 ms
        b"\x8b\x02==",
        b"\x18" + b"x" * 1000,
        b"\x03\x30" + b"x" * 20,  # 120 ms
        b"",
    ],
)
def test_what_desktop_clients_do_not_play_is_not_sent(call: Call, payload: bytes) -> None:
    call.speak(b"x")
    call.send(payload)
    assert call.texts()[:1] == [b"x"]
    assert call.texts() in ([], [b"-"])


def test_loss_is_a_gap_and_order_stays_as_received(call: Call) -> None:
    packets = [call.voice.opus(opus(bytes([65 + n]))) for n in range(6)]
    for nth in (0, 3, 2, 5):
        call.stage.send(call.voice, packets[nth])
    heard = call.heard()
    assert [p.opus[2:] for p in heard] == [b"A", b"D", b"C", b"F"]
    assert [p.frame for p in heard] == [0, 6, 4, 10]


def test_a_packet_that_comes_twice_is_sent_once(call: Call) -> None:
    packets = [call.voice.opus(opus(bytes([65 + n]))) for n in range(4)]
    for nth in (0, 0, 1, 3, 3, 2, 1, 2):
        call.stage.send(call.voice, packets[nth])
    assert call.texts() == [b"A", b"B", b"D", b"C"]


def test_a_late_packet_of_the_word_before_is_not_sent(call: Call) -> None:
    late = call.voice.opus(opus(b"late"))
    call.speak(b"a")
    call.stage.pass_time(0.3)
    call.voice.timestamp += 48 * 300
    call.speak(b"b")
    call.stage.send(call.voice, late)
    assert call.texts() == [b"a", b"-", b"b"]


def test_a_new_source_goes_on_where_the_last_one_ended(call: Call) -> None:
    call.speak(b"a", b"b")
    call.voice.ssrc += 1
    call.voice.sequence, call.voice.timestamp = 60_000, 4_000_000_000
    call.speak(b"c", b"d")
    assert [(p.frame, p.opus[2:]) for p in call.heard()] == [
        (0, b"a"), (2, b"b"), (4, b"c"), (6, b"d"),
    ]  # fmt: skip


@pytest.mark.parametrize("jump", [-48_000 * 60, -960 * 3, 48_000 * 60, 1 << 31, (1 << 32) - 960])
def test_a_clock_that_jumps_never_brings_a_smaller_number(call: Call, jump: int) -> None:
    call.speak(b"a", b"b")
    call.voice.timestamp = (call.voice.timestamp + jump) & 0xFFFFFFFF
    call.speak(b"c", b"d")
    frames = [p.frame for p in call.heard()]
    assert frames == [0, 2, 4, 6]


def test_timestamps_that_wrap_around_count_on(call: Call) -> None:
    call.voice.timestamp = (1 << 32) - 960 * 3
    for _ in range(8):
        packet = call.voice.write(opus(b"x"), payload_type=111, level=LOUD)
        call.voice.timestamp = (call.voice.timestamp + 960) & 0xFFFFFFFF
        call.stage.send(call.voice, packet)
    assert [p.frame for p in call.heard()] == list(range(0, 16, 2))


def test_before_speech_60_ms_are_sent_too(call: Call) -> None:
    call.speak(b"1", b"2", b"3", b"4", b"5", level=QUIET)
    assert call.heard() == []
    call.speak(b"loud")
    heard = call.heard()
    assert [p.opus[2:] for p in heard] == [b"3", b"4", b"5", b"loud"]
    assert [p.frame for p in heard] == [4, 6, 8, 10]


def test_what_is_older_is_not_sent_before_speech(call: Call) -> None:
    call.speak(b"1", b"2", level=QUIET)
    call.stage.pass_time(1)
    call.voice.timestamp += 48_000
    call.speak(b"loud")
    assert call.texts() == [b"loud"]


def test_the_gate_closes_with_a_frame_of_silence_that_is_the_last(call: Call) -> None:
    call.speak(b"loud")
    call.speak(*[b"q"] * 30, level=QUIET)
    heard = call.heard()
    assert len(heard) in (16, 17)
    assert [p.last for p in heard] == [False] * (len(heard) - 1) + [True]
    assert heard[-1].opus == SILENCE
    assert [b.frame - a.frame for a, b in itertools.pairwise(heard)] == [2] * (len(heard) - 1)
    call.speak(b"again")
    later = call.heard()
    assert [p.opus[2:] for p in later] == [b"q", b"q", b"q", b"again"]
    assert later[0].frame > heard[-1].frame + 1


@pytest.mark.parametrize("dtx", [b"", b"\x08", b"\x08\x00"])
def test_dtx_is_the_end_and_never_sent(call: Call, dtx: bytes) -> None:
    call.speak(b"x")
    call.send(dtx)
    call.send(dtx)
    (x, end) = call.heard()
    assert (end.opus, end.last, end.frame) == (SILENCE, True, x.frame + 2)
    call.speak(b"y")
    assert call.heard()[0].frame >= end.frame + 2


def test_150_ms_without_rtp_are_the_end(call: Call) -> None:
    call.speak(b"x")
    call.stage.pass_time(0.12)
    assert call.texts() == [b"x"]
    call.stage.pass_time(0.04)
    assert call.texts() == [b"-"]
    call.stage.pass_time(1)
    assert call.heard() == []


def test_without_a_level_only_dtx_closes_the_gate() -> None:
    stage = Stage()
    ben = stage.mumble("ben")
    stage.join("web")
    stage.do(voicing.NumberLeg(id=1, leg="web", session=77))
    plain = tuple(e for e in IDS if e.id != 4)
    stage.do(
        control.AddUp(
            id=1, leg="web", up="A", mid="mA", kind="audio", source="microphone",
            codecs=(Codec(111, "opus", 48_000),), extensions=plain,
        )
    )  # fmt: skip
    voice = Source(stage, "web", 9, "mA")
    for _ in range(50):
        stage.send(voice, voice.write(opus(b"x"), payload_type=111))
        voice.timestamp += 960
    assert len(ben.heard()) == 50


def test_red_is_stripped_to_the_primary_block(call: Call) -> None:
    old, new = opus(b"old"), opus(b"new")
    head = (1 << 31 | 111 << 24 | 960 << 10 | len(old)).to_bytes(4, "big")  # RFC 2198, 3
    call.stage.send(
        call.voice,
        call.voice.write(head + b"\x6f" + old + new, payload_type=63, level=LOUD),
        call.voice.write(b"\xff\xff\xff", payload_type=63, level=LOUD),
    )
    assert call.texts()[:1] == [b"new"]


@pytest.mark.slow
def test_numbers_never_go_back_within_a_word_whatever_comes() -> None:
    dice = random.Random(3)
    call = Call()
    frames: list[list[int]] = [[]]
    for _ in range(3000):
        kind = dice.random()
        if kind < 0.02:
            call.voice.ssrc += 1
            call.voice.sequence = dice.randrange(1 << 15)
        if kind < 0.05:
            call.voice.timestamp = dice.randrange(1 << 32)
        toc, ticks = dice.choice(((b"\x08", 960), (b"\x00", 480), (b"\x18", 2880)))
        packet = call.voice.write(
            opus(b"x", toc), payload_type=111, level=dice.choice((LOUD, LOUD, QUIET))
        )
        call.voice.timestamp = (call.voice.timestamp + ticks) & 0xFFFFFFFF
        if dice.random() > 0.1:
            call.stage.send(call.voice, packet)
        call.stage.pass_time(dice.choice((0.02, 0.02, 0.02, 0.3)))
        for heard in call.heard():
            frames[-1].append(heard.frame)
            if heard.last:
                frames.append([])
    assert sum(map(len, frames)) > 1000
    assert all(word == sorted(set(word)) for word in frames)
    firsts = [word[0] for word in frames if word]
    assert firsts == sorted(firsts)
