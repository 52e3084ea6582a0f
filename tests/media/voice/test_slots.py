"""Slots: what a browser hears of natives. Spec voice, 6 and 7.2."""

import itertools
import random

import pytest

from allmende.media import control, voicing
from allmende.media.control import UpSilent
from allmende.media.voice.bridge import SILENCE
from allmende.media.voicing import SlotFilled
from allmende.protocols.rtcp import feedback
from allmende.protocols.rtcp.reports import SenderReport
from tests.media.stage import Heard
from tests.media.voice.stage import Mumble, Stage, is_continuous, opus


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.join("web")
    stage.slots(2, "web")
    return stage


def by_slot(stage: Stage, leg: str = "web") -> dict[int, list[Heard]]:
    heard: dict[int, list[Heard]] = {}
    for packet in stage.heard(leg):
        heard.setdefault(packet.ssrc - 1000, []).append(packet)
    return heard


def texts(heard: list[Heard]) -> list[bytes]:
    return [b"-" if h.payload == SILENCE else h.payload[2:] for h in heard]


def filled(stage: Stage) -> list[tuple[int, str]]:
    return [(r.slot, r.leg) for r in stage.reported(SlotFilled) if isinstance(r, SlotFilled)]


def test_a_word_goes_through_a_slot_and_ends_in_silence(stage: Stage) -> None:
    anna = stage.mumble("anna")
    stage.talk(anna, b"one", b"two", b"three")
    heard = by_slot(stage)
    (slot,) = heard
    assert texts(heard[slot]) == [b"one", b"two", b"three", b"-", b"-"]
    assert is_continuous(heard[slot])
    assert [h.marker for h in heard[slot]] == [True, False, False, False, False]
    assert [h.level[0] for h in heard[slot]] == [30, 30, 127, 127, 127]
    times = [h.timestamp for h in heard[slot]]
    assert [(b - a) & 0xFFFFFFFF for a, b in itertools.pairwise(times)] == [960] * 4
    assert {h.payload_type for h in heard[slot]} == {111}


def test_an_empty_end_only_ends_the_word(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    stage.talk(anna, b"one", last=False)
    anna.say(b"", last=True)
    stage.pass_time(0.04)
    ((_, heard),) = by_slot(stage).items()
    assert texts(heard) == [b"one", b"-", b"-"]
    assert ben.texts() == [b"one", b"-"]


def test_silence_comes_20_ms_apart_and_stops_when_the_talker_goes_on(stage: Stage) -> None:
    anna = stage.mumble("anna")
    stage.talk(anna, b"one", last=False)
    anna.say(opus(b"two"), last=True)
    assert texts(stage.heard("web")) == [b"one", b"two"]
    stage.pass_time(0.02)
    assert texts(stage.heard("web")) == [b"-"]
    anna.say(opus(b"three"))
    stage.pass_time(0.06)
    assert texts(stage.heard("web")) == [b"three"]


def test_the_slot_is_announced_before_its_first_packet_and_when_it_is_free(stage: Stage) -> None:
    anna = stage.mumble("anna")
    order: list[str] = []

    def noting(packet: bytes) -> bytes:
        told = any(isinstance(report, SlotFilled) for report in stage.reports)
        order.append("announced" if told else "not announced")
        return packet

    stage.transports["web"].cipher = noting
    anna.say(opus(b"one"))
    assert filled(stage) == [(0, "anna")]
    assert order == ["announced"]
    stage.pass_time(0.5)
    assert filled(stage) == []
    stage.pass_time(1.1)
    assert filled(stage) == [(0, "")]


def test_two_talkers_have_two_slots_and_a_third_waits_until_one_is_free(stage: Stage) -> None:
    anna, ben, carla = (stage.mumble(sid) for sid in ("anna", "ben", "carla"))
    for _ in range(10):
        for who in (anna, ben, carla):
            who.say(opus(who.sid.encode()))
        stage.pass_time(0.02)
    heard = by_slot(stage)
    assert {slot: set(texts(packets)) for slot, packets in heard.items()} == {
        0: {b"anna"},
        1: {b"ben"},
    }
    for _ in range(60):
        for who in (ben, carla):
            who.say(opus(who.sid.encode()))
        stage.pass_time(0.02)
    heard = by_slot(stage)
    assert set(texts(heard[0])) == {b"-", b"carla"}
    assert set(texts(heard[1])) == {b"ben"}
    assert all(is_continuous(packets) for packets in heard.values())
    assert filled(stage) == [(0, "anna"), (1, "ben"), (0, ""), (0, "carla")]


def test_who_has_the_floor_takes_the_slot_of_who_came_last(stage: Stage) -> None:
    anna, ben, floor = (stage.mumble(sid) for sid in ("anna", "ben", "floor"))
    stage.place("floor", "R", first=True)
    for who in (anna, ben, floor):
        who.say(opus(who.sid.encode()))
        stage.pass_time(0.02)
    for who in (anna, ben, floor):
        who.say(opus(who.sid.encode()))
    heard = by_slot(stage)
    assert texts(heard[0]) == [b"anna", b"anna"]
    assert texts(heard[1]) == [b"ben", b"floor", b"floor"]
    assert is_continuous(heard[1])
    assert [h.marker for h in heard[1]] == [True, True, False]
    assert filled(stage) == [(0, "anna"), (1, "ben"), (1, "floor")]


def test_two_who_come_first_do_not_take_from_each_other(stage: Stage) -> None:
    firsts = [stage.mumble(f"f{n}") for n in range(3)]
    for who in firsts:
        stage.place(who.sid, "R", first=True)
        who.say(opus(who.sid.encode()))
    assert filled(stage) == [(0, "f0"), (1, "f1")]


def test_who_leaves_frees_the_slot_at_once(stage: Stage) -> None:
    anna = stage.mumble("anna")
    stage.talk(anna, b"one", last=False)
    stage.do(voicing.CloseMumble(id=1, leg="anna"))
    assert filled(stage) == [(0, "anna"), (0, "")]
    stage.pass_time(0.1)
    assert texts(stage.heard("web")) == [b"one", b"-", b"-"]


def test_loss_is_concealed_and_lateness_filled_in(stage: Stage) -> None:
    anna = stage.mumble("anna")
    for frame in (0, 2, 8, 4, 10):
        anna.say(opus(str(frame).encode()), frame=frame)
    heard = by_slot(stage)[0]
    first = heard[0].sequence
    assert [(h.sequence - first) & 0xFFFF for h in heard] == [0, 1, 4, 2, 5]
    assert [(h.timestamp - heard[0].timestamp) // 480 for h in heard] == [0, 2, 8, 4, 10]
    for frame in (4, 2, 10):
        anna.say(opus(b"again"), frame=frame)
    assert stage.heard("web") == []


def test_a_new_word_goes_on_in_time_by_the_clock(stage: Stage) -> None:
    anna = stage.mumble("anna")
    anna.say(opus(b"one"), last=True)
    stage.pass_time(0.8)
    anna.say(opus(b"two"), frame=0)
    heard = by_slot(stage)[0]
    assert is_continuous(heard)
    assert (heard[-1].timestamp - heard[0].timestamp) / 48_000 == pytest.approx(0.8, abs=0.011)
    assert heard[-1].marker


def test_a_browser_does_not_hear_itself_and_has_no_gap_for_it(stage: Stage) -> None:
    stage.join("second")
    stage.slots(2, direct=False)
    for n in range(2):
        stage.down("second", f"RS{n}", ssrc=1000 + n)
    mine, theirs = stage.audio("web"), stage.audio("second", "B")
    for _ in range(3):
        stage.speak(mine, *[b"mine"] * 5)
        stage.pass_time(1.5)
        stage.speak(theirs, *[b"theirs"] * 5)
        stage.pass_time(1.5)
        mine.timestamp += 48_000 * 3
        theirs.timestamp += 48_000 * 3
    for leg, own, other in (("web", b"mine", b"theirs"), ("second", b"theirs", b"mine")):
        heard = by_slot(stage, leg)
        assert all(is_continuous(packets) for packets in heard.values())
        said = [text for packets in heard.values() for text in texts(packets)]
        assert own not in said
        assert said.count(other) == 15


def test_lost_packets_of_a_slot_are_sent_again_in_the_same_bytes(stage: Stage) -> None:
    anna = stage.mumble("anna")
    stage.talk(anna, b"one", b"two", last=False)
    sent = list(stage.transports["web"].sent)
    lost = int.from_bytes(sent[1][2:4], "big")
    stage.heard("web")
    stage.events["web"].rtcp_received(feedback.write_nack(1, 1000, [lost]), stage.now_s)
    assert stage.transports["web"].sent == [sent[1]]
    stage.events["web"].rtcp_received(feedback.write_picture_loss(1, 1000), stage.now_s)


def test_each_second_a_sender_report_says_the_time_of_each_slot_in_use(stage: Stage) -> None:
    anna = stage.mumble("anna")
    stage.transports["web"].told()
    for _ in range(110):
        anna.say(opus(b"one"))
        stage.pass_time(0.02)
    reports = stage.transports["web"].told_of(SenderReport)
    found = [r for r in reports if isinstance(r, SenderReport)]
    assert {r.ssrc for r in found} == {1000}
    a, b = found[-2:]
    assert (b.timestamp - a.timestamp) / 48_000 == pytest.approx((b.ntp - a.ntp) / 2**32, abs=0.03)
    assert b.packets - a.packets in range(48, 53)
    assert stage.reported(UpSilent) == []


def test_in_an_echo_test_a_browser_hears_itself(stage: Stage) -> None:
    stage.slots(2, direct=False, loopback=True)
    mine = stage.audio("web")
    stage.speak(mine, *[b"mine"] * 5)
    assert [one.payload for one in by_slot(stage)[0]][:5] == [opus(b"mine")] * 5


def test_a_slot_is_no_track_of_somebody(stage: Stage) -> None:
    assert stage.refuses(control.CloseUp(id=1, up="RS0")) == "a slot ends with its room"
    stage.do(control.CloseDown(id=1, down="RS0>web"))
    anna = stage.mumble("anna")
    stage.talk(anna, b"one")
    assert stage.heard("web") == []


def test_too_many_slots_or_taken_names_are_refused(stage: Stage) -> None:
    stage.do(control.OpenRoom(id=1, room="Q"))
    for ups in (("RS0",), ("x", "x"), tuple(f"q{n}" for n in range(13))):
        asked = voicing.OpenSlots(id=1, room="Q", ups=ups, direct=True)
        assert stage.refuses(asked) == "too many slots, or up is there already"
    asked = voicing.OpenSlots(id=1, room="?", ups=("x",), direct=True)
    assert stage.refuses(asked) == "no such room"


class Crowd:
    """Six natives and two browsers that talk as the dice say, before three slots."""

    def __init__(self) -> None:
        self.dice = random.Random(11)
        self.stage = Stage()
        self.stage.join("web", "late")
        self.stage.slots(3, "web", direct=False)
        self.people: list[Mumble] = [self.stage.mumble(f"p{n}") for n in range(6)]
        self.stage.place("p0", "R", first=True)
        self.voices = [self.stage.audio("web", "A"), self.stage.audio("late", "B")]
        self.talking: set[Mumble] = set()
        self.owner: dict[int, str] = {}
        self.heard: dict[tuple[str, int], list[Heard]] = {}

    def step(self) -> None:
        """20 ms."""
        self.stage.reports.clear()
        for who in self.people:
            self.perhaps_say(who)
        for voice in self.voices:
            self.stage.send(voice, voice.opus(opus(voice.leg.encode())))
        for slot, leg in filled(self.stage):
            self.owner[slot] = leg
        for leg in ("web", "late"):
            self.listen(leg)
        self.stage.pass_time(0.02)

    def perhaps_say(self, who: Mumble) -> None:
        turns = self.dice.random() < 0.02
        ends = turns and who in self.talking
        if turns:
            (self.talking.remove if ends else self.talking.add)(who)
        if ends or who in self.talking:
            who.say(opus(who.sid.encode()), last=ends)

    def listen(self, leg: str) -> None:
        for slot, packets in by_slot(self.stage, leg).items():
            self.heard.setdefault((leg, slot), []).extend(packets)
            said = set(texts(packets)) - {b"-"}
            assert said <= {self.owner[slot].encode()}
            assert leg.encode() not in said


@pytest.mark.slow
def test_never_two_talkers_in_a_slot_and_never_a_gap() -> None:
    crowd = Crowd()
    for step in range(1200):
        if step == 300:
            for n in range(3):
                crowd.stage.down("late", f"RS{n}", ssrc=1000 + n)
        crowd.step()
    assert len(crowd.heard) >= 4
    assert all(is_continuous(packets) for packets in crowd.heard.values())
    assert sum(len(packets) for packets in crowd.heard.values()) > 2000
