"""What the bridge does to a tone, both ways, in figures. Spec voice, 13."""

import random
from collections.abc import Callable, Sequence

import pytest

from allmende.media import voicing
from allmende.media.voice.bridge import SILENCE, UNIT_S
from allmende.media.voicing import Talks
from allmende.protocols.mumble.voice import VoicePacket
from allmende.protocols.rtcp import feedback
from tests.media.stage import Heard, Source
from tests.media.voice.stage import Mumble, Stage, is_continuous, opus

FRAME_S = 0.02
TONE_S = 3.2
FRAMES = round(TONE_S / FRAME_S)
NEAR_S = 0.06
ENDS_WITHIN_S = 0.5
LOST = FRAMES // 20
SSRC = 1000
LOUD, SILENT = 20, 127
SEEDS = (1, 2)

Passes = Callable[[int], bool]


def all_pass(number: int) -> bool:
    return True


def one_in_twenty_is_lost(seed: int) -> Passes:
    """Exactly 5 % of the tone, in bursts and alone, anywhere."""
    lost = set(random.Random(seed).sample(range(FRAMES), LOST))
    return lambda number: number not in lost


def names(frames: range) -> list[bytes]:
    return [b"%04d" % number for number in frames]


class Hall:
    """A native and a browser that hear each other."""

    def __init__(self, *, modern: bool = False) -> None:
        self.stage = Stage()
        self.native: Mumble = self.stage.mumble("ben", modern=modern)
        self.stage.join("web")
        self.stage.do(voicing.NumberLeg(id=1, leg="web", session=77))
        self.stage.slots(2, "web")
        self.voice: Source = self.stage.audio("web")
        self.heard_native: list[VoicePacket] = []
        self.heard_web: list[Heard] = []
        self.talks: list[tuple[float, bool]] = []
        self.arrives: Passes = all_pass
        self.asked_again = 0
        self._came = 0

    def listen(self) -> None:
        """Let a frame pass, and take what came."""
        self.stage.pass_time(FRAME_S)
        self.heard_native += self.native.heard()
        self._hear_web()
        now_s = self.stage.now_s
        for told in self.stage.reported(Talks):
            assert isinstance(told, Talks)
            self.talks.append((now_s, told.talking))

    def _hear_web(self) -> None:
        missing: list[Heard] = []
        for packet in self.stage.heard("web"):
            (self.heard_web if self.arrives(self._came) else missing).append(packet)
            self._came += 1
        if missing:
            self.asked_again += len(missing)
            asked = feedback.write_nack(1, SSRC, [each.sequence for each in missing])
            self.stage.events["web"].rtcp_received(asked, self.stage.now_s)
            self.heard_web += self.stage.heard("web")

    def rest(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME_S)):
            self.listen()

    def browser_sounds(self, passes: Passes = all_pass, *, goes_on: bool = True) -> float:
        """A second of silence, the tone, silence or nothing after it; return when it ended."""
        self._browser([b"...."] * 50, SILENT)
        for number, sound in enumerate(names(range(FRAMES))):
            packet = self.voice.opus(opus(sound), level=LOUD)
            if passes(number):
                self.stage.send(self.voice, packet)
            self.listen()
        ended_s = self.stage.now_s
        if goes_on:
            self._browser([b"...."] * 50, SILENT)
        else:
            self.rest(1)
        return ended_s

    def _browser(self, sounds: Sequence[bytes], level: int) -> None:
        for sound in sounds:
            self.stage.send(self.voice, self.voice.opus(opus(sound), level=level))
            self.listen()

    def native_sounds(self, passes: Passes = all_pass, *, says_end: bool = True) -> float:
        """The tone, then nothing; return when it ended."""
        for number, sound in enumerate(names(range(FRAMES))):
            packet = VoicePacket(0, 2 * number, opus(sound), says_end and number == FRAMES - 1, 0)
            datagram = self.native.crypt.encrypt(self.native.write(packet))
            if passes(number):
                self.stage.datagram(datagram, self.native.remote)
            self.listen()
        ended_s = self.stage.now_s
        self.rest(1)
        return ended_s

    def ended_after(self, tone_ended_s: float) -> float:
        """How long somebody was shown as talking when the tone was over. Told twice: on, off."""
        assert [talking for _, talking in self.talks] == [True, False]
        return self.talks[-1][0] - tone_ended_s


def tone_of_native(heard: Sequence[VoicePacket]) -> list[VoicePacket]:
    return [each for each in heard if each.opus[2:].isdigit()]


def tone_of_web(heard: Sequence[Heard]) -> list[Heard]:
    return [each for each in heard if each.payload[2:].isdigit()]


@pytest.fixture(params=[False, True], ids=["legacy", "protobuf"])
def hall(request: pytest.FixtureRequest) -> Hall:
    return Hall(modern=request.param)


@pytest.mark.parametrize("goes_on", [True, False], ids=["silence follows", "nothing follows"])
def test_a_tone_of_a_browser_is_as_long_for_natives(hall: Hall, goes_on: bool) -> None:
    ended_s = hall.browser_sounds(goes_on=goes_on)
    tone = tone_of_native(hall.heard_native)
    assert [each.opus[2:] for each in tone] == names(range(FRAMES))
    length_s = (tone[-1].frame - tone[0].frame) * UNIT_S + FRAME_S
    assert length_s == pytest.approx(TONE_S, abs=NEAR_S)
    frames = [each.frame for each in hall.heard_native]
    assert frames == list(range(frames[0], frames[0] + 2 * len(frames), 2))
    assert [each.last for each in hall.heard_native].index(True) == len(frames) - 1
    assert hall.heard_native[-1].opus == SILENCE
    assert hall.ended_after(ended_s) <= ENDS_WITHIN_S


@pytest.mark.parametrize("says_end", [True, False], ids=["with its end", "its end is lost"])
def test_a_tone_of_a_native_is_as_long_for_browsers(hall: Hall, says_end: bool) -> None:
    ended_s = hall.native_sounds(says_end=says_end)
    tone = tone_of_web(hall.heard_web)
    assert [each.payload[2:] for each in tone] == names(range(FRAMES))
    length_s = (tone[-1].timestamp - tone[0].timestamp & 0xFFFFFFFF) / 48_000 + FRAME_S
    assert length_s == pytest.approx(TONE_S, abs=NEAR_S)
    assert is_continuous(hall.heard_web)
    assert hall.heard_web[-1].payload == SILENCE
    assert hall.heard_web[-1].level == bytes([SILENT])
    assert hall.ended_after(ended_s) <= ENDS_WITHIN_S


@pytest.mark.parametrize("seed", SEEDS)
def test_natives_play_all_of_a_browser_that_was_not_lost(hall: Hall, seed: int) -> None:
    hall.browser_sounds(one_in_twenty_is_lost(seed))
    played = {each.frame for each in tone_of_native(hall.heard_native)}
    assert len(played) >= FRAMES - LOST
    assert len(played) == len(tone_of_native(hall.heard_native))


@pytest.mark.parametrize("seed", SEEDS)
def test_browsers_play_all_of_a_native_that_was_not_lost(hall: Hall, seed: int) -> None:
    hall.native_sounds(one_in_twenty_is_lost(seed))
    numbers = [each.sequence for each in hall.heard_web]
    assert len(set(numbers)) == len(numbers)
    assert len(tone_of_web(hall.heard_web)) >= FRAMES - LOST


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_browser_lost_of_a_native_it_gets_again(hall: Hall, seed: int) -> None:
    """On the way to the browser, which asks for each as soon as the next one is there."""
    hall.arrives = one_in_twenty_is_lost(seed)
    hall.native_sounds()
    assert hall.asked_again == LOST
    tone = tone_of_web(hall.heard_web)
    assert sorted(each.payload[2:] for each in tone) == names(range(FRAMES))
